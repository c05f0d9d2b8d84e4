//! The sampler: each minute it stores what this process counted, and what all processes share;
//! it folds minutes that are older than a day into quarters of an hour, and deletes what is
//! older than two weeks.
//!
//! Every process stores its own counts. What all share (queues, edits, events, health) is
//! stored by whichever process comes first in a minute: the row has a key. So the history is
//! never longer than a day of minutes of each process and two weeks of quarters.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{NaiveDateTime, TimeDelta};
use futures_util::future::BoxFuture;
use robotoff_core::measurements::Measurements;
use robotoff_ports::Store;
use robotoff_ports::job::JobState;
use robotoff_ports::store::MeasurementSpan;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{Ops, Overview, is_alive};
use crate::app::App;
use crate::tally;

/// Age from which minutes become quarters.
pub(super) const MINUTES_FOR: TimeDelta = TimeDelta::hours(25);
/// Age from which quarters are deleted.
const QUARTERS_FOR: TimeDelta = TimeDelta::days(14);
/// Quarters that are folded at once, so that a process that starts after a long pause does not
/// do it all in one go.
const FOLDS: usize = 8;
/// Longest time for the work of a minute.
const TIMEOUT: Duration = Duration::from_secs(40);

/// Result of a health check: its name, whether it passed, and the seconds that it took.
pub type TakenHealth = (String, bool, f64);

/// Read of the health of the dependencies.
pub type ReadHealth = Box<dyn Fn() -> BoxFuture<'static, Vec<TakenHealth>> + Send + Sync>;

/// Stores measurements each minute.
pub struct Sampler {
    pub app: Arc<App>,
    /// Name of this process among those that store.
    pub source: String,
    /// `None` in a process without health checks: then it stores its own counts only.
    pub health: Option<ReadHealth>,
}

impl Sampler {
    /// Stores measurements until `stop` is cancelled, and then those of the last minute.
    pub async fn run(self, stop: CancellationToken) {
        let clock = self.app.ports.clock.clone();
        while !stop.is_cancelled() {
            let minute = MeasurementSpan::Minute.start_of(clock.now());
            let end = minute + MeasurementSpan::Minute.length();
            let wait = (end - clock.now()).to_std().unwrap_or_default();
            tokio::select! {
                () = stop.cancelled() => {}
                () = sleep(wait) => {}
            }
            match tokio::time::timeout(TIMEOUT, self.sample(minute)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!("cannot store measurements: {error:#}"),
                Err(_) => tracing::warn!("cannot store measurements: no answer in time"),
            }
        }
    }

    /// Stores the measurements of a minute that is over.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub async fn sample(&self, minute: NaiveDateTime) -> Result<()> {
        let store = &*self.app.ports.store;
        let own = tally::take();
        if !own.is_empty() {
            let stored = store.store_measurements(minute, &self.source, &own).await;
            // A minute is stored once: what comes after belongs to the next one.
            if !matches!(stored, Ok(true)) {
                tally::put_back(&own);
            }
            stored.context("the counts of this process")?;
        }
        if let Some(health) = &self.health {
            let shared = shared(&self.app.ops, health().await).await?;
            let stored = store.store_measurements(minute, "", &shared).await;
            if stored.context("what all processes share")? {
                shorten(store, minute).await?;
            }
        }
        Ok(())
    }
}

/// Measurements that all processes share.
async fn shared(ops: &Ops, health: Vec<TakenHealth>) -> Result<Measurements> {
    let overview = ops.overview().await?;
    let mut shared = measured(&overview);
    for (name, has_passed, secs) in health {
        shared.read(&format!("health:{name}"), f64::from(u8::from(has_passed)));
        shared.read(&format!("health:{name}:secs"), secs);
    }
    Ok(shared)
}

fn measured(overview: &Overview) -> Measurements {
    let mut shared = Measurements::default();
    for queue in &overview.queues {
        let name = queue.queue;
        for state in [JobState::Waiting, JobState::Running, JobState::Dead] {
            let count = queue.counts.iter().find(|count| count.state == state);
            let jobs = count.map_or(0, |count| count.jobs);
            shared.read(&format!("queue:{name}:{}", state.name()), jobs as f64);
        }
        let age = queue.age.map_or(0, |age| age.num_seconds());
        shared.read(&format!("queue:{name}:age"), age as f64);
    }
    for count in &overview.edits {
        let name = format!("edits:{}", count.state);
        shared.read(&name, count.edits as f64);
    }
    if let Some(lag) = overview.events.lag() {
        shared.read("events:lag", lag as f64);
    }
    shared.read("events:parked", overview.events.parked as f64);
    let alive = overview.services.iter();
    let alive = alive.filter(|service| is_alive(service, overview.at));
    shared.read("services", alive.count() as f64);
    shared
}

/// Folds minutes that are old enough, the oldest first, and deletes what is too old.
async fn shorten(store: &dyn Store, now: NaiveDateTime) -> Result<()> {
    for _ in 0..FOLDS {
        let Some(oldest) = store.oldest_minute().await? else {
            break;
        };
        let quarter = MeasurementSpan::Quarter.start_of(oldest);
        let end = quarter + MeasurementSpan::Quarter.length();
        if end > now - MINUTES_FOR {
            break;
        }
        let rows = store.measurements(quarter, end).await?;
        let mut folded = Measurements::default();
        for row in &rows {
            folded.merge(&row.measurements);
        }
        store
            .fold_measurements(quarter, rows.len() as u64, &folded)
            .await?;
    }
    store.forget_measurements(now - QUARTERS_FOR).await?;
    Ok(())
}
