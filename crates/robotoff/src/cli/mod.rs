//! The command line: one file per command.

mod adopt;
mod background;
mod backup;
mod bulk;
mod categorize;
mod completions;
mod config;
mod control;
mod copy;
mod corpus;
mod data;
mod dev;
mod doctor;
mod dump;
mod edits;
mod events;
mod existing;
mod explain;
mod extract;
mod extractors;
mod health;
mod import;
mod import_image;
mod index;
mod jobs;
mod jsonl;
mod logs;
mod marked;
mod migrate;
mod models;
mod ocr;
mod operate;
mod photos;
mod predict_category;
mod ps;
mod publish;
mod queue;
mod reader;
mod refresh;
mod refresh_from_dump;
mod replay;
mod schedule;
mod serve;
mod service_command;
mod spellcheck;
mod stream;
mod support_bundle;
mod tap;
mod telemetry;
mod text_insights;
mod token;
mod top;
mod train;
mod writes;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use chrono::TimeDelta;
use clap::{Args, Parser, Subcommand};
use robotoff_ports::PortError;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Sources};
use serve::ProcessControl;

/// Turns images of products into questions, and answers into edits.
#[derive(Parser)]
#[command(name = "robotoff", version, about, long_about = None, arg_required_else_help = true)]
struct CommandLine {
    #[command(flatten)]
    settings: SettingFlags,
    #[command(subcommand)]
    command: Command,
}

/// Settings that can be given as flags, which override file and environment.
#[derive(Args, Clone, Default)]
pub(crate) struct SettingFlags {
    /// Read settings from this file instead of robotoff.toml.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The database: sqlite:PATH or postgres://...
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// error, warn, info, debug or trace.
    #[arg(long, global = true, value_name = "LEVEL")]
    log_level: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    Extract(extract::ExtractArgs),
    Extractors(extractors::ExtractorsArgs),
    Data(data::DataArgs),
    /// As in Robotoff: the same as `data pull taxonomies`.
    #[command(hide = true)]
    DownloadTaxonomies(data::DownloadTaxonomiesArgs),
    /// As in Robotoff: the same as `data pull products parquet`.
    #[command(hide = true)]
    DownloadDataset(data::DownloadDatasetArgs),
    Corpus(corpus::CorpusArgs),
    Models(models::ModelsArgs),
    #[command(subcommand)]
    Train(train::TrainCommand),
    Ocr(ocr::OcrArgs),
    /// Print the completions of a shell.
    Completions(completions::CompletionsArgs),
    /// Write the manual pages of all commands into a folder.
    Man(completions::ManArgs),
    #[command(flatten)]
    Service(service_command::ServiceCommand),
}

/// Result of a command, which becomes its exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ExitStatus {
    Success,
    /// Some inputs failed; the others were processed.
    PartialFailure,
    /// The arguments contradict each other.
    UsageError,
    /// A data file is missing or broken.
    BrokenData,
    /// The process ends by an order, for its supervisor to start it again.
    ToBeStarted,
}

impl From<ExitStatus> for ExitCode {
    fn from(outcome: ExitStatus) -> Self {
        Self::from(match outcome {
            ExitStatus::Success => 0,
            ExitStatus::PartialFailure => 1,
            ExitStatus::UsageError => 2,
            ExitStatus::BrokenData => 3,
            ExitStatus::ToBeStarted => 75,
        })
    }
}

/// Runs the command that the arguments of the process name.
pub(crate) fn run() -> ExitCode {
    match start(CommandLine::parse()) {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            eprintln!("robotoff: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl SettingFlags {
    pub(crate) fn load(self) -> Result<Config> {
        let mut flags = BTreeMap::new();
        for (name, value) in [
            ("DATABASE_URL", self.database_url),
            ("LOG_LEVEL", self.log_level),
        ] {
            flags.extend(value.map(|value| (name, value)));
        }
        Config::load(&Sources::of_process(self.config, flags))
    }
}

fn start(line: CommandLine) -> Result<ExitStatus> {
    let settings = line.settings.clone();
    let mut config = line.settings.load()?;
    match line.command {
        Command::Extract(arguments) => extract::run(&arguments, &config),
        Command::Extractors(arguments) => extractors::run(&arguments, &config),
        Command::Data(arguments) => data::run(&arguments, &config),
        Command::DownloadTaxonomies(arguments) => data::download_taxonomies(&arguments, &config),
        Command::DownloadDataset(arguments) => data::download_dataset(&arguments, &config),
        Command::Corpus(arguments) => corpus::run(&arguments, &config),
        Command::Models(arguments) => models::run(&arguments, &config),
        Command::Train(command) => train::run(&command, &config),
        Command::Ocr(arguments) => ocr::run(&arguments, &config),
        Command::Completions(arguments) => completions::completions(&arguments),
        Command::Man(arguments) => completions::man(&arguments),
        Command::Service(command) => {
            let (logs, waiting) = service_command::start_logging(&config, &command)?;
            let control = ProcessControl { settings, logs };
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .context("cannot start the runtime")?;
            let ended = telemetry::run(command, &mut config, &control, waiting);
            let ended = runtime.block_on(ended)?;
            // What is left of the runtime ends with the process.
            runtime.shutdown_background();
            ended.into_status()
        }
    }
}

/// The status of a command that a port failed: broken data are told from a server that is
/// away.
const fn status_of(error: &PortError) -> ExitStatus {
    match error {
        PortError::Defect { .. } => ExitStatus::BrokenData,
        PortError::Unavailable { .. } | PortError::Denied { .. } => ExitStatus::PartialFailure,
    }
}

/// Writes a line to standard output.
fn say(line: &str) -> Result<()> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{line}").context("cannot write to standard output")
}

/// `2d 3h`, `3h 12m`, `12m 5s`, `5s`.
fn span(time: TimeDelta) -> String {
    let secs = time.num_seconds().max(0);
    let (days, hours, minutes) = (secs / 86_400, secs / 3600 % 24, secs / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{secs}s"),
        (0, 0, _) => format!("{minutes}m {}s", secs % 60),
        (0, _, _) => format!("{hours}h {minutes}m"),
        (_, _, _) => format!("{days}d {hours}h"),
    }
}

/// Token that is cancelled by SIGTERM or SIGINT. The second signal ends the process.
fn stop_on_signal() -> CancellationToken {
    use tokio::signal::unix::{SignalKind, signal};
    let stop = CancellationToken::new();
    let signalled = stop.clone();
    tokio::spawn(async move {
        let (Ok(mut term), Ok(mut int)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
        ) else {
            tracing::error!("cannot listen to signals");
            return;
        };
        for is_first in [true, false] {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
            if !is_first {
                std::process::exit(130);
            }
            tracing::info!("stopping");
            signalled.cancel();
        }
    });
    stop
}
