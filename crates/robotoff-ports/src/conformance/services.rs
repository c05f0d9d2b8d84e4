//! The conformance tests of [`Services`](crate::Services).

use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};

use super::jobs::{claim, job, ready};
use super::{ConformanceTest, TestContext, epoch};
use crate::job::{JobId, LeaseState, Report};
use crate::services::{
    ActiveJob, ScheduleState, Service, ServiceActivity, ServiceOrders, ServiceState, WantedState,
};

/// Every promise about running parts and schedules.
pub const SERVICE_TESTS: &[ConformanceTest] = &[
    ConformanceTest::new("running parts are listed until they leave", |cx| {
        Box::pin(listed(cx))
    }),
    ConformanceTest::new("parts that are not heard of are forgotten", |cx| {
        Box::pin(forgotten(cx))
    }),
    ConformanceTest::new("orders reach the parts that run", |cx| {
        Box::pin(ordered(cx))
    }),
    ConformanceTest::new("of racing schedulers one fires", |cx| Box::pin(fired(cx))),
    ConformanceTest::new("a row is disabled, run by hand and enabled", |cx| {
        Box::pin(controlled(cx))
    }),
    ConformanceTest::new("the last job of a row is not purged", |cx| {
        Box::pin(kept(cx))
    }),
];

fn service(id: &str, seen_secs: i64) -> Service {
    Service {
        id: id.to_owned(),
        kind: "worker".to_owned(),
        host: "host-1".to_owned(),
        process: 4711,
        version: "0.1.0".to_owned(),
        started_at: epoch(),
        seen_at: seconds(seen_secs),
        ended_at: None,
        activity: ServiceActivity {
            state: ServiceState::Stopping,
            state_since: Some(seconds(seen_secs)),
            jobs: vec![ActiveJob {
                job: JobId(seen_secs),
                kind: "refresh".to_owned(),
                since: seconds(seen_secs),
            }],
            memory_bytes: Some(5_000_000_000),
            done: 12,
            failed: 3,
        },
    }
}

async fn listed(cx: TestContext) {
    let (first, later) = (service("a", 0), service("a", 20));
    for heartbeat in [&first, &later, &service("b", 10)] {
        cx.services.heartbeat(heartbeat).await.expect("a heartbeat");
    }
    let all = cx.services.services(epoch()).await.expect("a read");
    assert_eq!(all, [later.clone(), service("b", 10)]);
    let fresh = epoch() + TimeDelta::seconds(15);
    let heard = cx.services.services(fresh).await.expect("a read");
    assert_eq!(heard, [later]);
    cx.services
        .leave("a", seconds(30))
        .await
        .expect("it leaves");
    let left = cx.services.services(epoch()).await.expect("a read");
    assert_eq!(left, [service("b", 10)]);
    let ended = Service {
        ended_at: Some(seconds(30)),
        ..service("a", 20)
    };
    let all = cx.services.all_services(epoch()).await.expect("a read");
    assert_eq!(all, [ended, service("b", 10)]);
}

/// Orders stay until others replace them; heartbeats do not touch them, and a part that has
/// ended gets none.
async fn ordered(cx: TestContext) {
    let services = &cx.services;
    for heartbeat in [service("a", 0), service("b", 0), service("c", 0)] {
        services.heartbeat(&heartbeat).await.expect("a heartbeat");
    }
    services.leave("c", seconds(1)).await.expect("it leaves");
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let all = ids(&["a", "b", "c", "unknown"]);
    let orders = |id: &str, wanted, filter: Option<&str>| ServiceOrders {
        id: id.to_owned(),
        wanted,
        log_filter: filter.map(str::to_owned),
    };
    let running = WantedState::Running;
    let before = services.orders(&all).await.expect("a read");
    let expected = ["a", "b", "c"].map(|id| orders(id, running, None));
    assert_eq!(before, expected);
    let stopped = services.order(&all, WantedState::Stopped).await;
    assert_eq!(stopped.expect("an order"), 2);
    let filtered = services.order_log_filter(&ids(&["b"]), Some("debug")).await;
    assert_eq!(filtered.expect("an order"), 1);
    assert_eq!(services.order(&[], running).await.expect("an order"), 0);
    services
        .heartbeat(&service("a", 5))
        .await
        .expect("a heartbeat");
    let after = services.orders(&ids(&["a", "b"])).await.expect("a read");
    let stopped = WantedState::Stopped;
    let expected = [
        orders("a", stopped, None),
        orders("b", stopped, Some("debug")),
    ];
    assert_eq!(after, expected);
    services
        .order(&ids(&["b"]), running)
        .await
        .expect("an order");
    services
        .order_log_filter(&ids(&["b"]), None)
        .await
        .expect("an order");
    let last = services.orders(&ids(&["b"])).await.expect("a read");
    assert_eq!(last, [orders("b", running, None)]);
}

async fn forgotten(cx: TestContext) {
    for heartbeat in [service("a", 0), service("b", 20)] {
        cx.services
            .heartbeat(&heartbeat)
            .await
            .expect("a heartbeat");
    }
    let before = epoch() + TimeDelta::seconds(20);
    assert_eq!(cx.services.forget(before).await.expect("a delete"), 1);
    let left = cx.services.services(epoch()).await.expect("a read");
    assert_eq!(left, [service("b", 20)]);
}

async fn fired(cx: TestContext) {
    assert_eq!(cx.services.schedules().await.expect("a read"), []);
    let racers: Vec<_> = (0..8)
        .map(|_| {
            let services = cx.services.clone();
            tokio::spawn(async move {
                let fired = services.fire("tidy", None, epoch(), job("tidy")).await;
                fired.expect("an answer")
            })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        winners += u32::from(racer.await.expect("a racer"));
    }
    assert_eq!(winners, 1);
    assert_eq!(ready(&cx).await, ["tidy"]);
    let row = row(&cx, "tidy").await;
    assert_eq!((row.last_at, row.fired_at), (epoch(), Some(epoch())));
    assert!(row.is_enabled);
    let later = seconds(120);
    let last = Some(row.last_at);
    for (seen, wins) in [(None, false), (last, true), (last, false)] {
        let fired = cx.services.fire("tidy", seen, later, job("again")).await;
        assert_eq!(fired.expect("an answer"), wins, "{seen:?}");
    }
    assert_eq!(ready(&cx).await, ["again"]);
}

/// A row that does not fire when it is added, is disabled, run by hand and enabled again.
async fn controlled(cx: TestContext) {
    let services = &cx.services;
    let fire = async |last, now, name: &str| {
        let fired = services.fire("tidy", Some(seconds(last)), seconds(now), job(name));
        fired.await.expect("an answer")
    };
    for now in [10, 20] {
        services
            .add_schedule("tidy", seconds(now))
            .await
            .expect("added");
    }
    let added = row(&cx, "tidy").await;
    assert_eq!((added.last_at, added.fired_at), (seconds(10), None));
    assert_eq!(added.last_job, None);
    services
        .enable_schedule("tidy", false, seconds(30))
        .await
        .expect("disabled");
    assert!(!row(&cx, "tidy").await.is_enabled);
    assert!(!fire(10, 40, "by schedule").await);
    let ran = services
        .run_schedule("tidy", seconds(50), job("by hand"))
        .await
        .expect("it runs");
    assert_eq!(ready(&cx).await, ["by hand"]);
    let run = row(&cx, "tidy").await;
    assert_eq!(
        (run.last_at, run.fired_at),
        (seconds(10), Some(seconds(50)))
    );
    assert_eq!(run.last_job, Some(ran));
    for now in [60, 70] {
        services
            .enable_schedule("tidy", true, seconds(now))
            .await
            .expect("enabled");
        let enabled = row(&cx, "tidy").await;
        assert_eq!((enabled.is_enabled, enabled.last_at), (true, seconds(60)));
    }
    assert!(fire(60, 80, "by schedule").await);
    assert_eq!(ready(&cx).await, ["by schedule"]);
    // A row may be run or disabled that was never added.
    services
        .run_schedule("new", seconds(90), job("new"))
        .await
        .expect("it runs");
    assert_eq!(row(&cx, "new").await.last_at, seconds(90));
    services
        .enable_schedule("other", false, seconds(90))
        .await
        .expect("disabled");
    assert!(!row(&cx, "other").await.is_enabled);
}

async fn kept(cx: TestContext) {
    let fire = async |last: Option<i64>, now: i64| {
        let fired = cx
            .services
            .fire("tidy", last.map(seconds), seconds(now), job("tidy"));
        assert!(fired.await.expect("an answer"));
        let job = claim(&cx, 1).await.pop().expect("the job");
        let reported = cx.queue.report(job.lease, &Report::Done).await;
        assert_eq!(reported.expect("a report"), LeaseState::Held);
        job.lease.job
    };
    let first = fire(None, 0).await;
    let second = fire(Some(0), 1).await;
    cx.clock.advance(Duration::from_secs(1000));
    let purged = cx.queue.purge(Duration::from_secs(10)).await;
    assert_eq!(purged.expect("a purge"), 1);
    assert_eq!(cx.queue.job(first).await.expect("a read"), None);
    assert!(cx.queue.job(second).await.expect("a read").is_some());
}

async fn row(cx: &TestContext, name: &str) -> ScheduleState {
    let rows = cx.services.schedules().await.expect("a read");
    let row = rows.into_iter().find(|row| row.name == name);
    row.expect("the row")
}

fn seconds(secs: i64) -> NaiveDateTime {
    epoch() + TimeDelta::seconds(secs)
}
