//! The order of jobs: priorities, keys, delays, merging.

use std::collections::HashSet;
use std::time::Duration;

use super::super::TestContext;
use super::super::jobs::{LEASE, add, claim, claim_after, claim_one, job, look, name_of, ready};
use crate::job::{Debounce, Enqueued, JobFilter, JobState, LeaseRequest, NewJob, Queue, Report};

fn in_queue(name: &str, queue: Queue) -> NewJob {
    NewJob { queue, ..job(name) }
}

pub(super) async fn once(cx: TestContext) {
    let ids = add(&cx, &[job("a")]).await;
    let claimed = claim_one(&cx).await;
    assert_eq!(claimed.lease.job, ids[0]);
    assert_eq!((claimed.attempts, claimed.max_attempts), (1, 3));
    assert_eq!(claimed.timeout, Duration::from_secs(180));
    assert!(claim(&cx, 10).await.is_empty());
    let running = look(&cx, ids[0]).await;
    assert_eq!(running.worker.as_deref(), Some("worker-1"));
    cx.queue
        .report(claimed.lease, &Report::Done)
        .await
        .expect("a report");
    let done = look(&cx, ids[0]).await;
    assert_eq!((done.state, done.lease_until), (JobState::Done, None));
    assert!(claim(&cx, 10).await.is_empty());
}

pub(super) async fn done_with_claim(cx: TestContext) {
    let jobs = [job("a").keyed("a"), job("b"), job("c").keyed("a"), job("d")];
    let ids = add(&cx, &jobs).await;
    let first: Vec<_> = claim(&cx, 2).await.iter().map(|job| job.lease).collect();
    let next = claim_after(&cx, 1, first.clone()).await;
    assert_eq!(next.iter().map(name_of).collect::<Vec<_>>().len(), 1);
    for id in &ids[..2] {
        let done = look(&cx, *id).await;
        assert_eq!((done.state, done.lease_until), (JobState::Done, None));
    }
    // A lease that is lost says nothing about its job.
    cx.clock.advance(LEASE);
    cx.queue.rescue().await.expect("a rescue");
    let lost = next[0].lease;
    assert!(claim_after(&cx, 0, vec![lost, first[0]]).await.is_empty());
    assert_eq!(look(&cx, lost.job).await.state, JobState::Waiting);
    // The key of a job that is done is free at the next claim, if not at the same.
    assert_eq!(ready(&cx).await.len(), 2);
}

pub(super) async fn urgent_first(cx: TestContext) {
    let jobs = [
        in_queue("low", Queue::Low),
        in_queue("ml", Queue::Ml),
        job("late"),
        job("urgent").with_priority(5),
        job("later"),
    ];
    add(&cx, &jobs).await;
    assert_eq!(ready(&cx).await, ["urgent", "late", "later", "ml", "low"]);
    add(&cx, &[in_queue("low", Queue::Low), job("high")]).await;
    let only_low = LeaseRequest {
        queues: vec![Queue::Low],
        kinds: None,
        worker: "worker-1".to_owned(),
        limit: 10,
        lease: LEASE,
        done: Vec::new(),
    };
    let claimed = cx.queue.claim_jobs(&only_low).await.expect("a claim");
    assert_eq!(claimed.iter().map(name_of).collect::<Vec<_>>(), ["low"]);
}

pub(super) async fn of_kinds(cx: TestContext) {
    let other = |name: &str| NewJob {
        kind: "other",
        ..job(name)
    };
    let jobs = [
        job("refresh"),
        other("later").after(Duration::from_secs(10)),
        other("a").keyed("a"),
        other("urgent").with_priority(5),
        NewJob {
            kind: "third",
            ..job("third").with_priority(3)
        },
        in_queue("low", Queue::Low),
        other("a2").keyed("a"),
    ];
    add(&cx, &jobs).await;
    let request = |kinds: &[&'static str], limit| LeaseRequest {
        queues: vec![Queue::High],
        kinds: Some(kinds.to_vec()),
        worker: "worker-1".to_owned(),
        limit,
        lease: LEASE,
        done: Vec::new(),
    };
    for (kinds, limit, expected) in [
        (&[][..], 9, ""),
        (&["unknown"], 9, ""),
        (&["other", "third"], 1, "urgent"),
        (&["other", "third"], 9, "third a"),
        (&["other", "third"], 9, ""),
        (&["refresh"], 9, "refresh"),
    ] {
        let claimed = cx.queue.claim_jobs(&request(kinds, limit)).await;
        let claimed = claimed.expect("a claim");
        let names: Vec<String> = claimed.iter().map(name_of).collect();
        assert_eq!(names.join(" "), expected, "{limit} of {kinds:?}");
        assert!(claimed.iter().all(|job| job.queue == Queue::High));
    }
    cx.clock.advance(Duration::from_secs(10));
    let claimed = cx.queue.claim_jobs(&request(&["other"], 9)).await;
    let names: Vec<String> = claimed.expect("a claim").iter().map(name_of).collect();
    assert_eq!(names, ["later"]);
}

pub(super) async fn delayed(cx: TestContext) {
    add(
        &cx,
        &[job("later").after(Duration::from_secs(10)), job("now")],
    )
    .await;
    assert_eq!(ready(&cx).await, ["now"]);
    cx.clock.advance(Duration::from_millis(9_999));
    assert!(ready(&cx).await.is_empty());
    cx.clock.advance(Duration::from_millis(1));
    assert_eq!(ready(&cx).await, ["later"]);
}

pub(super) async fn keyed(cx: TestContext) {
    let jobs = [
        job("a1").keyed("a"),
        job("a2").keyed("a"),
        job("b1").keyed("b"),
        in_queue("a3", Queue::Low).keyed("a"),
        job("a0").keyed("a").with_priority(1),
    ];
    add(&cx, &jobs).await;
    let mut order = Vec::new();
    loop {
        let claimed = claim(&cx, 10).await;
        let mut keys: Vec<_> = claimed.iter().map(|job| job.key.clone()).collect();
        keys.dedup();
        assert_eq!(keys.len(), claimed.len(), "a key runs twice");
        assert!(claim(&cx, 10).await.is_empty(), "a key runs twice");
        if claimed.is_empty() {
            break;
        }
        for job in claimed {
            order.push(name_of(&job));
            cx.queue
                .report(job.lease, &Report::Done)
                .await
                .expect("a report");
        }
    }
    assert_eq!(order, ["a0", "b1", "a1", "a2", "a3"]);
}

pub(super) async fn blocks_no_job(cx: TestContext) {
    let jobs = [
        job("later").keyed("a").after(Duration::from_secs(60)),
        in_queue("paused", Queue::Ml).keyed("a"),
        job("now").keyed("a"),
    ];
    cx.queue.pause(Queue::Ml).await.expect("a pause");
    add(&cx, &jobs).await;
    let now = claim_one(&cx).await;
    assert_eq!(name_of(&now), "now");
    cx.queue
        .report(now.lease, &Report::Done)
        .await
        .expect("a report");
    cx.clock.advance(Duration::from_secs(60));
    cx.queue.resume(Queue::Ml).await.expect("a resume");
    // Both are due again: the first in line holds the other back, across queues.
    assert_eq!(ready(&cx).await, ["later"]);
}

pub(super) async fn ordered(cx: TestContext) {
    for is_ordered in [false, true] {
        let first = NewJob {
            ordered: is_ordered,
            ..job("first").keyed("a")
        };
        let ids = add(&cx, &[first, job("second").keyed("a")]).await;
        let claimed = claim_one(&cx).await;
        assert_eq!(name_of(&claimed), "first");
        let report = Report::Failed {
            error: "no".to_owned(),
        };
        cx.queue
            .report(claimed.lease, &report)
            .await
            .expect("a report");
        let expected: &[&str] = if is_ordered { &[] } else { &["second"] };
        assert_eq!(ready(&cx).await, expected, "ordered: {is_ordered}");
        if is_ordered {
            // A paused queue blocks no job, an ordered job in it neither.
            cx.queue.pause(Queue::High).await.expect("a pause");
            add(&cx, &[in_queue("third", Queue::Ml).keyed("a")]).await;
            assert_eq!(ready(&cx).await, ["third"]);
        }
        for id in ids {
            cx.queue.cancel(id).await.expect("a cancel");
        }
        cx.clock.advance(LEASE * 2);
        cx.queue.rescue().await.expect("a rescue");
    }
}

pub(super) async fn unique(cx: TestContext) {
    let refresh = || job("refresh").unique("refresh:1");
    let enqueued = cx
        .queue
        .enqueue(&[refresh(), refresh(), job("other").unique("refresh:2")])
        .await;
    let enqueued = enqueued.expect("enqueued");
    assert_eq!(enqueued[1], Enqueued::Merged(enqueued[0].job()));
    assert!(matches!(enqueued[2], Enqueued::Added(_)));
    let running = claim_one(&cx).await;
    assert_eq!(running.lease.job, enqueued[0].job());
    // It runs on old data already: what comes now gets a job of its own.
    let behind = cx
        .queue
        .enqueue(&[refresh(), refresh()])
        .await
        .expect("enqueued");
    assert!(matches!(behind[0], Enqueued::Added(_)));
    assert_eq!(behind[1], Enqueued::Merged(behind[0].job()));
    cx.queue
        .report(running.lease, &Report::Done)
        .await
        .expect("a report");
    assert_eq!(ready(&cx).await.len(), 2);
}

pub(super) async fn debounced(cx: TestContext) {
    let debounce = Debounce {
        quiet: Duration::from_secs(10),
        at_most: Duration::from_secs(25),
    };
    let update = || job("update").unique("update:1").debounced(debounce);
    let begun = look(&cx, add(&cx, &[update()]).await[0]).await;
    let mut ids = HashSet::from([begun.id]);
    for (passed, due) in [(5, 15), (10, 20), (14, 24), (19, 25), (24, 25)] {
        let now = (
            look(&cx, begun.id).await.enqueued_at,
            Duration::from_secs(passed),
        );
        let since = crate::Clock::now(&*cx.clock) - now.0;
        cx.clock
            .advance(now.1 - since.to_std().expect("time goes on"));
        ids.extend(add(&cx, &[update()]).await);
        let run_at = look(&cx, begun.id).await.run_at - begun.enqueued_at;
        assert_eq!(run_at.num_seconds(), due, "asked again after {passed} s");
        assert!(ready(&cx).await.is_empty());
    }
    assert_eq!(ids.len(), 1);
    cx.clock.advance(Duration::from_secs(1));
    assert_eq!(ready(&cx).await, ["update"]);
}

pub(super) async fn merged(cx: TestContext) {
    let work = || job("work").unique("work:1");
    let id = add(&cx, &[work().after(Duration::from_secs(60))]).await[0];
    add(
        &cx,
        &[work().after(Duration::from_secs(90)).with_priority(3)],
    )
    .await;
    let waiting = look(&cx, id).await;
    assert_eq!((waiting.run_at - waiting.enqueued_at).num_seconds(), 60);
    assert_eq!(waiting.priority, 3);
    add(&cx, &[work()]).await;
    assert_eq!(claim_one(&cx).await.lease.job, id);
}

/// Eight workers, 120 jobs, ten keys: each job once, a key never twice at a time.
pub(super) async fn race(cx: TestContext) {
    let jobs: Vec<_> = (0..120)
        .map(|number| job(&number.to_string()).keyed(format!("key-{}", number % 10)))
        .collect();
    add(&cx, &jobs).await;
    let running = std::sync::Arc::new(std::sync::Mutex::new(HashSet::new()));
    let workers: Vec<_> = (0..8)
        .map(|_| {
            let (cx, running) = (cx.clone(), running.clone());
            tokio::spawn(async move {
                let mut ran = Vec::new();
                loop {
                    let claimed = claim(&cx, 2).await;
                    let counts = cx.queue.counts().await.expect("a read");
                    if claimed.is_empty()
                        && counts.iter().all(|count| count.state == JobState::Done)
                    {
                        return ran;
                    }
                    for job in &claimed {
                        let fresh = running.lock().expect("a lock").insert(job.key.clone());
                        assert!(fresh, "{:?} runs twice", job.key);
                    }
                    tokio::task::yield_now().await;
                    for job in claimed {
                        running.lock().expect("a lock").remove(&job.key);
                        ran.push(name_of(&job));
                        cx.queue
                            .report(job.lease, &Report::Done)
                            .await
                            .expect("a report");
                    }
                }
            })
        })
        .collect();
    let mut ran = Vec::new();
    for worker in workers {
        ran.extend(worker.await.expect("a worker"));
    }
    ran.sort_unstable();
    ran.dedup();
    assert_eq!(ran.len(), 120);
    let done = cx
        .queue
        .jobs(&JobFilter::in_state(JobState::Done), 1000)
        .await
        .expect("a read");
    assert!(done.iter().all(|job| job.attempts == 1));
}
