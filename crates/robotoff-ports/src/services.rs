//! Running parts of the service, and what they are to do again and again.

use async_trait::async_trait;
use chrono::NaiveDateTime;

use crate::error::PortResult;
use crate::job::NewJob;

/// A running part, as it tells of itself with every heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Unique among the running parts: kind, host, process, start.
    pub id: String,
    /// What it does: `api`, `worker`, `scheduler`, or `up` for all of them.
    pub kind: String,
    pub host: String,
    pub process: u32,
    pub version: String,
    pub started_at: NaiveDateTime,
    pub seen_at: NaiveDateTime,
}

/// What runs, and when what is due was last started.
#[async_trait]
pub trait Services: Send + Sync {
    /// Says that a part runs.
    async fn beat(&self, service: &Service) -> PortResult<()>;

    /// Says that a part has ended, as it should.
    async fn leave(&self, id: &str) -> PortResult<()>;

    /// The parts that were heard of since; those that began first come first.
    async fn services(&self, since: NaiveDateTime) -> PortResult<Vec<Service>>;

    /// Forgets parts that were not heard of since; says how many.
    async fn forget(&self, before: NaiveDateTime) -> PortResult<u64>;

    /// When a row of the schedule last came due, by the clock of who saw it.
    async fn last_fired(&self, schedule: &str) -> PortResult<Option<NaiveDateTime>>;

    /// Enqueues the job of a schedule, unless another scheduler did so since
    /// `last`: then false, and nothing happens.
    async fn fire(
        &self,
        schedule: &str,
        last: Option<NaiveDateTime>,
        now: NaiveDateTime,
        job: NewJob,
    ) -> PortResult<bool>;
}
