//! The log, and what it gathers for servers that the configuration names: errors and traces.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

use super::{ExitStatus, ServiceCommand, serve};
use crate::config::{Config, LogFormat};
use crate::error_reports::{self, WaitingReports};
use crate::traces::{self, WaitingSpans};
use crate::wire;

/// Errors and spans of the log that wait to be sent to servers that the configuration names.
#[derive(Default)]
pub(super) struct WaitingTelemetry {
    reports: Option<WaitingReports>,
    spans: Option<WaitingSpans>,
}

/// Starts the log.
pub(super) fn start_logging(config: &Config) -> Result<WaitingTelemetry> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log_level)
        .with_context(|| format!("cannot use LOG_LEVEL {:?}", config.log_level))?;
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match config.service.log_format {
        LogFormat::Text => lines.with_ansi(is_terminal).boxed(),
        LogFormat::Auto if is_terminal => lines.boxed(),
        LogFormat::Auto | LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let mut waiting = WaitingTelemetry::default();
    let reports = config.error_reports.is_some().then(|| {
        error_reports::log_panics();
        let (layer, reports) = error_reports::layer();
        waiting.reports = Some(reports);
        layer.with_filter(LevelFilter::ERROR)
    });
    let traces = config.trace_collector.is_some().then(|| {
        let (layer, spans) = traces::layer();
        waiting.spans = Some(spans);
        layer.with_filter(LevelFilter::INFO)
    });
    let log = tracing_subscriber::registry().with(lines.with_filter(filter));
    log.with(reports).with(traces).init();
    Ok(waiting)
}

/// Runs a command, and meanwhile sends what the log gathers.
pub(super) async fn run(
    command: ServiceCommand,
    config: &mut Config,
    waiting: WaitingTelemetry,
) -> Result<ExitStatus> {
    let ended = CancellationToken::new();
    let part = command.part();
    let mut sending = JoinSet::new();
    if let (Some(reports), Some(dsn)) = (waiting.reports, &config.error_reports) {
        let client = wire::error_reports(config, dsn, part.unwrap_or("command"))?;
        sending.spawn(reports.send(client, ended.clone()));
    }
    if let (Some(spans), Some(collector)) = (waiting.spans, &config.trace_collector) {
        let client = wire::trace_collector(config, collector, part.unwrap_or("command"))?;
        sending.spawn(spans.send(client, ended.clone()));
    }
    let done = serve(command, config).await;
    if let (Err(error), Some(part), false) = (&done, part, sending.is_empty()) {
        tracing::error!("the {part} ended: {error:#}");
    }
    ended.cancel();
    sending.join_all().await;
    done
}
