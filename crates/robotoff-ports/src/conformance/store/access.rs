//! Tokens, and the record of writes.

use robotoff_core::access::{Role, TokenScope};
use uuid::Uuid;

use super::super::TestContext;
use super::super::samples::seconds;
use crate::store::{AccessToken, WriteRecord};

fn token(number: u128) -> AccessToken {
    AccessToken {
        id: Uuid::from_u128(number),
        name: format!("machine-{number}"),
        digest: format!("{number:064x}"),
        role: Role::Moderator,
        scope: "images,missions".parse().expect("a scope"),
        created_at: seconds(i64::try_from(number).expect("a small number")),
        expires_at: Some(seconds(100)),
        revoked_at: None,
        last_used_at: None,
    }
}

pub(super) async fn tokens(cx: TestContext) {
    let store = &cx.store;
    let endless = AccessToken {
        expires_at: None,
        role: Role::Operator,
        scope: TokenScope::default(),
        ..token(1)
    };
    store.create_token(&token(2)).await.expect("a write");
    store.create_token(&endless).await.expect("a write");
    let all = store.tokens().await.expect("a read");
    assert_eq!(all, [endless.clone(), token(2)]);
    let read = async |id| store.token(id).await.expect("a read");
    assert_eq!(read(Uuid::from_u128(3)).await, None);
    store
        .note_token_use(endless.id, seconds(7))
        .await
        .expect("a write");
    let used = read(endless.id).await.expect("a token");
    assert_eq!(used.last_used_at, Some(seconds(7)));
    let revoke = async |number, now| {
        let revoked = store.revoke_token(Uuid::from_u128(number), seconds(now));
        revoked.await.expect("a write")
    };
    assert!(!revoke(3, 5).await, "it is unknown");
    assert!(!revoke(2, 100).await, "it has expired");
    assert!(revoke(2, 99).await);
    assert!(!revoke(2, 99).await, "it is revoked");
    assert!(revoke(1, 1_000_000).await, "it does not expire");
    let revoked = read(Uuid::from_u128(2)).await.expect("a token");
    assert_eq!(revoked.revoked_at, Some(seconds(99)));
    assert!(token(2).is_live(seconds(99)) && !token(2).is_live(seconds(100)));
    assert!(!revoked.is_live(seconds(1)));
}

pub(super) async fn one_revocation(cx: TestContext) {
    cx.store.create_token(&token(1)).await.expect("a write");
    let racing = (0..8).map(|_| {
        let store = cx.store.clone();
        tokio::spawn(async move {
            let revoked = store.revoke_token(Uuid::from_u128(1), seconds(5));
            revoked.await.expect("a write")
        })
    });
    let racing: Vec<_> = racing.collect();
    let mut winners = 0;
    for one in racing {
        winners += usize::from(one.await.expect("no panic"));
    }
    assert_eq!(winners, 1);
}

pub(super) async fn writes(cx: TestContext) {
    let store = &cx.store;
    let record = |number: u32, actor: &str| WriteRecord {
        id: Uuid::from_u128(number.into()),
        at: seconds(number.into()),
        actor: actor.to_owned(),
        action: "POST /api/v1/missions".to_owned(),
        status: 201,
        request_id: format!("r-{number}"),
    };
    let records = [
        record(1, "user ann"),
        record(2, "device d"),
        record(3, "user ann"),
    ];
    store.record_writes(&[]).await.expect("a write");
    store.record_writes(&records).await.expect("a write");
    // Sent again after an answer that was lost.
    store.record_writes(&records[2..]).await.expect("a write");
    let read = async |actor, limit| store.writes(actor, limit).await.expect("a read");
    let mut newest_first = records.to_vec();
    newest_first.reverse();
    assert_eq!(read(None, 9).await, newest_first);
    assert_eq!(read(None, 1).await, newest_first[..1]);
    let of_ann = read(Some("user ann"), 9).await;
    assert_eq!(of_ann, [record(3, "user ann"), record(1, "user ann")]);
    let delete = async |before, limit| {
        let deleted = store.delete_writes(seconds(before), limit);
        deleted.await.expect("a write")
    };
    assert_eq!(delete(3, 1).await, 1);
    assert_eq!(delete(3, 9).await, 1);
    assert_eq!(delete(3, 9).await, 0);
    assert_eq!(read(None, 9).await, newest_first[..1]);
}
