//! Facets of products, and insights by them.

use super::super::TestContext;
use super::super::samples::{label, product};
use super::reads::numbers;
use crate::store::{Change, Changes, InsightFilter, InsightOrder, InsightPage, Revision};

pub(super) async fn filtered(cx: TestContext) {
    let milk = product("3001234567890");
    let tea = product("4001234567890");
    cx.create(vec![
        label(1, "3001234567890"),
        label(2, "3001234567890"),
        label(3, "4001234567890"),
        label(4, "5001234567890"),
    ])
    .await;
    let texts = |facets: &[&str]| facets.iter().map(|&facet| facet.to_owned()).collect();
    for (product, facets) in [
        (&milk, &["labels:en:organic", "states:en:empty"][..]),
        (&milk, &["categories:en:milks", "labels:en:organic"]),
        (&tea, &["labels:en:organic", "labels:it's \"odd\""]),
    ] {
        let snapshot = cx.store.product_snapshot(product).await.expect("a read");
        let facets: Vec<String> = texts(facets);
        let change = Change::SetFacets {
            product: product.clone(),
            facets: facets.clone(),
        };
        cx.write(Changes::of(product.clone(), snapshot.revision).with(change))
            .await;
        let stored = cx.store.product_snapshot(product).await.expect("a read");
        assert_eq!(stored.facets, Some(facets));
        assert_eq!(stored.revision, Revision(snapshot.revision.0 + 1));
    }
    let unknown = cx.store.product_snapshot(&product("5001234567890")).await;
    assert_eq!(unknown.expect("a read").facets, None);
    for (facets, expected) in [
        (&["labels:en:organic"][..], vec![1, 2, 3]),
        (&["labels:en:organic", "categories:en:milks"], vec![1, 2]),
        (&["labels:it's \"odd\""], vec![3]),
        (&["states:en:empty"], vec![]),
        (&["labels:en"], vec![]),
        (&[], vec![1, 2, 3, 4]),
    ] {
        let filter = InsightFilter {
            facets: Some(texts(facets)),
            ..InsightFilter::default()
        };
        let found = numbers(&cx, &filter, InsightOrder::Stored, InsightPage::first(10)).await;
        assert_eq!(found, expected, "{facets:?}");
        let count = cx.store.count_insights(&filter, Some(100)).await;
        assert_eq!(count.expect("a count"), expected.len() as u64, "{facets:?}");
    }
}
