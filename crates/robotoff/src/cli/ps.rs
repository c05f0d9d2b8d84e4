//! `robotoff ps`: the running services and the jobs.

use std::io::Write;

use anyhow::Result;
use chrono::{NaiveDateTime, TimeDelta};
use clap::Args;
use robotoff_app::heartbeat::LIVENESS_TIMEOUT;
use robotoff_ports::job::{JobCount, Queue};
use robotoff_ports::services::{Service, ServiceState};
use robotoff_ports::{Clock, JobQueue, Services, SystemClock};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::span;
use crate::config::Config;
use crate::database;

/// Time for which a service that is no longer heard from is listed.
const LISTING_PERIOD: TimeDelta = TimeDelta::hours(1);

#[derive(Args)]
pub(super) struct PsArgs {
    /// One JSON object instead of tables.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(config: &Config, flags: &PsArgs, stop: &CancellationToken) -> Result<()> {
    let database = database::for_command(config, stop).await?;
    let snapshot = Snapshot {
        now: SystemClock.now(),
        services: database
            .services(SystemClock.now() - LISTING_PERIOD)
            .await?,
        counts: database.counts().await?,
        paused: database.paused().await?,
    };
    database.close().await?;
    let mut out = std::io::stdout().lock();
    if flags.json {
        writeln!(out, "{}", snapshot.as_json())?;
        return Ok(());
    }
    snapshot.write_services(&mut out)?;
    snapshot.write_jobs(&mut out)?;
    Ok(())
}

/// Running services and job counts at one moment.
struct Snapshot {
    now: NaiveDateTime,
    services: Vec<Service>,
    counts: Vec<JobCount>,
    paused: Vec<Queue>,
}

impl Snapshot {
    fn as_json(&self) -> Value {
        let services = self.services.iter().map(|service| {
            json!({
                "id": service.id, "kind": service.kind, "host": service.host,
                "process": service.process, "version": service.version,
                "started_at": service.started_at, "seen_at": service.seen_at,
                "runs": runs(service, self.now),
                "state": service.activity.state, "jobs": service.activity.jobs,
                "memory_bytes": service.activity.memory_bytes,
            })
        });
        let counts = self.counts.iter().map(|count| {
            json!({"queue": count.queue.name(), "state": count.state.name(), "jobs": count.jobs,
                "is_capped": count.is_capped})
        });
        let paused = self.paused.iter().map(|queue| queue.name());
        json!({
            "services": services.collect::<Vec<_>>(),
            "jobs": counts.collect::<Vec<_>>(),
            "paused": paused.collect::<Vec<_>>(),
        })
    }

    fn write_services(&self, out: &mut dyn Write) -> std::io::Result<()> {
        if self.services.is_empty() {
            return writeln!(out, "no service runs (start one with `robotoff up`)");
        }
        writeln!(
            out,
            "{:<10} {:<20} {:>8} {:>10} {:>12} {:>9} {:>5}  STATE",
            "SERVICE", "HOST", "PROCESS", "VERSION", "RUNS FOR", "MEMORY", "JOBS"
        )?;
        for service in &self.services {
            let state = match (runs(service, self.now), service.activity.state) {
                (true, ServiceState::Running) => "runs".to_owned(),
                (true, ServiceState::Stopping) => "is stopping".to_owned(),
                (false, _) => format!("silent for {}", span(self.now - service.seen_at)),
            };
            let memory = service.activity.memory_bytes;
            let memory = memory.map_or("-".to_owned(), |bytes| format!("{} MB", bytes >> 20));
            writeln!(
                out,
                "{:<10} {:<20} {:>8} {:>10} {:>12} {memory:>9} {:>5}  {state}",
                service.kind,
                service.host,
                service.process,
                service.version,
                span(service.seen_at - service.started_at),
                service.activity.jobs.len()
            )?;
            for job in &service.activity.jobs {
                let since = span(self.now - job.since);
                writeln!(out, "    job {} {} for {since}", job.job, job.kind)?;
            }
        }
        Ok(())
    }

    fn write_jobs(&self, out: &mut dyn Write) -> std::io::Result<()> {
        if self.counts.is_empty() {
            return writeln!(out, "\nno jobs");
        }
        writeln!(out, "\n{:<10} {:<10} {:>10}", "QUEUE", "STATE", "JOBS")?;
        for count in &self.counts {
            let is_paused = self.paused.contains(&count.queue);
            let mark = if is_paused { " (paused)" } else { "" };
            let more = if count.is_capped { "+" } else { "" };
            let jobs = format!("{}{more}", count.jobs);
            writeln!(
                out,
                "{:<10} {:<10} {:>10}{mark}",
                count.queue.name(),
                count.state.name(),
                jobs
            )?;
        }
        Ok(())
    }
}

/// True for a service with a recent heartbeat.
fn runs(service: &Service, now: NaiveDateTime) -> bool {
    (now - service.seen_at)
        .to_std()
        .is_ok_and(|silent| silent <= LIVENESS_TIMEOUT)
        || service.seen_at > now
}
