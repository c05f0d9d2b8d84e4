//! Sending of what the log gathers, errors and traces, to servers that the configuration names,
//! while a command runs.

use anyhow::Result;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::serve::ProcessControl;
use super::service_command::{self, CommandEnd, ServiceCommand};
use crate::config::Config;
use crate::logging::WaitingTelemetry;
use crate::wire;

/// Runs a command, and meanwhile sends what the log gathers.
pub(super) async fn run(
    command: ServiceCommand,
    config: &mut Config,
    control: &ProcessControl,
    waiting: WaitingTelemetry,
) -> Result<CommandEnd> {
    let ended = CancellationToken::new();
    let service = command.service();
    let mut sending = JoinSet::new();
    if let (Some(reports), Some(dsn)) = (waiting.reports, &config.error_reports) {
        let client = wire::error_reports(config, dsn, service.unwrap_or("command"))?;
        sending.spawn(reports.send(client, ended.clone()));
    }
    if let (Some(spans), Some(collector)) = (waiting.spans, &config.trace_collector) {
        let client = wire::trace_collector(config, collector, service.unwrap_or("command"))?;
        sending.spawn(spans.send(client, ended.clone()));
    }
    let done = service_command::run(command, config, control).await;
    if let (Err(error), Some(service), false) = (&done, service, sending.is_empty()) {
        tracing::error!("the {service} ended: {error:#}");
    }
    ended.cancel();
    sending.join_all().await;
    done
}
