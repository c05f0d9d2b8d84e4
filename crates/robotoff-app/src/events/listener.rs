//! The listener: reads streams of events and stores their jobs.
//!
//! One batch at a time: taken, stored, acknowledged. So memory holds one batch, however
//! long the line is, and an entry is acknowledged only when the commit that holds its jobs
//! is done. A listener that dies in between leaves its entries pending: another one claims
//! them, and those that were stored already give no second job. While the database is out
//! of reach, the batch is tried again and no further one is taken; the streams are the
//! buffer.

use std::sync::Arc;
use std::time::Duration;

use robotoff_core::event::{EntryId, EventEntry, EventStream};
use robotoff_ports::events::{EventSource, StreamGap, Subscription, SubscriptionStart};
use robotoff_ports::{PortError, PortResult, Store};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use super::{EventIntake, IntakeMode, IntakeReport};

/// Back-off between attempts to reach a server that is down, at first and at most.
const INITIAL_BACKOFF: Duration = Duration::from_millis(200);
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// Settings of a listener.
#[derive(Debug, Clone)]
pub struct ListenerSettings {
    /// Most entries of a stream in one commit.
    pub batch: usize,
    /// Longest wait for entries; a stop waits no longer.
    pub poll_interval: Duration,
    /// Time between checks of the streams for gaps, and of the records for old ones.
    pub upkeep_interval: Duration,
    /// Retention time of the records of entries. An entry that is delivered again after
    /// that gives its jobs again.
    pub retention: Duration,
}

impl Default for ListenerSettings {
    fn default() -> Self {
        Self {
            batch: 500,
            poll_interval: Duration::from_secs(1),
            upkeep_interval: Duration::from_secs(30),
            retention: Duration::from_secs(2 * 24 * 3600),
        }
    }
}

/// Reads the streams of a source until it is stopped.
pub struct Listener {
    source: Arc<dyn EventSource>,
    store: Arc<dyn Store>,
    intake: Arc<EventIntake>,
    settings: ListenerSettings,
}

impl Listener {
    /// A listener that does not run yet.
    pub fn new(
        source: Arc<dyn EventSource>,
        store: Arc<dyn Store>,
        intake: Arc<EventIntake>,
        settings: ListenerSettings,
    ) -> Self {
        Self {
            source,
            store,
            intake,
            settings,
        }
    }

    /// Reads events until `stop` is cancelled. Waits for servers that are out of reach.
    pub async fn run(&self, stop: CancellationToken) {
        let mut backoff = INITIAL_BACKOFF;
        while !stop.is_cancelled() {
            // Returns at a stop, or when the group must be made again.
            let error = match self.subscribe().await {
                Ok(()) => self.read(&stop, &mut backoff).await,
                Err(error) => Some(error),
            };
            if let Some(error) = error {
                pause(&mut backoff, "read events", &error, &stop).await;
            }
        }
    }

    async fn subscribe(&self) -> PortResult<()> {
        let positions = self.store.stream_positions().await?;
        for subscription in self.source.subscribe(&positions).await? {
            report_start(&subscription);
            self.keep_gap(subscription.stream, subscription.gap).await?;
        }
        Ok(())
    }

    /// Reads batches; returns the error that reading cannot go on with.
    async fn read(&self, stop: &CancellationToken, backoff: &mut Duration) -> Option<PortError> {
        let mut upkeep_at = Instant::now() + self.settings.upkeep_interval;
        let mut was_backlog = false;
        while !stop.is_cancelled() {
            if Instant::now() >= upkeep_at {
                upkeep_at = Instant::now() + self.settings.upkeep_interval;
                if let Err(error) = self.keep_up().await {
                    tracing::warn!(%error, "cannot check the streams of events");
                }
            }
            let taken = self
                .source
                .take(self.settings.batch, self.settings.poll_interval);
            let taken = match taken.await {
                Ok(taken) => taken,
                Err(error) => return Some(error),
            };
            *backoff = INITIAL_BACKOFF;
            for (stream, id) in &taken.trimmed {
                tracing::error!(event.stream = %stream, event.id = %id,
                    "an event is lost: it was trimmed from its stream before it was stored");
            }
            let mode = IntakeMode {
                // The last entries of a long line have waited like those before them.
                is_backlog: taken.is_backlog || was_backlog,
                repeats: false,
            };
            was_backlog = taken.is_backlog;
            if !self.store_until_done(&taken.entries, mode, stop).await {
                // Stopped: the entries stay pending.
                return None;
            }
            let ids = taken.entries.iter();
            let ids = ids.filter_map(|entry| Some((entry.stream, entry.id?)));
            let done: Vec<_> = ids.chain(taken.trimmed.iter().copied()).collect();
            if let Err(error) = self.source.acknowledge(&done).await {
                // They are delivered again, and known then.
                tracing::warn!(%error, events = done.len(), "cannot acknowledge events");
            }
        }
        None
    }

    /// Stores the jobs of entries, however long the database is out of reach. False: stopped
    /// before.
    async fn store_until_done(
        &self,
        entries: &[EventEntry],
        mode: IntakeMode,
        stop: &CancellationToken,
    ) -> bool {
        if entries.is_empty() {
            return true;
        }
        let mut backoff = INITIAL_BACKOFF;
        loop {
            match self.intake.store(entries, mode).await {
                Ok(report) => {
                    report_stored(entries, &report);
                    self.intake.measure(entries, &report);
                    return true;
                }
                Err(_) if stop.is_cancelled() => return false,
                Err(error) => pause(&mut backoff, "store events", &error, stop).await,
            }
        }
    }

    /// Reports gaps, and deletes records of entries that cannot be delivered again.
    async fn keep_up(&self) -> PortResult<()> {
        let states = self.source.states().await?;
        let positions = self.store.stream_positions().await?;
        for state in states {
            self.keep_gap(state.stream, state.gap).await?;
            let position = positions
                .iter()
                .find(|position| position.stream == state.stream);
            self.intake.measure_state(&state, position);
            let Some(position) = position else {
                continue;
            };
            let retention = u64::try_from(self.settings.retention.as_millis()).unwrap_or(u64::MAX);
            let old = EntryId::at(position.last.millis.saturating_sub(retention));
            // A pending entry may be stored already: its record tells that it is.
            let before = state.oldest_pending.map_or(old, |pending| pending.min(old));
            self.store.forget_entries(state.stream, before).await?;
        }
        Ok(())
    }

    /// Keeps a gap until it is resolved. A new one is an error; one that is known is not
    /// reported again.
    async fn keep_gap(&self, stream: EventStream, gap: Option<StreamGap>) -> PortResult<()> {
        let Some(gap) = gap else {
            return Ok(());
        };
        if self.intake.keep_gap(stream, &gap).await? {
            tracing::error!(
                event.stream = %stream, event.after = %gap.after, events = gap.lost,
                "events are lost: they were trimmed from their stream before they were read; \
                 see `robotoff events gaps`"
            );
        }
        Ok(())
    }

    /// Stores the jobs of all entries of both streams since an instant, again where they are
    /// stored already. Each stream is read from that instant
    /// (`docs/reference/pipeline.md` 11.5, 35). `progress` gets the counts so far.
    pub async fn replay_since(
        &self,
        millis: u64,
        mut progress: impl FnMut(EventStream, IntakeReport) + Send,
    ) -> PortResult<IntakeReport> {
        let mode = IntakeMode {
            is_backlog: true,
            repeats: true,
        };
        let mut total = IntakeReport::default();
        let mut cover = self.intake.gap_cover().await?;
        for stream in EventStream::ALL {
            let mut from = EntryId::at(millis);
            loop {
                let batch = self.settings.batch;
                let entries = self.source.entries_from(stream, from, batch).await?;
                let Some(last) = entries.iter().filter_map(|entry| entry.id).max() else {
                    break;
                };
                total.add(self.intake.store(&entries, mode).await?);
                cover.note(&entries);
                progress(stream, total);
                from = last.next();
            }
        }
        self.intake.resolve_covered(cover).await?;
        Ok(total)
    }
}

fn report_start(subscription: &Subscription) {
    let stream = subscription.stream;
    match subscription.start {
        SubscriptionStart::Continued => {
            tracing::info!(event.stream = %stream, "reading events");
        }
        SubscriptionStart::After(id) => {
            tracing::info!(event.stream = %stream, event.after = %id, "reading events, as a new group");
        }
        SubscriptionStart::Now => tracing::warn!(
            event.stream = %stream,
            "reading events from now on: no earlier position is known. Events before now are \
             not read; `robotoff events since TIME` reads them"
        ),
    }
}

fn report_stored(entries: &[EventEntry], report: &IntakeReport) {
    let counts = &report.counts;
    if counts.parked > 0 {
        tracing::warn!(
            events = counts.parked,
            "parked events that cannot be read: see `robotoff events parked`"
        );
    }
    tracing::debug!(
        events = entries.len(),
        new = counts.new,
        known = counts.known,
        jobs = counts.jobs,
        merged = counts.merged,
        "stored events"
    );
}

async fn pause(backoff: &mut Duration, doing: &str, error: &PortError, stop: &CancellationToken) {
    tracing::warn!(%error, backoff_ms = backoff.as_millis() as u64, "cannot {doing}");
    let _ = timeout(*backoff, stop.cancelled()).await;
    *backoff = (*backoff * 2).min(MAX_BACKOFF);
}
