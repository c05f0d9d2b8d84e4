//! The conformance tests of [`Services`](crate::Services).

use chrono::TimeDelta;

use super::jobs::{job, ready};
use super::{ConformanceTest, TestContext, epoch};
use crate::services::Service;

/// Every promise about running parts and schedules.
pub const SERVICE_TESTS: &[ConformanceTest] = &[
    ConformanceTest::new("running parts are listed until they leave", |cx| {
        Box::pin(listed(cx))
    }),
    ConformanceTest::new("parts that are not heard of are forgotten", |cx| {
        Box::pin(forgotten(cx))
    }),
    ConformanceTest::new("of racing schedulers one fires", |cx| Box::pin(fired(cx))),
];

fn service(id: &str, seen_secs: i64) -> Service {
    Service {
        id: id.to_owned(),
        kind: "worker".to_owned(),
        host: "host-1".to_owned(),
        process: 4711,
        version: "0.1.0".to_owned(),
        started_at: epoch(),
        seen_at: epoch() + TimeDelta::seconds(seen_secs),
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
    cx.services.leave("a").await.expect("it leaves");
    let left = cx.services.services(epoch()).await.expect("a read");
    assert_eq!(left, [service("b", 10)]);
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
    let first = cx.services.last_fired("tidy").await.expect("a read");
    assert_eq!(first, None);
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
    let last = cx.services.last_fired("tidy").await.expect("a read");
    assert_eq!(last, Some(epoch()));
    let later = epoch() + TimeDelta::seconds(120);
    for (seen, wins) in [(None, false), (last, true), (last, false)] {
        let fired = cx.services.fire("tidy", seen, later, job("again")).await;
        assert_eq!(fired.expect("an answer"), wins, "{seen:?}");
    }
    assert_eq!(ready(&cx).await, ["again"]);
}
