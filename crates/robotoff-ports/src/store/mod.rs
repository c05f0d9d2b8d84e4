//! The store: narrow reads, each named after the question that it answers, and
//! one way to write, [`Store::commit`].

mod access;
mod changes;
mod checkpoints;
mod dump;
mod edits;
mod events;
mod images;
mod insights;
mod measurements;
mod people;
mod predictions;
mod products;

use async_trait::async_trait;

pub use access::{AccessStore, AccessToken, WriteRecord};
pub use changes::{
    Change, Changes, Committed, Conflict, EditStep, Expected, InsightClosure, JobOnVotes,
    NewPrediction, Receipt,
};
pub use checkpoints::{Checkpoint, CheckpointReads};
pub use dump::{DumpReads, RevisedRows};
pub use edits::{EditCount, EditCursor, EditFilter, EditReads};
pub use events::{
    EventBatch, EventCounts, EventGap, EventGapId, EventJobs, EventLog, ParkedEvent, ParkedEventId,
    StreamGap, StreamPosition, UnreadableEvent,
};
pub use images::{ImageFilter, ImagePredictionFilter, ImageReads, LogoFilter, LogoOrder};
pub use insights::{
    CountedInsights, CountedValueTags, InsightBatch, InsightCursor, InsightFilter, InsightOrder,
    InsightPage, InsightReads, InsightTally, PageStart, ProductSnapshot, ValueTagCount,
};
pub use measurements::{MeasurementLog, MeasurementSpan, StoredMeasurements};
pub use people::{KeyedRequest, Mission, PeopleStore};
pub use predictions::{PredictionFilter, PredictionId, PredictionReads, StoredPrediction};
pub use products::{ProductFilter, ProductReads};

use crate::error::PortResult;

/// The number of changes of a product's predictions or insights; 0 before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Revision(pub i64);

/// The stored state of robotoff.
#[async_trait]
pub trait Store:
    InsightReads
    + PredictionReads
    + ImageReads
    + EditReads
    + ProductReads
    + CheckpointReads
    + EventLog
    + DumpReads
    + PeopleStore
    + AccessStore
    + MeasurementLog
{
    /// Applies all of the changes, jobs included, or none of them. A condition that
    /// does not hold any more is an answer, not an error.
    async fn commit(&self, changes: Changes) -> PortResult<Committed>;

    /// Gives up to `limit` adopted insights the key by which random questions
    /// are drawn; returns how many. Fewer than `limit`: all have one.
    async fn fill_random_keys(&self, limit: u64) -> PortResult<u64>;
}
