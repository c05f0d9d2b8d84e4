//! The schedule: each row fires at its interval, once, whoever fires it.

use std::time::Duration;

use robotoff_app::schedule::{SCHEDULE, fire_when_due};
use robotoff_ports::job::{JobFilter, JobState, LeaseRequest, Queue};
use robotoff_ports::{Clock, JobQueue, Services};

use crate::test_app::{AUTOMATIC_WAIT, TestApp, product};

#[tokio::test]
async fn a_row_fires_at_once_and_then_at_its_interval() {
    let test = TestApp::new().await;
    let both = vec!["apply_due", "settle_edits"];
    for (after_secs, fired) in [
        (0, both.clone()),
        (0, vec![]),
        (9, vec![]),
        (1, vec!["settle_edits"]),
        (109, vec!["settle_edits"]),
        (1, vec!["apply_due"]),
        // No scheduler ran for an hour: what was missed fires once.
        (3600, both),
        (0, vec![]),
    ] {
        test.advance(Duration::from_secs(after_secs));
        let now = test.clock.now();
        assert_eq!(test.fire_schedule().await, fired, "at {now}");
    }
}

#[tokio::test]
async fn a_row_that_another_scheduler_fired_does_not_fire_again() {
    let test = TestApp::new().await;
    test.fire_schedule().await;
    test.advance(Duration::from_secs(120));
    for row in SCHEDULE {
        let last = test.store.last_fired(row.name).await.unwrap();
        assert_eq!(last, Some(chrono::NaiveDateTime::default()), "{}", row.name);
        let now = test.clock.now();
        assert!(fire_when_due(&*test.store, now, row).await.unwrap());
        // This one has read the row before the other one fired it.
        let fired = test.store.fire(row.name, last, now, (row.job)()).await;
        assert!(!fired.unwrap(), "{}", row.name);
    }
}

#[tokio::test]
async fn a_job_that_still_waits_is_enough() {
    let test = TestApp::new().await;
    for _ in 0..3 {
        test.fire_schedule().await;
        test.advance(Duration::from_secs(120));
    }
    let waiting = test
        .store
        .jobs(&JobFilter::in_state(JobState::Waiting), 10)
        .await
        .unwrap();
    let mut kinds: Vec<&str> = waiting.iter().map(|job| job.kind.as_str()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["apply_due", "settle_edits"]);
}

#[tokio::test]
async fn no_two_runs_of_a_scheduled_job_happen_at_the_same_time() {
    let test = TestApp::new().await;
    let request = LeaseRequest {
        queues: Queue::ALL.to_vec(),
        kinds: None,
        worker: "test".to_owned(),
        limit: 10,
        lease: Duration::from_secs(3600),
        done: Vec::new(),
    };
    test.fire_schedule().await;
    assert_eq!(test.store.claim_jobs(&request).await.unwrap().len(), 2);
    test.advance(Duration::from_secs(120));
    assert_eq!(test.fire_schedule().await.len(), 2);
    assert_eq!(test.store.claim_jobs(&request).await.unwrap(), []);
}

#[tokio::test]
async fn a_scheduled_job_applies_what_is_due() {
    let test = TestApp::new().await;
    let insight = test.automatic_label(&product("10")).await;
    test.advance(AUTOMATIC_WAIT);
    test.fire_schedule().await;
    let results = test.run_jobs().await;
    assert_eq!(
        results,
        [
            "apply_due: done",
            "settle_edits: done",
            "apply_insights: done",
            "refresh: done"
        ]
    );
    assert_eq!(test.state_of(insight.id).await, "Accepted Updated");
}
