//! Jobs in the hands of an operator: tried again, cancelled or given up, one or all that a
//! filter finds. The command line and the dashboard both act through this.

use anyhow::{Context, Result};
use robotoff_ports::job::{JobFilter, JobId, JobRecord, JobState};
use robotoff_ports::{JobQueue, PortResult};
use tokio_util::sync::CancellationToken;

/// Jobs that are read at once.
const PAGE: u64 = 500;

/// Change of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobChange {
    Retry,
    Cancel,
    Discard,
}

/// Result of a change of one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedJob {
    /// The text says what follows; it is blank where that is plain.
    Done(&'static str),
    /// The text says why not.
    Refused(String),
}

impl JobChange {
    /// Every change.
    pub const ALL: [Self; 3] = [Self::Retry, Self::Cancel, Self::Discard];

    /// The verb, and its past participle.
    pub const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Retry => ("retry", "retried"),
            Self::Cancel => ("cancel", "cancelled"),
            Self::Discard => ("discard", "discarded"),
        }
    }

    /// The change of a verb.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|change| change.words().0 == name)
    }

    /// States of the jobs that it can act on.
    pub const fn states(self) -> &'static [JobState] {
        match self {
            Self::Retry => &[JobState::Dead, JobState::Cancelled],
            Self::Cancel => &[JobState::Waiting, JobState::Running],
            Self::Discard => &[JobState::Waiting, JobState::Dead, JobState::Cancelled],
        }
    }

    async fn run(self, queue: &dyn JobQueue, job: JobId) -> PortResult<bool> {
        match self {
            Self::Retry => queue.retry(job).await,
            Self::Cancel => queue.cancel(job).await,
            Self::Discard => queue.discard(job).await,
        }
    }

    /// The note on a job that it has changed.
    const fn follows(self, before: JobState) -> &'static str {
        match (self, before) {
            (Self::Cancel, JobState::Running) => "its worker stops it at its next heartbeat",
            _ => "",
        }
    }

    /// The reason why it did not change the job.
    fn why_not(self, job: Option<&JobRecord>) -> String {
        match job {
            None => "there is no such job".to_owned(),
            Some(job) if self == Self::Retry && self.states().contains(&job.state) => {
                "a waiting job does the same work".to_owned()
            }
            Some(job) => format!("it is {}", job.state.name()),
        }
    }
}

/// Changes a job.
pub async fn change_job(queue: &dyn JobQueue, change: JobChange, id: JobId) -> Result<ChangedJob> {
    let doing = || format!("cannot {} job {id}", change.words().0);
    let before = queue.job(id).await.with_context(doing)?;
    if change.run(queue, id).await.with_context(doing)? {
        let state = before.map_or(JobState::Done, |job| job.state);
        return Ok(ChangedJob::Done(change.follows(state)));
    }
    let job = queue.job(id).await.with_context(doing)?;
    Ok(ChangedJob::Refused(change.why_not(job.as_ref())))
}

/// The jobs that the filter finds and the change can act on, up to a limit, newest first in
/// each state. Ends early when `stop` is cancelled.
///
/// Goes through the pages from the newest job down, so that none is met twice and new ones are
/// not met at all.
pub async fn changeable_jobs(
    queue: &dyn JobQueue,
    change: JobChange,
    filter: &JobFilter,
    limit: usize,
    stop: &CancellationToken,
) -> Result<Vec<JobRecord>> {
    let mut found = Vec::new();
    let is_wanted = |state: &JobState| filter.state.is_none_or(|wanted| wanted == *state);
    for state in change.states().iter().filter(|state| is_wanted(state)) {
        let mut filter = JobFilter {
            state: Some(*state),
            ..filter.clone()
        };
        while found.len() < limit && !stop.is_cancelled() {
            let wanted = PAGE.min((limit - found.len()) as u64);
            let page = queue.jobs(&filter, wanted).await;
            let page = page.context("cannot read jobs")?;
            let Some(last) = page.last() else {
                break;
            };
            filter.below = Some(last.id);
            found.extend(page);
        }
    }
    Ok(found)
}
