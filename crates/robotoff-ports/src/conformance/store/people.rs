//! Missions, loans, keys of requests.

use chrono::TimeDelta;
use robotoff_core::insight::InsightId;
use robotoff_core::vote::{Device, Viewer, VoteValue};
use serde_json::json;
use uuid::Uuid;

use super::super::TestContext;
use super::super::samples::{id, label, seconds, vote};
use crate::store::{
    Change, Changes, InsightFilter, InsightOrder, InsightPage, KeyedRequest, Mission,
};

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

pub(super) async fn expired_devices(cx: TestContext) {
    let (first, second) = (label(1, "3001234567890"), label(2, "3001234567890"));
    cx.create(vec![first.clone(), second.clone()]).await;
    let mut named = vote(4, first.id, "phone", VoteValue::No);
    named.username = Some("ann".to_owned());
    let mut from_home = vote(1, first.id, "phone", VoteValue::Yes);
    from_home.address_hash = Some("home".to_owned());
    for cast in [
        from_home,
        vote(2, second.id, "phone", VoteValue::Yes),
        vote(3, first.id, "", VoteValue::No),
        named,
        vote(50, second.id, "tablet", VoteValue::Yes),
    ] {
        cx.write(Changes::new().with(Change::CastVote(cast))).await;
    }
    let ids = [first.id, second.id];
    cx.store
        .lend(&ids, "ann", seconds(0), seconds(9))
        .await
        .expect("lent");
    // The first batch takes the named vote along, which is of the same device and insight.
    for batch in [2, 1, 0] {
        let expired = cx.store.expire_personal_data(seconds(50), 2).await;
        assert_eq!(expired.expect("a write"), batch);
    }
    let mut devices = Vec::new();
    for id in ids {
        let votes = cx.store.votes_on(id).await.expect("a read");
        assert!(votes.iter().all(|vote| vote.address_hash.is_none()));
        devices.extend(votes.into_iter().map(|vote| vote.device_id));
    }
    let (tablet, expired): (Vec<_>, Vec<_>) =
        devices.into_iter().partition(|device| device == "tablet");
    assert_eq!(tablet.len(), 1, "a later vote keeps its device");
    assert!(
        expired.iter().all(|device| device.starts_with("expired:")),
        "{expired:?}"
    );
    // The votes of `phone` on the first insight, one of them under a name, are of one person.
    let distinct: std::collections::BTreeSet<_> = expired.iter().collect();
    assert_eq!((expired.len(), distinct.len()), (4, 3));
    assert_eq!(cx.insight(first.id).await.n_votes, 3);
    no_question_returns(&cx, first.id).await;
    // A named voter is known by name; a device is not known any more.
    let mut again = vote(60, first.id, "laptop", VoteValue::Yes);
    again.username = Some("ann".to_owned());
    cx.write(Changes::new().with(Change::CastVote(again))).await;
    assert_eq!(cx.insight(first.id).await.n_votes, 3);
    let other = vote(61, first.id, "phone", VoteValue::Yes);
    cx.write(Changes::new().with(Change::CastVote(other))).await;
    assert_eq!(cx.insight(first.id).await.n_votes, 4);
}

/// The device and the addresses of expired votes are not asked again; others are.
async fn no_question_returns(cx: &TestContext, first: InsightId) {
    let unseen_by = async |device: Device, username: Option<&str>| {
        let filter = InsightFilter {
            unseen_by: Some(Viewer {
                username: username.map(str::to_owned),
                device,
            }),
            ..InsightFilter::default()
        };
        let page = InsightPage::first(10);
        let found = cx
            .store
            .insights(&filter, InsightOrder::Stored, &page)
            .await;
        let found = found.expect("a read").into_iter();
        found.map(|insight| insight.id).collect::<Vec<_>>()
    };
    let named = |device: &str| Device::Named(device.to_owned());
    assert_eq!(unseen_by(named("phone"), None).await, []);
    assert_eq!(unseen_by(named("phone"), Some("bob")).await, []);
    let home = unseen_by(Device::Addresses("home".to_owned()), None).await;
    assert!(!home.contains(&first), "{home:?}");
    let mut others = 0;
    for number in 0..4 {
        others += unseen_by(named(&format!("other {number}")), None)
            .await
            .len();
    }
    assert!(others >= 5, "{others} of 8");
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
