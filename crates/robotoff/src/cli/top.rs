//! `robotoff top`: the services by their work, and the queues, shown again and again.

use std::collections::HashMap;
use std::io::{IsTerminal, Write};
use std::time::Duration;

use anyhow::Result;
use chrono::NaiveDateTime;
use clap::Args;
use robotoff_app::heartbeat::LIVENESS_TIMEOUT;
use robotoff_app::service_control::Condition;
use robotoff_ports::job::JobCount;
use robotoff_ports::services::Service;
use robotoff_ports::{Clock, JobQueue, Services, SystemClock};
use robotoff_store::Database;
use tokio_util::sync::CancellationToken;

use super::ExitStatus;
use super::ps::CLEAR;
use crate::config::Config;
use crate::database;

/// Flags of `top`.
#[derive(Args)]
pub(super) struct TopArgs {
    /// Seconds between two looks; services report their work every 10 s.
    #[arg(long, default_value_t = 5, value_name = "SECS",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    interval: u64,
    /// Number of looks; by default until Ctrl-C.
    #[arg(long, short = 'n', value_name = "N")]
    count: Option<u64>,
}

pub(super) async fn run(
    config: &Config,
    flags: &TopArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let database = database::for_command(config, stop).await?;
    let mut rates = Rates::default();
    let mut looks = 0;
    loop {
        let look = Look::read(&database).await?;
        look.show(&mut rates)?;
        looks += 1;
        if flags.count.is_some_and(|count| looks >= count) {
            break;
        }
        let pause = Duration::from_secs(flags.interval);
        if tokio::time::timeout(pause, stop.cancelled()).await.is_ok() {
            break;
        }
    }
    database.close().await?;
    Ok(ExitStatus::Success)
}

/// Services and jobs at one moment.
struct Look {
    services: Vec<Service>,
    counts: Vec<JobCount>,
}

impl Look {
    async fn read(database: &Database) -> Result<Self> {
        let now = SystemClock.now();
        let mut services = database.services(now - LIVENESS_TIMEOUT).await?;
        services.sort_by_key(|service| std::cmp::Reverse(service.activity.jobs.len()));
        Ok(Self {
            services,
            counts: database.counts().await?,
        })
    }

    fn show(&self, rates: &mut Rates) -> Result<()> {
        let now = SystemClock.now();
        let mut out = std::io::stdout().lock();
        if out.is_terminal() {
            write!(out, "{CLEAR}")?;
        }
        writeln!(
            out,
            "{:<10} {:<20} {:<9} {:>5} {:>10} {:>9}  KINDS",
            "SERVICE", "HOST", "STATE", "JOBS", "JOBS/MIN", "MEMORY"
        )?;
        for service in &self.services {
            let activity = &service.activity;
            let rate = rates.per_minute(service);
            let rate = rate.map_or("-".to_owned(), |rate| format!("{rate:.1}"));
            let memory = activity.memory_bytes;
            let memory = memory.map_or("-".to_owned(), |bytes| format!("{} MB", bytes >> 20));
            writeln!(
                out,
                "{:<10} {:<20} {:<9} {:>5} {rate:>10} {memory:>9}  {}",
                service.kind,
                service.host,
                Condition::of(service, now).name(),
                activity.jobs.len(),
                kinds(service)
            )?;
        }
        writeln!(out)?;
        for count in &self.counts {
            let more = if count.is_capped { "+" } else { "" };
            let (queue, state) = (count.queue.name(), count.state.name());
            writeln!(out, "{queue:<10} {state:<10} {:>8}{more}", count.jobs)?;
        }
        out.flush()?;
        Ok(())
    }
}

/// Kinds of the jobs that a service runs, the most frequent first.
fn kinds(service: &Service) -> String {
    let mut number_by_kind: HashMap<&str, u32> = HashMap::new();
    for job in &service.activity.jobs {
        *number_by_kind.entry(&job.kind).or_default() += 1;
    }
    let mut kinds: Vec<_> = number_by_kind.into_iter().collect();
    kinds.sort_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(other.0)));
    let kinds: Vec<_> = kinds
        .iter()
        .map(|(kind, n)| format!("{kind} {n}"))
        .collect();
    kinds.join(", ")
}

/// Numbers of jobs that ended, as the last heartbeats reported them, by service.
#[derive(Default)]
struct Rates(HashMap<String, Counter>);

struct Counter {
    ended: u64,
    seen_at: NaiveDateTime,
    rate: Option<f64>,
}

impl Rates {
    /// Jobs that ended in a minute, between the last two heartbeats; `None` before the second.
    fn per_minute(&mut self, service: &Service) -> Option<f64> {
        if service.kind != "worker" {
            return None;
        }
        let ended = service.activity.done + service.activity.failed;
        let seen_at = service.seen_at;
        let counter = self.0.entry(service.id.clone()).or_insert(Counter {
            ended,
            seen_at,
            rate: None,
        });
        let passed = (seen_at - counter.seen_at).num_milliseconds();
        if passed > 0 {
            let new = ended.saturating_sub(counter.ended) as f64;
            *counter = Counter {
                ended,
                seen_at,
                rate: Some(new * 60_000.0 / passed as f64),
            };
        }
        counter.rate
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use robotoff_ports::services::ServiceActivity;

    use super::*;

    #[test]
    fn the_rate_is_that_between_two_heartbeats() {
        let start = SystemClock.now();
        let service = |secs, done| Service {
            id: "a".to_owned(),
            kind: "worker".to_owned(),
            host: "h".to_owned(),
            process: 1,
            version: "1".to_owned(),
            started_at: start,
            seen_at: start + TimeDelta::seconds(secs),
            ended_at: None,
            activity: ServiceActivity {
                done,
                ..ServiceActivity::default()
            },
        };
        let mut rates = Rates::default();
        assert_eq!(rates.per_minute(&service(0, 100)), None);
        assert_eq!(
            rates.per_minute(&service(0, 100)),
            None,
            "the same heartbeat"
        );
        assert_eq!(rates.per_minute(&service(10, 120)), Some(120.0));
        assert_eq!(rates.per_minute(&service(10, 120)), Some(120.0));
        assert_eq!(rates.per_minute(&service(30, 120)), Some(0.0));
    }
}
