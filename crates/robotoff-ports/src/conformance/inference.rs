//! Promises of [`Inference`]: each adapter runs the same small model.
//!
//! The model `double` has one input `x`, FP32 of `[n, 3]`, and one output `y` of the same
//! shape: twice the input.

use robotoff_core::model::{Tensor, TensorValues};

use crate::error::PortError;
use crate::inference::{Inference, InferenceCall};

/// Name of the model that the adapter must have.
pub const MODEL: &str = "double";

fn call(shape: &[usize], values: Vec<f32>) -> InferenceCall {
    InferenceCall {
        model: MODEL.to_owned(),
        version: None,
        inputs: vec![Tensor::new("x", shape, TensorValues::F32(values))],
        outputs: Vec::new(),
    }
}

/// Runs all promises.
///
/// # Panics
/// The adapter breaks one.
pub async fn run(inference: &dyn Inference) {
    outputs_are_those_of_the_model(inference).await;
    wrong_calls_are_refused(inference).await;
    models_are_listed_and_loaded(inference).await;
}

async fn outputs_are_those_of_the_model(inference: &dyn Inference) {
    let values: Vec<f32> = (0..6u8).map(|value| f32::from(value) / 3.0).collect();
    let outputs = inference.infer(call(&[2, 3], values.clone())).await;
    let outputs = outputs.expect("the model runs");
    let doubled = values.iter().map(|value| value * 2.0).collect();
    let expected = Tensor::new("y", [2, 3], TensorValues::F32(doubled));
    assert_eq!(outputs.as_slice(), std::slice::from_ref(&expected));
    let named = InferenceCall {
        outputs: vec!["y".to_owned()],
        ..call(&[2, 3], values)
    };
    assert_eq!(inference.infer(named).await.expect("the same"), [expected]);
    // Bits are not lost on the way.
    let odd = vec![f32::MIN_POSITIVE, -0.0, 1e-38];
    let outputs = inference.infer(call(&[1, 3], odd.clone())).await;
    let doubled = odd.iter().map(|value| value * 2.0).collect();
    let expected = [Tensor::new("y", [1, 3], TensorValues::F32(doubled))];
    assert_eq!(outputs.expect("the model runs"), expected);
}

async fn wrong_calls_are_refused(inference: &dyn Inference) {
    let unknown = InferenceCall {
        model: "no-such-model".to_owned(),
        ..call(&[1, 3], vec![0.0; 3])
    };
    let renamed = InferenceCall {
        inputs: vec![Tensor::new("z", [1, 3], TensorValues::F32(vec![0.0; 3]))],
        ..call(&[1, 3], vec![0.0; 3])
    };
    let integers = InferenceCall {
        inputs: vec![Tensor::new("x", [1, 3], TensorValues::I64(vec![0; 3]))],
        ..call(&[1, 3], vec![0.0; 3])
    };
    let wide = call(&[1, 4], vec![0.0; 4]);
    for (odd, why) in [
        (unknown, "no such model"),
        (renamed, "no such input"),
        (integers, "a wrong type"),
        (wide, "a wrong shape"),
    ] {
        let error = inference.infer(odd).await.expect_err(why);
        assert!(matches!(error, PortError::Denied { .. }), "{why}: {error}");
    }
}

async fn models_are_listed_and_loaded(inference: &dyn Inference) {
    assert!(inference.is_configured(MODEL));
    inference.load(MODEL).await.expect("it loads");
    let models = inference.models().await.expect("a list");
    let model = models.iter().find(|model| model.name == MODEL);
    assert!(model.is_some_and(|model| model.is_loaded), "{models:?}");
    let unknown = inference.load("no-such-model").await;
    assert!(unknown.is_err_and(|error| !error.is_retryable()));
    inference.unload(MODEL).await.expect("it is released");
    inference.load(MODEL).await.expect("it loads again");
    let again = inference.infer(call(&[1, 3], vec![1.0; 3])).await;
    assert_eq!(again.expect("it runs again").len(), 1);
}
