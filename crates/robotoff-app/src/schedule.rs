//! The schedule: one table, and the loop that fires its rows.
//!
//! Firing enqueues a job; workers run it. The store holds the time at which a row last
//! fired, so there may be several schedulers, and a row that came due while none ran fires
//! once.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDateTime;
use robotoff_ports::job::NewJob;
use robotoff_ports::{Clock, PortResult, Services};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::enqueue::{ApplyDue, JobSpec, SettleEdits};

/// One row of the schedule.
pub struct Schedule {
    pub name: &'static str,
    pub every: Duration,
    /// Makes the job to enqueue.
    pub job: fn() -> NewJob,
}

/// Every periodic job.
pub const SCHEDULE: &[Schedule] = &[
    Schedule {
        name: "apply_due",
        // As in the existing service (`docs/reference/pipeline.md` 3).
        every: Duration::from_secs(120),
        job: || ApplyDue {}.new_job(),
    },
    Schedule {
        name: "settle_edits",
        // An edit whose sender died is settled soon after its lease.
        every: Duration::from_secs(10),
        job: || SettleEdits {}.new_job(),
    },
];

/// Time between reads of the table.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Fires the rows that are due, until `stop` is cancelled.
pub async fn run(services: Arc<dyn Services>, clock: Arc<dyn Clock>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        for row in SCHEDULE {
            match fire_when_due(&*services, clock.now(), row).await {
                Ok(true) => tracing::debug!(schedule = row.name, "fired a schedule"),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, schedule = row.name, "cannot fire a schedule"),
            }
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(POLL_INTERVAL) => {}
        }
    }
}

/// Enqueues the job of the row if it is due; false if it is not, or another scheduler was
/// faster. Both may read the same `last`: `fire` compares it again in the transaction that
/// enqueues the job, so one of them fires.
pub async fn fire_when_due(
    services: &dyn Services,
    now: NaiveDateTime,
    row: &Schedule,
) -> PortResult<bool> {
    let last = services.last_fired(row.name).await?;
    if last.is_some_and(|last| now < last + row.every) {
        return Ok(false);
    }
    services.fire(row.name, last, now, (row.job)()).await
}
