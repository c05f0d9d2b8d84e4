//! The schedule: one table, and the loop that fires its rows.
//!
//! Firing enqueues a job; workers run it. The store holds when a row last came due, and one
//! statement compares and moves that time in the transaction that enqueues the job: of any
//! number of schedulers one fires, and a row that came due while none ran fires once. Jobs
//! of a row have one key, so its runs do not overlap, and one that waits is enough.
//!
//! Times are cron patterns in UTC. A delay is added to each, up to the jitter of the row, so
//! that installations do not all call Product Opener in the same second. It is derived from
//! the name of the row and the time instead of drawn: all schedulers wait equally long, and
//! `robotoff schedule list` shows when the row will fire.
//!
//! Workers fire the rows of upkeep as well: without a scheduler, work that is due waits for
//! one, but tables do not grow without end, and an edit whose sender died is settled.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDateTime, TimeDelta};
use croner::Cron;
use robotoff_ports::job::NewJob;
use robotoff_ports::services::ScheduleState;
use robotoff_ports::{Clock, Services};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::enqueue::{
    ApplyDue, BackUp, CleanTemporaryFiles, ExpirePersonalData, JobSpec, PurgeJobs, RefreshFromDump,
    ReportFacets, ReportInsights, SettleEdits,
};
use crate::metrics;

/// One row of the schedule.
pub struct Schedule {
    pub name: &'static str,
    /// Five fields, or six with seconds first; in UTC.
    pub cron: &'static str,
    /// Longest delay that is added.
    pub jitter: Duration,
    pub first: FirstRun,
    pub by: FiredBy,
    /// Work of the job, for operators.
    pub about: &'static str,
    /// Makes the job to enqueue.
    pub job: fn() -> NewJob,
}

/// First firing of a row in a new database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstRun {
    /// At once.
    AtOnce,
    /// At the first time of its pattern.
    AtTime,
}

/// Processes that fire a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FiredBy {
    Schedulers,
    /// Workers too, since the service does not last without the row.
    Workers,
}

/// Every periodic job; those of `docs/reference/pipeline.md` 3 at the times that it names.
pub const SCHEDULE: &[Schedule] = &[
    Schedule {
        name: "apply_due",
        cron: "*/2 * * * *",
        jitter: Duration::from_secs(20),
        first: FirstRun::AtOnce,
        by: FiredBy::Schedulers,
        about: "applies automatic insights that are due",
        job: || ApplyDue {}.new_job(),
    },
    Schedule {
        name: "settle_edits",
        // An edit whose sender died is settled soon after its lease.
        cron: "*/10 * * * * *",
        jitter: Duration::ZERO,
        first: FirstRun::AtOnce,
        by: FiredBy::Workers,
        about: "settles edits whose sender died",
        job: || SettleEdits {}.new_job(),
    },
    Schedule {
        name: "purge_jobs",
        cron: "*/5 * * * *",
        jitter: Duration::from_secs(30),
        first: FirstRun::AtOnce,
        by: FiredBy::Workers,
        about: "deletes finished jobs after JOB_RETENTION_HOURS",
        job: || PurgeJobs {}.new_job(),
    },
    Schedule {
        name: "clean_temporary_files",
        cron: "0 0 * * *",
        jitter: Duration::from_secs(600),
        first: FirstRun::AtTime,
        by: FiredBy::Schedulers,
        about: "deletes temporary files that killed processes left",
        job: || CleanTemporaryFiles {}.new_job(),
    },
    Schedule {
        name: "report_facets",
        cron: "0 1 * * *",
        jitter: Duration::from_secs(600),
        first: FirstRun::AtTime,
        by: FiredBy::Schedulers,
        about: "writes the facets of Product Opener to InfluxDB",
        job: || ReportFacets {}.new_job(),
    },
    Schedule {
        name: "report_insights",
        cron: "0 1 * * *",
        jitter: Duration::from_secs(600),
        first: FirstRun::AtTime,
        by: FiredBy::Schedulers,
        about: "counts all insights, for metrics and InfluxDB",
        job: || ReportInsights {}.new_job(),
    },
    Schedule {
        name: "expire_personal_data",
        cron: "30 3 * * *",
        jitter: Duration::from_secs(600),
        first: FirstRun::AtTime,
        by: FiredBy::Schedulers,
        about: "replaces the devices of votes after PERSONAL_DATA_DAYS",
        job: || ExpirePersonalData {}.new_job(),
    },
    Schedule {
        name: "backup",
        cron: "0 2 * * *",
        jitter: Duration::from_secs(600),
        first: FirstRun::AtTime,
        by: FiredBy::Schedulers,
        about: "makes a backup of the database (BACKUP_DIR)",
        job: || BackUp {}.new_job(),
    },
    Schedule {
        name: "refresh_from_dump",
        cron: "0 19 * * *",
        jitter: Duration::from_secs(600),
        first: FirstRun::AtTime,
        by: FiredBy::Schedulers,
        about: "brings all insights in line with the dump of products (DATA_PULL=all)",
        job: || RefreshFromDump {}.new_job(),
    },
];

/// Time between reads of the table.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

impl Schedule {
    /// The row of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SCHEDULE.iter().find(|row| row.name == name)
    }

    /// The first time after `last` at which the row comes due, jitter included.
    ///
    /// # Errors
    /// The pattern is none, or names no time.
    pub fn next_after(&self, last: NaiveDateTime) -> Result<NaiveDateTime> {
        let pattern = self.cron;
        let doing = || format!("cannot read the times {pattern:?} of {}", self.name);
        let cron = Cron::from_str(pattern).with_context(doing)?;
        let next = cron.find_next_occurrence(&last.and_utc(), false);
        let next: DateTime<_> = next.with_context(doing)?;
        Ok(next.naive_utc() + self.jitter_at(next.naive_utc()))
    }

    /// Delay at a time of the pattern: from zero to the jitter.
    fn jitter_at(&self, time: NaiveDateTime) -> TimeDelta {
        let millis = self.jitter.as_millis() as u64;
        if millis == 0 {
            return TimeDelta::zero();
        }
        let seed = format!("{} {}", self.name, time.and_utc().timestamp());
        let (draw, _) = Uuid::new_v5(&Uuid::NAMESPACE_OID, seed.as_bytes()).as_u64_pair();
        TimeDelta::milliseconds((draw % millis) as i64)
    }
}

/// Fires the rows of such a process that are due, until `stop` is cancelled.
pub async fn run(
    services: Arc<dyn Services>,
    clock: Arc<dyn Clock>,
    by: FiredBy,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        match fire_due(&*services, clock.now(), by).await {
            Ok(fired) if fired.is_empty() => {}
            Ok(fired) => tracing::debug!(schedules = ?fired, "fired schedules"),
            Err(error) => tracing::warn!("cannot fire a schedule: {error:#}"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = sleep(POLL_INTERVAL) => {}
        }
    }
}

/// Fires the rows of the table that are due, and that such a process fires; returns their
/// names. One that cannot be fired does not hold up the others.
pub async fn fire_due(
    services: &dyn Services,
    now: NaiveDateTime,
    by: FiredBy,
) -> Result<Vec<&'static str>> {
    let states = services.schedules().await?;
    let mut fired = Vec::new();
    let mut failed = None;
    let is_fired = |row: &&Schedule| by == FiredBy::Schedulers || row.by == by;
    for row in SCHEDULE.iter().filter(is_fired) {
        let state = states.iter().find(|state| state.name == row.name);
        match fire_when_due(services, now, row, state).await {
            Ok(true) => {
                metrics::schedule_fired(row.name);
                fired.push(row.name);
            }
            Ok(false) => {}
            Err(error) => failed = failed.or(Some(error.context(row.name))),
        }
    }
    failed.map_or(Ok(fired), Err)
}

/// Enqueues the job of the row if it is due by the state that was read; false if it is not,
/// or another scheduler was faster.
pub async fn fire_when_due(
    services: &dyn Services,
    now: NaiveDateTime,
    row: &Schedule,
    state: Option<&ScheduleState>,
) -> Result<bool> {
    let last = match (state, row.first) {
        (None, FirstRun::AtTime) => {
            services.add_schedule(row.name, now).await?;
            return Ok(false);
        }
        (None, FirstRun::AtOnce) => None,
        (Some(state), _) => {
            if !state.is_enabled || now < row.next_after(state.last_at)? {
                return Ok(false);
            }
            Some(state.last_at)
        }
    };
    Ok(services.fire(row.name, last, now, (row.job)()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> NaiveDateTime {
        text.parse().expect("a time")
    }

    #[test]
    fn every_row_has_times_and_a_name_of_its_own() {
        for (index, row) in SCHEDULE.iter().enumerate() {
            let last = time("2026-02-28T23:59:59");
            let next = row.next_after(last).expect("a next time");
            assert!(next > last, "{}", row.name);
            assert!(
                next <= last + TimeDelta::days(1) + row.jitter,
                "{}",
                row.name
            );
            let twin = SCHEDULE[..index].iter().any(|other| other.name == row.name);
            assert!(!twin, "{} stands twice", row.name);
        }
    }

    #[test]
    fn times_are_in_utc_and_jitter_is_bounded_and_the_same_for_all() {
        let row = Schedule {
            name: "test",
            cron: "30 3 * * *",
            jitter: Duration::from_secs(600),
            first: FirstRun::AtTime,
            by: FiredBy::Schedulers,
            about: "",
            job: || ApplyDue {}.new_job(),
        };
        let mut delays = std::collections::BTreeSet::new();
        for day in 1..=20 {
            let slot = time(&format!("2026-03-{day:02}T03:30:00"));
            let next = row.next_after(slot - TimeDelta::hours(5)).expect("a time");
            let delay = next - slot;
            assert!(
                delay >= TimeDelta::zero() && delay < TimeDelta::seconds(600),
                "{delay}"
            );
            assert_eq!(
                row.next_after(slot - TimeDelta::hours(1)).expect("a time"),
                next
            );
            delays.insert(delay);
        }
        assert!(delays.len() > 10, "{delays:?}");
    }
}
