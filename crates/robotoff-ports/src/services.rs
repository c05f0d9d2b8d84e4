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
    /// The part: `api`, `worker`, `scheduler` or `listener`. A process may run several.
    pub kind: String,
    pub host: String,
    pub process: u32,
    pub version: String,
    pub started_at: NaiveDateTime,
    pub seen_at: NaiveDateTime,
    /// Set when the part has ended in order. A part that is silent instead was lost.
    pub ended_at: Option<NaiveDateTime>,
    pub activity: ServiceActivity,
}

/// Activity of a part at a heartbeat.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceActivity {
    pub state: ServiceState,
    /// Time at which it entered the state.
    #[serde(default)]
    pub state_since: Option<NaiveDateTime>,
    /// Jobs that run now.
    #[serde(default)]
    pub jobs: Vec<ActiveJob>,
    /// Resident memory of the process; `None` where the system does not report it.
    #[serde(default)]
    pub memory_bytes: Option<u64>,
    /// Attempts of jobs since the start that were done, and that failed.
    #[serde(default)]
    pub done: u64,
    #[serde(default)]
    pub failed: u64,
}

/// State of a part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ServiceState {
    #[default]
    Running,
    /// It was told to stop, and lets its jobs and requests end.
    Stopping,
    /// It does nothing until it is told to start.
    Stopped,
}

impl ServiceState {
    /// Name shown to operators.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
        }
    }
}

/// State that operators want a part to be in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum WantedState {
    #[default]
    Running,
    /// The process stays and does nothing.
    Stopped,
    /// The process ends, so that its supervisor starts it again.
    Ended,
    /// The process ends and starts itself again, from the program that is installed now.
    Restarted,
}

impl WantedState {
    const ALL: [Self; 4] = [Self::Running, Self::Stopped, Self::Ended, Self::Restarted];

    /// Name in the registry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Ended => "ended",
            Self::Restarted => "restarted",
        }
    }

    /// State of a name; `None` for one that another version may know.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Orders of operators to a part.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceOrders {
    /// Id of the part.
    pub id: String,
    pub wanted: WantedState,
    /// Level or filter of the logs of its process; `None`: that of its configuration.
    pub log_filter: Option<String>,
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

    /// Records that a part has ended in order.
    async fn leave(&self, id: &str, now: NaiveDateTime) -> PortResult<()>;

    /// The parts with a heartbeat since then that have not ended, in the order of their start.
    async fn services(&self, since: NaiveDateTime) -> PortResult<Vec<Service>>;

    /// The same with those that have ended.
    async fn all_services(&self, since: NaiveDateTime) -> PortResult<Vec<Service>>;

    /// Orders parts into a state; returns how many of them there are. They read it within
    /// seconds. A part that starts anew is to run, whatever was ordered before.
    async fn order(&self, ids: &[String], wanted: WantedState) -> PortResult<u64>;

    /// Sets the level or filter of the logs of parts; `None`: that of their configuration.
    async fn order_log_filter(&self, ids: &[String], filter: Option<&str>) -> PortResult<u64>;

    /// Orders to these parts, of those that are in the registry.
    async fn orders(&self, ids: &[String]) -> PortResult<Vec<ServiceOrders>>;

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
