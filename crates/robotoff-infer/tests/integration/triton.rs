//! The client against a real Triton server, with models of the names and shapes of production.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use robotoff_core::geometry::{CropArea, RelativeBox};
use robotoff_core::model::classifier::FRONT_IMAGE;
use robotoff_core::model::neural_category::CategoryFeatures;
use robotoff_core::model::yolo::{NUTRITION_TABLE, Suppression};
use robotoff_core::model::{Tensor, TensorValues, neural_category};
use robotoff_infer::kserve::{KserveInference, KserveServers};
use robotoff_infer::pool::DecoderPool;
use robotoff_infer::vision::VisionModels;
use robotoff_ports::PortError;
use robotoff_ports::conformance::inference as conformance;
use robotoff_ports::inference::{Inference, InferenceCall};
use robotoff_ports::parts::{ImageModels, OnImage};
use robotoff_testbed::{Triton, TritonModel};

const MODELS: &[TritonModel<'_>] = &[
    TritonModel {
        name: conformance::MODEL,
        config: r#"
input [{ name: "x" data_type: TYPE_FP32 dims: [ -1, 3 ] }]
output [{ name: "y" data_type: TYPE_FP32 dims: [ -1, 3 ] }]"#,
        code: r#"outputs["y"] = input("x") * np.float32(2)"#,
    },
    TritonModel {
        name: "nutrition_table",
        config: r#"
input [{ name: "images" data_type: TYPE_FP32 dims: [ 1, 3, 640, 640 ] }]
output [{ name: "output0" data_type: TYPE_FP32 dims: [ 1, 5, 8400 ] }]"#,
        // One box in the middle; its score is the mean of the image.
        code: r#"
found = np.zeros((1, 5, 8400), np.float32)
found[0, :, 7] = [320, 320, 64, 32, input("images").mean()]
outputs["output0"] = found"#,
    },
    TritonModel {
        name: "front_image_classification",
        config: r#"
max_batch_size: 4
input [{ name: "images" data_type: TYPE_FP32 dims: [ 3, -1, -1 ] }]
output [{ name: "output0" data_type: TYPE_FP32 dims: [ 2 ] }]"#,
        code: r#"outputs["output0"] = np.array([[0.25, 0.75]], np.float32)"#,
    },
    TritonModel {
        name: "clip",
        config: r#"
max_batch_size: 32
input [
  { name: "pixel_values" data_type: TYPE_FP32 dims: [ -1, -1, -1 ] },
  { name: "attention_mask" data_type: TYPE_INT64 dims: [ -1 ] },
  { name: "input_ids" data_type: TYPE_INT64 dims: [ -1 ] }
]
output [{ name: "image_embeds" data_type: TYPE_FP32 dims: [ 512 ] }]"#,
        code: r#"
pixels, text = input("pixel_values"), input("input_ids")
assert (text == [49406, 49407]).all() and pixels.shape[1:] == (3, 224, 224)
outputs["image_embeds"] = np.repeat(pixels.mean((1, 2, 3))[:, None], 512, 1)"#,
    },
    TritonModel {
        name: neural_category::MODEL,
        config: r#"
input [
  { name: "product_name" data_type: TYPE_STRING dims: [ 1, 1 ] },
  { name: "ingredients_tags" data_type: TYPE_STRING dims: [ 1, -1 ] },
  { name: "ingredients_ocr_tags" data_type: TYPE_STRING dims: [ 1, -1 ] },
  { name: "fat" data_type: TYPE_FP32 dims: [ 1, 1 ] },
  { name: "saturated_fat" data_type: TYPE_FP32 dims: [ 1, 1 ] },
  { name: "carbohydrates" data_type: TYPE_FP32 dims: [ 1, 1 ] },
  { name: "sugars" data_type: TYPE_FP32 dims: [ 1, 1 ] },
  { name: "fiber" data_type: TYPE_FP32 dims: [ 1, 1 ] },
  { name: "proteins" data_type: TYPE_FP32 dims: [ 1, 1 ] },
  { name: "salt" data_type: TYPE_FP32 dims: [ 1, 1 ] },
  { name: "energy_kcal" data_type: TYPE_FP32 dims: [ 1, 1 ] },
  { name: "fruits_vegetables_nuts" data_type: TYPE_FP32 dims: [ 1, 1 ] },
  { name: "image_embeddings" data_type: TYPE_FP32 dims: [ 1, 10, 512 ] },
  { name: "image_embeddings_mask" data_type: TYPE_FP32 dims: [ 1, 10 ] }
]
output [
  { name: "output_0" data_type: TYPE_FP32 dims: [ -1, 2 ] },
  { name: "output_1" data_type: TYPE_STRING dims: [ 2 ] }
]"#,
        // The name of the product comes back as a label, to see that text survives.
        code: r#"
outputs["output_0"] = np.array([[0.9, 0.1]], np.float32)
outputs["output_1"] = np.array([input("product_name")[0, 0], b"en:meats"], object)"#,
    },
    TritonModel {
        name: "slow",
        config: r#"
input [{ name: "x" data_type: TYPE_FP32 dims: [ 1 ] }]
output [{ name: "y" data_type: TYPE_FP32 dims: [ 1 ] }]"#,
        code: r#"
time.sleep(float(input("x")[0]))
outputs["y"] = input("x")"#,
    },
    TritonModel {
        name: "broken",
        config: r#"
input [{ name: "x" data_type: TYPE_FP32 dims: [ 1 ] }]
output [{ name: "y" data_type: TYPE_FP32 dims: [ 1 ] }]"#,
        code: r#"raise ValueError("the weights are lost")"#,
    },
];

fn client(triton: &Triton, timeout: Duration) -> KserveInference {
    let servers = KserveServers {
        default: Some(triton.address()),
        by_model: BTreeMap::new(),
        timeout,
    };
    KserveInference::new(&servers).expect("an address")
}

fn number(model: &str, value: f32) -> InferenceCall {
    InferenceCall {
        model: model.to_owned(),
        version: None,
        inputs: vec![Tensor::new("x", [1], TensorValues::F32(vec![value]))],
        outputs: Vec::new(),
    }
}

const LONG: Duration = Duration::from_secs(60);

/// One server for all: it takes seconds to start.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_runs_the_models() {
    let triton = Triton::start(MODELS).expect("Triton starts");
    let client = Arc::new(client(&triton, LONG));
    conformance::run(&*client).await;
    vision_models_read_images(client.clone()).await;
    text_survives(&client).await;
    failures_are_distinguished(&triton, &client).await;
    a_killed_server_is_waited_for(triton, client).await;
}

async fn vision_models_read_images(client: Arc<KserveInference>) {
    let models = VisionModels::new(client, DecoderPool::default());
    let white = image::RgbImage::from_pixel(100, 50, image::Rgb([255; 3]));
    let mut file = std::io::Cursor::new(Vec::new());
    let written = white.write_to(&mut file, image::ImageFormat::Png);
    written.expect("a PNG in memory");
    let file: Arc<[u8]> = file.into_inner().into();
    let objects = models.objects(file.clone(), &NUTRITION_TABLE, Suppression::at(0.5));
    let OnImage::Result(objects) = objects.await.expect("an answer") else {
        panic!("a PNG is an image");
    };
    // Half of the square is the image, the rest grey.
    let mean = f32::midpoint(1.0, 114.0 / 255.0);
    assert!((objects[0].score - mean).abs() < 1e-4, "{objects:?}");
    let classes = models.classes(file.clone(), &FRONT_IMAGE).await;
    let expected = OnImage::Result(vec![("OTHER", 0.75), ("FRONT", 0.25)]);
    assert_eq!(classes.expect("an answer"), expected);
    let whole = CropArea::of(RelativeBox {
        y_min: 0.0,
        x_min: 0.0,
        y_max: 1.0,
        x_max: 1.0,
    });
    let areas = vec![whole.expect("inside"); 33];
    let embeddings = models.embeddings(file, areas).await.expect("two batches");
    assert!(matches!(embeddings, OnImage::Result(found) if found.len() == 33));
}

async fn text_survives(client: &KserveInference) {
    let features = CategoryFeatures {
        product_name: "Crème brûlée".to_owned(),
        ..CategoryFeatures::default()
    };
    let call = InferenceCall {
        model: neural_category::MODEL.to_owned(),
        version: None,
        inputs: features.inputs(),
        outputs: vec!["output_1".to_owned(), "output_0".to_owned()],
    };
    let outputs = client.infer(call).await.expect("an answer");
    assert_eq!(outputs[0].texts().expect("texts")[0], "Crème brûlée");
    assert_eq!(outputs[1].shape, [1, 2]);
}

async fn failures_are_distinguished(triton: &Triton, client: &KserveInference) {
    let error = client.infer(number("broken", 0.0)).await;
    let error = error.expect_err("it raises");
    assert!(matches!(error, PortError::Defect { .. }), "{error}");
    assert!(
        error.to_string().contains("the weights are lost"),
        "{error}"
    );

    let hasty = self::client(triton, Duration::from_millis(300));
    let error = hasty
        .infer(number("slow", 2.0))
        .await
        .expect_err("too slow");
    assert!(error.is_retryable(), "{error}");
    let patient = client.infer(number("slow", 0.1)).await;
    assert_eq!(patient.expect("in time").len(), 1);
}

async fn a_killed_server_is_waited_for(triton: Triton, client: Arc<KserveInference>) {
    // Killed in the middle of a call: the next attempt, or the next job, succeeds.
    let calling = client.clone();
    let call = tokio::spawn(async move { calling.infer(number("slow", 1.0)).await });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let killed = tokio::task::spawn_blocking(move || triton.kill().map(|()| triton));
    if let Err(error) = call.await.expect("no panic") {
        assert!(error.is_retryable(), "{error}");
    }
    let triton = killed.await.expect("no panic").expect("it starts again");
    let again = client.infer(number("slow", 0.0)).await;
    assert_eq!(again.expect("the server is back").len(), 1);
    drop(triton);
    let error = client.infer(number("slow", 0.0)).await;
    let error = error.expect_err("it is gone");
    assert!(error.is_retryable(), "{error}");
}
