//! Running parts of the service, and the schedules that they fire.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

use crate::error::PortResult;
use crate::job::{JobId, NewJob};

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
    pub activity: ServiceActivity,
}

/// Activity of a part at a heartbeat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceActivity {
    pub state: ServiceState,
    /// Jobs that run now.
    #[serde(default)]
    pub jobs: Vec<ActiveJob>,
    /// Resident memory of the process; `None` where the system does not report it.
    #[serde(default)]
    pub memory_bytes: Option<u64>,
}

/// State of a part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceState {
    #[default]
    Running,
    /// It was told to stop, and lets its jobs and requests end.
    Stopping,
}

/// A job that a part runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveJob {
    pub job: JobId,
    pub kind: String,
    pub since: NaiveDateTime,
}

/// Stored state of a row of the schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleState {
    pub name: String,
    /// A disabled row does not fire, but can be run by hand.
    pub is_enabled: bool,
    /// The row comes due at its first time after this.
    pub last_at: NaiveDateTime,
    /// The time at which a job was last enqueued, by schedule or by hand.
    pub fired_at: Option<NaiveDateTime>,
    /// The job that was enqueued then. It is kept for as long as it is the last.
    pub last_job: Option<JobId>,
}

/// The registry of running parts, and the state of the schedule.
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

    /// State of the rows of the schedule that are stored, by name.
    async fn schedules(&self) -> PortResult<Vec<ScheduleState>>;

    /// Stores a new row that comes due at its first time after `now`, if there is no row of
    /// this name.
    async fn add_schedule(&self, schedule: &str, now: NaiveDateTime) -> PortResult<()>;

    /// Enqueues the job of a row of the schedule, unless the row is disabled or another
    /// scheduler fired it since `last`: then false, and no job is enqueued.
    async fn fire(
        &self,
        schedule: &str,
        last: Option<NaiveDateTime>,
        now: NaiveDateTime,
        job: NewJob,
    ) -> PortResult<bool>;

    /// Enqueues the job of a row at once, enabled or not; its next time stays as it is.
    async fn run_schedule(
        &self,
        schedule: &str,
        now: NaiveDateTime,
        job: NewJob,
    ) -> PortResult<JobId>;

    /// Enables or disables a row. One that is enabled comes due at its first time after
    /// `now`: the times that it missed while it was disabled are not caught up.
    async fn enable_schedule(
        &self,
        schedule: &str,
        is_enabled: bool,
        now: NaiveDateTime,
    ) -> PortResult<()>;
}
