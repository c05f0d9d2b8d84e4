//! Counting insights, answers and values.

use robotoff_core::insight::Verdict;

use super::super::TestContext;
use super::super::samples::label;
use super::reads::ranked;
use crate::store::{InsightFilter, ValueTagCount};

pub(super) async fn counts(cx: TestContext) {
    cx.create(ranked()).await;
    let filter = InsightFilter::default();
    for (cap, expected) in [(None, 40), (Some(100), 40), (Some(25), 25), (Some(40), 40)] {
        let counted = cx
            .store
            .count_insights(&filter, cap)
            .await
            .expect("a count");
        assert_eq!(counted, expected, "{cap:?}");
    }
    let by_barcode = cx.store.counts_by_barcode(&filter).await.expect("a count");
    let sum: u64 = by_barcode.iter().map(|(_, count)| count).sum();
    assert_eq!(sum, 40, "{by_barcode:?}");
    assert_eq!(cx.store.count_answers_of("ann").await.expect("a count"), 0);
    let mut answered = label(41, "3001234567890");
    answered.verdict = Some(Verdict::Accepted);
    answered.username = Some("ann".to_owned());
    cx.create(vec![answered]).await;
    assert_eq!(cx.store.count_answers_of("ann").await.expect("a count"), 1);
}

pub(super) async fn value_tags(cx: TestContext) {
    let tags = [
        Some("en:b"),
        None,
        Some("en:B"),
        Some("fr:é"),
        Some("en:b"),
        None,
    ];
    let insights = tags.iter().zip(1..).map(|(tag, number)| {
        let mut insight = label(number, "3001234567890");
        insight.value_tag = tag.map(str::to_owned);
        insight
    });
    cx.create(insights.collect()).await;
    let filter = InsightFilter::default();
    let count = |value_tag: Option<&str>, insights| ValueTagCount {
        value_tag: value_tag.map(str::to_owned),
        insights,
    };
    let all = [
        count(Some("en:b"), 2),
        count(None, 2),
        count(Some("en:B"), 1),
        count(Some("fr:é"), 1),
    ];
    for (limit, offset, expected) in [(10, 0, &all[..]), (2, 1, &all[1..3]), (2, 9, &[])] {
        let tags = cx.store.value_tags(&filter, limit, offset).await;
        let tags = tags.expect("a read");
        assert_eq!((tags.insights, &tags.rows[..]), (6, expected));
    }
}

pub(super) async fn tallies(cx: TestContext) {
    let mut automatic = label(3, "3001234567890");
    automatic.automatic_processing = true;
    let insights = vec![
        label(1, "3001234567890"),
        label(2, "3001234567891"),
        automatic,
    ];
    cx.create(insights).await;
    let tallies = cx.store.insight_tallies().await.expect("a read");
    let counts: Vec<_> = tallies
        .iter()
        .map(|tally| (tally.kind.as_str(), tally.automatic, tally.insights))
        .collect();
    assert_eq!(counts, [("label", false, 2), ("label", true, 1)]);
    assert_eq!(tallies[0].server_type.as_deref(), Some("off"));
    assert_eq!((tallies[0].verdict, &tallies[0].predictor), (None, &None));
}
