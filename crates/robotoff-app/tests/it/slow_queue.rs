//! A queue that answers late, and then no more: what a worker knows of its lease.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use robotoff_app::enqueue::{JobKeys, JobSpec};
use robotoff_app::jobs::{Job, JobContext, Registry};
use robotoff_app::worker::{Worker, WorkerSettings};
use robotoff_ports::job::{
    Enqueued, JobCount, JobFilter, JobId, JobKind, JobRecord, Lease, LeaseRequest, LeaseState,
    LeasedJob, NewJob, Queue, Report,
};
use robotoff_ports::{Clock, JobQueue, PortError, PortResult, SystemClock};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const LEASE: Duration = Duration::from_secs(1);

/// Gives one job, after three quarters of its lease, and renews no lease.
#[derive(Default)]
struct SlowQueue {
    was_claimed: AtomicBool,
    renewals: AtomicU32,
}

fn away<T>() -> PortResult<T> {
    Err(PortError::unavailable("slow queue", "it does not answer"))
}

#[async_trait]
impl JobQueue for SlowQueue {
    async fn claim_jobs(&self, request: &LeaseRequest) -> PortResult<Vec<LeasedJob>> {
        if self.was_claimed.load(Ordering::SeqCst) {
            return Ok(Vec::new());
        }
        let leased_at = SystemClock.now();
        tokio::time::sleep(request.lease * 3 / 4).await;
        self.was_claimed.store(true, Ordering::SeqCst);
        Ok(vec![LeasedJob {
            lease: Lease {
                job: JobId(1),
                number: 1,
            },
            lease_until: leased_at + request.lease,
            queue: Queue::High,
            kind: Endless::KIND.name.to_owned(),
            args: json!({}),
            key: None,
            attempts: 1,
            max_attempts: 3,
            timeout: Duration::from_secs(60),
            correlation_id: None,
        }])
    }

    async fn heartbeat(&self, _: &[Lease], _: Duration) -> PortResult<Vec<LeaseState>> {
        self.renewals.fetch_add(1, Ordering::SeqCst);
        away()
    }

    async fn rescue(&self) -> PortResult<Vec<JobId>> {
        Ok(Vec::new())
    }

    async fn wait(&self, at_most: Duration) {
        tokio::time::sleep(at_most).await;
    }

    async fn report(&self, _: Lease, _: &Report) -> PortResult<LeaseState> {
        away()
    }

    async fn enqueue(&self, _: &[NewJob]) -> PortResult<Vec<Enqueued>> {
        away()
    }

    async fn cancel(&self, _: JobId) -> PortResult<bool> {
        away()
    }

    async fn retry(&self, _: JobId) -> PortResult<bool> {
        away()
    }

    async fn discard(&self, _: JobId) -> PortResult<bool> {
        away()
    }

    async fn pause(&self, _: Queue) -> PortResult<()> {
        away()
    }

    async fn resume(&self, _: Queue) -> PortResult<()> {
        away()
    }

    async fn paused(&self) -> PortResult<Vec<Queue>> {
        away()
    }

    async fn purge(&self, _: Duration) -> PortResult<u64> {
        away()
    }

    async fn job(&self, _: JobId) -> PortResult<Option<JobRecord>> {
        away()
    }

    async fn jobs(&self, _: &JobFilter, _: u64) -> PortResult<Vec<JobRecord>> {
        away()
    }

    async fn counts(&self) -> PortResult<Vec<JobCount>> {
        away()
    }

    async fn oldest_ready(&self) -> PortResult<Vec<(Queue, chrono::NaiveDateTime)>> {
        away()
    }
}

/// A job without end, which tells when it is dropped.
#[derive(Serialize, Deserialize)]
struct Endless {}

struct NotifyDrop(Arc<Notify>);

impl Drop for NotifyDrop {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

impl JobSpec for Endless {
    const KIND: JobKind = JobKind {
        name: "endless",
        queue: Queue::High,
        max_attempts: 3,
        timeout: Duration::from_secs(60),
        ordered: false,
    };

    fn keys(&self) -> JobKeys {
        JobKeys::default()
    }
}

impl Job for Endless {
    type App = Notify;

    async fn run(&self, cx: &JobContext<Notify>) -> anyhow::Result<()> {
        let _dropped = NotifyDrop(cx.app.clone());
        std::future::pending().await
    }
}

/// Counted from the answer, the lease would seem to last for two renewals more, while
/// another worker has the job.
#[tokio::test]
async fn a_lease_counts_from_before_the_claim() {
    let queue = Arc::new(SlowQueue::default());
    let dropped = Arc::new(Notify::new());
    let registry = Registry::default().with::<Endless>(&dropped);
    let settings = WorkerSettings {
        lease: LEASE,
        ..WorkerSettings::default()
    };
    let worker = Worker::new(queue.clone(), registry, settings);
    let stop = CancellationToken::new();
    let until = stop.clone();
    let running = tokio::spawn(async move { worker.run(until).await });
    dropped.notified().await;
    assert_eq!(queue.renewals.load(Ordering::SeqCst), 1);
    stop.cancel();
    running.await.unwrap();
}
