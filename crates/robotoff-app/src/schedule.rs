//! What is done again and again: one table, and the loop that fires its rows.
//!
//! Firing enqueues a job; workers do it. When a row last fired is kept in the
//! store: schedulers may be many, and what came due while none ran is caught up
//! once.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDateTime;
use robotoff_ports::job::{JobKind, NewJob};
use robotoff_ports::{Clock, PortResult, Services};
use serde_json::json;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::jobs;

/// One row of the schedule.
pub struct Schedule {
    pub name: &'static str,
    pub every: Duration,
    pub job: &'static JobKind,
}

/// Everything that is done again and again.
pub const SCHEDULE: &[Schedule] = &[
    Schedule {
        name: "apply_due",
        // As in the existing service (`docs/reference/pipeline.md` 3).
        every: Duration::from_secs(120),
        job: &jobs::APPLY_DUE,
    },
    Schedule {
        name: "settle_edits",
        // An edit whose sender died is settled soon after its lease.
        every: Duration::from_secs(10),
        job: &jobs::SETTLE_EDITS,
    },
];

/// Between looks at the table.
const LOOK: Duration = Duration::from_secs(1);

/// Fires what is due until it is told to stop.
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
            () = sleep(LOOK) => {}
        }
    }
}

/// Enqueues the job of the row if its time has come and no other scheduler did.
pub async fn fire_when_due(
    services: &dyn Services,
    now: NaiveDateTime,
    row: &Schedule,
) -> PortResult<bool> {
    let last = services.last_fired(row.name).await?;
    if last.is_some_and(|last| now < last + row.every) {
        return Ok(false);
    }
    // A firing that still waits is enough.
    let job = NewJob::new(row.job, json!({})).unique(format!("schedule:{}", row.name));
    services.fire(row.name, last, now, job).await
}
