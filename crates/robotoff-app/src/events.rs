//! Events become jobs: one use case for every way on which events come (streams, the API,
//! files).
//!
//! `listener` reads streams; `gaps` keeps what they lost; `parked` replays events that could not be read; the table from
//! event to job is `robotoff_core::event`.

mod gaps;
mod job_of;
mod listener;
mod parked;

use std::sync::Arc;
use std::time::Duration;

use robotoff_core::event::{EntryId, Event, EventEntry, EventStream, OwnAccounts, Traffic};
use robotoff_ports::events::StreamState;
use robotoff_ports::job::NewJob;
use robotoff_ports::store::{EventBatch, EventCounts, EventJobs, StreamPosition, UnreadableEvent};
use robotoff_ports::{Clock, PortError, PortResult, Store};

use crate::metrics;
use crate::ports::Ports;
use crate::settings::AppSettings;
use job_of::new_job;

pub use gaps::GapCover;
pub use listener::{Listener, ListenerSettings};
pub use parked::ReplayedEvent;

/// Stores the jobs of events.
pub struct EventIntake {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// Wait after an edit before its product is read again.
    wait: Duration,
    own: OwnAccounts,
}

/// Treatment of a batch of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IntakeMode {
    /// The events waited in a long line: their jobs run behind those of people.
    pub is_backlog: bool,
    /// Events that are stored already give their jobs again.
    pub repeats: bool,
}

/// Counts of a batch of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IntakeReport {
    pub counts: EventCounts,
    /// Events without consequences; they are among the new or known ones.
    pub ignored: u64,
}

impl EventIntake {
    pub(crate) fn new(ports: &Ports, settings: &AppSettings) -> Self {
        Self {
            store: ports.store.clone(),
            clock: ports.clock.clone(),
            wait: settings.update_wait,
            own: settings.own_accounts.clone(),
        }
    }

    /// Stores the jobs of events in one commit, and parks those that cannot be read.
    ///
    /// An event that the database refuses is parked as well: then each event has a commit of
    /// its own, so that the others are stored.
    pub async fn store(
        &self,
        entries: &[EventEntry],
        mode: IntakeMode,
    ) -> PortResult<IntakeReport> {
        let refusal = match self.store_together(entries, mode).await {
            Err(error) if !error.is_retryable() => error,
            stored => return stored,
        };
        if let [entry] = entries {
            return self.park(entry, &refusal).await;
        }
        tracing::warn!(error = %refusal, events = entries.len(), "storing events one by one");
        let mut report = IntakeReport::default();
        for entry in entries {
            let one = std::slice::from_ref(entry);
            report.add(match self.store_together(one, mode).await {
                Err(error) if !error.is_retryable() => self.park(entry, &error).await?,
                stored => stored?,
            });
        }
        Ok(report)
    }

    /// Records entries that were stored: their number, and the age of the newest of each
    /// stream.
    fn measure(&self, entries: &[EventEntry], report: &IntakeReport) {
        metrics::events_stored(&report.counts);
        for stream in EventStream::ALL {
            let ids = entries.iter().filter(|entry| entry.stream == stream);
            if let Some(newest) = ids.filter_map(|entry| entry.id).max() {
                metrics::event_lag(stream, self.age(newest));
            }
        }
    }

    /// Records the state of a stream between batches. The lag of one whose last entry is
    /// stored is none, however old the entry is.
    fn measure_state(&self, state: &StreamState, position: Option<&StreamPosition>) {
        metrics::event_stream(state);
        let is_behind = state.waiting.is_none_or(|waiting| waiting > 0) || state.pending > 0;
        let last = position.map(|position| position.last);
        match last.filter(|last| is_behind && state.last.is_some_and(|newest| newest > *last)) {
            Some(last) => metrics::event_lag(state.stream, self.age(last)),
            None => metrics::event_lag(state.stream, Duration::ZERO),
        }
    }

    /// Time since an entry was added to its stream.
    fn age(&self, id: EntryId) -> Duration {
        let now = self.clock.now().and_utc().timestamp_millis();
        let age = u64::try_from(now).unwrap_or_default();
        Duration::from_millis(age.saturating_sub(id.millis))
    }

    /// Checks that an event can be read; the error says why not.
    pub fn check(&self, entry: &EventEntry) -> Result<(), String> {
        self.jobs_of(entry, false).map(|_| ())
    }

    async fn store_together(
        &self,
        entries: &[EventEntry],
        mode: IntakeMode,
    ) -> PortResult<IntakeReport> {
        let mut batch = EventBatch {
            repeats: mode.repeats,
            at: self.clock.now(),
            ..EventBatch::default()
        };
        let mut ignored = 0;
        for entry in entries {
            match self.jobs_of(entry, mode.is_backlog) {
                Ok(jobs) => {
                    ignored += u64::from(jobs.is_empty());
                    batch.read.push(EventJobs {
                        stream: entry.stream,
                        id: entry.id,
                        jobs,
                    });
                }
                Err(error) => batch.unreadable.push(UnreadableEvent {
                    entry: entry.clone(),
                    error,
                }),
            }
        }
        let counts = self.store.store_events(&batch).await?;
        Ok(IntakeReport { counts, ignored })
    }

    /// The jobs that follow from an entry; the error says why it cannot be read.
    fn jobs_of(&self, entry: &EventEntry, is_backlog: bool) -> Result<Vec<NewJob>, String> {
        let event = Event::read(entry).map_err(|error| error.to_string())?;
        if let Event::Ignored(why) = event {
            tracing::debug!(event.stream = %entry.stream, "ignored an event: {why}");
        }
        let is_robot = event.traffic() == Traffic::Robot;
        let correlation_id = entry.id.map(|id| format!("{}:{id}", entry.stream));
        let jobs = event.jobs(&self.own).into_iter().map(|job| {
            let job = new_job(job, self.wait);
            let job = match (is_robot, is_backlog) {
                (true, _) => job_of::of_robot(job),
                (false, true) => job_of::of_backlog(job),
                (false, false) => job,
            };
            NewJob {
                correlation_id: correlation_id.clone(),
                ..job
            }
        });
        Ok(jobs.collect())
    }

    async fn park(&self, entry: &EventEntry, refusal: &PortError) -> PortResult<IntakeReport> {
        let batch = EventBatch {
            unreadable: vec![UnreadableEvent {
                entry: entry.clone(),
                error: refusal.to_string(),
            }],
            at: self.clock.now(),
            ..EventBatch::default()
        };
        Ok(IntakeReport {
            counts: self.store.store_events(&batch).await?,
            ignored: 0,
        })
    }
}

impl IntakeReport {
    /// Adds the counts of another batch.
    pub fn add(&mut self, other: Self) {
        let EventCounts {
            new,
            known,
            parked,
            jobs,
            merged,
        } = other.counts;
        self.counts.new += new;
        self.counts.known += known;
        self.counts.parked += parked;
        self.counts.jobs += jobs;
        self.counts.merged += merged;
        self.ignored += other.ignored;
    }
}
