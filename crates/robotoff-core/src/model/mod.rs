//! The production models as pure functions: features become tensors, tensors become
//! predictions (`docs/reference/ml.md`).
//!
//! Each model has a file of its own. Nothing here runs a model: the port `Inference` does, in
//! the process or on a server, and knows neither labels nor thresholds. What a model answers
//! is checked here before it is believed: its shape, its length, and that it holds numbers.

pub mod classifier;
pub mod clip;
pub mod ingredient_list;
pub mod neural_category;
pub mod nutrition;
pub mod tensor;
pub mod yolo;

pub use tensor::{Tensor, TensorValues};

use thiserror::Error;

/// Reason for which the output of a model cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ModelOutputError {
    #[error("the model returned no tensor {0:?}")]
    Missing(String),
    #[error("the tensor {tensor:?} has the shape {found:?}, expected {expected}")]
    Shape {
        tensor: String,
        found: Vec<usize>,
        expected: String,
    },
    #[error("the tensor {tensor:?} holds {found}, expected {expected}")]
    Datatype {
        tensor: String,
        found: &'static str,
        expected: &'static str,
    },
    #[error("the tensor {tensor:?} of shape {shape:?} has {found} bytes")]
    Length {
        tensor: String,
        shape: Vec<usize>,
        found: usize,
    },
    #[error("the tensor {0:?} holds a value that is not a finite number")]
    NotFinite(String),
    #[error("the tensor {0:?} holds a string that is not UTF-8")]
    NotText(String),
}

/// Probabilities of one row of logits.
///
/// The largest logit is taken off first: the exponential of a large one is infinite.
pub(crate) fn softmax(logits: &[f32]) -> Vec<f32> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let powers: Vec<f32> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// Place and value of the largest of some numbers; the first of equal ones. `None` without any.
pub(crate) fn largest(numbers: &[f32]) -> Option<(usize, f32)> {
    let numbers = numbers.iter().copied().enumerate();
    numbers.fold(None, |best, (place, number)| match best {
        Some((_, largest)) if largest >= number => best,
        _ => Some((place, number)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one_whatever_the_size_of_the_logits() {
        for logits in [[0.0, 0.0, 0.0], [1e30, 0.0, -1e30], [-90.0, -91.0, -92.0]] {
            let sum: f32 = softmax(&logits).iter().sum();
            assert!((sum - 1.0).abs() < 1e-6, "{logits:?}");
        }
        assert_eq!(softmax(&[1.0, 1.0]), [0.5, 0.5]);
    }

    #[test]
    fn the_first_of_equal_numbers_is_the_largest() {
        assert_eq!(largest(&[0.5, 2.0, 2.0]), Some((1, 2.0)));
        assert_eq!(largest(&[]), None);
    }
}
