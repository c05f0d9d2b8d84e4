//! Jobs: kinds, queues, states, leases.
//!
//! Values only. What a job does is in `robotoff-app`; how it is stored is behind
//! [`JobQueue`](crate::JobQueue).

use std::fmt;
use std::time::Duration;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Number of a job; later jobs have greater ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub i64);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A line in which jobs wait (`docs/reference/pipeline.md` 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Queue {
    /// Jobs that change predictions and insights of a product.
    High,
    /// Inference.
    Ml,
    /// Mass operations.
    Low,
}

impl Queue {
    /// Every queue, most urgent first.
    pub const ALL: [Self; 3] = [Self::High, Self::Ml, Self::Low];

    /// The name in the database, on the command line and in logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Ml => "ml",
            Self::Low => "low",
        }
    }

    /// The queue of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.name() == name)
    }
}

impl fmt::Display for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Properties of all jobs of a kind. `robotoff-app` lists the kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobKind {
    /// The name in the database and in logs: `import_image`.
    pub name: &'static str,
    pub queue: Queue,
    /// The job is dead after so many attempts.
    pub max_attempts: u32,
    /// An attempt that takes longer has failed.
    pub timeout: Duration,
    /// While a job of the kind is in back-off, later jobs of its key wait too.
    pub ordered: bool,
}

/// Delay of a waiting job when another one of its `unique_key` is enqueued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Debounce {
    /// The job runs when nothing has asked for it for so long,
    pub quiet: Duration,
    /// or so long after it was first asked for.
    pub at_most: Duration,
}

/// A job to be enqueued.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    pub kind: &'static str,
    pub queue: Queue,
    pub max_attempts: u32,
    pub timeout: Duration,
    pub ordered: bool,
    /// Ids, never snapshots, never credentials.
    pub args: Value,
    /// Greater runs first.
    pub priority: i16,
    pub delay: Duration,
    /// Jobs of one key never run at the same time.
    pub key: Option<String>,
    /// At most one job of this key waits; a job that already runs does not count.
    pub unique_key: Option<String>,
    pub debounce: Option<Debounce>,
    pub correlation_id: Option<String>,
}

impl NewJob {
    /// A job of the kind, due at once.
    pub fn new(kind: &JobKind, args: Value) -> Self {
        Self {
            kind: kind.name,
            queue: kind.queue,
            max_attempts: kind.max_attempts,
            timeout: kind.timeout,
            ordered: kind.ordered,
            args,
            priority: 0,
            delay: Duration::ZERO,
            key: None,
            unique_key: None,
            debounce: None,
            correlation_id: None,
        }
    }

    /// Never runs beside another job of this key.
    pub fn keyed(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Merges with a job of this key that still waits.
    pub fn unique(mut self, unique_key: impl Into<String>) -> Self {
        self.unique_key = Some(unique_key.into());
        self
    }

    /// Is due later.
    pub const fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Is due when things are quiet; needs [`NewJob::unique`] to have an effect.
    pub const fn debounced(mut self, debounce: Debounce) -> Self {
        self.delay = debounce.quiet;
        self.debounce = Some(debounce);
        self
    }

    /// Runs before jobs of a lower priority.
    pub const fn with_priority(mut self, priority: i16) -> Self {
        self.priority = priority;
        self
    }
}

/// Result of enqueuing a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enqueued {
    Added(JobId),
    /// A waiting job of the same `unique_key` does the work.
    Merged(JobId),
}

impl Enqueued {
    /// The job that will do the work.
    pub const fn job(self) -> JobId {
        match self {
            Self::Added(job) | Self::Merged(job) => job,
        }
    }
}

/// The right to run a job, lost when its time is over. Every commit of the job is
/// made under it, so that a worker which lost the job writes no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lease {
    pub job: JobId,
    /// Rises each time the job is leased, so that a former holder is told from the present one.
    pub number: i32,
}

/// A job that the worker which leased it may run now.
#[derive(Debug, Clone, PartialEq)]
pub struct LeasedJob {
    pub lease: Lease,
    pub lease_until: NaiveDateTime,
    pub queue: Queue,
    pub kind: String,
    pub args: Value,
    pub key: Option<String>,
    /// The present attempt included.
    pub attempts: u32,
    pub max_attempts: u32,
    pub timeout: Duration,
    pub correlation_id: Option<String>,
}

/// A worker's request for jobs to run.
#[derive(Debug, Clone)]
pub struct LeaseRequest {
    /// The most urgent first: a queue is read when those before it are empty.
    pub queues: Vec<Queue>,
    /// Kinds of the jobs; `None`: any kind.
    pub kinds: Option<Vec<&'static str>>,
    /// Name of the worker; shown to the operator.
    pub worker: String,
    pub limit: u32,
    /// Time after which a worker without a heartbeat loses the jobs.
    pub lease: Duration,
    /// Jobs of the worker that are done, to be recorded by the same request. A lease that
    /// is lost leaves its job as it is.
    pub done: Vec<Lease>,
}

/// State of a lease, returned by a heartbeat or a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseState {
    Held,
    /// An operator cancelled the job: stop, and report that.
    Cancelled,
    /// The job is no longer the caller's: stop, and report nothing.
    Lost,
}

/// Result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    Done,
    /// Try again after a back-off, unless all attempts are used.
    Failed {
        error: String,
    },
    /// Another service is out of reach. The attempt does not count: the job is postponed by
    /// a growing back-off, however long the outage lasts.
    Postponed {
        error: String,
    },
    /// A permanent error: the job is dead at once.
    Discard {
        error: String,
    },
    /// There was no work, for a reason that operators shall see: the job is done, and its
    /// last error is the reason.
    Skipped {
        reason: String,
    },
    /// The worker stops: another one may start over at once; the attempt does not count.
    Released,
    /// Stopped because someone cancelled the job.
    Cancelled,
}

/// State of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum JobState {
    Waiting,
    Running,
    Done,
    /// All attempts failed; kept until an operator retries or deletes it.
    Dead,
    /// By an operator, or because a waiting job does the same work.
    Cancelled,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Waiting,
        Self::Running,
        Self::Done,
        Self::Dead,
        Self::Cancelled,
    ];

    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// The stored row of a job, as an operator sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobRecord {
    pub id: JobId,
    pub kind: String,
    pub queue: Queue,
    pub state: JobState,
    pub args: Value,
    pub priority: i16,
    pub key: Option<String>,
    pub unique_key: Option<String>,
    pub attempts: u32,
    pub max_attempts: u32,
    /// Attempts in a row that an outage ended; they are not among `attempts`.
    pub postponed: u32,
    pub enqueued_at: NaiveDateTime,
    pub run_at: NaiveDateTime,
    pub worker: Option<String>,
    pub lease_until: Option<NaiveDateTime>,
    pub finished_at: Option<NaiveDateTime>,
    pub last_error: Option<String>,
    pub correlation_id: Option<String>,
}

/// Jobs that an operator looks for; `None` filters out no job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    pub state: Option<JobState>,
    pub queue: Option<Queue>,
    pub kind: Option<String>,
    /// The exclusion key, such as `product:off:3017620422003`.
    pub key: Option<String>,
    /// Jobs whose last error contains this text.
    pub error: Option<String>,
    /// Jobs enqueued before this instant.
    pub enqueued_before: Option<NaiveDateTime>,
    /// Jobs with lower numbers: the page behind the one that ends with this job.
    pub below: Option<JobId>,
}

impl JobFilter {
    /// Jobs in this state.
    pub fn in_state(state: JobState) -> Self {
        Self {
            state: Some(state),
            ..Self::default()
        }
    }
}

/// Number of jobs in a state of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobCount {
    pub queue: Queue,
    pub state: JobState,
    /// At most [`JobCount::CAP`].
    pub jobs: u64,
    /// There are more than the cap.
    pub is_capped: bool,
}

impl JobCount {
    /// Counting stops here, so that it costs the same at any size of the table.
    pub const CAP: u64 = 1000;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_queues_and_states() {
        for queue in Queue::ALL {
            assert_eq!(Queue::from_name(queue.name()), Some(queue));
        }
        for state in JobState::ALL {
            assert_eq!(JobState::from_name(state.name()), Some(state));
        }
    }
}
