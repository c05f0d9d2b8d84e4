//! The heartbeat of a service, by which operators see that it runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::NaiveDateTime;
use robotoff_ports::job::{JobId, LeasedJob};
use robotoff_ports::services::{ActiveJob, Service, ServiceActivity, ServiceState};
use robotoff_ports::{Clock, Services};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// Time between two heartbeats.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(10);
/// A service without a heartbeat for longer does not run any more.
pub const LIVENESS_TIMEOUT: Duration = Duration::from_secs(35);
/// Retention time of services that do not run any more, for an operator who looks for them.
const RETENTION: Duration = Duration::from_secs(24 * 3600);
/// Longest wait for the database; after that a heartbeat is left out.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The heartbeat of a service.
pub struct Heartbeat {
    pub services: Arc<dyn Services>,
    pub clock: Arc<dyn Clock>,
    pub running: Arc<RunningJobs>,
    /// Resident memory of the process.
    pub memory: fn() -> Option<u64>,
}

impl Heartbeat {
    /// Sends heartbeats until `ended` is cancelled, which follows `stop` when all that runs
    /// has ended; then reports that the service has ended.
    pub async fn run(
        self,
        mut service: Service,
        stop: CancellationToken,
        ended: CancellationToken,
    ) {
        let services = &*self.services;
        while !ended.is_cancelled() {
            let is_stopping = stop.is_cancelled();
            service.seen_at = self.clock.now();
            service.activity = ServiceActivity {
                state: match is_stopping {
                    true => ServiceState::Stopping,
                    false => ServiceState::Running,
                },
                jobs: self.running.list(),
                memory_bytes: (self.memory)(),
            };
            report("store a heartbeat", services.heartbeat(&service)).await;
            report("delete old services", async {
                services
                    .forget(self.clock.now() - RETENTION)
                    .await
                    .map(|_| ())
            })
            .await;
            tokio::select! {
                () = ended.cancelled() => {}
                () = stop.cancelled(), if !is_stopping => {}
                () = sleep(HEARTBEAT_INTERVAL) => {}
            }
        }
        report("report the end of a service", services.leave(&service.id)).await;
    }
}

/// Jobs that run in this process.
#[derive(Debug, Default)]
pub struct RunningJobs(Mutex<BTreeMap<JobId, ActiveJob>>);

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

    fn jobs(&self) -> MutexGuard<'_, BTreeMap<JobId, ActiveJob>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job in the list of those that run.
pub(crate) struct RunningJobGuard(Arc<RunningJobs>, JobId);

impl Drop for RunningJobGuard {
    fn drop(&mut self) {
        self.0.jobs().remove(&self.1);
    }
}

async fn report(doing: &str, what: impl Future<Output = robotoff_ports::PortResult<()>>) {
    match timeout(TIMEOUT, what).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(%error, "cannot {doing}"),
        Err(_) => tracing::warn!("cannot {doing}: the database does not answer"),
    }
}
