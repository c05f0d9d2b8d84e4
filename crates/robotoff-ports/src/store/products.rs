//! Products that something is stored of, in pages.

use std::collections::BTreeSet;

use async_trait::async_trait;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, ProductId, ServerType};

use crate::error::PortResult;

/// Products of a project that have a prediction of one of these kinds, or an open
/// insight of one of those. Without any kind there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProductFilter {
    pub server_type: ServerType,
    pub predictions: BTreeSet<PredictionKind>,
    /// Insights bear the names of predictions.
    pub insights: BTreeSet<PredictionKind>,
}

/// Products.
#[async_trait]
pub trait ProductReads: Send + Sync {
    /// The first products that match and have a greater code, each once, by the
    /// bytes of their codes. What others write meanwhile moves no other product.
    async fn products_with(
        &self,
        filter: &ProductFilter,
        after: Option<&Barcode>,
        limit: u64,
    ) -> PortResult<Vec<ProductId>>;

    /// The number of products that match.
    async fn count_products_with(&self, filter: &ProductFilter) -> PortResult<u64>;
}
