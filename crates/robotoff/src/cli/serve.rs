//! `robotoff up`, `api`, `worker`, `scheduler`, `listener`: the service, whole or in parts.

mod parts;
mod process;
mod reload;
mod start;
mod tasks;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use robotoff_api::Metrics;
use robotoff_app::App;
use robotoff_app::delivery::DRAIN_TIMEOUT;
use robotoff_app::heartbeat::{Heartbeat, HeartbeatPart};
use robotoff_app::part_switch::PartSwitch;
use robotoff_off::events::EventsUrl;
use robotoff_ports::SystemClock;
use robotoff_ports::job::Queue;
use robotoff_ports::services::Service;
use robotoff_store::{Database, DatabaseUrl, migrate};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::SettingFlags;
use super::background::{self, PidFile};
use super::jobs::queue_named;
use crate::config::Config;
use crate::data_pull;
use crate::database::{self, WaitLimit};
use crate::logging::LogControl;
use crate::wire::{self, Wired};
pub(super) use parts::{ServicePart, ServiceParts};
pub(super) use process::{ProcessEnd, installed, open_files, restart};
use process::{ThisProcess, memory_bytes, this_process};
use reload::Reload;
use start::Beside;

/// Flags of `up`.
#[derive(Args)]
pub(super) struct UpFlags {
    /// Run these parts only, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PARTS")]
    only: Vec<ServicePart>,
    /// Run in the background; `down` ends it.
    #[arg(long, short)]
    pub(super) detach: bool,
    /// This is the process in the background.
    #[arg(long, hide = true)]
    pub(super) background: bool,
}

/// Runs all parts, or those that are named.
pub(super) async fn up(
    config: &Config,
    flags: &UpFlags,
    control: &ProcessControl,
    stop: &CancellationToken,
) -> Result<ProcessEnd> {
    let pid_file = match flags.background {
        true => Some(PidFile::take(&background::pid_file(config))?),
        false => None,
    };
    let note_ready = || pid_file.as_ref().map_or(Ok(()), PidFile::note_ready);
    run_until(
        config,
        ServiceParts::up(&flags.only),
        control,
        note_ready,
        stop,
    )
    .await
}

/// Flags of a worker.
#[derive(Args)]
pub(super) struct WorkerFlags {
    /// Queues to work on, most urgent first, separated by commas: high, ml, low.
    #[arg(long, value_delimiter = ',', value_name = "QUEUES", value_parser = queue_of)]
    queues: Vec<Queue>,
    /// Jobs at the same time, in place of WORKER_CONCURRENCY.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    concurrency: Option<u32>,
    /// Stop when no job is ready.
    #[arg(long)]
    burst: bool,
    /// Queues under the names of the existing service: robotoff-high-1, robotoff-ml-model,
    /// robotoff-low.
    #[arg(value_name = "QUEUE", value_parser = queue_of, conflicts_with = "queues")]
    queues_by_name: Vec<Queue>,
}

/// Queue of a name of ours, or of the existing service (`docs/reference/pipeline.md` 4.1).
fn queue_of(name: &str) -> Result<Queue, String> {
    match name {
        "robotoff-ml-model" => Ok(Queue::Ml),
        "robotoff-low" => Ok(Queue::Low),
        name if name.starts_with("robotoff-high-") => Ok(Queue::High),
        name => queue_named(name),
    }
}

/// Runs a worker alone.
pub(super) async fn run_worker(
    config: &mut Config,
    flags: WorkerFlags,
    control: &ProcessControl,
    stop: &CancellationToken,
) -> Result<ProcessEnd> {
    let mut queues: Vec<Queue> = Vec::new();
    for queue in flags.queues.into_iter().chain(flags.queues_by_name) {
        if !queues.contains(&queue) {
            queues.push(queue);
        }
    }
    if !queues.is_empty() {
        config.worker.queues = queues;
    }
    if let Some(concurrency) = flags.concurrency {
        config.worker.concurrency = concurrency;
    }
    config.worker.is_burst = flags.burst;
    let parts = ServiceParts::one(ServicePart::Worker);
    run(config, parts, control, stop).await
}

/// Means of a process to read its configuration again, and to change its logs.
pub(super) struct ProcessControl {
    pub(super) settings: SettingFlags,
    pub(super) logs: LogControl,
}

impl ProcessControl {
    fn reload(&self, config: &Config, wired: &Wired) -> Reload {
        Reload {
            settings: self.settings.clone(),
            logs: self.logs.clone(),
            app: wired.app.clone(),
            api: wired.api.clone(),
            concurrency: wired.worker.concurrency(),
            effective: config.effective.clone(),
        }
    }
}

/// Runs parts of the service until they are stopped.
pub(super) async fn run(
    config: &Config,
    parts: ServiceParts,
    control: &ProcessControl,
    stop: &CancellationToken,
) -> Result<ProcessEnd> {
    run_until(config, parts, control, || Ok(()), stop).await
}

/// The same; `note_ready` is called when they have started.
async fn run_until(
    config: &Config,
    mut parts: ServiceParts,
    control: &ProcessControl,
    note_ready: impl Fn() -> Result<()>,
    stop: &CancellationToken,
) -> Result<ProcessEnd> {
    check(config, &mut parts)?;
    // A child, so that an order to end the process is told from a signal.
    let stop = stop.child_token();
    let database = open(config, &parts, &stop).await?;
    let process = this_process(parts.name());
    let wired = wire::wire(config, database, &process, &stop)?;
    let listeners = Listeners::bind(config, &parts).await?;
    let metrics = Metrics::install(wire::metric_state(config, &wired.database)?)?;
    robotoff_app::metrics::version(env!("CARGO_PKG_VERSION"), parts.name());
    let (database, app) = (wired.database.clone(), wired.app.clone());
    if parts.runs(ServicePart::Api) && config.service.access.verifies_logins {
        show_link_of_first_operator(config, &app).await?;
    }
    let switches: Vec<_> = parts.iter().map(switch_of).collect();
    let orders = ThisProcess::new(stop.clone(), control.logs.clone());
    let heartbeat = Heartbeat {
        services: Arc::new(database.clone()),
        clock: Arc::new(SystemClock),
        parts: heartbeat_parts(&process, &switches, &wired),
        orders: orders.clone(),
        memory: memory_bytes,
    };
    let all_ended = CancellationToken::new();
    // Beats until the last job has ended, so that operators see a service that stops.
    let heartbeat = tokio::spawn(heartbeat.run(stop.clone(), all_ended.clone()));
    let beside = Beside {
        listeners,
        metrics,
        reload: control.reload(config, &wired),
        pull: data_pull::background(config)?,
    };
    let tasks = start::start(config, wired, &switches, beside, &stop);
    note_ready()?;
    let ended = tasks.until_stopped().await;
    // Edits whose caller has left.
    app.delivery.drain(DRAIN_TIMEOUT).await;
    if let Err(error) = app.write_log.flush().await {
        let error = format!("{error:#}");
        tracing::error!(error, "the last records of writes are lost");
    }
    all_ended.cancel();
    let _ = heartbeat.await;
    database.close().await?;
    ended.map(|()| orders.ending())
}

/// Prints the link by which the first operator gets a token, as long as there is none. It goes
/// to standard output, not into the log: who reads the log is not yet an operator.
async fn show_link_of_first_operator(config: &Config, app: &App) -> Result<()> {
    let Some(secret) = app.tokens.first_operator_link().await? else {
        return Ok(());
    };
    let listen = config.service.listen;
    let host = match listen.ip().is_unspecified() {
        true => format!("localhost:{}", listen.port()),
        false => listen.to_string(),
    };
    let path = config.service.access.settings.path_prefix.join("/claim");
    super::say(&format!(
        "the first operator opens this link, once, within a day: http://{host}{path}#{secret}"
    ))
}

/// Refuses what cannot work, and leaves out what has nothing to do.
fn check(config: &Config, parts: &mut ServiceParts) -> Result<()> {
    if config.database == DatabaseUrl::SqliteMemory && !parts.is_all() {
        bail!(
            "{} cannot share a database in memory: use `robotoff up`",
            parts.name()
        );
    }
    if config.events.url == EventsUrl::None && parts.runs(ServicePart::Listener) {
        parts.remove(ServicePart::Listener);
        if parts.iter().next().is_none() {
            bail!("there is nothing to listen to: set EVENTS_URL to redis://HOST:PORT");
        }
    }
    Ok(())
}

/// Opens the database. `up` migrates it; a single part requires the current schema, since
/// others may be using the database.
async fn open(config: &Config, parts: &ServiceParts, stop: &CancellationToken) -> Result<Database> {
    let (url, settings) = (&config.database, &config.connect);
    if parts.is_up() {
        let database = database::open(url, settings, WaitLimit::Unlimited, stop).await?;
        if config.backs_up_before_migrating {
            super::migrate::back_up(&database).await?;
        }
        migrate::migrate(&database, |step| tracing::info!(step, "migrating"))
            .await
            .with_context(|| format!("cannot migrate {url}"))?;
        return Ok(database);
    }
    if matches!(url, DatabaseUrl::SqliteFile(_)) {
        if !parts.runs(ServicePart::Api) {
            bail!(
                "a {} of its own needs PostgreSQL, and DATABASE_URL is {url}: use `robotoff up`, \
                 which runs all parts in one process",
                parts.name()
            );
        }
        tracing::warn!("the api alone on {url}: jobs wait until `robotoff up` runs them");
    }
    database::open_current(url, settings, WaitLimit::Unlimited, stop).await
}

/// Listening sockets of a process.
struct Listeners {
    api: Option<TcpListener>,
    metrics: Option<TcpListener>,
}

impl Listeners {
    async fn bind(config: &Config, parts: &ServiceParts) -> Result<Self> {
        Ok(Self {
            api: match parts.runs(ServicePart::Api) {
                true => Some(listen("LISTEN", config.service.listen).await?),
                false => None,
            },
            metrics: match config.service.metrics_listen {
                Some(address) => Some(listen("METRICS_LISTEN", address).await?),
                None => None,
            },
        })
    }
}

async fn listen(setting: &str, address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen at {address}: set {setting} to another address or port")
    })
}

fn switch_of(part: ServicePart) -> (ServicePart, Arc<PartSwitch>) {
    let clock = Arc::new(SystemClock);
    (part, Arc::new(PartSwitch::new(part.name(), clock)))
}

/// Rows of the parts in the registry.
fn heartbeat_parts(
    process: &Service,
    switches: &[(ServicePart, Arc<PartSwitch>)],
    wired: &Wired,
) -> Vec<HeartbeatPart> {
    let row = |(part, switch): &(ServicePart, Arc<PartSwitch>)| HeartbeatPart {
        service: Service {
            id: format!("{}/{}", process.id, part.name()),
            kind: part.name().to_owned(),
            ..process.clone()
        },
        switch: switch.clone(),
        jobs: (*part == ServicePart::Worker).then(|| wired.worker.running_jobs()),
    };
    switches.iter().map(row).collect()
}
