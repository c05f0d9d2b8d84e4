//! Batches of exports.

use robotoff_core::insight::Insight;

use super::super::TestContext;
use super::super::samples::{label, seconds};
use super::reads::ranked;
use crate::store::{InsightFilter, InsightOrder, InsightPage};

/// Numbers of all insights, read in batches of this size.
async fn in_batches(cx: &TestContext, filter: &InsightFilter, limit: u64) -> Vec<u128> {
    let mut numbers = Vec::new();
    let mut after = None;
    loop {
        let batch = cx.store.insight_batch(filter, after, limit).await;
        let batch = batch.expect("a read");
        assert!(batch.insights.len() as u64 <= limit, "{limit}");
        let number = |insight: &Insight| insight.id.0.as_u128();
        numbers.extend(batch.insights.iter().map(number));
        match batch.next {
            Some(next) => after = Some(next),
            None => return numbers,
        }
    }
}

pub(super) async fn batches(cx: TestContext) {
    cx.create(ranked()).await;
    // Without a time, and two at the same time.
    let mut others: Vec<Insight> = (41..=45).map(|n| label(n, "3001234567890")).collect();
    others[0].timestamp = None;
    others[1].timestamp = None;
    others[2].timestamp = None;
    others[3].timestamp = Some(seconds(1));
    others[4].timestamp = Some(seconds(1));
    cx.create(others).await;
    let all = InsightFilter::default();
    let page = InsightPage::first(100);
    let stored = cx.store.insights(&all, InsightOrder::Stored, &page).await;
    let stored = stored.expect("a read");
    let expected: Vec<u128> = stored
        .iter()
        .map(|insight| insight.id.0.as_u128())
        .collect();
    assert_eq!(expected.len(), 45);
    for limit in [1, 2, 3, 7, 44, 45, 46, 100] {
        assert_eq!(in_batches(&cx, &all, limit).await, expected, "{limit}");
    }
    let none = InsightFilter {
        kinds: Some(Vec::new()),
        ..InsightFilter::default()
    };
    assert_eq!(in_batches(&cx, &none, 10).await, [] as [u128; 0]);
}
