//! Running parts of the service, and the schedules that they fire.

use async_trait::async_trait;
use chrono::NaiveDateTime;

use crate::error::PortResult;
use crate::job::NewJob;

/// A running part, as each heartbeat reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Unique among the running parts: kind, host, process, start.
    pub id: String,
    /// The part: `api`, `worker`, `scheduler`, or `up` for all of them.
    pub kind: String,
    pub host: String,
    pub process: u32,
    pub version: String,
    pub started_at: NaiveDateTime,
    pub seen_at: NaiveDateTime,
}

/// The registry of running parts, and the last firing of each schedule.
#[async_trait]
pub trait Services: Send + Sync {
    /// Records that a part runs.
    async fn heartbeat(&self, service: &Service) -> PortResult<()>;

    /// Removes a part that has ended in order.
    async fn leave(&self, id: &str) -> PortResult<()>;

    /// The parts with a heartbeat since then, in the order of their start.
    async fn services(&self, since: NaiveDateTime) -> PortResult<Vec<Service>>;

    /// Deletes parts without a heartbeat since then; returns how many.
    async fn forget(&self, before: NaiveDateTime) -> PortResult<u64>;

    /// The time at which a row of the schedule last came due, by the clock of the scheduler that fired it.
    async fn last_fired(&self, schedule: &str) -> PortResult<Option<NaiveDateTime>>;

    /// Enqueues the job of a schedule, unless another scheduler did so since
    /// `last`: then false, and no job is enqueued.
    async fn fire(
        &self,
        schedule: &str,
        last: Option<NaiveDateTime>,
        now: NaiveDateTime,
        job: NewJob,
    ) -> PortResult<bool>;
}
