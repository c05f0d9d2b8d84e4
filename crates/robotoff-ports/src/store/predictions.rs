//! Predictions as they are stored.

use async_trait::async_trait;
use robotoff_core::prediction::PredictionKind;
pub use robotoff_core::prediction::{PredictionId, StoredPrediction};
use robotoff_core::product::{Barcode, ServerType};

use crate::error::PortResult;

/// Conditions that all hold; an absent one does not filter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PredictionFilter {
    pub server_type: ServerType,
    /// Any of them.
    pub barcodes: Option<Vec<Barcode>>,
    /// Any of them; an empty list matches no row.
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

    /// The number of predictions that match.
    async fn count_predictions(&self, filter: &PredictionFilter) -> PortResult<u64>;
}
