//! Predictions as they are kept.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::{Barcode, ProductId, ServerType, SourceImage};

use crate::error::PortResult;

/// Names a stored prediction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PredictionId(pub i32);

/// A prediction, and whose, from which picture and since when (`api.md` 3.3).
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPrediction {
    pub id: PredictionId,
    pub product: ProductId,
    pub source_image: Option<SourceImage>,
    pub timestamp: NaiveDateTime,
    pub prediction: Prediction,
}

/// Conditions that all hold; an absent one filters nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PredictionFilter {
    pub server_type: ServerType,
    /// Any of them.
    pub barcodes: Option<Vec<Barcode>>,
    /// Any of them; an empty list matches nothing.
    pub kinds: Option<Vec<PredictionKind>>,
    pub value_tag: Option<String>,
}

/// Predictions.
#[async_trait]
pub trait PredictionReads: Send + Sync {
    /// The predictions that match, by id.
    async fn predictions(
        &self,
        filter: &PredictionFilter,
        limit: u64,
        offset: u64,
    ) -> PortResult<Vec<StoredPrediction>>;

    /// How many match.
    async fn count_predictions(&self, filter: &PredictionFilter) -> PortResult<u64>;
}
