//! `robotoff up`, `api`, `worker`, `scheduler`, `listener`: the service, whole or in parts.

mod tasks;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use robotoff_api::{ConnectionSettings, Metrics};
use robotoff_app::delivery::DRAIN_TIMEOUT;
use robotoff_app::events::Listener;
use robotoff_app::heartbeat::Heartbeat;
use robotoff_app::schedule::FiredBy;
use robotoff_app::worker::Worker;
use robotoff_app::{App, schedule};
use robotoff_off::events::EventsUrl;
use robotoff_off::pull::DataPull;
use robotoff_ports::job::Queue;
use robotoff_ports::services::{Service, ServiceActivity};
use robotoff_ports::{Clock, SystemClock};
use robotoff_store::{Database, DatabaseUrl, migrate};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::jobs::queue_named;
use crate::config::Config;
use crate::data_pull;
use crate::database::{self, WaitLimit};
use crate::policy_file;
use crate::wire::{self, Wired};
use tasks::Tasks;

/// Files that a process opens beside the connections of its clients: databases, other servers,
/// indexes, models.
const OTHER_FILES: usize = 256;

/// Parts that a process runs: one, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ServicePart {
    Up,
    Api,
    Worker,
    Scheduler,
    Listener,
}

impl ServicePart {
    const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Api => "api",
            Self::Worker => "worker",
            Self::Scheduler => "scheduler",
            Self::Listener => "listener",
        }
    }

    const fn runs_api(self) -> bool {
        matches!(self, Self::Up | Self::Api)
    }

    const fn runs_worker(self) -> bool {
        matches!(self, Self::Up | Self::Worker)
    }

    const fn runs_listener(self) -> bool {
        matches!(self, Self::Up | Self::Listener)
    }
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
    stop: &CancellationToken,
) -> Result<()> {
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
    run(config, ServicePart::Worker, stop).await
}

pub(super) async fn run(
    config: &Config,
    part: ServicePart,
    stop: &CancellationToken,
) -> Result<()> {
    if config.database == DatabaseUrl::SqliteMemory && part != ServicePart::Up {
        bail!(
            "{} cannot share a database in memory: use `robotoff up`",
            part.name()
        );
    }
    if part == ServicePart::Listener && config.events.url == EventsUrl::None {
        bail!("there is nothing to listen to: set EVENTS_URL to redis://HOST:PORT");
    }
    let database = open(config, part, stop).await?;
    let process = this_process(part);
    let wired = wire::wire(config, database, &process, stop)?;
    let listener = match part.runs_api() {
        true => Some(listen("LISTEN", config.service.listen).await?),
        false => None,
    };
    let metrics = Metrics::install(wire::metric_state(config, &wired.database)?)?;
    robotoff_app::metrics::version(env!("CARGO_PKG_VERSION"), part.name());
    let metrics = match config.service.metrics_listen {
        Some(address) => (metrics, Some(listen("METRICS_LISTEN", address).await?)),
        None => (metrics, None),
    };
    let database = wired.database.clone();
    let app = wired.app.clone();
    if part.runs_api() && config.service.access.verifies_logins {
        show_link_of_first_operator(config, &app).await?;
    }
    let all_ended = CancellationToken::new();
    let heartbeat = Heartbeat {
        services: Arc::new(database.clone()),
        clock: Arc::new(SystemClock),
        running: wired.worker.running_jobs(),
        memory: memory_bytes,
    };
    // Beats until the last job has ended, so that operators see a service that stops.
    let heartbeat = tokio::spawn(heartbeat.run(process.clone(), stop.clone(), all_ended.clone()));
    let pull = data_pull::background(config)?;
    let tasks = start(config, part, wired, listener, metrics, pull, stop);
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
    ended
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

/// Starts the tasks of the parts of this process.
fn start(
    config: &Config,
    part: ServicePart,
    wired: Wired,
    listener: Option<TcpListener>,
    (metrics, metrics_listener): (Metrics, Option<TcpListener>),
    pull: Option<DataPull>,
    stop: &CancellationToken,
) -> Tasks {
    let Wired {
        database,
        app,
        router,
        mut sampler,
        worker,
        listener: events,
        knowledge,
    } = wired;
    let database = Arc::new(database);
    let stop = stop.child_token();
    let mut tasks = Tasks::new(stop.clone());
    tasks.spawn("metrics", metrics.clone().keep_up(stop.clone()));
    sampler.health = sampler.health.filter(|_| part.runs_api());
    tasks.spawn("measurements", sampler.run(stop.clone()));
    if let Some(listener) = metrics_listener {
        let served = metrics.clone().serve(listener, stop.clone());
        tasks.spawn_fallible("metrics", served);
    }
    if let Some(file) = config.service.policy.clone() {
        tasks.spawn(
            "policy",
            policy_file::follow(file, app.clone(), stop.clone()),
        );
    }
    if let Some(pull) = pull {
        let stop = stop.clone();
        tasks.spawn("data", data_pull::follow(pull, knowledge, stop));
    }
    if let Some(listener) = listener {
        tracing::info!("listening at http://{}", config.service.listen);
        let router = router.merge(metrics.router());
        let connections = connections(config);
        let (write_log, retention) = (
            app.write_log.clone(),
            config.service.access.write_log_retention,
        );
        let until = stop.clone();
        tasks.spawn("record of writes", async move {
            write_log.run(retention, until).await
        });
        let served = robotoff_api::serve(listener, router, connections, stop.clone());
        tasks.spawn_fallible("api", async move { served.await.context("the api ended") });
    }
    start_work(&mut tasks, part, (worker, events), database, &stop);
    tasks
}

/// Starts what takes jobs, events and times.
fn start_work(
    tasks: &mut Tasks,
    part: ServicePart,
    (worker, events): (Worker, Option<Listener>),
    database: Arc<Database>,
    stop: &CancellationToken,
) {
    let fired_by = match part {
        ServicePart::Up | ServicePart::Scheduler => Some(FiredBy::Schedulers),
        // One that ends by itself fires nothing.
        ServicePart::Worker => (!worker.is_burst()).then_some(FiredBy::Workers),
        ServicePart::Api | ServicePart::Listener => None,
    };
    if part.runs_worker() {
        let stop = stop.clone();
        tasks.spawn("worker", async move {
            worker.run(stop.clone()).await;
            // A worker in burst mode ends by itself, and the process with it.
            stop.cancel();
        });
    }
    if let Some(listener) = events.filter(|_| part.runs_listener()) {
        let stop = stop.clone();
        tasks.spawn("listener", async move { listener.run(stop).await });
    }
    if let Some(by) = fired_by {
        let clock = Arc::new(SystemClock);
        tasks.spawn(
            "scheduler",
            schedule::run(database, clock, by, stop.clone()),
        );
    }
}

/// Opens the database. `up` migrates it; a single part requires the current schema, since
/// others may be using the database.
async fn open(config: &Config, part: ServicePart, stop: &CancellationToken) -> Result<Database> {
    let (url, settings) = (&config.database, &config.connect);
    let is_file = matches!(url, DatabaseUrl::SqliteFile(_));
    match part {
        ServicePart::Up => {
            let database = database::open(url, settings, WaitLimit::Unlimited, stop).await?;
            if config.backs_up_before_migrating {
                super::migrate::back_up(&database).await?;
            }
            migrate::migrate(&database, |step| tracing::info!(step, "migrating"))
                .await
                .with_context(|| format!("cannot migrate {url}"))?;
            return Ok(database);
        }
        ServicePart::Worker | ServicePart::Scheduler | ServicePart::Listener if is_file => bail!(
            "a {} of its own needs PostgreSQL, and DATABASE_URL is {url}: use `robotoff up`, \
             which runs all parts in one process",
            part.name()
        ),
        ServicePart::Api if is_file => {
            tracing::warn!("the api alone on {url}: jobs wait until `robotoff up` runs them")
        }
        ServicePart::Api | ServicePart::Worker | ServicePart::Scheduler | ServicePart::Listener => {
        }
    }
    database::open_current(url, settings, WaitLimit::Unlimited, stop).await
}

/// Limits of connections, as far as the process may open files.
fn connections(config: &Config) -> ConnectionSettings {
    let settings = config.service.access.connections.clone();
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let room = open_files(&limits).map_or(usize::MAX, |files| files.saturating_sub(OTHER_FILES));
    if room < settings.max_connections {
        tracing::info!(
            max_connections = room,
            "fewer than MAX_CONNECTIONS: the process may open no more files (ulimit -n)"
        );
    }
    ConnectionSettings {
        max_connections: settings.max_connections.min(room.max(1)),
        ..settings
    }
}

/// Number of files that the limits of a process permit; `None` without a limit.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

async fn listen(setting: &str, address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen at {address}: set {setting} to another address or port")
    })
}

fn this_process(part: ServicePart) -> Service {
    let now = SystemClock.now();
    let host = wire::host_name();
    let process = std::process::id();
    Service {
        id: format!(
            "{}-{host}-{process}-{}",
            part.name(),
            now.and_utc().timestamp()
        ),
        kind: part.name().to_owned(),
        host,
        process,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at: now,
        seen_at: now,
        activity: ServiceActivity::default(),
    }
}

/// Resident memory of this process, where Linux reports it.
fn memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_files_is_read() {
        let line = "Max open files            1024                 524288               files\n";
        assert_eq!(open_files(line), Some(1024));
        assert_eq!(open_files(&line.replace("1024", "unlimited")), None);
        assert_eq!(open_files(""), None);
    }
}
