//! Missions, loans, keys of requests.

use chrono::TimeDelta;
use serde_json::json;
use uuid::Uuid;

use super::super::TestContext;
use super::super::samples::{id, label, seconds};
use crate::store::{InsightFilter, InsightOrder, InsightPage, KeyedRequest, Mission};

pub(super) async fn missions(cx: TestContext) {
    let mission = |name: &str| Mission {
        name: name.to_owned(),
        title: "Organic in France".to_owned(),
        filter: "value_tag=en:organic".to_owned(),
        goal: Some(100),
        ends_at: Some(seconds(9)),
        created_by: Some("ann".to_owned()),
        created_at: seconds(1),
    };
    let store = &cx.store;
    assert!(store.create_mission(&mission("b")).await.expect("a write"));
    assert!(store.create_mission(&mission("a")).await.expect("a write"));
    let other = Mission {
        title: "Other".to_owned(),
        goal: None,
        ends_at: None,
        created_by: None,
        ..mission("a")
    };
    assert!(!store.create_mission(&other).await.expect("a write"));
    assert_eq!(
        store.mission("a").await.expect("a read"),
        Some(mission("a"))
    );
    assert!(store.update_mission(&other).await.expect("a write"));
    // Its creation stays.
    let updated = Mission {
        created_by: Some("ann".to_owned()),
        ..other.clone()
    };
    let all = store.missions().await.expect("a read");
    assert_eq!(all, [updated, mission("b")]);
    let unknown = Mission {
        name: "c".to_owned(),
        ..other
    };
    assert!(!store.update_mission(&unknown).await.expect("a write"));
    assert_eq!(store.mission("c").await.expect("a read"), None);
}

pub(super) async fn loans(cx: TestContext) {
    cx.create((1..=4).map(|n| label(n, "3001234567890")).collect())
        .await;
    let ids = [1, 2, 3].map(id);
    let lend = async |ids: &[_], holder: &str, now, until| {
        let lent = cx.store.lend(ids, holder, seconds(now), seconds(until));
        let mut lent = lent.await.expect("a write");
        lent.sort();
        lent
    };
    assert_eq!(lend(&[], "ann", 0, 10).await, []);
    assert_eq!(lend(&ids[..2], "ann", 0, 10).await, ids[..2]);
    // Neither the holder nor anyone else gets them twice.
    assert_eq!(lend(&ids, "bob", 5, 20).await, ids[2..]);
    assert_eq!(lend(&ids, "ann", 9, 20).await, []);
    let shown = async |now| {
        let filter = InsightFilter {
            unlent_at: Some(seconds(now)),
            ..InsightFilter::default()
        };
        let page = InsightPage::first(10);
        let shown = cx
            .store
            .insights(&filter, InsightOrder::Stored, &page)
            .await;
        let shown = shown.expect("a read").into_iter();
        shown
            .map(|insight| insight.id.0.as_u128())
            .collect::<Vec<_>>()
    };
    assert_eq!(shown(9).await, [4]);
    assert_eq!(shown(10).await, [1, 2, 4]);
    assert_eq!(lend(&ids, "bob", 10, 30).await, ids[..2]);
    cx.store.end_loan(ids[0], "ann").await.expect("a write");
    assert_eq!(shown(11).await, [4]);
    cx.store.end_loan(ids[0], "bob").await.expect("a write");
    assert_eq!(shown(11).await, [1, 4]);
    assert_eq!(lend(&ids, "ann", 11, 20).await, ids[..1]);
}

pub(super) async fn loan_races(cx: TestContext) {
    cx.create((1..=50).map(|n| label(n, "3001234567890")).collect())
        .await;
    let ids: Vec<_> = (1..=50).map(id).collect();
    let racing = (0..8).map(|number| {
        let (store, mut ids) = (cx.store.clone(), ids.clone());
        ids.rotate_left(number * 5);
        tokio::spawn(async move {
            let holder = number.to_string();
            let lent = store.lend(&ids, &holder, seconds(0), seconds(9));
            lent.await.expect("a write")
        })
    });
    let racing: Vec<_> = racing.collect();
    let mut lent = Vec::new();
    for holder in racing {
        lent.extend(holder.await.expect("no panic"));
    }
    lent.sort();
    assert_eq!(lent, ids, "each insight is lent once");
}

pub(super) async fn request_keys(cx: TestContext) {
    let (key, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let now = seconds(1000);
    let begin = async |key, request: &str, now| {
        let (stale, expired) = (now - TimeDelta::seconds(60), now - TimeDelta::seconds(500));
        let begun = cx.store.begin_request(key, request, now, stale, expired);
        begun.await.expect("a write")
    };
    assert_eq!(begin(key, "a", now).await, KeyedRequest::New);
    assert_eq!(begin(key, "a", now).await, KeyedRequest::Running);
    assert_eq!(begin(key, "b", now).await, KeyedRequest::Other);
    assert_eq!(begin(other, "b", now).await, KeyedRequest::New);
    // Whoever ran it has died.
    let later = seconds(1100);
    assert_eq!(begin(key, "a", later).await, KeyedRequest::New);
    assert_eq!(begin(key, "a", later).await, KeyedRequest::Running);
    let response = json!({"status_code": 2});
    cx.store
        .end_request(key, Some(&response))
        .await
        .expect("a write");
    assert_eq!(
        begin(key, "a", seconds(1200)).await,
        KeyedRequest::Done(response.clone())
    );
    // A response stays, whatever comes after.
    cx.store.end_request(key, None).await.expect("a write");
    assert_eq!(
        begin(key, "a", seconds(1200)).await,
        KeyedRequest::Done(response)
    );
    cx.store.end_request(other, None).await.expect("a write");
    assert_eq!(begin(other, "c", now).await, KeyedRequest::New);
    assert_eq!(begin(key, "b", seconds(2000)).await, KeyedRequest::New);
}
