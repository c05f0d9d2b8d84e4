//! Measurements, stored by the minute and folded.

use chrono::TimeDelta;
use robotoff_core::edit::EditState;
use robotoff_core::measurements::Measurements;

use super::super::samples::{edit, label};
use super::super::{TestContext, epoch};
use crate::store::{Change, Changes, EditCount, MeasurementSpan};

fn jobs(number: u64) -> Measurements {
    let mut measured = Measurements::default();
    measured.count("jobs", number);
    measured
}

pub(super) async fn stored_once(cx: TestContext) {
    let minute = MeasurementSpan::Minute.start_of(epoch());
    for (source, number, is_new) in [("a", 1, true), ("b", 2, true), ("a", 4, false)] {
        let measured = jobs(number);
        let stored = cx.store.store_measurements(minute, source, &measured);
        assert_eq!(stored.await.expect("a write"), is_new, "{source} {number}");
    }
    let next = minute + MeasurementSpan::Minute.length();
    let rows = cx.store.measurements(minute, next).await.expect("a read");
    let numbers: Vec<u64> = rows
        .iter()
        .map(|row| row.measurements.counts["jobs"])
        .collect();
    assert_eq!(numbers, [1, 2]);
    assert!(rows.iter().all(|row| row.at == minute));
    let none = cx.store.measurements(next, next + TimeDelta::days(1)).await;
    assert!(none.expect("a read").is_empty());
}

pub(super) async fn folded(cx: TestContext) {
    let quarter = MeasurementSpan::Quarter.start_of(epoch());
    let end = quarter + MeasurementSpan::Quarter.length();
    assert_eq!(cx.store.oldest_minute().await.expect("a read"), None);
    for minute in 0..16 {
        let at = quarter + TimeDelta::minutes(minute);
        let measured = jobs(1);
        let stored = cx.store.store_measurements(at, "a", &measured);
        assert!(stored.await.expect("a write"));
    }
    assert_eq!(
        cx.store.oldest_minute().await.expect("a read"),
        Some(quarter)
    );
    // A row came in between: nothing is lost.
    let early = cx.store.fold_measurements(quarter, 14, &jobs(14)).await;
    assert!(!early.expect("a write"));
    assert_eq!(
        cx.store
            .measurements(quarter, end)
            .await
            .expect("a read")
            .len(),
        15
    );
    let first = cx.store.fold_measurements(quarter, 15, &jobs(15)).await;
    let second = cx.store.fold_measurements(quarter, 15, &jobs(15)).await;
    assert_eq!(
        (first.expect("a write"), second.expect("a write")),
        (true, false)
    );
    let rows = cx.store.measurements(quarter, end).await.expect("a read");
    let counts: Vec<u64> = rows
        .iter()
        .map(|row| row.measurements.counts["jobs"])
        .collect();
    assert_eq!(counts, [15]);
    assert_eq!(cx.store.oldest_minute().await.expect("a read"), Some(end));
    assert_eq!(cx.store.forget_measurements(end).await.expect("a write"), 1);
    assert_eq!(cx.store.forget_measurements(end).await.expect("a write"), 0);
}

pub(super) async fn edits_counted(cx: TestContext) {
    assert_eq!(cx.store.edit_counts().await.expect("a read"), []);
    for (number, state) in [
        (1, EditState::Unknown),
        (2, EditState::Accepted),
        (3, EditState::Unknown),
    ] {
        let insight = label(number, "3001234567890");
        cx.create(vec![insight.clone()]).await;
        let mut made = edit(number, &insight);
        made.state = state;
        cx.write(Changes::new().with(Change::StartEdit(Box::new(made))))
            .await;
    }
    let count = |state, edits| EditCount {
        state,
        edits,
        is_capped: false,
    };
    assert_eq!(
        cx.store.edit_counts().await.expect("a read"),
        [count(EditState::Accepted, 1), count(EditState::Unknown, 2)]
    );
}
