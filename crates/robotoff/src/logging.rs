//! Logs: lines on standard error or in files that change each day, and their level, which may
//! change while the program runs. Errors and traces are gathered beside them, whatever that
//! level, for servers that the configuration names.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::{Config, LogFormat};
use crate::error_reports::{self, WaitingReports};
use crate::traces::{self, WaitingSpans};

/// End of the names of log files: `worker.2026-03-01.log`.
pub(crate) const LOG_SUFFIX: &str = "log";

/// Files kept for each service: two weeks.
const MAX_FILES: usize = 14;

/// Place that a program logs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogTarget<'a> {
    StandardError,
    /// Standard error, and files of a service in the folder for them.
    Files {
        folder: &'a Path,
        service: &'a str,
    },
    /// These files alone, for a process in the background.
    FilesOnly {
        folder: &'a Path,
        service: &'a str,
    },
}

impl<'a> LogTarget<'a> {
    const fn files(self) -> Option<(&'a Path, &'a str)> {
        match self {
            Self::StandardError => None,
            Self::Files { folder, service } | Self::FilesOnly { folder, service } => {
                Some((folder, service))
            }
        }
    }
}

/// Layer of the log, boxed.
type Lines = Box<dyn Layer<Registry> + Send + Sync>;

/// Errors and spans of the log that wait to be sent to servers that the configuration names.
#[derive(Default)]
pub(crate) struct WaitingTelemetry {
    pub(crate) reports: Option<WaitingReports>,
    pub(crate) spans: Option<WaitingSpans>,
}

/// Level of the logs of this process. Clones share it.
#[derive(Clone)]
pub(crate) struct LogControl {
    handle: Handle<EnvFilter, Registry>,
    filters: Arc<Mutex<Filters>>,
}

/// The filter of the configuration, and that of an operator, which overrides it.
struct Filters {
    configured: String,
    ordered: Option<String>,
}

impl LogControl {
    /// Applies the filter of a configuration that was read again.
    pub(crate) fn set_configured(&self, filter: &str) -> Result<()> {
        // It is refused even while an operator's filter hides it.
        filter_of(filter)?;
        self.change(|filters| filters.configured = filter.to_owned())
    }

    /// Overrides the filter of the configuration, or ends that.
    pub(crate) fn override_filter(&self, filter: Option<&str>) -> Result<()> {
        self.change(|filters| filters.ordered = filter.map(str::to_owned))
    }

    fn change(&self, change: impl FnOnce(&mut Filters)) -> Result<()> {
        let mut filters = self.filters.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Filters {
            configured: filters.configured.clone(),
            ordered: filters.ordered.clone(),
        };
        change(&mut changed);
        let filter = changed.ordered.as_ref().unwrap_or(&changed.configured);
        self.handle
            .reload(filter_of(filter)?)
            .context("cannot change the filter of the logs")?;
        *filters = changed;
        Ok(())
    }
}

/// Parses a level or a filter.
pub(crate) fn filter_of(text: &str) -> Result<EnvFilter> {
    EnvFilter::try_new(text).with_context(|| format!("cannot use LOG_LEVEL {text:?}"))
}

/// Starts logging.
pub(crate) fn start(
    config: &Config,
    target: LogTarget<'_>,
) -> Result<(LogControl, WaitingTelemetry)> {
    let (filter, handle) = reload::Layer::new(filter_of(&config.log_level)?);
    let lines = lines(config, target)?;
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
    // The filter is of the lines alone: the others have their own.
    let log = tracing_subscriber::registry().with(lines.with_filter(filter));
    log.with(reports).with(traces).init();
    let control = LogControl {
        handle,
        filters: Arc::new(Mutex::new(Filters {
            configured: config.log_level.clone(),
            ordered: None,
        })),
    };
    Ok((control, waiting))
}

/// The lines of the log at each place that they go to.
fn lines(config: &Config, target: LogTarget<'_>) -> Result<Vec<Lines>> {
    let mut layers = Vec::new();
    if !matches!(target, LogTarget::FilesOnly { .. }) {
        layers.push(standard_error(config.service.log_format));
    }
    if let Some((folder, service)) = target.files() {
        let files = RollingFileAppender::builder()
            .rotation(Rotation::DAILY)
            .filename_prefix(service)
            .filename_suffix(LOG_SUFFIX)
            .max_log_files(MAX_FILES)
            .build(folder)
            .with_context(|| format!("cannot write logs into {}", folder.display()))?;
        let lines = tracing_subscriber::fmt::layer().with_writer(files);
        layers.push(lines.json().flatten_event(true).boxed());
    }
    Ok(layers)
}

fn standard_error(format: LogFormat) -> Lines {
    let is_terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(is_terminal).boxed(),
        LogFormat::Auto if is_terminal => lines.boxed(),
        LogFormat::Auto | LogFormat::Json => lines.json().flatten_event(true).boxed(),
    }
}
