//! The worker loop on a queue in memory: how tries end.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use robotoff_app::jobs::{Discard, Registry, Try, Work};
use robotoff_app::worker::{Worker, WorkerSettings};
use robotoff_ports::job::{JobId, JobKind, JobRecord, JobState, NewJob, Queue};
use robotoff_ports::{JobQueue, SystemClock};
use robotoff_store::{ConnectSettings, Database, DatabaseUrl, migrate};
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

const KIND: JobKind = JobKind {
    name: "test",
    queue: Queue::High,
    max_attempts: 3,
    timeout: Duration::from_secs(60),
    ordered: false,
};

/// Ends as its arguments say.
#[derive(Default)]
struct Scripted {
    begun: Notify,
    dropped: Arc<Notify>,
}

struct Dropped(Arc<Notify>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

#[async_trait]
impl Work for Scripted {
    async fn run(&self, this: Try) -> anyhow::Result<()> {
        let _dropped = Dropped(self.dropped.clone());
        self.begun.notify_one();
        match this.args["end"].as_str().unwrap_or_default() {
            "fail" => anyhow::bail!("the server said no"),
            "discarded" => Err(Discard("no such product".to_owned()).into()),
            "panic" => panic!("a mistake of ours"),
            "hang" => std::future::pending().await,
            _ => Ok(()),
        }
    }
}

struct Bench {
    queue: Arc<Database>,
    work: Arc<Scripted>,
    stop: CancellationToken,
    worker: tokio::task::JoinHandle<()>,
}

async fn bench(settings: WorkerSettings) -> Bench {
    let connect = ConnectSettings::default();
    let database = Database::open(&DatabaseUrl::SqliteMemory, &connect, Arc::new(SystemClock));
    let queue = Arc::new(database.await.unwrap());
    migrate::migrate(&queue, |_| {}).await.unwrap();
    let work = Arc::new(Scripted::default());
    let registry = Registry::default().with(&KIND, work.clone());
    let worker = Worker::new(queue.clone(), registry, settings);
    let stop = CancellationToken::new();
    let until = stop.clone();
    let worker = tokio::spawn(async move { worker.run(until).await });
    Bench {
        queue,
        work,
        stop,
        worker,
    }
}

impl Bench {
    async fn add(&self, end: &str) -> JobId {
        let mut job = NewJob::new(&KIND, json!({ "end": end }));
        if end == "hang" {
            job.timeout = Duration::from_millis(300);
        }
        self.queue.enqueue(&[job]).await.unwrap()[0].job()
    }

    /// The job, once it is no longer as given.
    async fn once_past(&self, id: JobId, states: &[JobState]) -> JobRecord {
        loop {
            let job = self.queue.job(id).await.unwrap().unwrap();
            if !states.contains(&job.state) {
                return job;
            }
            tokio::task::yield_now().await;
        }
    }

    /// The job, once a try has ended.
    async fn once_tried(&self, id: JobId) -> JobRecord {
        loop {
            let job = self.queue.job(id).await.unwrap().unwrap();
            let is_open = matches!(job.state, JobState::Waiting | JobState::Running);
            if !is_open || job.last_error.is_some() {
                return job;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn end(self) {
        self.stop.cancel();
        self.worker.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_try_ends_as_the_work_says() {
    let bench = bench(WorkerSettings::default()).await;
    for (end, state, error) in [
        ("well", JobState::Done, None),
        ("fail", JobState::Waiting, Some("the server said no")),
        ("discarded", JobState::Dead, Some("no such product")),
        ("panic", JobState::Waiting, Some("a mistake of ours")),
        ("hang", JobState::Waiting, Some("took longer than 0.3 s")),
    ] {
        let id = bench.add(end).await;
        let job = bench.once_tried(id).await;
        assert_eq!(job.state, state, "{end}");
        let said = job.last_error.unwrap_or_default();
        assert!(said.contains(error.unwrap_or_default()), "{end}: {said}");
    }
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn work_without_a_name_is_dead() {
    let bench = bench(WorkerSettings::default()).await;
    let unknown = JobKind {
        name: "unknown",
        ..KIND
    };
    let id = bench
        .queue
        .enqueue(&[NewJob::new(&unknown, json!({}))])
        .await
        .unwrap()[0]
        .job();
    let job = bench
        .once_past(id, &[JobState::Waiting, JobState::Running])
        .await;
    assert_eq!(job.state, JobState::Dead);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_is_dropped_at_the_next_heartbeat() {
    let lease = Duration::from_millis(150);
    let bench = bench(WorkerSettings {
        lease,
        ..WorkerSettings::default()
    })
    .await;
    let id = bench.add("hang").await;
    bench.work.begun.notified().await;
    assert!(bench.queue.cancel(id).await.unwrap());
    bench.work.dropped.notified().await;
    let job = bench.once_past(id, &[JobState::Running]).await;
    assert_eq!(job.state, JobState::Cancelled);
    bench.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_outlasts_the_drain_is_given_back() {
    let settings = WorkerSettings {
        drain: Duration::from_millis(20),
        ..WorkerSettings::default()
    };
    let bench = bench(settings).await;
    let slow = JobKind {
        timeout: Duration::from_secs(60),
        ..KIND
    };
    let job = NewJob::new(&slow, json!({ "end": "hang" }));
    let id = bench.queue.enqueue(&[job]).await.unwrap()[0].job();
    bench.work.begun.notified().await;
    let queue = bench.queue.clone();
    bench.end().await;
    let job = queue.job(id).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (JobState::Waiting, 0));
}
