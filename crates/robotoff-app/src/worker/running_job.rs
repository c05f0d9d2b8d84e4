//! One attempt of one job: its lease is renewed while it runs, and its end reported.

use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use robotoff_ports::JobQueue;
use robotoff_ports::job::{Lease, LeaseState, LeasedJob, Report};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{INITIAL_BACKOFF, MAX_BACKOFF, report_of};
use crate::heartbeat::RunningJobGuard;
use crate::jobs::Registry;
use crate::metrics;

/// One attempt of one job, from its lease to its end.
pub(super) struct RunningJob {
    pub(super) queue: Arc<dyn JobQueue>,
    pub(super) registry: Arc<Registry>,
    pub(super) job: Arc<LeasedJob>,
    pub(super) lease: Duration,
    pub(super) leased_at: Instant,
    pub(super) release: CancellationToken,
    /// Shows the job to operators while it runs.
    pub(super) listed: RunningJobGuard,
}

impl RunningJob {
    /// Runs the job and reports how it ended. A job that is done is not reported: its lease
    /// is returned, and the worker's next request records it.
    pub(super) async fn run(self) -> Option<Lease> {
        let begun = Instant::now();
        let _listed = &self.listed;
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
        metrics::job_attempt(&job.kind, report.as_ref(), begun.elapsed());
        self.listed.count(report.as_ref());
        let Some(report) = report else {
            // No report: it would be about the attempt of whoever has the lease now.
            tracing::warn!(
                job.id = job.lease.job.0,
                job.name = job.kind,
                duration_ms,
                "lost the lease of a job"
            );
            return None;
        };
        if let Report::Skipped { reason } = &report {
            tracing::debug!(
                job.id = job.lease.job.0,
                job.name = job.kind,
                duration_ms,
                "job skipped: {reason}"
            );
            self.report(&report).await;
            return None;
        }
        if report == Report::Done {
            // The job logs its own results where an operator wants them.
            tracing::debug!(
                job.id = job.lease.job.0,
                job.name = job.kind,
                duration_ms,
                "job done"
            );
            return Some(job.lease);
        }
        tracing::warn!(
            job.id = job.lease.job.0,
            job.name = job.kind,
            job.attempts = job.attempts,
            correlation_id = job.correlation_id,
            duration_ms,
            ?report,
            "job not completed"
        );
        self.report(&report).await;
        None
    }

    /// Runs the job in a task of its own, so that a panic becomes an error of the job.
    /// Dropping this future drops the `JoinSet`, which aborts the task.
    async fn attempt(&self) -> Report {
        let (registry, job) = (self.registry.clone(), self.job.clone());
        let mut task = JoinSet::new();
        let span = tracing::info_span!(
            "job",
            job.id = job.lease.job.0,
            job.name = job.kind,
            correlation_id = job.correlation_id,
        );
        task.spawn(async move { registry.run(&job).await }.instrument(span));
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
