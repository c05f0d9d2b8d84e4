//! The worker: leases jobs, runs them, reports their results, and drains on shutdown.
//!
//! Safety rests on the lease, not on this loop. A job may be run by two workers for a
//! moment: when a worker is paused, or cut off from the database, its lease expires and
//! [`JobQueue::rescue`] gives the job to another one. Each lease has a number that rises,
//! and every commit of a job is made under its lease ([`Changes::lease`]), so the former
//! holder writes no rows: the number fences it off. What this loop adds is to stop such
//! work early.
//!
//! The alternative, a transaction held open for as long as a job runs, would need no
//! leases; but jobs call other servers for minutes, and an open transaction holds a
//! connection, keeps PostgreSQL from vacuuming, and blocks every writer of SQLite.
//!
//! [`Changes::lease`]: robotoff_ports::store::Changes::lease

mod running_job;

use std::sync::Arc;
use std::time::Duration;

use robotoff_ports::job::{Lease, LeaseRequest, LeasedJob, Queue, Report};
use robotoff_ports::{JobQueue, PortError, PortResult};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::jobs::{Discard, Registry, is_outage};
use running_job::RunningJob;

/// Back-off between attempts to reach a queue that is down, at first and at most.
const INITIAL_BACKOFF: Duration = Duration::from_secs(1);
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// Settings of a worker.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Name shown to operators, unique among the running workers.
    pub name: String,
    /// The most urgent first.
    pub queues: Vec<Queue>,
    /// Jobs at the same time.
    pub concurrency: u32,
    /// Time after which a worker without a heartbeat loses its jobs; three heartbeats
    /// are sent meanwhile.
    pub lease: Duration,
    /// Longest wait for a wake-up before the worker asks for jobs that became due.
    pub poll_interval: Duration,
    /// Time between rescues of jobs whose lease expired.
    pub rescue_interval: Duration,
    /// Retention time of finished jobs.
    pub retention: Duration,
    /// Time for running jobs to end after a stop, before they are released.
    pub drain_timeout: Duration,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            name: "worker".to_owned(),
            queues: Queue::ALL.to_vec(),
            concurrency: 4,
            lease: Duration::from_secs(60),
            poll_interval: Duration::from_secs(1),
            rescue_interval: Duration::from_secs(15),
            retention: Duration::from_secs(24 * 3600),
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// Runs the jobs of a queue.
pub struct Worker {
    queue: Arc<dyn JobQueue>,
    registry: Arc<Registry>,
    settings: WorkerSettings,
}

impl Worker {
    /// A worker that does not run yet.
    pub fn new(queue: Arc<dyn JobQueue>, registry: Registry, settings: WorkerSettings) -> Self {
        Self {
            queue,
            registry: Arc::new(registry),
            settings,
        }
    }

    /// Runs jobs until `stop` is cancelled; then lets running jobs end, and releases
    /// those that take too long. Waits for a queue that is out of reach.
    pub async fn run(&self, stop: CancellationToken) {
        let release = CancellationToken::new();
        let mut running = JoinSet::new();
        // Jobs that are done and not recorded yet. The next request carries them.
        let mut done = Vec::new();
        let mut upkeep_at = Instant::now();
        let mut backoff = INITIAL_BACKOFF;
        while !stop.is_cancelled() {
            if Instant::now() >= upkeep_at {
                upkeep_at = Instant::now() + self.settings.rescue_interval;
                self.keep_up().await;
            }
            let room = self
                .settings
                .concurrency
                .saturating_sub(running.len() as u32);
            // The queue counts the lease from some instant while it answers. Counted from
            // before the request, our view of the lease never outlasts the queue's.
            let leased_at = Instant::now();
            let leased = match self.lease_jobs(room, &done).await {
                Ok(leased) => leased,
                Err(error) => {
                    tracing::warn!(%error, backoff_secs = backoff.as_secs(), "cannot lease jobs");
                    let _ = timeout(backoff, stop.cancelled()).await;
                    backoff = (backoff * 2).min(MAX_BACKOFF);
                    continue;
                }
            };
            backoff = INITIAL_BACKOFF;
            done.clear();
            let is_empty = leased.is_empty();
            for job in leased {
                running.spawn(self.running_job(job, leased_at, &release).run());
            }
            let is_full = running.len() >= self.settings.concurrency as usize;
            if is_empty || is_full {
                done.extend(self.wait(&mut running, is_full, &stop).await);
            }
        }
        done.extend(self.drain(running, release).await);
        self.record(&done).await;
    }

    /// Leases jobs, and records those that are done by the same request: one round trip and
    /// one write for both. A job is thus recorded a moment after its end; a worker that dies
    /// in between leaves it to be run again, as one that dies a moment earlier does.
    async fn lease_jobs(&self, room: u32, done: &[Lease]) -> PortResult<Vec<LeasedJob>> {
        if room == 0 && done.is_empty() {
            return Ok(Vec::new());
        }
        let request = LeaseRequest {
            queues: self.settings.queues.clone(),
            worker: self.settings.name.clone(),
            limit: room,
            lease: self.settings.lease,
            done: done.to_vec(),
        };
        // The queue may have leased jobs to us although its answer never arrives. They
        // are rescued like those of a worker that died.
        match timeout(self.settings.lease, self.queue.claim_jobs(&request)).await {
            Ok(leased) => leased,
            Err(_) => Err(PortError::unavailable("job queue", "no answer in time")),
        }
    }

    /// Waits until there may be work: a job ended, a job was enqueued, or the poll
    /// interval is over.
    ///
    /// A job that is enqueued between the request above and this call is not missed: the
    /// queue registers for notifications before it first waits, and stores one that comes
    /// while nobody waits as a permit, which ends the next wait at once. What no
    /// notification announces (a delay or a back-off that ends, a process that writes to
    /// the same SQLite file) is found by the poll.
    ///
    /// Returns the leases of jobs that are done.
    async fn wait(
        &self,
        running: &mut JoinSet<Option<Lease>>,
        is_full: bool,
        stop: &CancellationToken,
    ) -> Vec<Lease> {
        let has_running = !running.is_empty();
        let mut done = Vec::new();
        tokio::select! {
            () = stop.cancelled() => {}
            ended = running.join_next(), if has_running => {
                done.extend(lease_of_done(ended));
                // Jobs that ended at the same time make room too.
                while let Some(ended) = running.try_join_next() {
                    done.extend(lease_of_done(Some(ended)));
                }
            }
            // A full worker does not take the permit: another one may have room.
            () = self.queue.wait(self.settings.poll_interval), if !is_full => {}
        }
        done
    }

    /// Records jobs that are done when no request follows that could carry them.
    async fn record(&self, done: &[Lease]) {
        if let Err(error) = self.lease_jobs(0, done).await {
            tracing::warn!(%error, jobs = done.len(), "cannot record jobs that are done");
        }
    }

    /// Rescues jobs whose lease expired, and deletes jobs that ended long ago.
    async fn keep_up(&self) {
        match self.queue.rescue().await {
            Ok(rescued) if rescued.is_empty() => {}
            Ok(rescued) => tracing::warn!(jobs = rescued.len(), "rescued jobs of lost workers"),
            Err(error) => tracing::warn!(%error, "cannot rescue jobs of lost workers"),
        }
        if let Err(error) = self.queue.purge(self.settings.retention).await {
            tracing::warn!(%error, "cannot delete finished jobs");
        }
    }

    /// Waits for running jobs, and releases those that take too long. Returns the leases of
    /// jobs that are done.
    async fn drain(
        &self,
        mut running: JoinSet<Option<Lease>>,
        release: CancellationToken,
    ) -> Vec<Lease> {
        let mut done = Vec::new();
        let all_end = async {
            while let Some(ended) = running.join_next().await {
                done.extend(lease_of_done(Some(ended)));
            }
        };
        if timeout(self.settings.drain_timeout, all_end).await.is_err() {
            tracing::warn!(jobs = running.len(), "releasing jobs that take too long");
            release.cancel();
            while let Some(ended) = running.join_next().await {
                done.extend(lease_of_done(Some(ended)));
            }
        }
        done
    }

    fn running_job(
        &self,
        job: LeasedJob,
        leased_at: Instant,
        release: &CancellationToken,
    ) -> RunningJob {
        RunningJob {
            queue: self.queue.clone(),
            registry: self.registry.clone(),
            lease: self.settings.lease,
            leased_at,
            release: release.clone(),
            job: Arc::new(job),
        }
    }
}

/// The lease of a job that is done; `None` for one that was reported otherwise.
fn lease_of_done(ended: Option<Result<Option<Lease>, JoinError>>) -> Option<Lease> {
    ended?.ok().flatten()
}

/// Maps the result of an attempt to the queue's report of it.
pub fn report_of(result: anyhow::Result<()>) -> Report {
    let Err(failure) = result else {
        return Report::Done;
    };
    let error = format!("{failure:#}");
    if failure.is::<Discard>() {
        Report::Discard { error }
    } else if is_outage(&failure) {
        Report::Postponed { error }
    } else {
        Report::Failed { error }
    }
}
