//! The worker: claims jobs, runs them, reports; and leaves nothing half-done
//! when it is asked to stop.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use robotoff_ports::job::{Lease, LeaseRequest, LeaseState, LeasedJob, Queue, Report};
use robotoff_ports::{JobQueue, PortError, PortResult};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::jobs::{Discard, Registry, Try, Work};

/// Between tries to reach a queue that is down, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// Who it is, for operators: unique among the running workers.
    pub name: String,
    /// The most urgent first.
    pub queues: Vec<Queue>,
    /// Jobs at the same time.
    pub concurrency: u32,
    /// How long it is trusted without a heartbeat; three are sent meanwhile.
    pub lease: Duration,
    /// How long it waits for a call before it looks for jobs that became due.
    pub poll: Duration,
    /// Between looks for jobs that others left behind.
    pub rescue_every: Duration,
    /// How long finished jobs are kept.
    pub keep_finished: Duration,
    /// How long running jobs may go on after a stop, before they are given back.
    pub drain: Duration,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            name: "worker".to_owned(),
            queues: Queue::ALL.to_vec(),
            concurrency: 4,
            lease: Duration::from_secs(60),
            poll: Duration::from_secs(1),
            rescue_every: Duration::from_secs(15),
            keep_finished: Duration::from_secs(24 * 3600),
            drain: Duration::from_secs(30),
        }
    }
}

/// Runs jobs of a queue by a registry.
pub struct Worker {
    queue: Arc<dyn JobQueue>,
    registry: Registry,
    settings: WorkerSettings,
}

impl Worker {
    /// A worker that has not begun.
    pub fn new(queue: Arc<dyn JobQueue>, registry: Registry, settings: WorkerSettings) -> Self {
        Self {
            queue,
            registry,
            settings,
        }
    }

    /// Works until it is told to stop; then lets running jobs end, and gives back
    /// those that take too long. An unreachable queue is waited for.
    pub async fn run(&self, stop: CancellationToken) {
        let release = CancellationToken::new();
        let mut running = JoinSet::new();
        let mut upkeep_at = Instant::now();
        let mut pause = FIRST_PAUSE;
        while !stop.is_cancelled() {
            if Instant::now() >= upkeep_at {
                upkeep_at = Instant::now() + self.settings.rescue_every;
                self.keep_up().await;
            }
            let room = self
                .settings
                .concurrency
                .saturating_sub(running.len() as u32);
            let claimed = match self.claim(room).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    tracing::warn!(%error, pause_secs = pause.as_secs(), "cannot claim jobs");
                    let _ = timeout(pause, stop.cancelled()).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    continue;
                }
            };
            pause = FIRST_PAUSE;
            let found = claimed.len();
            for job in claimed {
                running.spawn(self.one(job, release.clone()).run());
            }
            let is_full = running.len() >= self.settings.concurrency as usize;
            if found == 0 || is_full {
                self.wait(&mut running, is_full, &stop).await;
            }
        }
        self.drain(running, release).await;
    }

    async fn claim(&self, room: u32) -> PortResult<Vec<LeasedJob>> {
        if room == 0 {
            return Ok(Vec::new());
        }
        let request = LeaseRequest {
            queues: self.settings.queues.clone(),
            worker: self.settings.name.clone(),
            limit: room,
            lease: self.settings.lease,
        };
        // Jobs of an answer that never arrives are rescued like those of a lost worker.
        match timeout(self.settings.lease, self.queue.claim_jobs(&request)).await {
            Ok(claimed) => claimed,
            Err(_) => Err(PortError::unavailable("job queue", "it does not answer")),
        }
    }

    /// Until there may be something to do: a job ended, a job came, time to stop.
    async fn wait(&self, running: &mut JoinSet<()>, is_full: bool, stop: &CancellationToken) {
        let has_running = !running.is_empty();
        tokio::select! {
            () = stop.cancelled() => {}
            _ = running.join_next(), if has_running => {
                // Those that ended at the same time make room too.
                while running.try_join_next().is_some() {}
            }
            () = self.queue.wait(self.settings.poll), if !is_full => {}
        }
    }

    /// Jobs that others left behind, and jobs that are history.
    async fn keep_up(&self) {
        match self.queue.rescue().await {
            Ok(rescued) if rescued.is_empty() => {}
            Ok(rescued) => tracing::warn!(jobs = rescued.len(), "rescued jobs of lost workers"),
            Err(error) => tracing::warn!(%error, "cannot look for jobs left behind"),
        }
        if let Err(error) = self.queue.purge(self.settings.keep_finished).await {
            tracing::warn!(%error, "cannot delete finished jobs");
        }
    }

    async fn drain(&self, mut running: JoinSet<()>, release: CancellationToken) {
        let all_end = async { while running.join_next().await.is_some() {} };
        if timeout(self.settings.drain, all_end).await.is_ok() {
            return;
        }
        tracing::warn!(
            jobs = running.len(),
            "jobs take too long to end, giving them back"
        );
        release.cancel();
        while running.join_next().await.is_some() {}
    }

    fn one(&self, job: LeasedJob, release: CancellationToken) -> One {
        One {
            queue: self.queue.clone(),
            work: self.registry.work(&job.kind),
            lease_time: self.settings.lease,
            release,
            job,
        }
    }
}

/// One job in hand.
struct One {
    queue: Arc<dyn JobQueue>,
    work: Option<Arc<dyn Work>>,
    job: LeasedJob,
    lease_time: Duration,
    release: CancellationToken,
}

impl One {
    async fn run(self) {
        let begun = Instant::now();
        let ended = tokio::select! {
            // A job that has ended is reported, whatever else happened meanwhile.
            biased;
            report = self.attempt() => Some(report),
            state = self.until_not_held(begun) => match state {
                LeaseState::Cancelled => Some(Report::Cancelled),
                LeaseState::Held | LeaseState::Lost => None,
            },
            () = self.release.cancelled() => Some(Report::Released),
        };
        let job = &self.job;
        let duration_ms = begun.elapsed().as_millis() as u64;
        let Some(report) = ended else {
            tracing::warn!(
                job.id = job.lease.job.0,
                job.name = job.kind,
                duration_ms,
                "lost a job to another worker"
            );
            return;
        };
        if report == Report::Done {
            // What was done says so itself, where people want to know.
            tracing::debug!(
                job.id = job.lease.job.0,
                job.name = job.kind,
                duration_ms,
                "a job is done"
            );
        } else {
            tracing::warn!(
                job.id = job.lease.job.0,
                job.name = job.kind,
                job.attempts = job.attempts,
                correlation_id = job.correlation_id,
                duration_ms,
                ?report,
                "a job has not ended well"
            );
        }
        self.report(job.lease, &report).await;
    }

    /// One try, in a task of its own: a panic is an error like others. Dropped
    /// with this future.
    async fn attempt(&self) -> Report {
        let Some(work) = self.work.clone() else {
            let error = format!("no work is registered for {:?}", self.job.kind);
            return Report::Discard { error };
        };
        let this = Try {
            args: self.job.args.clone(),
            lease: self.job.lease,
            attempts: self.job.attempts,
            correlation_id: self.job.correlation_id.clone(),
        };
        let mut task = JoinSet::new();
        task.spawn(async move { work.run(this).await });
        let result = match timeout(self.job.timeout, task.join_next()).await {
            Err(_) => Err(anyhow!(
                "took longer than {} s",
                self.job.timeout.as_secs_f32()
            )),
            Ok(None) => Err(anyhow!("the task is gone")),
            Ok(Some(Err(panic))) => Err(anyhow!("{panic}")),
            Ok(Some(Ok(result))) => result,
        };
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

    /// Prolongs the lease until it is lost, or until it may be lost because the
    /// queue does not answer.
    async fn until_not_held(&self, begun: Instant) -> LeaseState {
        let mut held_until = begun + self.lease_time;
        loop {
            sleep(self.lease_time / 3).await;
            let asked = Instant::now();
            let left = held_until.saturating_duration_since(asked);
            let leases = [self.job.lease];
            let heartbeat = self.queue.heartbeat(&leases, self.lease_time);
            match timeout(left, heartbeat).await {
                Ok(Ok(states)) => match states.first() {
                    Some(LeaseState::Held) => held_until = asked + self.lease_time,
                    Some(state) => return *state,
                    None => return LeaseState::Lost,
                },
                Ok(Err(error)) => {
                    tracing::warn!(%error, job.id = self.job.lease.job.0, "cannot prolong a lease");
                }
                Err(_) => {}
            }
            if Instant::now() >= held_until {
                return LeaseState::Lost;
            }
        }
    }

    /// Tells the queue, for as long as the lease may last; after that another
    /// worker has the job anyway.
    async fn report(&self, lease: Lease, report: &Report) {
        let give_up = Instant::now() + self.lease_time;
        let mut pause = FIRST_PAUSE;
        loop {
            match self.queue.report(lease, report).await {
                Ok(_) => return,
                Err(error) if error.is_retryable() && Instant::now() + pause < give_up => {
                    tracing::warn!(%error, job.id = lease.job.0, "cannot report a job, trying again");
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(error) => {
                    tracing::error!(%error, job.id = lease.job.0, "cannot report a job");
                    return;
                }
            }
        }
    }
}
