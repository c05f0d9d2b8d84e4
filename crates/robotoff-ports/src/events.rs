//! The source of events: streams with a consumer group.

use std::time::Duration;

use async_trait::async_trait;
use robotoff_core::event::{EntryId, EventEntry, EventStream};

use crate::error::PortResult;
use crate::store::StreamPosition;

pub use crate::store::StreamGap;

/// State of a stream, as its server reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamState {
    pub stream: EventStream,
    /// The oldest entry that is still there.
    pub first: Option<EntryId>,
    /// The newest entry that ever was.
    pub last: Option<EntryId>,
    pub length: u64,
    /// Entries that no listener has taken yet; `None` when the server cannot tell.
    pub waiting: Option<u64>,
    /// Entries that listeners have taken and not acknowledged.
    pub pending: u64,
    pub oldest_pending: Option<EntryId>,
    /// Entries that were trimmed before a listener took them.
    pub gap: Option<StreamGap>,
}

/// Start of reading a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    pub stream: EventStream,
    pub start: SubscriptionStart,
    /// Entries that were trimmed from the stream before a listener took them.
    pub gap: Option<StreamGap>,
}

/// Place at which a consumer group begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionStart {
    /// The group was there, and goes on.
    Continued,
    /// The group is new and begins after this entry.
    After(EntryId),
    /// The group is new, and no position is known: older entries are not read.
    Now,
}

/// A batch of entries that this listener must acknowledge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenEntries {
    pub entries: Vec<EventEntry>,
    /// Entries that were pending, but have been trimmed since.
    pub trimmed: Vec<(EventStream, EntryId)>,
    /// More entries are there than were asked for: this listener is behind.
    pub is_backlog: bool,
}

/// Streams of events, read by a group of listeners.
#[async_trait]
pub trait EventSource: Send + Sync {
    /// Prepares both streams for reading; called before the first read, and again when the
    /// server has lost its state ([`PortError::Denied`](crate::PortError)). A group that is
    /// missing begins a little before the position, so that no entry is lost: entries that
    /// are stored already give no second job.
    async fn subscribe(&self, positions: &[StreamPosition]) -> PortResult<Vec<Subscription>>;

    /// Takes entries: those that a lost listener has left, then new ones. Waits for them,
    /// at most so long.
    async fn take(&self, limit: usize, at_most: Duration) -> PortResult<TakenEntries>;

    /// Acknowledges entries whose jobs are stored.
    async fn acknowledge(&self, entries: &[(EventStream, EntryId)]) -> PortResult<()>;

    /// The entries of a stream from an id on, without taking them.
    async fn entries_from(
        &self,
        stream: EventStream,
        from: EntryId,
        limit: usize,
    ) -> PortResult<Vec<EventEntry>>;

    /// The states of both streams.
    async fn states(&self) -> PortResult<Vec<StreamState>>;

    /// Adds an entry to a stream, as Product Opener does.
    async fn publish(&self, entry: &EventEntry) -> PortResult<EntryId>;
}
