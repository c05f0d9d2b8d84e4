//! Leases under clocks that disagree, and jobs whose rescue the database refuses.

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDateTime;
use robotoff_core::edit::{
    EditAccount, EditId, EditState, PendingClosure, ProductEdit, Provenance,
};
use robotoff_core::insight::{Insight, InsightId, InsightKind, Outcome, Verdict};
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_ports::job::{JobFilter, JobKind, JobState, LeaseRequest, NewJob, Queue};
use robotoff_ports::store::{Change, Changes, Committed, EditReads};
use robotoff_ports::{Clock, JobQueue, Store, SystemClock};
use robotoff_store::Database;
use serde_json::json;
use uuid::Uuid;

use crate::raw::RawDatabase;

const KIND: JobKind = JobKind {
    name: "refresh",
    queue: Queue::High,
    max_attempts: 3,
    timeout: Duration::from_secs(60),
    ordered: false,
};

/// The clock of a host that is a minute ahead.
struct Ahead;

impl Clock for Ahead {
    fn now(&self) -> NaiveDateTime {
        SystemClock.now() + Duration::from_secs(60)
    }
}

fn request(limit: u32, lease: Duration) -> LeaseRequest {
    LeaseRequest {
        queues: vec![Queue::High],
        kinds: None,
        worker: "worker".to_owned(),
        limit,
        lease,
        done: Vec::new(),
    }
}

fn job(name: &str) -> NewJob {
    NewJob::new(&KIND, json!({ "name": name }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_ahead_takes_no_living_job() {
    let raw = RawDatabase::postgres();
    let honest = raw.migrated().await;
    let ahead = raw.open_with(Arc::new(Ahead)).await;
    honest.enqueue(&[job("a")]).await.unwrap();
    let delayed = job("b").after(Duration::from_secs(50));
    honest.enqueue(&[delayed]).await.unwrap();
    let lease = Duration::from_secs(30);
    let leased = honest.claim_jobs(&request(1, lease)).await.unwrap();
    assert_eq!(leased.len(), 1);
    assert!(ahead.rescue().await.unwrap().is_empty(), "the job lives");
    let early = ahead.claim_jobs(&request(9, lease)).await.unwrap();
    assert!(early.is_empty(), "the other is not due: {early:?}");
    // And the other way: a lease of the host that is ahead is no longer than it asks for.
    ahead.enqueue(&[job("c")]).await.unwrap();
    let over = Duration::ZERO;
    assert_eq!(ahead.claim_jobs(&request(1, over)).await.unwrap().len(), 1);
    let rescued = honest.rescue().await.unwrap();
    assert_eq!(
        rescued.len(),
        1,
        "its lease is over by the database's clock"
    );
}

fn edit(insight: &Insight, lease_until: NaiveDateTime) -> ProductEdit {
    ProductEdit {
        id: EditId(Uuid::from_u128(1)),
        insight: insight.id,
        product: insight.product.clone(),
        state: EditState::Sending,
        account: EditAccount::Service,
        changes: Vec::new(),
        made: 0,
        closure: PendingClosure {
            verdict: Verdict::Accepted,
            outcome: Outcome::Updated,
            username: None,
            provenance: Provenance::Votes(3),
            data: None,
            claim: None,
        },
        attempts: 1,
        lease_until: Some(lease_until),
        last_error: None,
        correlation_id: None,
        created_at: SystemClock.now(),
        settled_at: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_ahead_settles_no_edit_that_is_being_sent() {
    let raw = RawDatabase::postgres();
    let honest = raw.migrated().await;
    let ahead = raw.open_with(Arc::new(Ahead)).await;
    let product = ProductId {
        barcode: Barcode::as_stored("3001234567890").unwrap(),
        server_type: ServerType::Off,
    };
    let id = InsightId(Uuid::from_u128(1));
    let insight = Insight::new(id, product, InsightKind::Label, SystemClock.now());
    let until = SystemClock.now() + Duration::from_secs(30);
    let changes = Changes::new()
        .with(Change::CreateInsights(vec![insight.clone()]))
        .with(Change::StartEdit(Box::new(edit(&insight, until))));
    let committed = honest.commit(changes).await.unwrap();
    assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
    assert!(ahead.expired_edits(10).await.unwrap().is_empty());
}

/// The database refuses to move the jobs of this name.
async fn poison(raw: &RawDatabase, name: &str) {
    let condition = format!("NEW.args ->> 'name' = '{name}' AND NEW.state <> 'running'");
    if raw.is_sqlite() {
        raw.run(&format!(
            "CREATE TRIGGER poison BEFORE UPDATE ON job WHEN {condition}
             BEGIN SELECT RAISE(ABORT, 'poisoned'); END"
        ))
        .await;
        return;
    }
    raw.run(&format!(
        "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$;
         CREATE TRIGGER poison BEFORE UPDATE ON job FOR EACH ROW WHEN ({condition})
            EXECUTE FUNCTION poison()"
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_cannot_be_rescued_does_not_hold_up_the_others() {
    for raw in RawDatabase::both() {
        let database = raw.migrated().await;
        let jobs: Vec<NewJob> = ["a", "poisoned", "b"].map(job).to_vec();
        let ids = database.enqueue(&jobs).await.unwrap();
        let lease = Duration::from_millis(1);
        let leased = database.claim_jobs(&request(9, lease)).await.unwrap();
        assert_eq!(leased.len(), 3);
        poison(&raw, "poisoned").await;
        until_expired(&database).await;
        let rescued = database.rescue().await.unwrap();
        assert_eq!(rescued, [ids[0].job(), ids[2].job()], "{}", raw.url);
        let stuck = database
            .jobs(&JobFilter::in_state(JobState::Running), 9)
            .await
            .unwrap();
        assert_eq!(stuck.len(), 1);
    }
}

/// Waits until leases of a millisecond are over, by round trips to the database.
async fn until_expired(database: &Database) {
    for _ in 0..20 {
        database.ping().await.expect("it answers");
        tokio::task::yield_now().await;
    }
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_millis(5) {
        database.ping().await.expect("it answers");
    }
}
