//! The schedule: each row fires at its interval, once, whoever fires it.

use std::time::Duration;

use robotoff_app::schedule::{FiredBy, FirstRun, SCHEDULE, Schedule, fire_when_due};
use robotoff_ports::job::{JobFilter, JobState, LeaseRequest, Queue};
use robotoff_ports::{Clock, JobQueue, Services};

use crate::test_app::{AUTOMATIC_WAIT, TestApp, product};

/// Rows that fire when a database is new.
const AT_ONCE: [&str; 3] = ["apply_due", "settle_edits", "purge_jobs"];

#[tokio::test]
async fn a_row_fires_at_once_or_at_its_time_and_then_at_its_times() {
    let test = TestApp::new().await;
    // The clock starts at midnight; delays by jitter are below 30 s.
    for (after_secs, fired) in [
        (0, &AT_ONCE[..]),
        (0, &[]),
        (9, &[]),
        (1, &["settle_edits"]),
        (89, &["settle_edits"]),
        // 120 s and the longest delay.
        (41, &["apply_due", "settle_edits"]),
        // No scheduler ran for an hour: what was missed fires once.
        (3600, &AT_ONCE),
        (0, &[]),
        // A day and the longest delay: the daily rows, which did not fire when they were new.
        (
            24 * 3600,
            &[
                "apply_due",
                "settle_edits",
                "purge_jobs",
                "clean_temporary_files",
                "expire_personal_data",
            ],
        ),
    ] {
        test.advance(Duration::from_secs(after_secs));
        let now = test.clock.now();
        let mut due = test.fire_schedule().await;
        // Rows of other parts have tests of their own.
        due.retain(|name| AT_ONCE.contains(name) || fired.contains(name));
        assert_eq!(due, fired, "at {now}");
    }
}

#[tokio::test]
async fn a_row_that_another_scheduler_fired_does_not_fire_again() {
    let test = TestApp::new().await;
    test.fire_schedule().await;
    test.advance(Duration::from_secs(2 * 24 * 3600));
    let read = test.store.schedules().await.unwrap();
    for row in SCHEDULE {
        let state = read.iter().find(|state| state.name == row.name);
        let now = test.clock.now();
        let fire = async || fire_when_due(&*test.store, now, row, state).await.unwrap();
        assert!(fire().await, "{}", row.name);
        // This one has read the row before the other one fired it.
        assert!(!fire().await, "{}", row.name);
    }
}

/// A service of api and workers stays bounded: its finished jobs are deleted, and edits
/// whose sender died are settled.
#[tokio::test]
async fn a_worker_fires_the_rows_of_upkeep_and_no_others() {
    let test = TestApp::new().await;
    let upkeep = ["settle_edits", "purge_jobs"];
    let by = FiredBy::Workers;
    assert_eq!(test.fire_schedule_by(by).await, upkeep);
    assert_eq!(test.fire_schedule_by(by).await, [] as [&str; 0]);
    let mut done = test.run_jobs().await;
    done.sort();
    assert_eq!(done, ["purge_jobs: done", "settle_edits: done"]);
    test.advance(Duration::from_secs(2 * 24 * 3600));
    assert_eq!(test.fire_schedule_by(by).await, upkeep);
    // What a worker fired is not due for a scheduler.
    assert_eq!(test.fire_schedule().await, ["apply_due"]);
}

#[tokio::test]
async fn a_disabled_row_does_not_fire_and_does_not_catch_up() {
    let test = TestApp::new().await;
    test.fire_schedule().await;
    let enable = async |is_enabled| {
        let now = test.clock.now();
        let enabled = test.store.enable_schedule("settle_edits", is_enabled, now);
        enabled.await.unwrap();
    };
    enable(false).await;
    test.advance(Duration::from_secs(60));
    assert_eq!(test.fire_schedule().await, [] as [&str; 0]);
    enable(true).await;
    assert_eq!(test.fire_schedule().await, [] as [&str; 0]);
    test.advance(Duration::from_secs(10));
    assert_eq!(test.fire_schedule().await, ["settle_edits"]);
}

#[tokio::test]
async fn a_row_that_is_run_by_hand_keeps_its_time() {
    let test = TestApp::new().await;
    test.fire_schedule().await;
    test.run_jobs().await;
    let row = Schedule::named("expire_personal_data").unwrap();
    assert_eq!(row.first, FirstRun::AtTime);
    let before = test.store.schedules().await.unwrap();
    let run = test
        .store
        .run_schedule(row.name, test.clock.now(), (row.job)());
    run.await.unwrap();
    assert_eq!(test.run_jobs().await, ["expire_personal_data: done"]);
    let after = test.store.schedules().await.unwrap();
    let last = |rows: &[robotoff_ports::services::ScheduleState]| {
        let state = rows.iter().find(|state| state.name == row.name);
        state.unwrap().last_at
    };
    assert_eq!(last(&before), last(&after));
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
    kinds.dedup();
    assert_eq!(kinds.len(), waiting.len(), "{kinds:?}");
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
    let running = test.store.claim_jobs(&request).await.unwrap().len();
    assert!(running >= 3);
    test.advance(Duration::from_secs(330));
    assert_eq!(test.fire_schedule().await.len(), running);
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
            "refresh: done",
            "purge_jobs: done"
        ]
    );
    assert_eq!(test.state_of(insight.id).await, "Accepted Updated");
}
