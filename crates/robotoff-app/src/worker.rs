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
mod slots;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use robotoff_ports::job::{Lease, LeaseRequest, LeasedJob, Queue, Report};
use robotoff_ports::{Clock, JobQueue, PortError, PortResult, SystemClock};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::heartbeat::RunningJobs;
use crate::jobs::{Discard, Registry, Skip, UnknownKind};
use crate::outage::is_outage;
use running_job::RunningJob;
use slots::Slots;

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
    /// Jobs at the same time. One more runs when all are taken and a job of the most urgent
    /// queue waits, of a kind that does not run.
    pub concurrency: u32,
    /// Time after which a worker without a heartbeat loses its jobs; three heartbeats
    /// are sent meanwhile.
    pub lease: Duration,
    /// Longest wait for a wake-up before the worker asks for jobs that became due, and for
    /// one that may run in the reserved slot.
    pub poll_interval: Duration,
    /// Time between rescues of jobs whose lease expired.
    pub rescue_interval: Duration,
    /// The worker stops when no job is ready and none runs.
    pub is_burst: bool,
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
            is_burst: false,
            drain_timeout: Duration::from_secs(30),
        }
    }
}

/// Runs the jobs of a queue.
pub struct Worker {
    queue: Arc<dyn JobQueue>,
    registry: Arc<Registry>,
    settings: WorkerSettings,
    concurrency: Arc<AtomicU32>,
    running_jobs: Arc<RunningJobs>,
}

impl Worker {
    /// A worker that does not run yet.
    pub fn new(queue: Arc<dyn JobQueue>, registry: Registry, settings: WorkerSettings) -> Self {
        Self {
            queue,
            registry: Arc::new(registry),
            concurrency: Arc::new(AtomicU32::new(settings.concurrency)),
            settings,
            running_jobs: Arc::default(),
        }
    }

    /// True for a worker that stops by itself.
    pub const fn is_burst(&self) -> bool {
        self.settings.is_burst
    }

    /// The jobs that this worker runs.
    pub fn running_jobs(&self) -> Arc<RunningJobs> {
        self.running_jobs.clone()
    }

    /// The number of jobs at the same time, which may be changed while the worker runs. Jobs
    /// above a new limit end first.
    pub fn concurrency(&self) -> Arc<AtomicU32> {
        self.concurrency.clone()
    }

    fn room(&self, running: &Slots) -> u32 {
        running.room(self.concurrency.load(Ordering::Relaxed))
    }

    /// Runs jobs until `stop` is cancelled; then lets running jobs end, and releases
    /// those that take too long. Waits for a queue that is out of reach.
    pub async fn run(&self, stop: CancellationToken) {
        let release = CancellationToken::new();
        let mut running = Slots::default();
        // Jobs that are done and not recorded yet. The next request carries them.
        let mut done = Vec::new();
        let mut upkeep_at = Instant::now();
        let mut reserve_at = Instant::now();
        let mut backoff = INITIAL_BACKOFF;
        while !stop.is_cancelled() {
            if Instant::now() >= upkeep_at {
                upkeep_at = Instant::now() + self.settings.rescue_interval;
                self.keep_up().await;
            }
            let is_full = self.room(&running) == 0;
            // At most once in an interval: a full worker must not ask at each notification.
            let is_reserved = is_full && running.has_reserve() && Instant::now() >= reserve_at;
            if is_reserved {
                reserve_at = Instant::now() + self.settings.poll_interval;
            }
            // The queue counts the lease from some instant while it answers. Counted from
            // before the request, our view of the lease never outlasts the queue's.
            let leased_at = Instant::now();
            let leased = match self.lease_jobs(&running, is_reserved, &done).await {
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
            if is_empty && self.settings.is_burst && running.is_empty() {
                break;
            }
            for job in leased {
                let kind = (job.queue, job.kind.clone());
                let job = self.running_job(job, leased_at, &release);
                running.spawn(kind, is_reserved, job.run());
            }
            let is_full = self.room(&running) == 0;
            if is_empty || is_full {
                let reserve_at = (is_full && running.has_reserve()).then_some(reserve_at);
                done.extend(self.wait(&mut running, is_full, reserve_at, &stop).await);
            }
        }
        done.extend(self.drain(running, release).await);
        self.record(&done).await;
    }

    /// Leases jobs for the free slots, or one for the reserved slot, and records those that
    /// are done by the same request: one round trip and one write for both. A job is thus
    /// recorded a moment after its end; a worker that dies in between leaves it to be run
    /// again, as one that dies a moment earlier does.
    async fn lease_jobs(
        &self,
        running: &Slots,
        is_reserved: bool,
        done: &[Lease],
    ) -> PortResult<Vec<LeasedJob>> {
        let mut request = LeaseRequest {
            queues: self.settings.queues.clone(),
            kinds: None,
            worker: self.settings.name.clone(),
            limit: self.room(running),
            lease: self.settings.lease,
            done: done.to_vec(),
        };
        if is_reserved {
            request.queues.truncate(1);
            let kinds: Vec<&'static str> = self.registry.kinds().collect();
            let queue = request.queues.first();
            let idle = queue.map(|queue| running.idle_kinds(*queue, &kinds));
            request.limit = idle.as_ref().map_or(0, |idle| u32::from(!idle.is_empty()));
            request.kinds = idle;
        }
        if request.limit == 0 && done.is_empty() {
            return Ok(Vec::new());
        }
        self.send(&request).await
    }

    /// The queue may have leased jobs to us although its answer never arrives. They are
    /// rescued like those of a worker that died.
    async fn send(&self, request: &LeaseRequest) -> PortResult<Vec<LeasedJob>> {
        match timeout(self.settings.lease, self.queue.claim_jobs(request)).await {
            Ok(leased) => leased,
            Err(_) => Err(PortError::unavailable("job queue", "no answer in time")),
        }
    }

    /// Waits until there may be work: a job ended, a job was enqueued, the poll interval is
    /// over, or, in a full worker, the reserved slot may be filled.
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
        running: &mut Slots,
        is_full: bool,
        reserve_at: Option<Instant>,
        stop: &CancellationToken,
    ) -> Vec<Lease> {
        let has_running = !running.is_empty();
        // Never without a reserve: the branch is then off.
        let reserve = sleep_until(reserve_at.unwrap_or_else(Instant::now));
        tokio::select! {
            () = stop.cancelled() => Vec::new(),
            done = running.ended(), if has_running => done,
            () = reserve, if reserve_at.is_some() => Vec::new(),
            // A full worker does not take the permit: another one may have room.
            () = self.queue.wait(self.settings.poll_interval), if !is_full => Vec::new(),
        }
    }

    /// Records jobs that are done when no request follows that could carry them.
    async fn record(&self, done: &[Lease]) {
        if done.is_empty() {
            return;
        }
        let request = LeaseRequest {
            queues: self.settings.queues.clone(),
            kinds: None,
            worker: self.settings.name.clone(),
            limit: 0,
            lease: self.settings.lease,
            done: done.to_vec(),
        };
        if let Err(error) = self.send(&request).await {
            tracing::warn!(%error, jobs = done.len(), "cannot record jobs that are done");
        }
    }

    /// Rescues jobs whose lease expired.
    async fn keep_up(&self) {
        match self.queue.rescue().await {
            Ok(rescued) if rescued.is_empty() => {}
            Ok(rescued) => tracing::warn!(jobs = rescued.len(), "rescued jobs of lost workers"),
            Err(error) => tracing::warn!(%error, "cannot rescue jobs of lost workers"),
        }
    }

    /// Waits for running jobs, and releases those that take too long. Returns the leases of
    /// jobs that are done.
    async fn drain(&self, mut running: Slots, release: CancellationToken) -> Vec<Lease> {
        let mut done = Vec::new();
        let all_end = async {
            while !running.is_empty() {
                done.extend(running.ended().await);
            }
        };
        if timeout(self.settings.drain_timeout, all_end).await.is_err() {
            tracing::warn!(jobs = running.len(), "releasing jobs that take too long");
            release.cancel();
            while !running.is_empty() {
                done.extend(running.ended().await);
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
            listed: self.running_jobs.add(&job, SystemClock.now()),
            job: Arc::new(job),
        }
    }
}

/// Maps the result of an attempt to the queue's report of it.
pub fn report_of(result: anyhow::Result<()>) -> Report {
    let Err(failure) = result else {
        return Report::Done;
    };
    let error = format!("{failure:#}");
    if failure.is::<Discard>() {
        Report::Discard { error }
    } else if failure.is::<Skip>() {
        Report::Skipped { reason: error }
    } else if failure.is::<UnknownKind>() || is_outage(&failure) {
        Report::Postponed { error }
    } else {
        Report::Failed { error }
    }
}
