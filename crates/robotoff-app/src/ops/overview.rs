//! Everything that runs and waits, at one moment.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{NaiveDateTime, TimeDelta};
use robotoff_ports::PortError;
use robotoff_ports::events::StreamState;
use robotoff_ports::job::{JobCount, Queue};
use robotoff_ports::services::{ScheduleState, Service};
use robotoff_ports::store::{EditCount, StreamPosition};

use super::Ops;

/// Time for which a service that is no longer heard from is listed.
const LISTING_PERIOD: TimeDelta = TimeDelta::hours(1);
/// Longest wait for the source of events, which may be out of reach.
const EVENTS_TIMEOUT: Duration = Duration::from_secs(2);

/// Everything that runs and waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Overview {
    pub at: NaiveDateTime,
    /// In the order of their start, those included that were heard from within the last hour.
    pub services: Vec<Service>,
    /// Every queue, most urgent first.
    pub queues: Vec<QueueState>,
    pub edits: Vec<EditCount>,
    pub schedules: Vec<ScheduleState>,
    pub events: EventState,
}

/// State of a queue.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueState {
    pub queue: Queue,
    pub is_paused: bool,
    /// States without jobs are left out.
    pub counts: Vec<JobCount>,
    /// Time for which the longest waiting job could have run already; `None`: none is ready.
    pub age: Option<TimeDelta>,
}

/// State of the events.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventState {
    /// False without a source of events (`EVENTS_URL`).
    pub has_source: bool,
    /// States of the streams; blank when the source does not answer.
    pub streams: Vec<StreamState>,
    /// Why the source does not answer.
    pub error: Option<String>,
    pub positions: Vec<StreamPosition>,
    pub parked: u64,
}

impl EventState {
    /// Entries that no listener has taken or acknowledged; `None` when that is not known.
    pub fn lag(&self) -> Option<u64> {
        if self.streams.is_empty() {
            return None;
        }
        let behind = |state: &StreamState| Some(state.waiting? + state.pending);
        self.streams.iter().map(behind).sum()
    }
}

impl Ops {
    /// Reads what runs and waits. The cost does not grow with the tables.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn overview(&self) -> Result<Overview> {
        let now = self.clock.now();
        let since = now - LISTING_PERIOD;
        let (services, counts, paused, oldest) = tokio::try_join!(
            self.services.services(since),
            self.queue.counts(),
            self.queue.paused(),
            self.queue.oldest_ready(),
        )
        .context("cannot read what runs")?;
        let (edits, schedules) =
            tokio::try_join!(self.store.edit_counts(), self.services.schedules())
                .context("cannot read edits and schedules")?;
        let queues = Queue::ALL.map(|queue| QueueState {
            queue,
            is_paused: paused.contains(&queue),
            counts: counts
                .iter()
                .filter(|count| count.queue == queue)
                .copied()
                .collect(),
            age: oldest
                .iter()
                .find(|(of, _)| *of == queue)
                .map(|(_, since)| (now - *since).max(TimeDelta::zero())),
        });
        Ok(Overview {
            at: now,
            services,
            queues: queues.into(),
            edits,
            schedules,
            events: self.event_state().await?,
        })
    }

    /// Reads the state of the events. A source that does not answer is no error.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn event_state(&self) -> Result<EventState> {
        let (positions, parked) = tokio::try_join!(
            self.store.stream_positions(),
            self.store.count_parked_events(),
        )
        .context("cannot read the positions of streams")?;
        let state = EventState {
            has_source: self.events.is_some(),
            positions,
            parked,
            ..EventState::default()
        };
        let Some(source) = &self.events else {
            return Ok(state);
        };
        let answered = tokio::time::timeout(EVENTS_TIMEOUT, source.states()).await;
        let late = |_| {
            Err(PortError::unavailable(
                "the event streams",
                "no answer in time",
            ))
        };
        Ok(match answered.unwrap_or_else(late) {
            Ok(streams) => EventState { streams, ..state },
            Err(error) => EventState {
                error: Some(error.to_string()),
                ..state
            },
        })
    }
}
