//! Products that something is stored of, and checkpoints.

use std::collections::BTreeSet;

use robotoff_core::insight::{Insight, InsightKind, Verdict};
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::{Barcode, ProductId, ServerType};
use serde_json::json;

use super::super::TestContext;
use super::super::jobs::{job, ready};
use super::super::samples::{id, product, seconds};
use crate::store::{Change, Changes, Checkpoint, NewPrediction, ProductFilter};

use PredictionKind::{Brand, Label, Store};

fn filter(predictions: &[PredictionKind], insights: &[PredictionKind]) -> ProductFilter {
    ProductFilter {
        server_type: ServerType::Off,
        predictions: predictions.iter().copied().collect(),
        insights: insights.iter().copied().collect(),
    }
}

impl TestContext {
    async fn saw(&self, product: &ProductId, kinds: &[PredictionKind]) {
        let saw = |kind: &PredictionKind| NewPrediction {
            source_image: None,
            prediction: Prediction::new(*kind),
        };
        self.write(Changes::new().with(Change::StorePredictions {
            product: product.clone(),
            predictions: kinds.iter().map(saw).collect(),
            at: seconds(0),
        }))
        .await;
    }

    /// The codes of the page, one after the other.
    async fn page(&self, filter: &ProductFilter, after: &str, limit: u64) -> String {
        let after = Barcode::as_stored(after).ok();
        let page = self
            .store
            .products_with(filter, after.as_ref(), limit)
            .await
            .expect("a page");
        assert!(page.iter().all(|id| id.server_type == filter.server_type));
        let codes: Vec<&str> = page.iter().map(|id| id.barcode.as_str()).collect();
        codes.join(" ")
    }

    async fn count(&self, filter: &ProductFilter) -> u64 {
        let counted = self.store.count_products_with(filter).await;
        counted.expect("a count")
    }
}

fn about(number: u128, product: ProductId, kind: InsightKind) -> Insight {
    Insight::new(id(number), product, kind, seconds(0))
}

/// Codes `11` to `15`, `B/1` and `a/2` (in an order that no language has), one of
/// another project, and one of which there is an answered insight only.
async fn filled(cx: &TestContext) {
    cx.saw(&product("13"), &[Label, Brand]).await;
    cx.saw(&product("11"), &[Label]).await;
    cx.saw(&product("a/2"), &[Label]).await;
    cx.saw(&product("B/1"), &[Label]).await;
    cx.saw(&product("15"), &[Brand]).await;
    let elsewhere = ProductId {
        server_type: ServerType::Obf,
        ..product("12")
    };
    cx.saw(&elsewhere, &[Label]).await;
    let mut answered = about(3, product("19"), InsightKind::Label);
    answered.verdict = Some(Verdict::Accepted);
    cx.create(vec![
        about(1, product("14"), InsightKind::Label),
        about(2, product("13"), InsightKind::Brand),
        answered,
    ])
    .await;
}

pub(super) async fn with(cx: TestContext) {
    assert_eq!(cx.page(&filter(&[Label], &[Label]), "", 9).await, "");
    filled(&cx).await;
    for (filter, expected) in [
        (filter(&[Label], &[]), "11 13 B/1 a/2"),
        (filter(&[], &[Label]), "14"),
        (filter(&[Label], &[Label]), "11 13 14 B/1 a/2"),
        (filter(&[Brand], &[Brand]), "13 15"),
        (filter(&[Label, Brand], &[]), "11 13 15 B/1 a/2"),
        (filter(&[Store], &[Store]), ""),
        (filter(&[], &[]), ""),
        (
            filter(&PredictionKind::ALL, &PredictionKind::ALL),
            "11 13 14 15 B/1 a/2",
        ),
    ] {
        assert_eq!(cx.page(&filter, "", 9).await, expected, "{filter:?}");
        let count = expected.split_whitespace().count() as u64;
        assert_eq!(cx.count(&filter).await, count, "{filter:?}");
    }
    let elsewhere = |server_type| ProductFilter {
        server_type,
        ..filter(&[Label], &[])
    };
    assert_eq!(cx.page(&elsewhere(ServerType::Obf), "", 9).await, "12");
    assert_eq!(cx.page(&elsewhere(ServerType::Opf), "", 9).await, "");
}

pub(super) async fn pages(cx: TestContext) {
    filled(&cx).await;
    let all: BTreeSet<PredictionKind> = PredictionKind::ALL.into();
    let all = ProductFilter {
        server_type: ServerType::Off,
        predictions: all.clone(),
        insights: all,
    };
    for (after, limit, expected) in [
        ("", 2, "11 13"),
        ("13", 2, "14 15"),
        ("12", 1, "13"),
        ("15", 2, "B/1 a/2"),
        ("B/1", 2, "a/2"),
        ("a/2", 2, ""),
        ("", 0, ""),
    ] {
        assert_eq!(
            cx.page(&all, after, limit).await,
            expected,
            "{after} {limit}"
        );
    }
    // One that comes in before the cursor moves nobody.
    cx.saw(&product("10"), &[Label]).await;
    assert_eq!(cx.page(&all, "13", 2).await, "14 15");
}

pub(super) async fn checkpoints(cx: TestContext) {
    let name = "refresh off";
    assert_eq!(cx.store.checkpoint(name).await.expect("a read"), None);
    for (place, at) in [(json!({"last": "13"}), 1), (json!({"last": "15"}), 2)] {
        let kept = Checkpoint {
            name: name.to_owned(),
            place,
            kept_at: seconds(at),
        };
        cx.write(Changes::new().with(Change::StoreCheckpoint(kept.clone())))
            .await;
        let found = cx.store.checkpoint(name).await.expect("a read");
        assert_eq!(found, Some(kept));
    }
    let other = cx.store.checkpoint("refresh").await.expect("a read");
    assert_eq!(other, None);
    let done = Changes::new()
        .with(Change::DeleteCheckpoint(name.to_owned()))
        .with(Change::DeleteCheckpoint("never kept".to_owned()))
        .then(job("next"));
    cx.write(done).await;
    assert_eq!(cx.store.checkpoint(name).await.expect("a read"), None);
    assert_eq!(ready(&cx).await, ["next"]);
}
