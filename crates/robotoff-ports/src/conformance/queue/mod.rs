//! The exams of [`JobQueue`](crate::JobQueue), one for each promise of
//! architecture, section 4.

mod leases;
mod line;
mod upkeep;

use std::time::Duration;

use serde_json::json;

use super::{Desk, Exam, model};
use crate::job::{Claim, ClaimedJob, Job, JobId, JobKind, NewJob, Queue};

/// Every promise of the queue.
pub const QUEUE_EXAMS: &[Exam] = &[
    Exam::new("a job is claimed once and done", |desk| {
        Box::pin(line::once(desk))
    }),
    Exam::new("urgent queues and priorities come first", |desk| {
        Box::pin(line::urgent_first(desk))
    }),
    Exam::new("a delayed job waits", |desk| Box::pin(line::delayed(desk))),
    Exam::new("jobs of a key run one at a time, in order", |desk| {
        Box::pin(line::keyed(desk))
    }),
    Exam::new("a delayed job or a paused queue blocks nobody", |desk| {
        Box::pin(line::blocks_nobody(desk))
    }),
    Exam::new("only an ordered job holds its key in back-off", |desk| {
        Box::pin(line::ordered(desk))
    }),
    Exam::new("a key is unique among waiting jobs only", |desk| {
        Box::pin(line::unique(desk))
    }),
    Exam::new("debounce moves a job back, to its deadline", |desk| {
        Box::pin(line::debounced(desk))
    }),
    Exam::new("a merged job comes sooner, not later", |desk| {
        Box::pin(line::merged(desk))
    }),
    Exam::new("racing workers share jobs without overlap", |desk| {
        Box::pin(line::race(desk))
    }),
    Exam::new("a failed job backs off, then is dead", |desk| {
        Box::pin(leases::failed(desk))
    }),
    Exam::new("a hopeless job is dead at once", |desk| {
        Box::pin(leases::hopeless(desk))
    }),
    Exam::new("a heartbeat prolongs a lease", |desk| {
        Box::pin(leases::heartbeat(desk))
    }),
    Exam::new("a job left behind is run by another", |desk| {
        Box::pin(leases::rescued(desk))
    }),
    Exam::new("a job that kills its workers ends", |desk| {
        Box::pin(leases::poison(desk))
    }),
    Exam::new("a job given back has lost no attempt", |desk| {
        Box::pin(leases::given_back(desk))
    }),
    Exam::new("a job in back-off leaves its work to a twin", |desk| {
        Box::pin(leases::twin(desk))
    }),
    Exam::new("waiting and running jobs are cancelled", |desk| {
        Box::pin(upkeep::cancelled(desk))
    }),
    Exam::new("dead jobs are tried again", |desk| {
        Box::pin(upkeep::retried(desk))
    }),
    Exam::new("a paused queue starts nothing", |desk| {
        Box::pin(upkeep::paused(desk))
    }),
    Exam::new("finished jobs are kept for a time", |desk| {
        Box::pin(upkeep::purged(desk))
    }),
    Exam::new("jobs are counted and listed", |desk| {
        Box::pin(upkeep::counted(desk))
    }),
    Exam::new("a new job wakes who waits", |desk| {
        Box::pin(upkeep::woken(desk))
    }),
    Exam::new("random steps agree with the model", |desk| {
        Box::pin(model::agrees(desk))
    }),
];

/// How long the exams trust a claimer.
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// A kind without particulars.
pub(super) const KIND: JobKind = JobKind {
    name: "refresh",
    queue: Queue::High,
    max_attempts: 3,
    timeout: Duration::from_secs(180),
    ordered: false,
};

/// A job that the exams know by the name in its arguments.
pub(super) fn job(name: &str) -> NewJob {
    NewJob::new(&KIND, json!({ "name": name }))
}

/// The name in the arguments.
pub(super) fn name_of(job: &ClaimedJob) -> String {
    job.args["name"]
        .as_str()
        .expect("exams name their jobs")
        .to_owned()
}

/// Up to so many jobs, of all queues.
pub(super) async fn claim(desk: &Desk, limit: u32) -> Vec<ClaimedJob> {
    let claim = Claim {
        queues: Queue::ALL.to_vec(),
        worker: "worker-1".to_owned(),
        limit,
        lease: LEASE,
    };
    desk.queue.claim(&claim).await.expect("a claim")
}

/// The one job that must be ready.
pub(super) async fn claim_one(desk: &Desk) -> ClaimedJob {
    claim(desk, 1).await.pop().expect("a job is ready")
}

/// The names of all jobs that may run now, claimed.
pub(super) async fn ready(desk: &Desk) -> Vec<String> {
    claim(desk, 100).await.iter().map(name_of).collect()
}

/// Adds jobs; gives their ids.
pub(super) async fn add(desk: &Desk, jobs: &[NewJob]) -> Vec<JobId> {
    let enqueued = desk.queue.enqueue(jobs).await.expect("enqueued");
    enqueued.iter().map(|enqueued| enqueued.job()).collect()
}

/// The job as an operator sees it.
pub(super) async fn look(desk: &Desk, id: JobId) -> Job {
    desk.queue
        .job(id)
        .await
        .expect("a read")
        .expect("the job is there")
}
