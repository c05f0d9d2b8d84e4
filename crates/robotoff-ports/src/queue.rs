//! The job queue: at least once, one at a time per key, no job lost.
//!
//! Jobs that follow from a change of the store are enqueued by its
//! [`commit`](crate::Store::commit), not here, so that both happen or neither.

use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDateTime;

use crate::error::PortResult;
use crate::job::{
    Enqueued, JobCount, JobFilter, JobId, JobRecord, Lease, LeaseRequest, LeaseState, LeasedJob,
    NewJob, Queue, Report,
};

/// Stores jobs until they are done. Semantics: architecture, section 4.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Adds jobs, or merges each with a waiting one of its `unique_key`.
    async fn enqueue(&self, jobs: &[NewJob]) -> PortResult<Vec<Enqueued>>;

    /// Leases up to `limit` jobs that may run now: due, in a queue that is not
    /// paused, with no job of their key running and none before them in line.
    async fn claim_jobs(&self, request: &LeaseRequest) -> PortResult<Vec<LeasedJob>>;

    /// Renews leases; returns the state of each.
    async fn heartbeat(&self, leases: &[Lease], by: Duration) -> PortResult<Vec<LeaseState>>;

    /// Stores the result of an attempt, unless the lease is lost.
    async fn report(&self, lease: Lease, report: &Report) -> PortResult<LeaseState>;

    /// Returns jobs whose lease expired to the line, or ends them when their
    /// attempts are used up; reports which.
    async fn rescue(&self) -> PortResult<Vec<JobId>>;

    /// Ends a waiting job, asks a running one to stop. False: neither.
    async fn cancel(&self, job: JobId) -> PortResult<bool>;

    /// Puts a dead or cancelled job back in line with fresh attempts. False: it
    /// is neither, or a waiting job of its `unique_key` does the work.
    async fn retry(&self, job: JobId) -> PortResult<bool>;

    /// Deletes a job that waits, is dead or is cancelled: its work is given up. False: it is
    /// none of these.
    async fn discard(&self, job: JobId) -> PortResult<bool>;

    /// Lets no further job of the queue start.
    async fn pause(&self, queue: Queue) -> PortResult<()>;

    /// Ends a pause.
    async fn resume(&self, queue: Queue) -> PortResult<()>;

    /// The queues that are paused.
    async fn paused(&self) -> PortResult<Vec<Queue>>;

    /// Deletes jobs that were done or cancelled so long ago; returns their number.
    async fn purge(&self, older_than: Duration) -> PortResult<u64>;

    /// One job.
    async fn job(&self, job: JobId) -> PortResult<Option<JobRecord>>;

    /// Jobs that match, newest first.
    async fn jobs(&self, filter: &JobFilter, limit: u64) -> PortResult<Vec<JobRecord>>;

    /// Numbers of jobs, by queue and state.
    async fn counts(&self) -> PortResult<Vec<JobCount>>;

    /// For each queue with jobs that may run now, the time from which its longest waiting one
    /// could have: of the first [`JobCount::CAP`] in line.
    async fn oldest_ready(&self) -> PortResult<Vec<(Queue, NaiveDateTime)>>;

    /// Waits until a job may be ready, at most so long.
    async fn wait(&self, at_most: Duration);
}
