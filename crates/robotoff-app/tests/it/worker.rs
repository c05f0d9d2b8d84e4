//! The worker loop on a queue in memory: how attempts end.

use std::sync::Arc;
use std::time::Duration;

use robotoff_app::enqueue::{JobKeys, JobSpec};
use robotoff_app::jobs::{Discard, Job, JobContext, Registry};
use robotoff_app::worker::{Worker, WorkerSettings};
use robotoff_ports::job::{JobId, JobKind, JobRecord, JobState, NewJob, Queue};
use robotoff_ports::{JobQueue, SystemClock};
use robotoff_store::{ConnectSettings, Database, DatabaseUrl, migrate};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// End of an attempt at a [`Scripted`] job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum End {
    Done,
    Failed,
    Discarded,
    Panic,
    Never,
}

/// A job that ends as its arguments say.
#[derive(Serialize, Deserialize)]
struct Scripted {
    end: End,
}

/// A job of another kind, which ends at once.
#[derive(Serialize, Deserialize)]
struct Quick {}

impl JobSpec for Quick {
    const KIND: JobKind = JobKind {
        name: "quick",
        ..Scripted::KIND
    };

    fn keys(&self) -> JobKeys {
        JobKeys::default()
    }
}

impl Job for Quick {
    type App = Signals;

    async fn run(&self, _: &JobContext<Signals>) -> anyhow::Result<()> {
        Ok(())
    }
}

/// Signals of the scripted jobs.
#[derive(Default)]
struct Signals {
    begun: Notify,
    dropped: Notify,
}

struct SignalDrop(Arc<Signals>);

impl Drop for SignalDrop {
    fn drop(&mut self) {
        self.0.dropped.notify_one();
    }
}

impl JobSpec for Scripted {
    const KIND: JobKind = JobKind {
        name: "scripted",
        queue: Queue::High,
        max_attempts: 3,
        timeout: Duration::from_secs(60),
        ordered: false,
    };

    fn keys(&self) -> JobKeys {
        JobKeys::default()
    }
}

impl Job for Scripted {
    type App = Signals;

    async fn run(&self, cx: &JobContext<Signals>) -> anyhow::Result<()> {
        let _signal = SignalDrop(cx.app.clone());
        cx.app.begun.notify_one();
        match self.end {
            End::Done => Ok(()),
            End::Failed => anyhow::bail!("the server said no"),
            End::Discarded => Err(Discard("no such product".to_owned()).into()),
            End::Panic => panic!("a defect"),
            End::Never => std::future::pending().await,
        }
    }
}

/// A worker that runs, and its queue.
struct RunningWorker {
    queue: Arc<Database>,
    signals: Arc<Signals>,
    stop: CancellationToken,
    worker: tokio::task::JoinHandle<()>,
}

async fn start(settings: WorkerSettings) -> RunningWorker {
    let connect = ConnectSettings::default();
    let database = Database::open(&DatabaseUrl::SqliteMemory, &connect, Arc::new(SystemClock));
    let queue = Arc::new(database.await.unwrap());
    migrate::migrate(&queue, |_| {}).await.unwrap();
    let signals = Arc::new(Signals::default());
    let registry = Registry::default()
        .with::<Scripted>(&signals)
        .with::<Quick>(&signals);
    let worker = Worker::new(queue.clone(), registry, settings);
    let stop = CancellationToken::new();
    let until = stop.clone();
    let worker = tokio::spawn(async move { worker.run(until).await });
    RunningWorker {
        queue,
        signals,
        stop,
        worker,
    }
}

impl RunningWorker {
    async fn add(&self, end: End) -> JobId {
        self.enqueue(Scripted { end }.new_job()).await
    }

    async fn enqueue(&self, job: NewJob) -> JobId {
        self.queue.enqueue(&[job]).await.unwrap()[0].job()
    }

    /// The job, once it is in none of the states.
    async fn once_past(&self, id: JobId, states: &[JobState]) -> JobRecord {
        let left = async {
            loop {
                let job = self.queue.job(id).await.unwrap().unwrap();
                if !states.contains(&job.state) {
                    return job;
                }
                tokio::task::yield_now().await;
            }
        };
        let left = tokio::time::timeout(Duration::from_secs(60), left).await;
        left.unwrap_or_else(|_| panic!("job {id} stays in {states:?}"))
    }

    /// The job, once an attempt has ended.
    async fn once_attempted(&self, id: JobId) -> JobRecord {
        loop {
            let job = self.queue.job(id).await.unwrap().unwrap();
            let is_open = matches!(job.state, JobState::Waiting | JobState::Running);
            if !is_open || job.last_error.is_some() {
                return job;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.worker.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_ends_as_the_job_says() {
    let worker = start(WorkerSettings::default()).await;
    for (end, state, error) in [
        (End::Done, JobState::Done, None),
        (End::Failed, JobState::Waiting, Some("the server said no")),
        (End::Discarded, JobState::Dead, Some("no such product")),
        (End::Panic, JobState::Waiting, Some("a defect")),
        (
            End::Never,
            JobState::Waiting,
            Some("took longer than 0.3 s"),
        ),
    ] {
        let mut job = Scripted { end }.new_job();
        if end == End::Never {
            job.timeout = Duration::from_millis(300);
        }
        let id = worker.enqueue(job).await;
        let job = worker.once_attempted(id).await;
        assert_eq!(job.state, state, "{end:?}");
        let last_error = job.last_error.unwrap_or_default();
        assert!(
            last_error.contains(error.unwrap_or_default()),
            "{end:?}: {last_error}"
        );
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_cannot_be_read_is_dead_at_once() {
    let worker = start(WorkerSettings::default()).await;
    let job = NewJob::new(&Scripted::KIND, json!({"end": "otherwise"}));
    let id = worker.enqueue(job).await;
    let job = worker
        .once_past(id, &[JobState::Waiting, JobState::Running])
        .await;
    assert_eq!(job.state, JobState::Dead);
    let last_error = job.last_error.unwrap_or_default();
    assert!(
        last_error.contains("cannot read the arguments"),
        "{last_error}"
    );
    worker.stop().await;
}

/// Old and new workers run side by side during an upgrade.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_a_newer_version_is_left_to_a_newer_worker() {
    let worker = start(WorkerSettings::default()).await;
    let newer = JobKind {
        name: "newer",
        ..Scripted::KIND
    };
    let id = worker.enqueue(NewJob::new(&newer, json!({}))).await;
    let job = worker.once_attempted(id).await;
    assert_eq!((job.state, job.attempts), (JobState::Waiting, 0));
    let last_error = job.last_error.unwrap_or_default();
    assert!(last_error.contains("another version"), "{last_error}");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_job_is_dropped_at_the_next_heartbeat() {
    let worker = start(WorkerSettings {
        lease: Duration::from_millis(150),
        ..WorkerSettings::default()
    })
    .await;
    let id = worker.add(End::Never).await;
    worker.signals.begun.notified().await;
    assert!(worker.queue.cancel(id).await.unwrap());
    worker.signals.dropped.notified().await;
    let job = worker.once_past(id, &[JobState::Running]).await;
    assert_eq!(job.state, JobState::Cancelled);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_outlasts_the_drain_is_released() {
    let worker = start(WorkerSettings {
        drain_timeout: Duration::from_millis(20),
        ..WorkerSettings::default()
    })
    .await;
    let id = worker.add(End::Never).await;
    worker.signals.begun.notified().await;
    let queue = worker.queue.clone();
    worker.stop().await;
    let job = queue.job(id).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (JobState::Waiting, 0));
}

/// Two slots, asked for the reserved one often.
fn two_slots() -> WorkerSettings {
    WorkerSettings {
        concurrency: 2,
        poll_interval: Duration::from_millis(10),
        drain_timeout: Duration::ZERO,
        ..WorkerSettings::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_slow_kind_cannot_take_the_last_slot() {
    let worker = start(two_slots()).await;
    let mut slow = Vec::new();
    for _ in 0..3 {
        slow.push(worker.add(End::Never).await);
    }
    // The slots are full of jobs that hang, and one more of their kind waits in front.
    for id in &slow[..2] {
        worker.once_past(*id, &[JobState::Waiting]).await;
    }
    for _ in 0..3 {
        let quick = worker.enqueue(Quick {}.new_job()).await;
        let open = [JobState::Waiting, JobState::Running];
        let job = worker.once_past(quick, &open).await;
        assert_eq!(job.state, JobState::Done);
    }
    let states = async |id| worker.queue.job(id).await.unwrap().unwrap().state;
    assert_eq!(states(slow[0]).await, JobState::Running);
    assert_eq!(states(slow[1]).await, JobState::Running);
    assert_eq!(states(slow[2]).await, JobState::Waiting);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_of_a_less_urgent_queue_cannot_take_the_last_slot() {
    let worker = start(two_slots()).await;
    let mass = || NewJob {
        queue: Queue::Low,
        ..Scripted { end: End::Never }.new_job()
    };
    let mut slow = Vec::new();
    for _ in 0..3 {
        slow.push(worker.enqueue(mass()).await);
    }
    for id in &slow[..2] {
        worker.once_past(*id, &[JobState::Waiting]).await;
    }
    // Also one of the same kind, if it is urgent.
    let urgent = worker.add(End::Done).await;
    let open = [JobState::Waiting, JobState::Running];
    let job = worker.once_past(urgent, &open).await;
    assert_eq!(job.state, JobState::Done);
    worker.stop().await;
}
