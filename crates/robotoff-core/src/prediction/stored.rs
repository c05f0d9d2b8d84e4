//! Predictions as stored: product, image and time added.

use chrono::NaiveDateTime;

use super::Prediction;
use crate::product::{ProductId, SourceImage};

/// Identifier of a stored prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PredictionId(pub i32);

/// A prediction with its product, image and time (`docs/reference/api.md` 3.3).
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPrediction {
    pub id: PredictionId,
    pub product: ProductId,
    pub source_image: Option<SourceImage>,
    pub timestamp: NaiveDateTime,
    pub prediction: Prediction,
}
