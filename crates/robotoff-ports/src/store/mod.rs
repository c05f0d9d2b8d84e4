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
    Answer, Change, Changes, Committed, Conflict, EditStep, Expected, NewPrediction, Receipt,
};
pub use checkpoints::{Checkpoint, CheckpointReads};
pub use images::{ImageFilter, ImagePredictionFilter, ImageReads, LogoFilter, LogoOrder};
pub use insights::{
    InsightCursor, InsightFilter, InsightOrder, InsightReads, Page, ProductSnapshot, Start,
    ValueTagCount,
};
pub use predictions::{PredictionFilter, PredictionId, PredictionReads, StoredPrediction};
pub use products::{ProductFilter, ProductReads};

use crate::error::PortResult;

/// How often the predictions or insights of a product have changed; 0 before the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Revision(pub i64);

/// Edits and how far each has come.
#[async_trait]
pub trait EditReads: Send + Sync {
    /// One edit.
    async fn edit(&self, id: EditId) -> PortResult<Option<ProductEdit>>;

    /// The edit of an insight that may still reach the product.
    async fn live_edit_of(&self, insight: InsightId) -> PortResult<Option<ProductEdit>>;

    /// How many edits were made without a person for insights of the kind since
    /// then; those that came to nothing do not count.
    async fn count_automatic_edits(
        &self,
        kind: PredictionKind,
        since: NaiveDateTime,
    ) -> PortResult<u64>;

    /// Edits in state `sending` whose lease is over, oldest first.
    async fn edits_left_behind(&self, limit: u64) -> PortResult<Vec<ProductEdit>>;
}

/// Everything that robotoff remembers.
#[async_trait]
pub trait Store:
    InsightReads + PredictionReads + ImageReads + EditReads + ProductReads + CheckpointReads
{
    /// Applies all of the changes, jobs included, or nothing. A condition that
    /// does not hold any more is an answer, not an error.
    async fn commit(&self, changes: Changes) -> PortResult<Committed>;

    /// Gives up to `limit` adopted insights the key by which random questions
    /// are drawn; says how many. Fewer than `limit`: all have one.
    async fn fill_random_keys(&self, limit: u64) -> PortResult<u64>;
}
