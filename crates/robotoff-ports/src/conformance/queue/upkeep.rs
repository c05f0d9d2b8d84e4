//! What operators do, and what keeps the table small.

use std::time::Duration;

use super::super::Desk;
use super::{LEASE, add, claim, claim_one, job, look, ready};
use crate::job::{JobCount, JobState, LeaseState, Queue, Report};

pub(super) async fn cancelled(desk: Desk) {
    let ids = add(&desk, &[job("running").keyed("a"), job("waiting")]).await;
    let running = claim_one(&desk).await.lease;
    assert!(desk.queue.cancel(ids[0]).await.expect("a cancel"));
    assert!(desk.queue.cancel(ids[1]).await.expect("a cancel"));
    assert_eq!(look(&desk, ids[1]).await.state, JobState::Cancelled);
    assert!(!desk.queue.cancel(ids[1]).await.expect("a cancel"));
    // It still holds its key until its worker has heard of it.
    add(&desk, &[job("next").keyed("a")]).await;
    assert!(ready(&desk).await.is_empty());
    let states = desk
        .queue
        .heartbeat(&[running], LEASE)
        .await
        .expect("a heartbeat");
    assert_eq!(states, [LeaseState::Cancelled]);
    desk.queue
        .report(running, &Report::Cancelled)
        .await
        .expect("a report");
    assert_eq!(look(&desk, ids[0]).await.state, JobState::Cancelled);
    assert_eq!(ready(&desk).await, ["next"]);

    // A cancelled job that fails, or whose worker is lost, is not tried again.
    for lost in [true, false] {
        let id = add(&desk, &[job("a")]).await[0];
        let lease = claim_one(&desk).await.lease;
        desk.queue.cancel(id).await.expect("a cancel");
        if lost {
            desk.clock.advance(LEASE);
            desk.queue.rescue().await.expect("a rescue");
        } else {
            let report = Report::Failed {
                error: "no".to_owned(),
            };
            desk.queue.report(lease, &report).await.expect("a report");
        }
        assert_eq!(
            look(&desk, id).await.state,
            JobState::Cancelled,
            "lost: {lost}"
        );
    }
}

pub(super) async fn retried(desk: Desk) {
    let id = add(&desk, &[job("a").unique("a")]).await[0];
    assert!(!desk.queue.retry(id).await.expect("a retry"));
    let lease = claim_one(&desk).await.lease;
    let report = Report::Hopeless {
        error: "no".to_owned(),
    };
    desk.queue.report(lease, &report).await.expect("a report");
    let twin = add(&desk, &[job("a").unique("a")]).await[0];
    assert!(
        !desk.queue.retry(id).await.expect("a retry"),
        "a twin does the work"
    );
    desk.queue.cancel(twin).await.expect("a cancel");
    assert!(desk.queue.retry(id).await.expect("a retry"));
    let again = claim_one(&desk).await;
    assert_eq!((again.lease.job, again.attempts), (id, 1));
    assert!(again.lease.number > lease.number);
}

pub(super) async fn paused(desk: Desk) {
    desk.queue.pause(Queue::High).await.expect("a pause");
    desk.queue.pause(Queue::High).await.expect("a second pause");
    add(&desk, &[job("a")]).await;
    assert_eq!(desk.queue.paused().await.expect("a read"), [Queue::High]);
    assert!(ready(&desk).await.is_empty());
    desk.queue.resume(Queue::High).await.expect("a resume");
    assert!(desk.queue.paused().await.expect("a read").is_empty());
    assert_eq!(ready(&desk).await, ["a"]);
}

pub(super) async fn purged(desk: Desk) {
    let ids = add(
        &desk,
        &[job("done"), job("dead"), job("running"), job("waiting")],
    )
    .await;
    let leases: Vec<_> = claim(&desk, 3).await.iter().map(|job| job.lease).collect();
    let dead = Report::Hopeless {
        error: "no".to_owned(),
    };
    desk.queue
        .report(leases[0], &Report::Done)
        .await
        .expect("a report");
    desk.queue.report(leases[1], &dead).await.expect("a report");
    let day = Duration::from_secs(86_400);
    desk.clock.advance(day);
    assert_eq!(desk.queue.purge(day).await.expect("a purge"), 0);
    desk.clock.advance(Duration::from_secs(1));
    assert_eq!(desk.queue.purge(day).await.expect("a purge"), 1);
    assert_eq!(desk.queue.job(ids[0]).await.expect("a read"), None);
    assert_eq!(look(&desk, ids[1]).await.state, JobState::Dead);
    assert_eq!(look(&desk, ids[3]).await.state, JobState::Waiting);
}

pub(super) async fn counted(desk: Desk) {
    let ids = add(&desk, &[job("a"), job("b"), job("c")]).await;
    claim_one(&desk).await;
    let count = |state, jobs| JobCount {
        queue: Queue::High,
        state,
        jobs,
    };
    let mut counts = desk.queue.counts().await.expect("a read");
    counts.sort_by_key(|count| count.state);
    assert_eq!(
        counts,
        [count(JobState::Waiting, 2), count(JobState::Running, 1)]
    );
    let waiting = desk.queue.jobs(JobState::Waiting, 1).await.expect("a read");
    assert_eq!(waiting[0].id, ids[2]);
}

pub(super) async fn woken(desk: Desk) {
    // Called before: not lost.
    add(&desk, &[job("a")]).await;
    desk.queue.wait(Duration::from_secs(3600)).await;
    assert_eq!(ready(&desk).await, ["a"]);
    // Called meanwhile. The exam hangs if it is not.
    let waiting = {
        let desk = desk.clone();
        tokio::spawn(async move {
            while ready(&desk).await.is_empty() {
                desk.queue.wait(Duration::from_secs(3600)).await;
            }
        })
    };
    tokio::task::yield_now().await;
    add(&desk, &[job("b")]).await;
    waiting.await.expect("it is woken");
}
