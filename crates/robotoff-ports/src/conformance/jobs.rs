//! Jobs for the conformance tests, and short forms of what each test does with them.

use std::time::Duration;

use serde_json::json;

use super::TestContext;
use crate::job::{JobId, JobKind, JobRecord, Lease, LeaseRequest, LeasedJob, NewJob, Queue};

/// The lease of every claim of the conformance tests.
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
        .expect("tests name their jobs")
        .to_owned()
}

/// Up to so many jobs, of all queues.
pub(super) async fn claim(cx: &TestContext, limit: u32) -> Vec<LeasedJob> {
    claim_after(cx, limit, Vec::new()).await
}

/// Up to so many jobs, while others are recorded as done.
pub(super) async fn claim_after(cx: &TestContext, limit: u32, done: Vec<Lease>) -> Vec<LeasedJob> {
    let request = LeaseRequest {
        queues: Queue::ALL.to_vec(),
        kinds: None,
        worker: "worker-1".to_owned(),
        limit,
        lease: LEASE,
        done,
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
