//! Starting the tasks of a process: its parts, and what they need beside them.

use std::sync::Arc;

use anyhow::Context;
use robotoff_api::{ApiControl, ConnectionSettings, Metrics};
use robotoff_app::events::Listener;
use robotoff_app::part_switch::PartSwitch;
use robotoff_app::schedule::{self, FiredBy};
use robotoff_app::worker::Worker;
use robotoff_off::pull::DataPull;
use robotoff_ports::SystemClock;
use robotoff_store::Database;
use tokio_util::sync::CancellationToken;

use super::process::open_files;
use super::reload::Reload;
use super::tasks::Tasks;
use super::{Listeners, ServicePart};
use crate::config::Config;
use crate::wire::Wired;
use crate::{data_pull, policy_file};

/// Files that a process opens beside the connections of its clients: databases, other servers,
/// indexes, models.
const OTHER_FILES: usize = 256;

/// Tasks that every process has, whatever its parts.
pub(super) struct Beside {
    pub(super) listeners: Listeners,
    pub(super) metrics: Metrics,
    pub(super) reload: Reload,
    pub(super) pull: Option<DataPull>,
}

/// Starts all tasks of a process.
pub(super) fn start(
    config: &Config,
    wired: Wired,
    switches: &[(ServicePart, Arc<PartSwitch>)],
    beside: Beside,
    stop: &CancellationToken,
) -> Tasks {
    let stop = stop.child_token();
    let mut tasks = Tasks::new(stop.clone());
    let metrics = beside.metrics;
    tasks.spawn("metrics", metrics.clone().keep_up(stop.clone()));
    let mut sampler = wired.sampler;
    sampler.health = sampler.health.filter(|_| beside.listeners.api.is_some());
    tasks.spawn("measurements", sampler.run(stop.clone()));
    if let Some(listener) = beside.listeners.metrics {
        let served = metrics.clone().serve(listener, stop.clone());
        tasks.spawn_fallible("metrics", served);
    }
    if let Some(file) = config.service.policy.clone() {
        let followed = policy_file::follow(file, wired.app.clone(), stop.clone());
        tasks.spawn("policy", followed);
    }
    tasks.spawn("reload", beside.reload.run(stop.clone()));
    if let Some(pull) = beside.pull {
        let followed = data_pull::follow(pull, wired.knowledge.clone(), stop.clone());
        tasks.spawn("data", followed);
    }
    if let Some(listener) = beside.listeners.api {
        tracing::info!("listening at http://{}", config.service.listen);
        let router = wired.router.clone().merge(metrics.router());
        let write_log = wired.app.write_log.clone();
        let retention = config.service.access.write_log_retention;
        let until = stop.clone();
        tasks.spawn("record of writes", async move {
            write_log.run(retention, until).await
        });
        let served = robotoff_api::serve(listener, router, connections(config), stop.clone());
        tasks.spawn_fallible("api", async move { served.await.context("the api ended") });
    }
    let parts = Parts {
        worker: Some(wired.worker),
        listener: wired.listener,
        api: wired.api,
        database: Arc::new(wired.database),
    };
    start_parts(&mut tasks, parts, switches, &stop);
    tasks
}

/// Parts that are not started yet.
struct Parts {
    worker: Option<Worker>,
    listener: Option<Listener>,
    api: ApiControl,
    database: Arc<Database>,
}

/// Starts the parts, each behind its switch.
fn start_parts(
    tasks: &mut Tasks,
    mut parts: Parts,
    switches: &[(ServicePart, Arc<PartSwitch>)],
    stop: &CancellationToken,
) {
    let database = parts.database;
    let is_scheduler = |(part, _): &(ServicePart, _)| *part == ServicePart::Scheduler;
    let has_scheduler = switches.iter().any(is_scheduler);
    for (part, switch) in switches {
        let (switch, stop) = (switch.clone(), stop.clone());
        match part {
            ServicePart::Api => tasks.spawn("api", run_api(parts.api.clone(), switch, stop)),
            ServicePart::Worker => {
                if let Some(worker) = parts.worker.take() {
                    // With a scheduler beside it, or when it ends by itself, it fires no rows.
                    let fires = !worker.is_burst() && !has_scheduler;
                    let rows = fires.then(|| database.clone());
                    tasks.spawn("worker", run_worker(worker, rows, switch, stop));
                }
            }
            ServicePart::Scheduler => {
                let (database, clock) = (database.clone(), Arc::new(SystemClock));
                tasks.spawn("scheduler", async move {
                    let by = FiredBy::Schedulers;
                    let part = |until| schedule::run(database.clone(), clock.clone(), by, until);
                    switch.run(&stop, part).await;
                });
            }
            ServicePart::Listener => {
                if let Some(listener) = parts.listener.take() {
                    tasks.spawn("listener", async move {
                        switch.run(&stop, |until| listener.run(until)).await;
                    });
                }
            }
        }
    }
}

/// Lets the API answer while its part runs.
async fn run_api(api: ApiControl, switch: Arc<PartSwitch>, stop: CancellationToken) {
    let part = async |until: CancellationToken| {
        api.set_stopped(false);
        until.cancelled().await;
        // A process that ends answers what is under way.
        api.set_stopped(!stop.is_cancelled());
    };
    switch.run(&stop, part).await;
}

/// Runs a worker, and fires the rows of upkeep of the schedule in this database.
async fn run_worker(
    worker: Worker,
    rows: Option<Arc<Database>>,
    switch: Arc<PartSwitch>,
    stop: CancellationToken,
) {
    let part = async |until: CancellationToken| match &rows {
        Some(database) => {
            let (clock, by) = (Arc::new(SystemClock), FiredBy::Workers);
            let fired = schedule::run(database.clone(), clock, by, until.clone());
            tokio::join!(worker.run(until), fired);
        }
        None => worker.run(until).await,
    };
    switch.run(&stop, part).await;
    // A worker in burst mode ends by itself, and the process with it.
    stop.cancel();
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
