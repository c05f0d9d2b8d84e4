//! Commands that need a runtime: services, and what works on databases and networks.

use anyhow::Result;
use clap::Subcommand;
use robotoff_core::prediction::PredictionKind;
use tokio_util::sync::CancellationToken;

use super::serve::{self, ProcessControl, ProcessEnd, ServicePart, ServiceParts};
use super::{
    ExitStatus, background, categorize, config, copy, dev, edits, events, existing, explain,
    import, import_image, index, jobs, migrate, operate, predict_category, ps, publish, queue,
    refresh, refresh_from_dump, replay, schedule, spellcheck, stop_on_signal, text_insights, token,
    writes,
};
use crate::config::Config;
use crate::logging::{self, LogControl, LogTarget, WaitingTelemetry};

/// Commands that need a runtime: they use databases, networks or jobs.
#[derive(Subcommand)]
pub(super) enum ServiceCommand {
    /// Run everything in one process: the API, a worker, the scheduler, the listener.
    Up(serve::UpFlags),
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
    /// Show the effective settings and their sources; `config validate` only checks them.
    Config(config::ConfigArgs),
    /// Copy all tables from one database to another; can be resumed.
    Copy(copy::CopyArgs),
    /// Tools for developers.
    #[command(subcommand)]
    Dev(dev::DevCommand),
    #[command(flatten)]
    Operate(operate::OperateCommand),
    #[command(flatten)]
    Existing(existing::ExistingCommand),
}

impl ServiceCommand {
    /// Name of a service; `None` for a command of a person, who sees its error.
    pub(super) const fn service(&self) -> Option<&'static str> {
        match self {
            // It only starts the process in the background.
            Self::Up(flags) if flags.detach => None,
            Self::Up(_) => Some("up"),
            Self::Api => Some("api"),
            Self::Worker(_) => Some("worker"),
            Self::Scheduler => Some("scheduler"),
            Self::Listener => Some("listener"),
            _ => None,
        }
    }
}

/// Starts logging: a service that has a folder for it also logs into files.
pub(super) fn start_logging(
    config: &Config,
    command: &ServiceCommand,
) -> Result<(LogControl, WaitingTelemetry)> {
    if matches!(command, ServiceCommand::Up(flags) if flags.background) {
        let folder = config.operation.logs_in_background();
        let (folder, service) = (&*folder, "up");
        return logging::start(config, LogTarget::FilesOnly { folder, service });
    }
    let target = match (config.operation.logs(), command.service()) {
        (Some(folder), Some(service)) => LogTarget::Files { folder, service },
        _ => LogTarget::StandardError,
    };
    logging::start(config, target)
}

/// End of a command.
pub(super) enum CommandEnd {
    Status(ExitStatus),
    Service(ProcessEnd),
}

impl CommandEnd {
    /// Status of the process, unless it starts itself again.
    pub(super) fn into_status(self) -> Result<ExitStatus> {
        match self {
            Self::Status(status) => Ok(status),
            Self::Service(ProcessEnd::Stopped) => Ok(ExitStatus::Success),
            Self::Service(ProcessEnd::ToBeStarted) => Ok(ExitStatus::ToBeStarted),
            Self::Service(ProcessEnd::Restarted) => {
                serve::restart()?;
                Ok(ExitStatus::Success)
            }
        }
    }
}

pub(super) async fn run(
    command: ServiceCommand,
    config: &mut Config,
    control: &ProcessControl,
) -> Result<CommandEnd> {
    let stop = stop_on_signal();
    let parts = match command {
        ServiceCommand::Up(flags) if flags.detach => {
            let detached = background::detach(config, &stop).await?;
            return Ok(CommandEnd::Status(detached));
        }
        ServiceCommand::Up(flags) => {
            let ended = serve::up(config, &flags, control, &stop).await?;
            return Ok(CommandEnd::Service(ended));
        }
        ServiceCommand::Worker(flags) => {
            let ended = serve::run_worker(config, flags, control, &stop).await?;
            return Ok(CommandEnd::Service(ended));
        }
        ServiceCommand::Api => ServicePart::Api,
        ServiceCommand::Scheduler => ServicePart::Scheduler,
        ServiceCommand::Listener => ServicePart::Listener,
        other => {
            let status = run_command(other, config, &stop).await?;
            return Ok(CommandEnd::Status(status));
        }
    };
    let parts = ServiceParts::one(parts);
    let ended = serve::run(config, parts, control, &stop).await?;
    Ok(CommandEnd::Service(ended))
}

/// Runs a command that is not a service.
async fn run_command(
    command: ServiceCommand,
    config: &mut Config,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let done = match command {
        ServiceCommand::Up(_)
        | ServiceCommand::Api
        | ServiceCommand::Worker(_)
        | ServiceCommand::Scheduler
        | ServiceCommand::Listener => anyhow::bail!("a service is no command"),
        ServiceCommand::Schedule(command) => schedule::run(config, command, stop).await,
        ServiceCommand::Categorize(flags) => return categorize::run(&flags, config, stop).await,
        ServiceCommand::Spellcheck(flags) => return spellcheck::run(&flags, config, stop).await,
        ServiceCommand::PredictCategory(flags) => {
            return predict_category::run(&flags, config, stop).await;
        }
        ServiceCommand::GenerateSpellcheckInsights => {
            let kind = PredictionKind::IngredientSpellcheck;
            return text_insights::run(config, kind, stop).await;
        }
        ServiceCommand::Index(command) => return index::run(config, command, stop).await,
        ServiceCommand::InitElasticsearch(flags) => {
            return index::init(config, &flags, stop).await;
        }
        ServiceCommand::Ps(flags) => ps::run(config, &flags, stop).await,
        ServiceCommand::Jobs(command) => return jobs::run(config, command, stop).await,
        ServiceCommand::Queue(command) => queue::run(config, command, stop).await,
        ServiceCommand::Edits(command) => return edits::run(config, command, stop).await,
        ServiceCommand::Token(command) => token::run(config, command, stop).await,
        ServiceCommand::Writes(arguments) => writes::run(config, &arguments, stop).await,
        ServiceCommand::Events(command) => return events::run(config, command, stop).await,
        ServiceCommand::Replay(arguments) => return replay::run(config, &arguments, stop).await,
        ServiceCommand::ProcessUpdatesSince(arguments) => {
            events::since(config, &arguments, stop).await
        }
        ServiceCommand::CreateRedisUpdate(arguments) => publish::update(config, &arguments).await,
        ServiceCommand::CreateRedisOcrReadyEvent(arguments) => {
            publish::ocr_ready(config, &arguments).await
        }
        ServiceCommand::ImportImage(flags) => import_image::run(config, &flags, stop).await,
        ServiceCommand::Import(flags) => return import::run(config, &flags, stop).await,
        ServiceCommand::Explain(flags) => explain::run(config, &flags, stop).await,
        ServiceCommand::Refresh(flags) => return refresh::run(config, &flags, stop).await,
        ServiceCommand::RefreshFromDump(arguments) => {
            return refresh_from_dump::run(config, &arguments, stop).await;
        }
        ServiceCommand::Migrate(arguments) => migrate::run(config, &arguments, stop).await,
        ServiceCommand::Config(flags) => config::run(config, &flags),
        ServiceCommand::Copy(flags) => copy::run(config, &flags, stop).await,
        ServiceCommand::Operate(command) => return operate::run(config, command, stop).await,
        ServiceCommand::Existing(command) => return existing::run(config, command, stop).await,
        ServiceCommand::Dev(command) => dev::run(config, command, stop).await,
    };
    done.map(|()| ExitStatus::Success)
}
