//! The queue at size: batches, caps, and notifications.

use std::time::{Duration, Instant};

use robotoff_ports::JobQueue;
use robotoff_ports::job::{Enqueued, JobCount, JobKind, JobState, LeaseRequest, NewJob, Queue};
use serde_json::{Value, json};
use sqlx::postgres::PgListener;

use crate::raw::RawDatabase;

const KIND: JobKind = JobKind {
    name: "refresh",
    queue: Queue::Low,
    max_attempts: 3,
    timeout: Duration::from_secs(60),
    ordered: false,
};

fn job(number: usize) -> NewJob {
    NewJob::new(&KIND, json!({ "number": number }))
}

/// SQL that adds so many rows like the job that is there.
fn copies(count: u32, state: &str, finished: &str) -> String {
    format!(
        "INSERT INTO job (kind, queue, state, args, priority, run_at, attempts, max_attempts,
            timeout_ms, ordered, lease_number, cancel_asked, merged, enqueued_at, finished_at,
            scheduled)
         SELECT kind, queue, '{state}', args, priority, run_at, 0, 3, 1000, false, 0, false, 0,
            enqueued_at, {finished}, false
         FROM (SELECT * FROM job LIMIT 1) one,
            (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             SELECT i FROM n) numbers"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_enqueued_in_order_and_merges_within_itself() {
    for raw in RawDatabase::both() {
        let database = raw.migrated().await;
        let jobs: Vec<NewJob> = (0..2500)
            .map(|number| match number % 5 {
                0 => job(number).unique(format!("key-{}", number % 10)),
                _ => job(number),
            })
            .collect();
        let enqueued = database.enqueue(&jobs).await.unwrap();
        assert_eq!(enqueued.len(), jobs.len());
        let added = |place: usize| matches!(enqueued[place], Enqueued::Added(_));
        assert!(added(0) && added(1) && added(5), "{}", raw.url);
        for place in (10..2500).step_by(5) {
            let first = enqueued[place % 10];
            assert_eq!(enqueued[place], Enqueued::Merged(first.job()), "{place}");
        }
        let plain: Vec<_> = (0..2500).filter(|place| place % 5 != 0).collect();
        let ids: Vec<_> = plain.iter().map(|place| enqueued[*place].job()).collect();
        assert!(ids.is_sorted(), "ids rise in the order of the batch");
        let request = LeaseRequest {
            queues: Queue::ALL.to_vec(),
            kinds: None,
            worker: "worker".to_owned(),
            limit: 5000,
            lease: Duration::from_secs(60),
            done: Vec::new(),
        };
        let leased = database.claim_jobs(&request).await.unwrap();
        assert_eq!(leased.len(), 2002);
        let numbers = leased
            .iter()
            .map(|job| job.args["number"].as_u64().unwrap());
        assert!(numbers.is_sorted());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_arguments_come_back_as_they_were() {
    for raw in RawDatabase::both() {
        let database = raw.migrated().await;
        let odd =
            json!({"text": "l'\"œuf\"\n", "float": 0.1, "large": 18_446_744_073_709_551_615_u64});
        for args in [odd, Value::Null, json!([])] {
            let new = NewJob::new(&KIND, args.clone()).keyed("a'b");
            let id = database.enqueue(&[new]).await.unwrap()[0].job();
            let stored = database.job(id).await.unwrap().unwrap();
            assert_eq!((stored.args, stored.key.as_deref()), (args, Some("a'b")));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purge_deletes_in_batches() {
    let raw = RawDatabase::postgres();
    let database = raw.migrated().await;
    database.enqueue(&[job(0)]).await.unwrap();
    raw.run(&copies(25_000, "done", "run_at - interval '2 days'"))
        .await;
    raw.run(
        "CREATE TABLE deletes (rows bigint);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            INSERT INTO deletes SELECT count(*) FROM gone; RETURN NULL; END $$;
         CREATE TRIGGER note AFTER DELETE ON job REFERENCING OLD TABLE AS gone
            FOR EACH STATEMENT EXECUTE FUNCTION note()",
    )
    .await;
    let day = Duration::from_secs(86_400);
    assert_eq!(database.purge(day).await.unwrap(), 25_000);
    assert_eq!(raw.number("SELECT max(rows) FROM deletes").await, 10_000);
    assert_eq!(raw.number("SELECT count(*) FROM job").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_stop_at_the_cap() {
    for raw in RawDatabase::both() {
        let database = raw.migrated().await;
        database.enqueue(&[job(0)]).await.unwrap();
        raw.run(&copies(JobCount::CAP as u32 + 1, "done", "run_at"))
            .await;
        raw.run(&copies(JobCount::CAP as u32 - 1, "waiting", "NULL"))
            .await;
        let count = |state, is_capped| JobCount {
            queue: Queue::Low,
            state,
            jobs: JobCount::CAP,
            is_capped,
        };
        let mut counts = database.counts().await.unwrap();
        counts.sort_by_key(|count| count.state);
        let expected = [count(JobState::Waiting, false), count(JobState::Done, true)];
        assert_eq!(counts, expected, "{}", raw.url);
    }
}

/// Notifications of a process are at least so far apart.
const NOTIFY_INTERVAL: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread")]
async fn a_process_notifies_at_most_every_50_ms() {
    let raw = RawDatabase::postgres();
    let database = raw.migrated().await;
    let mut listener = PgListener::connect(&raw.url).await.unwrap();
    listener.listen("robotoff_job").await.unwrap();
    let begun = Instant::now();
    for number in 0..200 {
        database.enqueue(&[job(number)]).await.unwrap();
    }
    // The last one of a burst is not lost: it comes when its interval is over.
    let (mut notified, mut last) = (0, Instant::now());
    while let Ok(Ok(_)) = tokio::time::timeout(Duration::from_secs(1), listener.recv()).await {
        notified += 1;
        last = Instant::now();
    }
    let intervals = (last - begun).as_millis() / NOTIFY_INTERVAL.as_millis();
    assert!(notified >= 1);
    assert!(
        notified <= intervals + 1,
        "{notified} in {intervals} intervals"
    );
}
