//! The store: narrow reads, each named after the question that it answers, and
//! one way to write, [`Store::commit`].

mod changes;
mod checkpoints;
mod images;
mod insights;
mod predictions;
mod products;

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::edit::{EditId, ProductEdit};
use robotoff_core::insight::InsightId;
use robotoff_core::prediction::PredictionKind;

pub use changes::{
    Change, Changes, Committed, Conflict, EditStep, Expected, InsightClosure, NewPrediction,
    Receipt,
};
pub use checkpoints::{Checkpoint, CheckpointReads};
pub use images::{ImageFilter, ImagePredictionFilter, ImageReads, LogoFilter, LogoOrder};
pub use insights::{
    CountedInsights, InsightCursor, InsightFilter, InsightOrder, InsightPage, InsightReads,
    PageStart, ProductSnapshot, ValueTagCount,
};
pub use predictions::{PredictionFilter, PredictionId, PredictionReads, StoredPrediction};
pub use products::{ProductFilter, ProductReads};

use crate::error::PortResult;

/// The number of changes of a product's predictions or insights; 0 before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Revision(pub i64);

/// Edits and their states.
#[async_trait]
pub trait EditReads: Send + Sync {
    /// One edit.
    async fn edit(&self, id: EditId) -> PortResult<Option<ProductEdit>>;

    /// The edit of an insight that may still reach the product.
    async fn live_edit_of(&self, insight: InsightId) -> PortResult<Option<ProductEdit>>;

    /// The number of edits made without a person for insights of the kind since
    /// then; refused and failed ones do not count, those made in part do.
    async fn count_automatic_edits(
        &self,
        kind: PredictionKind,
        since: NaiveDateTime,
    ) -> PortResult<u64>;

    /// Edits in state `sending` whose lease has expired, oldest first.
    async fn expired_edits(&self, limit: u64) -> PortResult<Vec<ProductEdit>>;
}

/// The stored state of robotoff.
#[async_trait]
pub trait Store:
    InsightReads + PredictionReads + ImageReads + EditReads + ProductReads + CheckpointReads
{
    /// Applies all of the changes, jobs included, or none of them. A condition that
    /// does not hold any more is an answer, not an error.
    async fn commit(&self, changes: Changes) -> PortResult<Committed>;

    /// Gives up to `limit` adopted insights the key by which random questions
    /// are drawn; returns how many. Fewer than `limit`: all have one.
    async fn fill_random_keys(&self, limit: u64) -> PortResult<u64>;
}
