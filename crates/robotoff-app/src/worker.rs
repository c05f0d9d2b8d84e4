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

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use robotoff_ports::job::{LeaseRequest, LeaseState, LeasedJob, Queue, Report};
use robotoff_ports::{JobQueue, PortError, PortResult};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::jobs::{Discard, Registry};

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
            let leased = match self.lease_jobs(room).await {
                Ok(leased) => leased,
                Err(error) => {
                    tracing::warn!(%error, backoff_secs = backoff.as_secs(), "cannot lease jobs");
                    let _ = timeout(backoff, stop.cancelled()).await;
                    backoff = (backoff * 2).min(MAX_BACKOFF);
                    continue;
                }
            };
            backoff = INITIAL_BACKOFF;
            let is_empty = leased.is_empty();
            for job in leased {
                running.spawn(self.running_job(job, leased_at, &release).run());
            }
            let is_full = running.len() >= self.settings.concurrency as usize;
            if is_empty || is_full {
                self.wait(&mut running, is_full, &stop).await;
            }
        }
        self.drain(running, release).await;
    }

    async fn lease_jobs(&self, room: u32) -> PortResult<Vec<LeasedJob>> {
        if room == 0 {
            return Ok(Vec::new());
        }
        let request = LeaseRequest {
            queues: self.settings.queues.clone(),
            worker: self.settings.name.clone(),
            limit: room,
            lease: self.settings.lease,
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
    async fn wait(&self, running: &mut JoinSet<()>, is_full: bool, stop: &CancellationToken) {
        let has_running = !running.is_empty();
        tokio::select! {
            () = stop.cancelled() => {}
            _ = running.join_next(), if has_running => {
                // Jobs that ended at the same time make room too.
                while running.try_join_next().is_some() {}
            }
            // A full worker does not take the permit: another one may have room.
            () = self.queue.wait(self.settings.poll_interval), if !is_full => {}
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

    async fn drain(&self, mut running: JoinSet<()>, release: CancellationToken) {
        let all_end = async { while running.join_next().await.is_some() {} };
        if timeout(self.settings.drain_timeout, all_end).await.is_ok() {
            return;
        }
        tracing::warn!(jobs = running.len(), "releasing jobs that take too long");
        release.cancel();
        while running.join_next().await.is_some() {}
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

/// Maps the result of an attempt to the queue's report of it.
pub fn report_of(result: anyhow::Result<()>) -> Report {
    match result {
        Ok(()) => Report::Done,
        Err(error) if error.is::<Discard>() => Report::Discard {
            error: format!("{error:#}"),
        },
        Err(error) => Report::Failed {
            error: format!("{error:#}"),
        },
    }
}

/// One attempt of one job, from its lease to its report.
struct RunningJob {
    queue: Arc<dyn JobQueue>,
    registry: Arc<Registry>,
    job: Arc<LeasedJob>,
    lease: Duration,
    leased_at: Instant,
    release: CancellationToken,
}

impl RunningJob {
    async fn run(self) {
        let begun = Instant::now();
        // `biased`: the branches are polled in order, so a job that has ended is reported
        // as ended, even if its lease was lost or a release came at the same time.
        let report = tokio::select! {
            biased;
            report = self.attempt() => Some(report),
            state = self.renew_lease_until_lost() => match state {
                LeaseState::Cancelled => Some(Report::Cancelled),
                LeaseState::Held | LeaseState::Lost => None,
            },
            () = self.release.cancelled() => Some(Report::Released),
        };
        let job = &self.job;
        let duration_ms = begun.elapsed().as_millis() as u64;
        let Some(report) = report else {
            // No report: it would be about the attempt of whoever has the lease now.
            tracing::warn!(
                job.id = job.lease.job.0,
                job.name = job.kind,
                duration_ms,
                "lost the lease of a job"
            );
            return;
        };
        if report == Report::Done {
            // The job logs its own results where an operator wants them.
            tracing::debug!(
                job.id = job.lease.job.0,
                job.name = job.kind,
                duration_ms,
                "job done"
            );
        } else {
            tracing::warn!(
                job.id = job.lease.job.0,
                job.name = job.kind,
                job.attempts = job.attempts,
                correlation_id = job.correlation_id,
                duration_ms,
                ?report,
                "job not completed"
            );
        }
        self.report(&report).await;
    }

    /// Runs the job in a task of its own, so that a panic becomes an error of the job.
    /// Dropping this future drops the `JoinSet`, which aborts the task.
    async fn attempt(&self) -> Report {
        let (registry, job) = (self.registry.clone(), self.job.clone());
        let mut task = JoinSet::new();
        task.spawn(async move { registry.run(&job).await });
        report_of(match timeout(self.job.timeout, task.join_next()).await {
            Err(_) => Err(anyhow!(
                "took longer than {} s",
                self.job.timeout.as_secs_f32()
            )),
            Ok(None) => Err(anyhow!("the task is gone")),
            Ok(Some(Err(panic))) => Err(anyhow!("{panic}")),
            Ok(Some(Ok(result))) => result,
        })
    }

    /// Renews the lease until it is lost, or may be lost because the queue does not
    /// answer: then another worker may have the job, and this one must stop.
    async fn renew_lease_until_lost(&self) -> LeaseState {
        let mut held_until = self.leased_at + self.lease;
        loop {
            sleep(self.lease / 3).await;
            // As above: a renewal counts from before it was asked for.
            let asked_at = Instant::now();
            let left = held_until.saturating_duration_since(asked_at);
            let leases = [self.job.lease];
            let heartbeat = self.queue.heartbeat(&leases, self.lease);
            match timeout(left, heartbeat).await {
                Ok(Ok(states)) => match states.first() {
                    Some(LeaseState::Held) => held_until = asked_at + self.lease,
                    Some(state) => return *state,
                    None => return LeaseState::Lost,
                },
                Ok(Err(error)) => {
                    tracing::warn!(%error, job.id = self.job.lease.job.0, "cannot renew a lease");
                }
                Err(_) => {}
            }
            if Instant::now() >= held_until {
                return LeaseState::Lost;
            }
        }
    }

    /// Reports to the queue, with retries for as long as the lease may last; after that
    /// another worker has the job.
    async fn report(&self, report: &Report) {
        let lease = self.job.lease;
        let give_up_at = Instant::now() + self.lease;
        let mut backoff = INITIAL_BACKOFF;
        loop {
            match self.queue.report(lease, report).await {
                Ok(_) => return,
                Err(error) if error.is_retryable() && Instant::now() + backoff < give_up_at => {
                    tracing::warn!(%error, job.id = lease.job.0, "cannot report a job, trying again");
                    sleep(backoff).await;
                    backoff = (backoff * 2).min(MAX_BACKOFF);
                }
                Err(error) => {
                    tracing::error!(%error, job.id = lease.job.0, "cannot report a job");
                    return;
                }
            }
        }
    }
}
