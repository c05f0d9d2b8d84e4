//! `robotoff up`, `api`, `worker`, `scheduler`: the service, whole or in parts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::Router;
use robotoff_app::App;
use robotoff_app::worker::{Worker, WorkerSettings};
use robotoff_app::{heartbeat, jobs, schedule};
use robotoff_ports::services::Service;
use robotoff_ports::{Clock, SystemClock};
use robotoff_store::{Database, DatabaseUrl, migrate};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::wire;

/// A service waits for its database for ever: it may come back.
const FOR_EVER: Duration = Duration::from_secs(u64::MAX >> 8);

/// Between looks at the file of the policy.
const POLICY_LOOK: Duration = Duration::from_secs(2);

/// What one process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Up,
    Api,
    Worker,
    Scheduler,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Api => "api",
            Self::Worker => "worker",
            Self::Scheduler => "scheduler",
        }
    }
}

pub(super) async fn run(config: &Config, part: Part, stop: &CancellationToken) -> Result<()> {
    if config.database == DatabaseUrl::SqliteMemory && part != Part::Up {
        bail!(
            "{} cannot share a database in memory: use `robotoff up`",
            part.name()
        );
    }
    let database = open(config, part, stop).await?;
    let app = wire::app(config, &database)?;
    let listener = match part {
        Part::Up | Part::Api => Some(listen(config).await?),
        Part::Worker | Part::Scheduler => None,
    };
    let service = this_process(part);
    let mut running = Running {
        tasks: JoinSet::new(),
        stop: stop.child_token(),
    };
    running.add(
        "heartbeat",
        heartbeat::beat(
            Arc::new(database.clone()),
            Arc::new(SystemClock),
            service.clone(),
            running.stop.clone(),
        ),
    );
    if let Some(file) = config.service.policy.clone() {
        running.add(
            "policy",
            follow_policy(file, app.clone(), running.stop.clone()),
        );
    }
    if let Some(listener) = listener {
        let router = wire::router(config, &database, &app, &service.host);
        start_api(&mut running, config, router, listener);
    }
    if matches!(part, Part::Up | Part::Worker) {
        start_worker(&mut running, config, &database, &app, &service);
    }
    if matches!(part, Part::Up | Part::Scheduler) {
        let services = Arc::new(database.clone());
        let scheduler = schedule::run(services, Arc::new(SystemClock), running.stop.clone());
        running.add("scheduler", scheduler);
    }
    let ended = running.until_stopped().await;
    database.close().await?;
    ended
}

/// `up` brings the database up to date; parts refuse an older one, since others
/// may be using it.
async fn open(config: &Config, part: Part, stop: &CancellationToken) -> Result<Database> {
    let (url, settings) = (&config.database, &config.connect);
    let is_file = matches!(url, DatabaseUrl::SqliteFile(_));
    match part {
        Part::Up => {
            let database = wire::open(url, settings, FOR_EVER, stop).await?;
            migrate::migrate(&database, |step| tracing::info!(step, "migrating"))
                .await
                .with_context(|| format!("cannot migrate {url}"))?;
            return Ok(database);
        }
        Part::Worker | Part::Scheduler if is_file => bail!(
            "a {} of its own needs PostgreSQL, and DATABASE_URL is {url}: use `robotoff up`, \
             which runs all parts in one process",
            part.name()
        ),
        Part::Api if is_file => {
            tracing::warn!("the api alone on {url}: jobs wait until `robotoff up` runs them")
        }
        Part::Api | Part::Worker | Part::Scheduler => {}
    }
    wire::open_current(url, settings, FOR_EVER, stop).await
}

async fn listen(config: &Config) -> Result<TcpListener> {
    let address = config.service.listen;
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen at {address}: set LISTEN to another address or port")
    })
}

fn start_api(running: &mut Running, config: &Config, router: Router, listener: TcpListener) {
    let address = config.service.listen;
    let stop = running.stop.clone();
    tracing::info!("listening at http://{address}");
    running.add_fallible("api", async move {
        robotoff_api::serve(listener, router, stop)
            .await
            .context("the api ended")
    });
}

fn start_worker(
    running: &mut Running,
    config: &Config,
    database: &Database,
    app: &Arc<App>,
    service: &Service,
) {
    let settings = WorkerSettings {
        name: service.id.clone(),
        ..config.worker.clone()
    };
    let worker = Worker::new(Arc::new(database.clone()), jobs::registry(app), settings);
    let stop = running.stop.clone();
    running.add("worker", async move { worker.run(stop).await });
}

/// Reads the policy again when its file changes; one that cannot be used is said,
/// and the one before it stays.
async fn follow_policy(file: PathBuf, app: Arc<App>, stop: CancellationToken) {
    let changed_at = || {
        std::fs::metadata(&file)
            .and_then(|file| file.modified())
            .ok()
    };
    let mut known = changed_at();
    while timeout(POLICY_LOOK, stop.cancelled()).await.is_err() {
        let now = changed_at();
        if now == known {
            continue;
        }
        known = now;
        match wire::read_policy(&file) {
            Ok(policy) => {
                app.set_policy(policy);
                tracing::info!("the policy has changed");
            }
            Err(error) => tracing::error!(error = format!("{error:#}"), "the old policy stays"),
        }
    }
}

/// The parts of this process.
struct Running {
    tasks: JoinSet<(&'static str, Result<()>)>,
    stop: CancellationToken,
}

impl Running {
    fn add(&mut self, name: &'static str, part: impl Future<Output = ()> + Send + 'static) {
        self.add_fallible(name, async {
            part.await;
            Ok(())
        });
    }

    fn add_fallible(
        &mut self,
        name: &'static str,
        part: impl Future<Output = Result<()>> + Send + 'static,
    ) {
        self.tasks.spawn(async move { (name, part.await) });
    }

    /// Waits for all parts to end. One that ends by itself stops the others: half
    /// a service that looks alive is worse than none.
    async fn until_stopped(mut self) -> Result<()> {
        let mut result = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            let failure = match ended {
                Ok((_, Ok(()))) if self.stop.is_cancelled() => continue,
                Ok((name, Ok(()))) => anyhow::anyhow!("the {name} ended by itself"),
                Ok((name, Err(error))) => error.context(format!("the {name} failed")),
                Err(panic) => anyhow::anyhow!("a part of the service failed: {panic}"),
            };
            self.stop.cancel();
            result = result.and(Err(failure));
        }
        result
    }
}

fn this_process(part: Part) -> Service {
    let now = SystemClock.now();
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .map_or_else(|_| "unknown".to_owned(), |name| name.trim().to_owned());
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
    }
}
