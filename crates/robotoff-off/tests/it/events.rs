//! Streams of a real Redis, read as Product Opener writes them.

use std::time::Duration;

use robotoff_core::event::{EntryId, EventEntry, EventStream};
use robotoff_off::events::{RedisEvents, RedisSettings};
use robotoff_ports::events::{StreamGap, Subscription, SubscriptionStart, TakenEntries};
use robotoff_ports::store::StreamPosition;
use robotoff_ports::{EventSource, PortError};
use robotoff_testbed::Redis;

const UPDATES: EventStream = EventStream::ProductUpdates;
const NO_WAIT: Duration = Duration::from_millis(1);

fn source(redis: &Redis, consumer: &str) -> RedisEvents {
    let settings = RedisSettings {
        product_updates: "product_updates".to_owned(),
        ocr_ready: "ocr_ready".to_owned(),
        group: "robotoff".to_owned(),
        consumer: consumer.to_owned(),
        old_position_key: "robotoff:product_updates:latest_id".to_owned(),
        // Entries of others count as abandoned at once.
        claim_after: Duration::ZERO,
    };
    RedisEvents::new(&redis.url(), settings).expect("an address")
}

fn server() -> Redis {
    Redis::start().expect("Redis starts")
}

fn id(text: &str) -> EntryId {
    text.parse().expect("an id")
}

fn add(redis: &Redis, stream: &str, id: &str, fields: &[&str]) {
    let arguments = ["XADD", stream, id].into_iter();
    let arguments: Vec<&str> = arguments.chain(fields.iter().copied()).collect();
    redis.run(&arguments).expect("an entry is added");
}

fn position(last: &str) -> [StreamPosition; 1] {
    [StreamPosition {
        stream: UPDATES,
        last: id(last),
        stored_at: chrono::NaiveDateTime::default(),
    }]
}

async fn subscribe(source: &RedisEvents, positions: &[StreamPosition]) -> Subscription {
    let subscriptions = source.subscribe(positions).await.expect("a group");
    assert_eq!(subscriptions.len(), 2);
    subscriptions[0].clone()
}

async fn take(source: &RedisEvents) -> TakenEntries {
    source.take(100, NO_WAIT).await.expect("a read")
}

/// Entries that are taken once both connections are made anew.
async fn take_after_outage(source: &RedisEvents) -> TakenEntries {
    for _ in 0..5 {
        match source.take(100, NO_WAIT).await {
            Ok(taken) => return taken,
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
    panic!("the server is there");
}

fn codes(taken: &TakenEntries) -> Vec<&str> {
    let entries = taken.entries.iter();
    entries
        .map(|entry| entry.field("code").unwrap_or("-"))
        .collect()
}

async fn acknowledge(source: &RedisEvents, taken: &TakenEntries) {
    let ids = taken.entries.iter();
    let ids: Vec<_> = ids
        .map(|entry| (entry.stream, entry.id.expect("an id")))
        .collect();
    source.acknowledge(&ids).await.expect("it is acknowledged");
}

#[tokio::test]
async fn entries_of_both_streams_are_taken_once_and_acknowledged() {
    let redis = server();
    let source = source(&redis, "a");
    let first = subscribe(&source, &[]).await;
    assert_eq!(first.start, SubscriptionStart::Now);
    let update = EventEntry::from_json(
        br#"{"code": "3001234567890", "flavor": "off", "user_id": "alice", "action": "updated",
            "comment": "added photo", "product_type": "food", "diffs": {"uploaded_images": {"add": ["4"]}}}"#,
    )
    .unwrap();
    let ocr = EventEntry::from_json(br#"{"code": "2", "product_type": "food", "image_id": "4"}"#);
    let ids = [
        source.publish(&update).await.unwrap(),
        source.publish(&ocr.unwrap()).await.unwrap(),
    ];
    let taken = take(&source).await;
    assert_eq!(codes(&taken), ["3001234567890", "2"]);
    assert_eq!(taken.entries[0].fields, update.fields);
    assert_eq!(
        taken.entries.iter().map(|e| e.id).collect::<Vec<_>>(),
        ids.map(Some)
    );
    acknowledge(&source, &taken).await;
    assert_eq!(take(&source).await, TakenEntries::default());
    let states = source.states().await.unwrap();
    assert_eq!((states[0].waiting, states[0].pending), (Some(0), 0));
    assert_eq!(states[0].last, Some(ids[0]));
    // A later start goes on.
    let again = subscribe(&source, &[]).await;
    assert_eq!(
        (again.start, again.gap),
        (SubscriptionStart::Continued, None)
    );
}

#[tokio::test]
async fn entries_of_a_lost_listener_are_claimed_by_another_one() {
    let redis = server();
    let (lost, other) = (source(&redis, "lost"), source(&redis, "other"));
    subscribe(&lost, &[]).await;
    for n in 1..=3 {
        add(
            &redis,
            "product_updates",
            &format!("{n}-0"),
            &["code", &n.to_string()],
        );
    }
    assert_eq!(codes(&take(&lost).await), ["1", "2", "3"]);
    // One of them is deleted while it is pending: it is lost, and named.
    redis.run(&["XDEL", "product_updates", "2-0"]).unwrap();
    let states = other.states().await.unwrap();
    assert_eq!(
        (states[0].pending, states[0].oldest_pending),
        (3, Some(id("1-0")))
    );
    let claimed = take(&other).await;
    assert_eq!(codes(&claimed), ["1", "3"]);
    assert_eq!(claimed.trimmed, [(UPDATES, id("2-0"))]);
    acknowledge(&other, &claimed).await;
    assert_eq!(other.states().await.unwrap()[0].pending, 0);
    assert_eq!(take(&other).await, TakenEntries::default());
}

#[tokio::test]
async fn an_entry_that_is_no_text_does_not_stop_the_others() {
    let redis = server();
    let source = source(&redis, "a");
    subscribe(&source, &[]).await;
    add(&redis, "product_updates", "1-0", &["code", "1"]);
    redis
        .run(&[
            "EVAL",
            "redis.call('XADD', 'product_updates', '2-0', '\\255', '\\255')",
            "0",
        ])
        .unwrap();
    add(&redis, "product_updates", "3-0", &["code", "3"]);
    let taken = take(&source).await;
    assert_eq!(codes(&taken), ["1", "-", "3"]);
    assert_eq!(taken.entries[1].field("\u{fffd}"), Some("\u{fffd}"));
}

#[tokio::test]
async fn a_full_batch_is_a_backlog() {
    let redis = server();
    let source = source(&redis, "a");
    subscribe(&source, &[]).await;
    for n in 1..=3 {
        add(
            &redis,
            "ocr_ready",
            &format!("{n}-0"),
            &["code", &n.to_string()],
        );
    }
    let taken = source.take(2, NO_WAIT).await.unwrap();
    assert_eq!((taken.entries.len(), taken.is_backlog), (2, true));
    acknowledge(&source, &taken).await;
    let taken = source.take(2, NO_WAIT).await.unwrap();
    assert_eq!((taken.entries.len(), taken.is_backlog), (1, false));
}

#[tokio::test]
async fn a_new_group_begins_before_the_known_position() {
    let redis = server();
    for millis in [1, 700_000, 1_000_000, 1_300_000] {
        let (entry, code) = (format!("{millis}-0"), millis.to_string());
        add(&redis, "product_updates", &entry, &["code", &code]);
    }
    let source = source(&redis, "a");
    let begun = subscribe(&source, &position("1000000-0")).await;
    assert_eq!(begun.start, SubscriptionStart::After(id("400000-0")));
    assert_eq!(
        codes(&take(&source).await),
        ["700000", "1000000", "1300000"]
    );
}

#[tokio::test]
async fn the_position_of_the_existing_service_is_taken_over() {
    let redis = server();
    for millis in [600_000, 1_300_000] {
        let (entry, code) = (format!("{millis}-0"), millis.to_string());
        add(&redis, "product_updates", &entry, &["code", &code]);
    }
    redis
        .run(&["SET", "robotoff:product_updates:latest_id", "1300000-0"])
        .unwrap();
    let source = source(&redis, "a");
    let begun = subscribe(&source, &[]).await;
    assert_eq!(begun.start, SubscriptionStart::After(id("700000-0")));
    assert_eq!(codes(&take(&source).await), ["1300000"]);
}

#[tokio::test]
async fn trimmed_entries_are_a_gap_and_read_ones_are_none() {
    let redis = server();
    let source = source(&redis, "a");
    subscribe(&source, &[]).await;
    for n in 1..=5 {
        add(
            &redis,
            "product_updates",
            &format!("{n}-0"),
            &["code", &n.to_string()],
        );
    }
    let taken = source.take(2, NO_WAIT).await.unwrap();
    acknowledge(&source, &taken).await;
    // Entries that were read are trimmed: nothing is lost.
    redis
        .run(&["XTRIM", "product_updates", "MAXLEN", "3"])
        .unwrap();
    assert_eq!(subscribe(&source, &[]).await.gap, None);
    redis
        .run(&["XTRIM", "product_updates", "MAXLEN", "1"])
        .unwrap();
    let gap = subscribe(&source, &[]).await.gap;
    let expected = StreamGap {
        after: id("2-0"),
        first: Some(id("5-0")),
        lost: Some(2),
    };
    assert_eq!(gap, Some(expected));
    assert_eq!(source.states().await.unwrap()[0].gap, Some(expected));
    // A new group cannot count, and says that there may be one.
    redis
        .run(&["XGROUP", "DESTROY", "product_updates", "robotoff"])
        .unwrap();
    let gap = subscribe(&source, &position("2-0")).await.gap;
    assert_eq!(
        gap,
        Some(StreamGap {
            lost: None,
            ..expected
        })
    );
}

#[tokio::test]
async fn a_server_that_lost_its_data_is_subscribed_to_again() {
    let redis = server();
    let source = source(&redis, "a");
    subscribe(&source, &[]).await;
    redis.kill().unwrap();
    // The connection broke; the group is there.
    let error = source.take(10, NO_WAIT).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    let taken = take_after_outage(&source).await;
    assert_eq!(taken, TakenEntries::default());
    redis.forget().unwrap();
    assert!(source.take(10, NO_WAIT).await.unwrap_err().is_retryable());
    let error = source.take(10, NO_WAIT).await.unwrap_err();
    assert!(matches!(error, PortError::Denied { .. }), "{error}");
    subscribe(&source, &position("5-0")).await;
    add(&redis, "product_updates", "7-0", &["code", "7"]);
    assert_eq!(codes(&take_after_outage(&source).await), ["7"]);
}

#[tokio::test]
async fn a_range_is_read_without_taking_it() {
    let redis = server();
    let source = source(&redis, "a");
    for n in 1..=4 {
        add(
            &redis,
            "ocr_ready",
            &format!("{n}-0"),
            &["code", &n.to_string()],
        );
    }
    let read = async |from| {
        let entries = source.entries_from(EventStream::OcrReady, from, 2).await;
        codes(&TakenEntries {
            entries: entries.unwrap(),
            ..TakenEntries::default()
        })
        .join(",")
    };
    assert_eq!(read(id("2-0")).await, "2,3");
    assert_eq!(read(id("3-0").next()).await, "4");
    assert_eq!(read(id("9-0")).await, "");
}
