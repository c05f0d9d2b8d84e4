//! Stored events.

use std::collections::BTreeMap;

use robotoff_core::event::{EntryId, EventEntry, EventStream};

use super::super::TestContext;
use super::super::jobs::{claim, job, name_of, ready};
use super::super::samples::seconds;
use crate::events::StreamGap;
use crate::store::{EventBatch, EventCounts, EventJobs, StreamPosition, UnreadableEvent};

const UPDATES: EventStream = EventStream::ProductUpdates;
const OCR: EventStream = EventStream::OcrReady;

fn id(millis: u64, sequence: u64) -> EntryId {
    EntryId { millis, sequence }
}

fn event(stream: EventStream, id: Option<EntryId>, name: &str) -> EventJobs {
    EventJobs {
        stream,
        id,
        jobs: vec![job(name)],
    }
}

fn batch(read: Vec<EventJobs>) -> EventBatch {
    EventBatch {
        read,
        at: seconds(1),
        ..EventBatch::default()
    }
}

fn unreadable(id: Option<EntryId>, code: &str) -> UnreadableEvent {
    UnreadableEvent {
        entry: EventEntry {
            stream: OCR,
            id,
            fields: BTreeMap::from([("code".to_owned(), code.to_owned())]),
        },
        error: "no image".to_owned(),
    }
}

async fn store(cx: &TestContext, batch: &EventBatch) -> EventCounts {
    cx.store.store_events(batch).await.expect("a write")
}

pub(super) async fn stored_once(cx: TestContext) {
    let first = id(7, 0);
    let both = batch(vec![
        event(UPDATES, Some(first), "a"),
        event(UPDATES, Some(first), "twice in the batch"),
        event(OCR, Some(first), "b"),
        event(UPDATES, None, "c"),
    ]);
    let counts = store(&cx, &both).await;
    assert_eq!((counts.new, counts.known, counts.jobs), (3, 1, 3));
    let mut names = ready(&cx).await;
    names.sort();
    assert_eq!(names, ["a", "b", "c"]);
    // Delivered again, also beside an entry that is new.
    let again = batch(vec![
        event(UPDATES, Some(first), "a"),
        event(UPDATES, Some(id(7, 1)), "d"),
    ]);
    let counts = store(&cx, &again).await;
    assert_eq!((counts.new, counts.known, counts.jobs), (1, 1, 1));
    assert_eq!(ready(&cx).await, ["d"]);
    // A replay is wanted.
    let repeated = EventBatch {
        repeats: true,
        ..again
    };
    assert_eq!(store(&cx, &repeated).await.jobs, 2);
    let mut names = ready(&cx).await;
    names.sort();
    assert_eq!(names, ["a", "d"]);
    let forgotten = cx.store.forget_entries(UPDATES, id(7, 1)).await;
    assert_eq!(forgotten.expect("a delete"), 1);
    let counts = store(&cx, &batch(vec![event(OCR, Some(first), "b")])).await;
    assert_eq!((counts.new, counts.known), (0, 1));
}

pub(super) async fn raced(cx: TestContext) {
    let listeners: Vec<_> = (0..8)
        .map(|_| {
            let store = cx.store.clone();
            tokio::spawn(async move {
                let events = (0..20).map(|n| event(UPDATES, Some(id(n, 0)), "once"));
                let stored = store.store_events(&batch(events.collect())).await;
                stored.expect("a write").jobs
            })
        })
        .collect();
    let mut jobs = 0;
    for listener in listeners {
        jobs += listener.await.expect("a listener");
    }
    assert_eq!(jobs, 20);
    let claimed = claim(&cx, 100).await;
    assert_eq!(
        claimed.iter().map(name_of).collect::<Vec<_>>(),
        ["once"; 20]
    );
}

pub(super) async fn positions(cx: TestContext) {
    let none = cx.store.stream_positions().await.expect("a read");
    assert_eq!(none, []);
    let position = |stream, last| StreamPosition {
        stream,
        last,
        stored_at: seconds(1),
    };
    let events = vec![
        event(UPDATES, Some(id(7, 2)), "a"),
        event(UPDATES, Some(id(7, 10)), "b"),
        event(OCR, Some(id(3, 0)), "c"),
    ];
    store(&cx, &batch(events)).await;
    // An entry that comes late moves no position back, and a replay moves none.
    store(&cx, &batch(vec![event(UPDATES, Some(id(7, 3)), "d")])).await;
    let replay = EventBatch {
        repeats: true,
        ..batch(vec![event(OCR, Some(id(9, 0)), "e")])
    };
    store(&cx, &replay).await;
    let expected = [position(OCR, id(3, 0)), position(UPDATES, id(7, 10))];
    let read = cx.store.stream_positions().await.expect("a read");
    assert_eq!(read, expected);
}

pub(super) async fn parked(cx: TestContext) {
    // Texts that columns of JSON refuse.
    let odd = "3\u{0}1\u{fffd}";
    let events = EventBatch {
        unreadable: vec![unreadable(Some(id(7, 0)), odd), unreadable(None, "2")],
        ..batch(Vec::new())
    };
    assert_eq!(store(&cx, &events).await.parked, 2);
    // Delivered again: parked once; without an id it is another event.
    let counts = store(&cx, &events).await;
    assert_eq!((counts.parked, counts.known), (1, 1));
    assert_eq!(cx.store.count_parked_events().await.expect("a count"), 3);
    let all = cx.store.parked_events(None, 10).await.expect("a read");
    let [third, second, first] = &all[..] else {
        panic!("three are parked: {all:?}")
    };
    assert!(third.id > second.id && second.id > first.id);
    assert_eq!(first.entry, unreadable(Some(id(7, 0)), odd).entry);
    assert_eq!(
        (first.error.as_str(), first.parked_at),
        ("no image", seconds(1))
    );
    let page = cx.store.parked_events(Some(third.id), 1).await;
    assert_eq!(page.expect("a read"), std::slice::from_ref(second));
    let one = cx.store.parked_event(first.id).await.expect("a read");
    assert_eq!(one.as_ref(), Some(first));
    for is_parked in [true, false] {
        let unparked = cx.store.unpark_event(first.id, &[job("replayed")]).await;
        assert_eq!(unparked.expect("a write"), is_parked);
    }
    assert_eq!(ready(&cx).await, ["replayed"]);
    assert_eq!(cx.store.parked_event(first.id).await.expect("a read"), None);
}

pub(super) async fn gaps(cx: TestContext) {
    let gap = |lost| StreamGap {
        after: id(7, 1),
        first: Some(id(9, 0)),
        lost,
    };
    let keep = async |stream, gap: StreamGap, at| {
        let kept = cx.store.store_gap(stream, &gap, seconds(at));
        kept.await.expect("a write")
    };
    let listed = async || cx.store.event_gaps().await.expect("a read");
    assert!(keep(UPDATES, gap(None), 1).await);
    // The same entry of another stream, and a gap that grows.
    assert!(keep(OCR, gap(Some(1)), 2).await);
    let grown = StreamGap {
        first: None,
        ..gap(Some(5))
    };
    assert!(!keep(UPDATES, grown, 3).await);
    let found = listed().await;
    let shown: Vec<_> = found
        .iter()
        .map(|gap| (gap.stream, gap.gap, gap.found_at, gap.resolved_at))
        .collect();
    assert_eq!(
        shown,
        [
            (OCR, gap(Some(1)), seconds(2), None),
            (UPDATES, grown, seconds(1), None)
        ]
    );
    let updates = found[1].id;
    let resolve = async |at| {
        let resolved = cx.store.resolve_gap(updates, seconds(at));
        resolved.await.expect("a write")
    };
    assert!(resolve(4).await);
    assert!(!resolve(5).await, "it is resolved");
    assert!(!keep(UPDATES, gap(Some(6)), 6).await, "it stays resolved");
    let found = listed().await;
    assert_eq!(found[1].resolved_at, Some(seconds(4)));
    assert_eq!((found[1].gap, found[0].resolved_at), (grown, None));
}
