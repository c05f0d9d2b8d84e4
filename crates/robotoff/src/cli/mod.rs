//! The command line: one file per command.

mod bulk;
mod categorize;
mod config;
mod copy;
mod corpus;
mod data;
mod dev;
mod edits;
mod events;
mod existing;
mod explain;
mod extract;
mod extractors;
mod import;
mod import_image;
mod index;
mod jobs;
mod jsonl;
mod marked;
mod migrate;
mod models;
mod ocr;
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
mod spellcheck;
mod stream;
mod telemetry;
mod text_insights;
mod token;
mod train;
mod writes;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use chrono::TimeDelta;
use clap::{Args, Parser, Subcommand};
use robotoff_core::prediction::PredictionKind;
use robotoff_ports::PortError;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Sources};
use serve::ServicePart;

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
    #[command(flatten)]
    Service(ServiceCommand),
}

/// Commands that need a runtime: they use databases, networks or jobs.
#[derive(Subcommand)]
enum ServiceCommand {
    /// Run everything in one process: the API, a worker, the scheduler, the listener.
    Up,
    /// Run the API alone.
    Api,
    /// Run a worker alone.
    #[command(alias = "run-worker")]
    Worker(serve::WorkerFlags),
    /// Run the scheduler alone.
    #[command(alias = "run-scheduler")]
    Scheduler,
    /// List periodic jobs, run one at once, enable or disable one.
    #[command(subcommand)]
    Schedule(schedule::ScheduleCommand),
    Categorize(categorize::CategorizeArgs),
    PredictCategory(predict_category::PredictCategoryArgs),
    /// Robotoff's name for `spellcheck --insights`.
    GenerateSpellcheckInsights,
    #[command(alias = "test-spellcheck")]
    Spellcheck(spellcheck::SpellcheckArgs),
    /// Build, list, swap and drop the indexes of search.
    #[command(subcommand)]
    Index(index::IndexCommand),
    InitElasticsearch(index::InitArgs),
    /// Run the listener to events alone.
    #[command(alias = "run-update-listener")]
    Listener,
    /// Show the running services and the jobs.
    Ps(ps::PsArgs),
    /// List, show, retry, cancel and discard jobs.
    #[command(subcommand)]
    Jobs(jobs::JobsCommand),
    /// List, pause and resume queues.
    #[command(subcommand)]
    Queue(queue::QueueCommand),
    /// List, show, settle and retry edits.
    #[command(subcommand)]
    Edits(edits::EditsCommand),
    /// Make, list and revoke tokens of machines.
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Show the record of the requests that wrote.
    Writes(writes::WritesArgs),
    /// Show the streams of events; list, replay and discard events that could not be read.
    #[command(subcommand)]
    Events(events::EventsCommand),
    /// Store the jobs of the events in a file, one JSON object a line.
    Replay(replay::ReplayArgs),
    /// As in Robotoff: the same as `events since`.
    #[command(hide = true)]
    ProcessUpdatesSince(events::SinceArgs),
    /// As in Robotoff: publish an edit of a product, for development.
    #[command(hide = true)]
    CreateRedisUpdate(publish::UpdateArgs),
    /// As in Robotoff: publish that an OCR document exists, for development.
    #[command(hide = true)]
    CreateRedisOcrReadyEvent(publish::OcrReadyArgs),
    /// Import the OCR text of an image: predictions and insights.
    ImportImage(import_image::ImportImageArgs),
    /// Import an archive of OCR documents; can be resumed.
    Import(import::ImportArgs),
    /// Explain what became of each prediction about a product.
    Explain(explain::ExplainArgs),
    /// Bring predictions and insights of products in line with their current data.
    Refresh(refresh::RefreshArgs),
    /// Bring all stored rows in line with a dump of products, in one pass over it.
    RefreshFromDump(refresh_from_dump::RefreshFromDumpArgs),
    /// Migrate the database; adopts that of an existing Robotoff.
    #[command(alias = "migrate-db")]
    Migrate(migrate::MigrateArgs),
    /// Show the effective settings and their sources.
    Config(config::ConfigArgs),
    /// Copy all tables from one database to another; can be resumed.
    Copy(copy::CopyArgs),
    /// Tools for developers.
    #[command(subcommand)]
    Dev(dev::DevCommand),
    #[command(flatten)]
    Existing(existing::ExistingCommand),
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
}

impl From<ExitStatus> for ExitCode {
    fn from(outcome: ExitStatus) -> Self {
        Self::from(match outcome {
            ExitStatus::Success => 0,
            ExitStatus::PartialFailure => 1,
            ExitStatus::UsageError => 2,
            ExitStatus::BrokenData => 3,
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
    let mut config = line.settings.load()?;
    match line.command {
        Command::Extract(arguments) => extract::run(&arguments, &config),
        Command::Extractors(arguments) => extractors::run(&arguments, &config),
        Command::Data(arguments) => data::run(&arguments, &config),
        Command::DownloadTaxonomies(arguments) => data::pull(&arguments.into_pull(), &config),
        Command::DownloadDataset(arguments) => match arguments.into_pull() {
            Some(arguments) => data::pull(&arguments, &config),
            None => Ok(ExitStatus::Success),
        },
        Command::Corpus(arguments) => corpus::run(&arguments, &config),
        Command::Models(arguments) => models::run(&arguments, &config),
        Command::Train(command) => train::run(&command, &config),
        Command::Ocr(arguments) => ocr::run(&arguments, &config),
        Command::Service(command) => {
            let waiting = telemetry::start_logging(&config)?;
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .context("cannot start the runtime")?;
            runtime.block_on(telemetry::run(command, &mut config, waiting))
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

impl ServiceCommand {
    /// Name of a part of the service; `None` for a command of a person, who sees its error.
    const fn part(&self) -> Option<&'static str> {
        match self {
            Self::Up => Some("up"),
            Self::Api => Some("api"),
            Self::Worker(_) => Some("worker"),
            Self::Scheduler => Some("scheduler"),
            Self::Listener => Some("listener"),
            _ => None,
        }
    }
}

async fn serve(command: ServiceCommand, config: &mut Config) -> Result<ExitStatus> {
    let stop = stop_on_signal();
    let done = match command {
        ServiceCommand::Up => serve::run(config, ServicePart::Up, &stop).await,
        ServiceCommand::Api => serve::run(config, ServicePart::Api, &stop).await,
        ServiceCommand::Worker(flags) => serve::run_worker(config, flags, &stop).await,
        ServiceCommand::Scheduler => serve::run(config, ServicePart::Scheduler, &stop).await,
        ServiceCommand::Schedule(command) => schedule::run(config, command, &stop).await,
        ServiceCommand::Categorize(flags) => return categorize::run(&flags, config, &stop).await,
        ServiceCommand::Spellcheck(flags) => return spellcheck::run(&flags, config, &stop).await,
        ServiceCommand::PredictCategory(flags) => {
            return predict_category::run(&flags, config, &stop).await;
        }
        ServiceCommand::GenerateSpellcheckInsights => {
            let kind = PredictionKind::IngredientSpellcheck;
            return text_insights::run(config, kind, &stop).await;
        }
        ServiceCommand::Index(command) => return index::run(config, command, &stop).await,
        ServiceCommand::InitElasticsearch(flags) => {
            return index::init(config, &flags, &stop).await;
        }
        ServiceCommand::Listener => serve::run(config, ServicePart::Listener, &stop).await,
        ServiceCommand::Ps(flags) => ps::run(config, &flags, &stop).await,
        ServiceCommand::Jobs(command) => return jobs::run(config, command, &stop).await,
        ServiceCommand::Queue(command) => queue::run(config, command, &stop).await,
        ServiceCommand::Edits(command) => return edits::run(config, command, &stop).await,
        ServiceCommand::Token(command) => token::run(config, command, &stop).await,
        ServiceCommand::Writes(arguments) => writes::run(config, &arguments, &stop).await,
        ServiceCommand::Events(command) => return events::run(config, command, &stop).await,
        ServiceCommand::Replay(arguments) => return replay::run(config, &arguments, &stop).await,
        ServiceCommand::ProcessUpdatesSince(arguments) => {
            events::since(config, &arguments, &stop).await
        }
        ServiceCommand::CreateRedisUpdate(arguments) => publish::update(config, &arguments).await,
        ServiceCommand::CreateRedisOcrReadyEvent(arguments) => {
            publish::ocr_ready(config, &arguments).await
        }
        ServiceCommand::ImportImage(flags) => import_image::run(config, &flags, &stop).await,
        ServiceCommand::Import(flags) => return import::run(config, &flags, &stop).await,
        ServiceCommand::Explain(flags) => explain::run(config, &flags, &stop).await,
        ServiceCommand::Refresh(flags) => return refresh::run(config, &flags, &stop).await,
        ServiceCommand::RefreshFromDump(arguments) => {
            return refresh_from_dump::run(config, &arguments, &stop).await;
        }
        ServiceCommand::Migrate(arguments) => migrate::run(config, &arguments, &stop).await,
        ServiceCommand::Config(flags) => config::run(config, &flags),
        ServiceCommand::Copy(flags) => copy::run(config, &flags, &stop).await,
        ServiceCommand::Existing(command) => return existing::run(config, command, &stop).await,
        ServiceCommand::Dev(command) => dev::run(config, command, &stop).await,
    };
    done.map(|()| ExitStatus::Success)
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
