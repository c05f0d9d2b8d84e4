//! Corpora of search: counted and learned, loaded when they are first needed.

use std::sync::Arc;

use async_trait::async_trait;
use robotoff_core::category_model::CategoryModel;
use robotoff_core::search::IndexEntry;
use robotoff_core::search::category::CategoryMatcher;
use robotoff_core::search::spelling::Speller;

use crate::error::PortResult;

/// The corpora of this installation.
#[async_trait]
pub trait Corpora: Send + Sync {
    /// The category matcher.
    async fn matcher(&self) -> PortResult<Arc<CategoryMatcher>>;

    /// The category model of our own; an error says why there is none.
    async fn category_model(&self) -> PortResult<Arc<CategoryModel>>;

    /// The speller.
    async fn speller(&self) -> PortResult<Arc<Speller>>;

    /// Phrases of ingredient lists, for a phrase suggester; made again at each call.
    async fn phrases(&self) -> PortResult<Vec<IndexEntry>>;
}
