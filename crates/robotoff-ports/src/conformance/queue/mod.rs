//! The conformance tests of [`JobQueue`](crate::JobQueue), one for each promise of
//! architecture, section 4.

mod leases;
mod line;
mod upkeep;

use std::time::Duration;

use serde_json::json;

use super::{ConformanceTest, TestContext, model};
use crate::job::{JobId, JobKind, JobRecord, LeaseRequest, LeasedJob, NewJob, Queue};

/// Every promise of the queue.
pub const QUEUE_TESTS: &[ConformanceTest] = &[
    ConformanceTest::new("a job is claimed once and done", |cx| {
        Box::pin(line::once(cx))
    }),
    ConformanceTest::new("urgent queues and priorities come first", |cx| {
        Box::pin(line::urgent_first(cx))
    }),
    ConformanceTest::new("a delayed job waits", |cx| Box::pin(line::delayed(cx))),
    ConformanceTest::new("jobs of a key run one at a time, in order", |cx| {
        Box::pin(line::keyed(cx))
    }),
    ConformanceTest::new("a delayed job or a paused queue blocks nobody", |cx| {
        Box::pin(line::blocks_nobody(cx))
    }),
    ConformanceTest::new("only an ordered job holds its key in back-off", |cx| {
        Box::pin(line::ordered(cx))
    }),
    ConformanceTest::new("a key is unique among waiting jobs only", |cx| {
        Box::pin(line::unique(cx))
    }),
    ConformanceTest::new("debounce moves a job back, to its deadline", |cx| {
        Box::pin(line::debounced(cx))
    }),
    ConformanceTest::new("a merged job comes sooner, not later", |cx| {
        Box::pin(line::merged(cx))
    }),
    ConformanceTest::new("racing workers share jobs without overlap", |cx| {
        Box::pin(line::race(cx))
    }),
    ConformanceTest::new("a failed job backs off, then is dead", |cx| {
        Box::pin(leases::failed(cx))
    }),
    ConformanceTest::new("a discarded job is dead at once", |cx| {
        Box::pin(leases::discarded(cx))
    }),
    ConformanceTest::new("a heartbeat prolongs a lease", |cx| {
        Box::pin(leases::heartbeat(cx))
    }),
    ConformanceTest::new("a job left behind is run by another", |cx| {
        Box::pin(leases::rescued(cx))
    }),
    ConformanceTest::new("a job that kills its workers ends", |cx| {
        Box::pin(leases::poison(cx))
    }),
    ConformanceTest::new("a job given back has lost no attempt", |cx| {
        Box::pin(leases::given_back(cx))
    }),
    ConformanceTest::new("a job in back-off leaves its work to a twin", |cx| {
        Box::pin(leases::twin(cx))
    }),
    ConformanceTest::new("waiting and running jobs are cancelled", |cx| {
        Box::pin(upkeep::cancelled(cx))
    }),
    ConformanceTest::new("dead jobs are tried again", |cx| {
        Box::pin(upkeep::retried(cx))
    }),
    ConformanceTest::new("a paused queue starts nothing", |cx| {
        Box::pin(upkeep::paused(cx))
    }),
    ConformanceTest::new("finished jobs are kept for a time", |cx| {
        Box::pin(upkeep::purged(cx))
    }),
    ConformanceTest::new("jobs are counted and listed", |cx| {
        Box::pin(upkeep::counted(cx))
    }),
    ConformanceTest::new("a new job wakes who waits", |cx| {
        Box::pin(upkeep::woken(cx))
    }),
    ConformanceTest::new("random steps agree with the model", |cx| {
        Box::pin(model::agrees(cx))
    }),
];

/// How long the conformance tests trust a claimer.
pub(super) const LEASE: Duration = Duration::from_secs(60);

/// A kind without particulars.
pub(super) const KIND: JobKind = JobKind {
    name: "refresh",
    queue: Queue::High,
    max_attempts: 3,
    timeout: Duration::from_secs(180),
    ordered: false,
};

/// A job that the conformance tests know by the name in its arguments.
pub(super) fn job(name: &str) -> NewJob {
    NewJob::new(&KIND, json!({ "name": name }))
}

/// The name in the arguments.
pub(super) fn name_of(job: &LeasedJob) -> String {
    job.args["name"]
        .as_str()
        .expect("exams name their jobs")
        .to_owned()
}

/// Up to so many jobs, of all queues.
pub(super) async fn claim(cx: &TestContext, limit: u32) -> Vec<LeasedJob> {
    let request = LeaseRequest {
        queues: Queue::ALL.to_vec(),
        worker: "worker-1".to_owned(),
        limit,
        lease: LEASE,
    };
    cx.queue.claim_jobs(&request).await.expect("a claim")
}

/// The one job that must be ready.
pub(super) async fn claim_one(cx: &TestContext) -> LeasedJob {
    claim(cx, 1).await.pop().expect("a job is ready")
}

/// The names of all jobs that may run now, claimed.
pub(super) async fn ready(cx: &TestContext) -> Vec<String> {
    claim(cx, 100).await.iter().map(name_of).collect()
}

/// Adds jobs; gives their ids.
pub(super) async fn add(cx: &TestContext, jobs: &[NewJob]) -> Vec<JobId> {
    let enqueued = cx.queue.enqueue(jobs).await.expect("enqueued");
    enqueued.iter().map(|enqueued| enqueued.job()).collect()
}

/// The job as an operator sees it.
pub(super) async fn look(cx: &TestContext, id: JobId) -> JobRecord {
    cx.queue
        .job(id)
        .await
        .expect("a read")
        .expect("the job is there")
}
