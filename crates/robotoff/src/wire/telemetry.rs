//! Metrics, errors and traces of this process.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use robotoff_app::metrics;
use robotoff_off::error_reports::{Dsn, ErrorReports, ReportOrigin};
use robotoff_off::http::{Http, HttpSettings};
use robotoff_off::pull::DataPull;
use robotoff_off::traces::TraceCollector;
use robotoff_ports::{BlockingCounts, BlockingPool, Clock, JobQueue, SystemClock};
use robotoff_store::Database;

use super::data_pull;
use crate::config::Config;

/// Read of the state of tables and pools for the metrics.
pub(crate) fn metric_state(
    config: &Config,
    database: &Database,
) -> Result<robotoff_api::ReadState> {
    let database = database.clone();
    let http = Http::new(config.service.addresses.clone(), HttpSettings::default())?;
    let pull = Arc::new(data_pull(config, &http));
    Ok(Box::new(move || {
        let (database, pull) = (database.clone(), pull.clone());
        Box::pin(async move {
            let ages = BlockingPool::shared().run(move || measure_data_ages(&pull));
            if let Err(error) = ages.await {
                tracing::debug!(%error, "cannot read the ages of data for the metrics");
            }
            for (pool, open, idle) in database.connections() {
                metrics::connections(pool, open, idle);
            }
            metrics::unreadable_rows(database.unreadable_rows());
            metrics::blocking_work(BlockingCounts::of_process());
            match (database.counts().await, database.paused().await) {
                (Ok(counts), Ok(paused)) => metrics::queued_jobs(&counts, &paused),
                (Err(error), _) | (_, Err(error)) => {
                    tracing::debug!(%error, "cannot count jobs for the metrics");
                }
            }
        })
    }))
}

/// Sets the age of each file that was fetched.
fn measure_data_ages(pull: &DataPull) {
    let now = SystemClock.now().and_utc().timestamp();
    for state in pull.states() {
        if let Some(at) = state.fetched_at {
            let age = u64::try_from(now).unwrap_or_default().saturating_sub(at);
            metrics::data_age(state.asset.path, Duration::from_secs(age));
        }
    }
}

/// The sender of error reports.
pub(crate) fn error_reports(
    config: &Config,
    dsn: &Dsn,
    part: &'static str,
) -> Result<ErrorReports> {
    let http = Http::new(config.service.addresses.clone(), HttpSettings::default())?;
    Ok(ErrorReports::new(http, dsn.clone(), origin(config, part)))
}

/// The sender of traces.
pub(crate) fn trace_collector(
    config: &Config,
    endpoint: &str,
    part: &'static str,
) -> Result<TraceCollector> {
    let http = Http::new(config.service.addresses.clone(), HttpSettings::default())?;
    let collector = TraceCollector::new(http, endpoint, origin(config, part));
    collector.context("cannot use OTEL_EXPORTER_OTLP_ENDPOINT")
}

fn origin(config: &Config, part: &'static str) -> ReportOrigin {
    ReportOrigin {
        version: env!("CARGO_PKG_VERSION"),
        environment: config.service.instance.clone(),
        part,
        host: host_name(),
    }
}

/// Name of this machine.
pub(crate) fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned())
}
