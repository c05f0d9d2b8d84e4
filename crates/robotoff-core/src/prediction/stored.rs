//! Predictions as they are kept: whose, from which picture, since when.

use chrono::NaiveDateTime;

use super::Prediction;
use crate::product::{ProductId, SourceImage};

/// Names a stored prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PredictionId(pub i32);

/// A prediction, and whose, from which picture and since when (`docs/reference/api.md`
/// 3.3).
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPrediction {
    pub id: PredictionId,
    pub product: ProductId,
    pub source_image: Option<SourceImage>,
    pub timestamp: NaiveDateTime,
    pub prediction: Prediction,
}
