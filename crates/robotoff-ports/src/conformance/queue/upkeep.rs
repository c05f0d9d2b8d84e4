//! Commands of operators, and the clean-up of the table.

use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};

use super::super::TestContext;
use super::super::jobs::{LEASE, add, claim, claim_one, job, look, ready};
use crate::Clock;
use crate::job::{JobCount, JobFilter, JobState, LeaseState, NewJob, Queue, Report};

pub(super) async fn cancelled(cx: TestContext) {
    let ids = add(&cx, &[job("running").keyed("a"), job("waiting")]).await;
    let running = claim_one(&cx).await.lease;
    assert!(cx.queue.cancel(ids[0]).await.expect("a cancel"));
    assert!(cx.queue.cancel(ids[1]).await.expect("a cancel"));
    assert_eq!(look(&cx, ids[1]).await.state, JobState::Cancelled);
    assert!(!cx.queue.cancel(ids[1]).await.expect("a cancel"));
    // It still holds its key until its worker has heard of it.
    add(&cx, &[job("next").keyed("a")]).await;
    assert!(ready(&cx).await.is_empty());
    let states = cx
        .queue
        .heartbeat(&[running], LEASE)
        .await
        .expect("a heartbeat");
    assert_eq!(states, [LeaseState::Cancelled]);
    cx.queue
        .report(running, &Report::Cancelled)
        .await
        .expect("a report");
    assert_eq!(look(&cx, ids[0]).await.state, JobState::Cancelled);
    assert_eq!(ready(&cx).await, ["next"]);

    // A cancelled job that fails, or whose worker is lost, is not tried again.
    for lost in [true, false] {
        let id = add(&cx, &[job("a")]).await[0];
        let lease = claim_one(&cx).await.lease;
        cx.queue.cancel(id).await.expect("a cancel");
        if lost {
            cx.clock.advance(LEASE);
            cx.queue.rescue().await.expect("a rescue");
        } else {
            let report = Report::Failed {
                error: "no".to_owned(),
            };
            cx.queue.report(lease, &report).await.expect("a report");
        }
        assert_eq!(
            look(&cx, id).await.state,
            JobState::Cancelled,
            "lost: {lost}"
        );
    }
}

pub(super) async fn retried(cx: TestContext) {
    let id = add(&cx, &[job("a").unique("a")]).await[0];
    assert!(!cx.queue.retry(id).await.expect("a retry"));
    let lease = claim_one(&cx).await.lease;
    let report = Report::Discard {
        error: "no".to_owned(),
    };
    cx.queue.report(lease, &report).await.expect("a report");
    let twin = add(&cx, &[job("a").unique("a")]).await[0];
    assert!(
        !cx.queue.retry(id).await.expect("a retry"),
        "a twin does the work"
    );
    cx.queue.cancel(twin).await.expect("a cancel");
    assert!(cx.queue.retry(id).await.expect("a retry"));
    let again = claim_one(&cx).await;
    assert_eq!((again.lease.job, again.attempts), (id, 1));
    assert!(again.lease.number > lease.number);
}

pub(super) async fn paused(cx: TestContext) {
    cx.queue.pause(Queue::High).await.expect("a pause");
    cx.queue.pause(Queue::High).await.expect("a second pause");
    add(&cx, &[job("a")]).await;
    assert_eq!(cx.queue.paused().await.expect("a read"), [Queue::High]);
    assert!(ready(&cx).await.is_empty());
    cx.queue.resume(Queue::High).await.expect("a resume");
    assert!(cx.queue.paused().await.expect("a read").is_empty());
    assert_eq!(ready(&cx).await, ["a"]);
}

pub(super) async fn purged(cx: TestContext) {
    let ids = add(
        &cx,
        &[job("done"), job("dead"), job("running"), job("waiting")],
    )
    .await;
    let leases: Vec<_> = claim(&cx, 3).await.iter().map(|job| job.lease).collect();
    let dead = Report::Discard {
        error: "no".to_owned(),
    };
    cx.queue
        .report(leases[0], &Report::Done)
        .await
        .expect("a report");
    cx.queue.report(leases[1], &dead).await.expect("a report");
    let day = Duration::from_secs(86_400);
    cx.clock.advance(day);
    assert_eq!(cx.queue.purge(day).await.expect("a purge"), 0);
    cx.clock.advance(Duration::from_secs(1));
    assert_eq!(cx.queue.purge(day).await.expect("a purge"), 1);
    assert_eq!(cx.queue.job(ids[0]).await.expect("a read"), None);
    assert_eq!(look(&cx, ids[1]).await.state, JobState::Dead);
    assert_eq!(look(&cx, ids[3]).await.state, JobState::Waiting);
}

pub(super) async fn counted(cx: TestContext) {
    let ids = add(&cx, &[job("a"), job("b"), job("c")]).await;
    claim_one(&cx).await;
    let count = |state, jobs| JobCount {
        queue: Queue::High,
        state,
        jobs,
        is_capped: false,
    };
    let mut counts = cx.queue.counts().await.expect("a read");
    counts.sort_by_key(|count| count.state);
    assert_eq!(
        counts,
        [count(JobState::Waiting, 2), count(JobState::Running, 1)]
    );
    let waiting = JobFilter::in_state(JobState::Waiting);
    let waiting = cx.queue.jobs(&waiting, 1).await.expect("a read");
    assert_eq!(waiting[0].id, ids[2]);
}

/// Filters, and the jobs that each lets through.
fn filters(before: NaiveDateTime) -> Vec<(JobFilter, &'static str)> {
    let text = |text: &str| Some(text.to_owned());
    let with = |change: &dyn Fn(&mut JobFilter)| {
        let mut filter = JobFilter::default();
        change(&mut filter);
        filter
    };
    let second = before + TimeDelta::seconds(1);
    vec![
        (JobFilter::default(), "d c b a"),
        (JobFilter::in_state(JobState::Waiting), "d c b"),
        (with(&|filter| filter.queue = Some(Queue::Low)), "c"),
        (with(&|filter| filter.kind = text("refresh")), "d c b a"),
        (with(&|filter| filter.kind = text("other")), ""),
        (with(&|filter| filter.key = text("product:off:2")), "b"),
        (with(&|filter| filter.error = text("0% of \"a_b")), "a"),
        (with(&|filter| filter.error = text("a%b")), ""),
        (with(&|filter| filter.error = text("axb")), ""),
        (
            with(&|filter| filter.enqueued_before = Some(second)),
            "c b a",
        ),
    ]
}

pub(super) async fn found(cx: TestContext) {
    let jobs = [
        job("a").keyed("product:off:1"),
        job("b").keyed("product:off:2"),
        NewJob {
            queue: Queue::Low,
            ..job("c")
        },
    ];
    let ids = add(&cx, &jobs).await;
    let before = cx.clock.now();
    cx.clock.advance(Duration::from_secs(10));
    add(&cx, &[job("d")]).await;
    let lease = claim_one(&cx).await.lease;
    let error = "100% of \"a_b\" is gone".to_owned();
    let report = Report::Discard { error };
    cx.queue.report(lease, &report).await.expect("a report");
    let pages = [(100, "d c b a"), (2, "d c")];
    for (limit, expected) in pages {
        assert_eq!(names(&cx, &JobFilter::default(), limit).await, expected);
    }
    let below = Some(ids[2]);
    let behind = JobFilter {
        below,
        ..JobFilter::default()
    };
    assert_eq!(names(&cx, &behind, 2).await, "b a");
    for (filter, expected) in filters(before) {
        assert_eq!(names(&cx, &filter, 10).await, expected, "{filter:?}");
    }
}

/// The names of the jobs that a filter finds, in order.
async fn names(cx: &TestContext, filter: &JobFilter, limit: u64) -> String {
    let found = cx.queue.jobs(filter, limit).await.expect("a read");
    let names = found
        .iter()
        .map(|job| job.args["name"].as_str().unwrap_or("?"));
    names.collect::<Vec<_>>().join(" ")
}

pub(super) async fn discarded(cx: TestContext) {
    let ids = add(&cx, &[job("dead"), job("running"), job("waiting")]).await;
    let leases: Vec<_> = claim(&cx, 2).await.iter().map(|job| job.lease).collect();
    let error = "no".to_owned();
    let report = Report::Discard { error };
    cx.queue.report(leases[0], &report).await.expect("a report");
    for (id, expected) in [
        (ids[0], true),
        (ids[1], false),
        (ids[2], true),
        (ids[0], false),
    ] {
        assert_eq!(
            cx.queue.discard(id).await.expect("an answer"),
            expected,
            "{id}"
        );
    }
    assert_eq!(cx.queue.job(ids[2]).await.expect("a read"), None);
    assert_eq!(look(&cx, ids[1]).await.state, JobState::Running);
}

pub(super) async fn woken(cx: TestContext) {
    // Called before: not lost.
    add(&cx, &[job("a")]).await;
    cx.queue.wait(Duration::from_secs(3600)).await;
    assert_eq!(ready(&cx).await, ["a"]);
    // Called meanwhile. The conformance test hangs if it is not.
    let waiting = {
        let cx = cx.clone();
        tokio::spawn(async move {
            while ready(&cx).await.is_empty() {
                cx.queue.wait(Duration::from_secs(3600)).await;
            }
        })
    };
    tokio::task::yield_now().await;
    add(&cx, &[job("b")]).await;
    waiting.await.expect("it is woken");
}
