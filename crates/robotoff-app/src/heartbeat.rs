//! The heartbeat of a process: operators see by it that its parts run, and their orders come
//! back by it.
//!
//! Orders are rows of the registry, which every process can reach, whatever host it is on;
//! so an order needs no open port and no shell there. They are read more often than
//! heartbeats are stored, since a person waits for them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::NaiveDateTime;
use robotoff_ports::job::{JobId, LeasedJob, Report};
use robotoff_ports::services::{
    ActiveJob, Service, ServiceActivity, ServiceOrders, ServiceState, WantedState,
};
use robotoff_ports::{Clock, PortResult, Services};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::part_switch::{PartState, PartSwitch};

/// Time between two heartbeats.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(10);
/// A service without a heartbeat for longer does not run any more.
pub const LIVENESS_TIMEOUT: Duration = Duration::from_secs(35);
/// Time between two reads of the orders of operators.
const ORDER_INTERVAL: Duration = Duration::from_secs(2);
/// Retention time of services that do not run any more, for an operator who looks for them.
pub const RETENTION: Duration = Duration::from_secs(24 * 3600);
/// Longest wait for the database; after that a heartbeat is left out.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Part of a process, as the registry and the process know it.
pub struct HeartbeatPart {
    pub service: Service,
    pub switch: Arc<PartSwitch>,
    /// Jobs that the part runs, if it runs any.
    pub jobs: Option<Arc<RunningJobs>>,
}

/// Orders that concern all of a process, as it carries them out.
pub trait ProcessOrders: Send + Sync {
    /// Ends the process, which may start itself again.
    fn end(&self, restarts: bool);

    /// Sets the level or filter of the logs; `None`: that of the configuration.
    fn set_log_filter(&self, filter: Option<&str>);
}

/// The heartbeat of a process.
pub struct Heartbeat {
    pub services: Arc<dyn Services>,
    pub clock: Arc<dyn Clock>,
    pub parts: Vec<HeartbeatPart>,
    pub orders: Arc<dyn ProcessOrders>,
    /// Resident memory of the process.
    pub memory: fn() -> Option<u64>,
}

impl Heartbeat {
    /// Sends heartbeats until `ended` is cancelled, which follows `stop` when all that runs
    /// has ended; then reports that the parts have ended. A change of a part's state is sent
    /// at once.
    pub async fn run(mut self, stop: CancellationToken, ended: CancellationToken) {
        let changed = Arc::new(Notify::new());
        for part in &self.parts {
            let states = part.switch.changes();
            tokio::spawn(announce(states, changed.clone(), ended.clone()));
        }
        let mut log_filter = None;
        let mut send_at = Instant::now();
        while !ended.is_cancelled() {
            let is_stopping = stop.is_cancelled();
            if Instant::now() >= send_at {
                send_at = Instant::now() + HEARTBEAT_INTERVAL;
                self.send(is_stopping).await;
            }
            if !is_stopping {
                self.follow_orders(&mut log_filter).await;
            }
            tokio::select! {
                () = ended.cancelled() => {}
                () = stop.cancelled(), if !is_stopping => send_at = Instant::now(),
                () = changed.notified() => send_at = Instant::now(),
                () = sleep(ORDER_INTERVAL) => {}
            }
        }
        for part in &self.parts {
            let leaving = self.services.leave(&part.service.id, self.clock.now());
            report("report the end of a service", leaving).await;
        }
    }

    async fn send(&mut self, is_stopping: bool) {
        let now = self.clock.now();
        let memory_bytes = (self.memory)();
        for part in &mut self.parts {
            let part_state = part.switch.state();
            let jobs = part.jobs.as_ref();
            let (done, failed) = jobs.map_or((0, 0), |jobs| jobs.ended());
            part.service.seen_at = now;
            part.service.activity = ServiceActivity {
                state: match is_stopping {
                    true => ServiceState::Stopping,
                    false => part_state.state,
                },
                state_since: Some(part_state.since),
                jobs: jobs.map(|jobs| jobs.list()).unwrap_or_default(),
                memory_bytes,
                done,
                failed,
            };
            let sent = self.services.heartbeat(&part.service);
            report("store a heartbeat", sent).await;
        }
        let forgotten = async { self.services.forget(now - RETENTION).await.map(|_| ()) };
        report("delete old services", forgotten).await;
    }

    /// Carries out what operators have ordered. A registry out of reach orders nothing.
    async fn follow_orders(&self, log_filter: &mut Option<String>) {
        let ids: Vec<String> = self.parts.iter().map(|p| p.service.id.clone()).collect();
        let mut orders: Vec<ServiceOrders> = Vec::new();
        report("read orders", async {
            orders = self.services.orders(&ids).await?;
            Ok(())
        })
        .await;
        if orders.is_empty() {
            return;
        }
        let filter = orders.iter().find_map(|orders| orders.log_filter.clone());
        if filter != *log_filter {
            self.orders.set_log_filter(filter.as_deref());
            *log_filter = filter;
        }
        for orders in orders {
            match orders.wanted {
                WantedState::Ended => self.orders.end(false),
                WantedState::Restarted => self.orders.end(true),
                WantedState::Running | WantedState::Stopped => {
                    let part = self.parts.iter().find(|p| p.service.id == orders.id);
                    if let Some(part) = part {
                        part.switch.set_wanted(orders.wanted);
                    }
                }
            }
        }
    }
}

/// Notifies of each change of a part's state.
async fn announce(
    mut states: watch::Receiver<PartState>,
    changed: Arc<Notify>,
    ended: CancellationToken,
) {
    loop {
        tokio::select! {
            () = ended.cancelled() => return,
            state = states.changed() => match state {
                Ok(()) => changed.notify_one(),
                // The part is gone.
                Err(_) => return,
            },
        }
    }
}

/// Jobs that run in this process, and the numbers of those that ended.
#[derive(Debug, Default)]
pub struct RunningJobs {
    running: Mutex<BTreeMap<JobId, ActiveJob>>,
    done: AtomicU64,
    failed: AtomicU64,
}

impl RunningJobs {
    /// Lists a job until the guard is dropped.
    pub(crate) fn add(self: &Arc<Self>, job: &LeasedJob, since: NaiveDateTime) -> RunningJobGuard {
        let id = job.lease.job;
        let active = ActiveJob {
            job: id,
            kind: job.kind.clone(),
            since,
        };
        self.jobs().insert(id, active);
        RunningJobGuard(self.clone(), id)
    }

    /// The jobs that run now, by id.
    pub fn list(&self) -> Vec<ActiveJob> {
        self.jobs().values().cloned().collect()
    }

    /// Numbers of attempts that were done, and that failed.
    pub fn ended(&self) -> (u64, u64) {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (of(&self.done), of(&self.failed))
    }

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<JobId, ActiveJob>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job in the list of those that run.
pub(crate) struct RunningJobGuard(Arc<RunningJobs>, JobId);

impl RunningJobGuard {
    /// Counts an attempt by its report; `None` if its lease was lost.
    pub(crate) fn count(&self, report: Option<&Report>) {
        let count = match report {
            Some(Report::Done | Report::Skipped { .. }) => &self.0.done,
            Some(Report::Failed { .. } | Report::Discard { .. }) | None => &self.0.failed,
            Some(Report::Postponed { .. } | Report::Released | Report::Cancelled) => return,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for RunningJobGuard {
    fn drop(&mut self) {
        self.0.jobs().remove(&self.1);
    }
}

async fn report(doing: &str, what: impl Future<Output = PortResult<()>>) {
    match timeout(TIMEOUT, what).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "cannot {doing}"),
        Err(_) => tracing::warn!("cannot {doing}: the database does not answer"),
    }
}
