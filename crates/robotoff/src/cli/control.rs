//! `robotoff stop`, `start`, `restart`, `log-level`: orders to running services, through the
//! registry in the database.

use std::time::Duration;

use anyhow::Result;
use clap::Args;
use robotoff_app::service_control::{self, OrderOutcome, ServiceSelector};
use robotoff_ports::SystemClock;
use robotoff_ports::services::WantedState;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{ExitStatus, say};
use crate::config::Config;
use crate::{database, logging};

/// Services, and how long their commands wait.
#[derive(Args)]
pub(super) struct TargetArgs {
    /// api, worker, scheduler, listener or all; with @HOST, those of one host.
    #[arg(value_name = "SERVICE[@HOST]")]
    service: ServiceSelector,
    /// Seconds to wait until the services have carried it out; 0 does not wait.
    #[arg(long, default_value_t = 120, value_name = "SECS")]
    timeout: u64,
    /// One JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

/// Flags of `stop`.
#[derive(Args)]
pub(super) struct StopArgs {
    #[command(flatten)]
    target: TargetArgs,
    /// End the processes, with all parts that they run, with exit code 75: their supervisors
    /// start them again.
    #[arg(long)]
    exit: bool,
}

/// Flags of `log-level`.
#[derive(Args)]
pub(super) struct LogLevelArgs {
    /// error, warn, info, debug, trace, or a filter such as info,robotoff_app=debug; `reset`
    /// returns to LOG_LEVEL.
    #[arg(value_name = "LEVEL")]
    level: String,
    /// api, worker, scheduler, listener or all; with @HOST, those of one host. The parts of
    /// one process share it.
    #[arg(value_name = "SERVICE[@HOST]", default_value = "all")]
    service: ServiceSelector,
}

pub(super) async fn stop(
    config: &Config,
    flags: &StopArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let wanted = match flags.exit {
        true => WantedState::Ended,
        false => WantedState::Stopped,
    };
    order(config, &flags.target, wanted, stop).await
}

pub(super) async fn start(
    config: &Config,
    flags: &TargetArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    order(config, flags, WantedState::Running, stop).await
}

pub(super) async fn restart(
    config: &Config,
    flags: &TargetArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    order(config, flags, WantedState::Restarted, stop).await
}

async fn order(
    config: &Config,
    flags: &TargetArgs,
    wanted: WantedState,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let database = database::for_command(config, stop).await?;
    let clock = SystemClock;
    let ordered = service_control::order(&database, &clock, &flags.service, wanted).await?;
    let at_most = Duration::from_secs(flags.timeout);
    let waiting = service_control::wait(&database, &clock, &ordered, wanted, at_most);
    let outcomes = tokio::select! {
        outcomes = waiting => outcomes?,
        // The order stands.
        () = stop.cancelled() => return Ok(ExitStatus::PartialFailure),
    };
    database.close().await?;
    let are_reached = outcomes.iter().all(|outcome| outcome.is_reached);
    match flags.json {
        true => say(&as_json(&outcomes, wanted))?,
        false => outcomes
            .iter()
            .try_for_each(|outcome| say(&line(outcome, wanted)))?,
    }
    Ok(match are_reached || flags.timeout == 0 {
        true => ExitStatus::Success,
        false => ExitStatus::PartialFailure,
    })
}

fn line(outcome: &OrderOutcome, wanted: WantedState) -> String {
    let service = &outcome.service;
    let state = match outcome.is_reached {
        true => wanted.name().to_owned(),
        false => format!("is not {} yet", wanted.name()),
    };
    let (kind, host, process) = (&service.kind, &service.host, service.process);
    format!("{kind}@{host} (process {process}): {state}")
}

fn as_json(outcomes: &[OrderOutcome], wanted: WantedState) -> String {
    let services = outcomes.iter().map(|outcome| {
        json!({
            "id": outcome.service.id, "service": outcome.service.kind,
            "host": outcome.service.host, "process": outcome.service.process,
            "is_reached": outcome.is_reached,
        })
    });
    json!({"wanted": wanted.name(), "services": services.collect::<Vec<_>>()}).to_string()
}

pub(super) async fn log_level(
    config: &Config,
    flags: &LogLevelArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let filter = Some(flags.level.as_str()).filter(|level| *level != "reset");
    // A filter that no process could use is refused here.
    filter.map(logging::filter_of).transpose()?;
    let database = database::for_command(config, stop).await?;
    let clock = SystemClock;
    let changed = service_control::order_log_filter(&database, &clock, &flags.service, filter);
    let changed = changed.await?;
    database.close().await?;
    for service in changed {
        let (kind, host, process) = (&service.kind, &service.host, service.process);
        let level = filter.unwrap_or("LOG_LEVEL");
        say(&format!("{kind}@{host} (process {process}): {level}"))?;
    }
    Ok(ExitStatus::Success)
}
