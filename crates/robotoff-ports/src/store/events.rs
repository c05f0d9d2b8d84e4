//! Events whose jobs are stored, and parked ones.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::event::{EntryId, EventEntry, EventStream};

use crate::error::PortResult;
use crate::job::NewJob;

/// Entries that are lost: they were trimmed before they were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamGap {
    pub after: EntryId,
    /// The oldest entry that is still there; `None` when the stream is empty.
    pub first: Option<EntryId>,
    /// `None` when the server cannot tell; then there may be none.
    pub lost: Option<u64>,
}

/// The jobs of one event.
#[derive(Debug, Clone, PartialEq)]
pub struct EventJobs {
    pub stream: EventStream,
    /// An event without an id is never taken for one that is stored already.
    pub id: Option<EntryId>,
    pub jobs: Vec<NewJob>,
}

/// An event that cannot be read, to be parked.
#[derive(Debug, Clone, PartialEq)]
pub struct UnreadableEvent {
    pub entry: EventEntry,
    pub error: String,
}

/// Events of one commit.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventBatch {
    pub read: Vec<EventJobs>,
    pub unreadable: Vec<UnreadableEvent>,
    /// Stores jobs also of entries that are stored already.
    pub repeats: bool,
    pub at: NaiveDateTime,
}

/// Counts of a stored batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EventCounts {
    /// Entries that were not stored before.
    pub new: u64,
    /// Entries that were: their jobs were not stored again, unless the batch repeats.
    pub known: u64,
    pub parked: u64,
    /// Jobs that were added.
    pub jobs: u64,
    /// Jobs that were merged with waiting ones.
    pub merged: u64,
}

/// The last stored entry of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPosition {
    pub stream: EventStream,
    pub last: EntryId,
    pub stored_at: NaiveDateTime,
}

/// Number of a parked event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParkedEventId(pub i64);

/// An event that could not be read, kept until an operator replays or discards it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParkedEvent {
    pub id: ParkedEventId,
    pub entry: EventEntry,
    pub error: String,
    pub parked_at: NaiveDateTime,
}

/// Number of a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventGapId(pub i64);

/// A part of a stream that was lost, kept until its events have been replayed or an operator
/// has resolved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventGap {
    pub id: EventGapId,
    pub stream: EventStream,
    pub gap: StreamGap,
    pub found_at: NaiveDateTime,
    pub resolved_at: Option<NaiveDateTime>,
}

/// Stored events.
#[async_trait]
pub trait EventLog: Send + Sync {
    /// Stores the jobs of events, parks unreadable ones and moves the positions of their
    /// streams, all or nothing. An entry that is stored already gives no jobs and is not
    /// parked again, however often and by however many listeners it is delivered.
    async fn store_events(&self, batch: &EventBatch) -> PortResult<EventCounts>;

    /// The positions of the streams from which something is stored.
    async fn stream_positions(&self) -> PortResult<Vec<StreamPosition>>;

    /// Deletes the record of entries older than this, so that the table stays small. An
    /// entry that is delivered after that counts as new.
    async fn forget_entries(&self, stream: EventStream, before: EntryId) -> PortResult<u64>;

    /// Parked events with lower numbers than `below`, newest first.
    async fn parked_events(
        &self,
        below: Option<ParkedEventId>,
        limit: u64,
    ) -> PortResult<Vec<ParkedEvent>>;

    /// One parked event.
    async fn parked_event(&self, id: ParkedEventId) -> PortResult<Option<ParkedEvent>>;

    /// The number of parked events.
    async fn count_parked_events(&self) -> PortResult<u64>;

    /// Deletes a parked event and stores its jobs, all or nothing. False: it is not parked
    /// any more, and no job is stored.
    async fn unpark_event(&self, id: ParkedEventId, jobs: &[NewJob]) -> PortResult<bool>;

    /// Keeps a gap. True when it is a new one; one that is known, by the entry after which it
    /// begins, may have grown.
    async fn store_gap(
        &self,
        stream: EventStream,
        gap: &StreamGap,
        at: NaiveDateTime,
    ) -> PortResult<bool>;

    /// Gaps, open and resolved, newest first.
    async fn event_gaps(&self) -> PortResult<Vec<EventGap>>;

    /// Resolves a gap; false when it is not open.
    async fn resolve_gap(&self, id: EventGapId, at: NaiveDateTime) -> PortResult<bool>;
}
