//! The exams of [`Services`](crate::Services).

use chrono::TimeDelta;

use super::queue::{job, ready};
use super::{Desk, Exam, morning};
use crate::services::Service;

/// Every promise about running parts and schedules.
pub const SERVICE_EXAMS: &[Exam] = &[
    Exam::new("running parts are listed until they leave", |desk| {
        Box::pin(listed(desk))
    }),
    Exam::new("parts that are not heard of are forgotten", |desk| {
        Box::pin(forgotten(desk))
    }),
    Exam::new("of racing schedulers one fires", |desk| {
        Box::pin(fired(desk))
    }),
];

fn service(id: &str, seen_secs: i64) -> Service {
    Service {
        id: id.to_owned(),
        kind: "worker".to_owned(),
        host: "host-1".to_owned(),
        process: 4711,
        version: "0.1.0".to_owned(),
        started_at: morning(),
        seen_at: morning() + TimeDelta::seconds(seen_secs),
    }
}

async fn listed(desk: Desk) {
    let (first, later) = (service("a", 0), service("a", 20));
    for beat in [&first, &later, &service("b", 10)] {
        desk.services.beat(beat).await.expect("a beat");
    }
    let all = desk.services.services(morning()).await.expect("a read");
    assert_eq!(all, [later.clone(), service("b", 10)]);
    let fresh = morning() + TimeDelta::seconds(15);
    let heard = desk.services.services(fresh).await.expect("a read");
    assert_eq!(heard, [later]);
    desk.services.leave("a").await.expect("it leaves");
    let left = desk.services.services(morning()).await.expect("a read");
    assert_eq!(left, [service("b", 10)]);
}

async fn forgotten(desk: Desk) {
    for beat in [service("a", 0), service("b", 20)] {
        desk.services.beat(&beat).await.expect("a beat");
    }
    let before = morning() + TimeDelta::seconds(20);
    assert_eq!(desk.services.forget(before).await.expect("a delete"), 1);
    let left = desk.services.services(morning()).await.expect("a read");
    assert_eq!(left, [service("b", 20)]);
}

async fn fired(desk: Desk) {
    let first = desk.services.last_fired("tidy").await.expect("a read");
    assert_eq!(first, None);
    let racers: Vec<_> = (0..8)
        .map(|_| {
            let services = desk.services.clone();
            tokio::spawn(async move {
                let fired = services.fire("tidy", None, morning(), job("tidy")).await;
                fired.expect("an answer")
            })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        winners += u32::from(racer.await.expect("a racer"));
    }
    assert_eq!(winners, 1);
    assert_eq!(ready(&desk).await, ["tidy"]);
    let last = desk.services.last_fired("tidy").await.expect("a read");
    assert_eq!(last, Some(morning()));
    let later = morning() + TimeDelta::seconds(120);
    for (seen, wins) in [(None, false), (last, true), (last, false)] {
        let fired = desk.services.fire("tidy", seen, later, job("again")).await;
        assert_eq!(fired.expect("an answer"), wins, "{seen:?}");
    }
    assert_eq!(ready(&desk).await, ["again"]);
}
