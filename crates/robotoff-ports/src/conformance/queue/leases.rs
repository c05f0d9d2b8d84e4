//! Ends of attempts, and leases.

use std::time::Duration;

use chrono::TimeDelta;

use super::super::TestContext;
use super::super::jobs::{LEASE, add, claim, claim_one, job, look, ready};
use crate::Clock;
use crate::job::{JobFilter, JobState, LeaseState, NewJob, Report};

fn failed_with(error: &str) -> Report {
    Report::Failed {
        error: error.to_owned(),
    }
}

pub(super) async fn failed(cx: TestContext) {
    let id = add(&cx, &[job("a")]).await[0];
    let mut waits = Vec::new();
    for attempt in 1..=3 {
        let claimed = claim_one(&cx).await;
        assert_eq!(claimed.attempts, attempt);
        let report = failed_with(&format!("error {attempt}"));
        cx.queue
            .report(claimed.lease, &report)
            .await
            .expect("a report");
        let now = crate::Clock::now(&*cx.clock);
        let after = look(&cx, id).await;
        assert_eq!(after.last_error, Some(format!("error {attempt}")));
        if attempt == 3 {
            assert_eq!(after.state, JobState::Dead);
            assert_eq!(after.finished_at, Some(now));
            break;
        }
        assert_eq!(after.state, JobState::Waiting);
        assert!(claim(&cx, 10).await.is_empty());
        let wait = (after.run_at - now).to_std().expect("later");
        waits.push(wait);
        cx.clock.advance(wait);
    }
    assert!(waits[1] > waits[0], "{waits:?}");
    cx.clock.advance(Duration::from_secs(1_000_000));
    assert!(claim(&cx, 10).await.is_empty());
}

pub(super) async fn discarded(cx: TestContext) {
    let id = add(&cx, &[job("a")]).await[0];
    let claimed = claim_one(&cx).await;
    let report = Report::Discard {
        error: "no such product".to_owned(),
    };
    cx.queue
        .report(claimed.lease, &report)
        .await
        .expect("a report");
    assert_eq!(look(&cx, id).await.state, JobState::Dead);
}

pub(super) async fn skipped(cx: TestContext) {
    let id = add(&cx, &[job("a")]).await[0];
    let claimed = claim_one(&cx).await;
    let reason = "no model is configured".to_owned();
    let report = Report::Skipped {
        reason: reason.clone(),
    };
    let reported = cx.queue.report(claimed.lease, &report).await;
    assert_eq!(reported.expect("a report"), LeaseState::Held);
    let after = look(&cx, id).await;
    assert_eq!(
        (after.state, after.last_error),
        (JobState::Done, Some(reason))
    );
    assert_eq!(after.finished_at, Some(cx.clock.now()));
    cx.clock.advance(Duration::from_secs(1_000_000));
    assert!(claim(&cx, 10).await.is_empty());
}

pub(super) async fn heartbeat(cx: TestContext) {
    add(&cx, &[job("a"), job("b")]).await;
    let leases: Vec<_> = claim(&cx, 2).await.iter().map(|job| job.lease).collect();
    for _ in 0..5 {
        cx.clock.advance(LEASE - Duration::from_secs(1));
        let states = cx
            .queue
            .heartbeat(&leases, LEASE)
            .await
            .expect("a heartbeat");
        assert_eq!(states, [LeaseState::Held, LeaseState::Held]);
        assert!(cx.queue.rescue().await.expect("a rescue").is_empty());
    }
    cx.queue
        .report(leases[0], &Report::Done)
        .await
        .expect("a report");
    let states = cx
        .queue
        .heartbeat(&leases, LEASE)
        .await
        .expect("a heartbeat");
    assert_eq!(states, [LeaseState::Lost, LeaseState::Held]);
}

pub(super) async fn rescued(cx: TestContext) {
    let id = add(&cx, &[job("a").keyed("a"), job("b").keyed("a")]).await[0];
    let mine = claim_one(&cx).await;
    assert!(cx.queue.rescue().await.expect("a rescue").is_empty());
    cx.clock.advance(LEASE);
    assert_eq!(cx.queue.rescue().await.expect("a rescue"), [id]);
    let theirs = claim_one(&cx).await;
    assert_eq!(theirs.lease.job, id);
    assert_eq!(theirs.attempts, 2);
    // The first worker was only slow: none of its reports counts any more.
    for report in [Report::Done, failed_with("late"), Report::Released] {
        let state = cx
            .queue
            .report(mine.lease, &report)
            .await
            .expect("a report");
        assert_eq!(state, LeaseState::Lost, "{report:?}");
    }
    let states = cx.queue.heartbeat(&[mine.lease, theirs.lease], LEASE).await;
    assert_eq!(
        states.expect("a heartbeat"),
        [LeaseState::Lost, LeaseState::Held]
    );
    assert_eq!(look(&cx, id).await.state, JobState::Running);
    let state = cx
        .queue
        .report(theirs.lease, &Report::Done)
        .await
        .expect("a report");
    assert_eq!(state, LeaseState::Held);
    assert_eq!(ready(&cx).await, ["b"]);
}

pub(super) async fn poison(cx: TestContext) {
    let id = add(&cx, &[job("a")]).await[0];
    for _ in 0..3 {
        claim_one(&cx).await;
        cx.clock.advance(LEASE);
        cx.queue.rescue().await.expect("a rescue");
    }
    let dead = look(&cx, id).await;
    assert_eq!(dead.state, JobState::Dead);
    assert!(dead.last_error.is_some());
}

pub(super) async fn released(cx: TestContext) {
    let id = add(&cx, &[job("a")]).await[0];
    for _ in 0..5 {
        let claimed = claim_one(&cx).await;
        assert_eq!(claimed.attempts, 1);
        cx.queue
            .report(claimed.lease, &Report::Released)
            .await
            .expect("a report");
    }
    let waiting = look(&cx, id).await;
    assert_eq!((waiting.state, waiting.attempts), (JobState::Waiting, 0));
}

pub(super) async fn postponed(cx: TestContext) {
    for is_ordered in [false, true] {
        let new = NewJob {
            ordered: is_ordered,
            ..job("a").keyed("key")
        };
        let id = add(&cx, &[new]).await[0];
        let begun = cx.clock.now();
        let week = TimeDelta::weeks(1);
        let quarter = TimeDelta::minutes(15);
        let mut attempts = 0;
        while cx.clock.now() - begun < week {
            let leased = claim_one(&cx).await;
            assert_eq!(leased.attempts, 1, "an outage counts as an attempt");
            let error = "out of reach".to_owned();
            let report = Report::Postponed { error };
            cx.queue
                .report(leased.lease, &report)
                .await
                .expect("a report");
            attempts += 1;
            let waiting = look(&cx, id).await;
            assert_eq!(waiting.state, JobState::Waiting);
            assert_eq!(waiting.postponed, attempts);
            let wait = waiting.run_at - cx.clock.now();
            assert!(
                wait > TimeDelta::zero() && wait <= quarter,
                "it waits {wait}"
            );
            if attempts == 1 {
                // A later job of the key passes it, unless the kind is ordered.
                add(&cx, &[job("b").keyed("key")]).await;
                let passes: &[&str] = if is_ordered { &[] } else { &["b"] };
                assert_eq!(ready(&cx).await, passes, "ordered: {is_ordered}");
                let (state, limit) = (JobFilter::default(), 1);
                let other = cx.queue.jobs(&state, limit).await.expect("a read")[0].id;
                cx.queue.cancel(other).await.expect("a cancel");
                cx.clock.advance(LEASE);
                cx.queue.rescue().await.expect("a rescue");
            }
            cx.clock.advance(wait.to_std().expect("a wait"));
        }
        assert!(attempts > 600, "{attempts} attempts in a week");
        // Behind the outage it fails by itself: the first attempt that counts.
        let leased = claim_one(&cx).await;
        let state = cx.queue.report(leased.lease, &failed_with("no")).await;
        assert_eq!(state.expect("a report"), LeaseState::Held);
        let waiting = look(&cx, id).await;
        assert_eq!((waiting.attempts, waiting.postponed), (1, 0));
        cx.queue.cancel(id).await.expect("a cancel");
    }
}

pub(super) async fn twin(cx: TestContext) {
    let work = || job("work").unique("work:1");
    for end in [failed_with("no"), Report::Released] {
        let first = add(&cx, &[work()]).await[0];
        let running = claim_one(&cx).await;
        let second = add(&cx, &[work()]).await[0];
        assert_ne!(first, second);
        cx.queue
            .report(running.lease, &end)
            .await
            .expect("a report");
        assert_eq!(look(&cx, first).await.state, JobState::Cancelled, "{end:?}");
        let claimed = claim_one(&cx).await;
        assert_eq!(claimed.lease.job, second);
        cx.queue
            .report(claimed.lease, &Report::Done)
            .await
            .expect("a report");
    }
    // The same when the worker was lost.
    let first = add(&cx, &[work()]).await[0];
    claim_one(&cx).await;
    add(&cx, &[work()]).await;
    cx.clock.advance(LEASE);
    cx.queue.rescue().await.expect("a rescue");
    assert_eq!(look(&cx, first).await.state, JobState::Cancelled);
    assert_eq!(ready(&cx).await.len(), 1);
}
