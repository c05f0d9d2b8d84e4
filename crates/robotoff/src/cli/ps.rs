//! `robotoff ps`: the services of all machines, and the jobs.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::Result;
use chrono::NaiveDateTime;
use clap::Args;
use robotoff_app::heartbeat::RETENTION;
use robotoff_app::service_control::Condition;
use robotoff_ports::job::{JobCount, Queue};
use robotoff_ports::services::Service;
use robotoff_ports::{Clock, JobQueue, Services, SystemClock};
use robotoff_store::Database;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::span;
use crate::config::Config;
use crate::database;

/// Moves the cursor of a terminal to its start, and clears what is below.
pub(super) const CLEAR: &str = "\x1b[H\x1b[J";

#[derive(Args)]
pub(super) struct PsArgs {
    /// Also services of the last 24 hours that ended or were lost.
    #[arg(long, short)]
    all: bool,
    /// One JSON object instead of tables.
    #[arg(long)]
    json: bool,
    /// Show it again every 2 seconds, or as many as are given, until Ctrl-C.
    #[arg(long, short, value_name = "SECS", num_args = 0..=1, default_missing_value = "2",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    watch: Option<u64>,
}

pub(super) async fn run(config: &Config, flags: &PsArgs, stop: &CancellationToken) -> Result<()> {
    let database = database::for_command(config, stop).await?;
    loop {
        let snapshot = Snapshot::read(&database, flags.all).await?;
        snapshot.show(flags)?;
        let Some(secs) = flags.watch else {
            break;
        };
        let pause = tokio::time::timeout(Duration::from_secs(secs), stop.cancelled());
        if pause.await.is_ok() {
            break;
        }
    }
    database.close().await?;
    Ok(())
}

/// All services of the last 24 hours, and the jobs, as JSON.
pub(super) async fn everything(database: &Database) -> Result<String> {
    Ok(Snapshot::read(database, true).await?.as_json().to_string())
}

/// Services and job counts at one moment.
struct Snapshot {
    now: NaiveDateTime,
    services: Vec<Service>,
    /// Services that are not listed because they were lost.
    lost: usize,
    counts: Vec<JobCount>,
    paused: Vec<Queue>,
}

impl Snapshot {
    async fn read(database: &Database, is_all: bool) -> Result<Self> {
        let now = SystemClock.now();
        let mut services = database.all_services(now - RETENTION).await?;
        let is_lost = |service: &&Service| Condition::of(service, now) == Condition::Lost;
        let lost = services.iter().filter(is_lost).count();
        if !is_all {
            services.retain(|service| Condition::of(service, now).is_alive());
        }
        Ok(Self {
            now,
            services,
            lost: if is_all { 0 } else { lost },
            counts: database.counts().await?,
            paused: database.paused().await?,
        })
    }

    fn show(&self, flags: &PsArgs) -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if flags.json {
            writeln!(out, "{}", self.as_json())?;
            return out.flush();
        }
        if flags.watch.is_some() && out.is_terminal() {
            write!(out, "{CLEAR}")?;
        }
        self.write_services(&mut out)?;
        self.write_jobs(&mut out)?;
        out.flush()
    }

    fn as_json(&self) -> Value {
        let services = self.services.iter().map(|service| {
            let condition = Condition::of(service, self.now);
            json!({
                "id": service.id, "kind": service.kind, "host": service.host,
                "process": service.process, "version": service.version,
                "started_at": service.started_at, "seen_at": service.seen_at,
                "ended_at": service.ended_at, "runs": condition.is_alive(),
                "state": condition.name(), "since": since(service, condition),
                "jobs": service.activity.jobs, "memory_bytes": service.activity.memory_bytes,
                "done": service.activity.done, "failed": service.activity.failed,
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
            writeln!(out, "no service runs (start one with `robotoff up`)")?;
            return self.write_lost(out);
        }
        writeln!(
            out,
            "{:<10} {:<20} {:>8} {:>9} {:<9} {:>8} {:>9} {:>5} {:>8} {:>7}",
            "SERVICE",
            "HOST",
            "PROCESS",
            "VERSION",
            "STATE",
            "SINCE",
            "MEMORY",
            "JOBS",
            "DONE",
            "FAILED"
        )?;
        for service in &self.services {
            let condition = Condition::of(service, self.now);
            let activity = &service.activity;
            let memory = activity.memory_bytes;
            let memory = memory.map_or("-".to_owned(), |bytes| format!("{} MB", bytes >> 20));
            writeln!(
                out,
                "{:<10} {:<20} {:>8} {:>9} {:<9} {:>8} {memory:>9} {:>5} {:>8} {:>7}",
                service.kind,
                service.host,
                service.process,
                service.version,
                condition.name(),
                span(self.now - since(service, condition)),
                activity.jobs.len(),
                activity.done,
                activity.failed,
            )?;
            for job in activity.jobs.iter().filter(|_| condition.is_alive()) {
                let since = span(self.now - job.since);
                writeln!(out, "    job {} {} for {since}", job.job, job.kind)?;
            }
        }
        self.write_lost(out)
    }

    fn write_lost(&self, out: &mut dyn Write) -> std::io::Result<()> {
        match self.lost {
            0 => Ok(()),
            lost => writeln!(
                out,
                "lost in the last 24 hours: {lost} (`robotoff ps --all`)"
            ),
        }
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

/// Time since which a service is in its condition.
fn since(service: &Service, condition: Condition) -> NaiveDateTime {
    match condition {
        Condition::Alive(_) => service.activity.state_since.unwrap_or(service.started_at),
        Condition::Ended => service.ended_at.unwrap_or(service.seen_at),
        Condition::Lost => service.seen_at,
    }
}
