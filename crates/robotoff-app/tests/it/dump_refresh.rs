//! All rows brought in line with a dump: attributes, deletions, the breaker.

use std::time::Duration;

use robotoff_app::dump_refresh::{
    DumpRefreshReport, DumpRefreshSettings, DumpRefreshed, MAX_DELETED_SHARE,
};
use robotoff_core::dump::DumpedProduct;
use robotoff_core::insight::Insight;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::{Barcode, ProductId};
use robotoff_ports::{Clock, PortError, PortResult, ProductDump};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::test_app::{TestApp, product};

/// Products of a dump in memory, which may break off.
struct FakeDump {
    products: Vec<(String, DumpedProduct)>,
    breaks_off: bool,
}

impl ProductDump for FakeDump {
    fn read(
        self: Box<Self>,
        is_wanted: &dyn Fn(&Barcode) -> bool,
        found: &mut dyn FnMut(Barcode, DumpedProduct) -> bool,
    ) -> PortResult<u64> {
        let mut products = 0;
        for (code, product) in self.products {
            products += 1;
            let barcode = Barcode::as_stored(&code).expect("a code");
            if is_wanted(&barcode) && !found(barcode, product) {
                return Ok(products);
            }
        }
        match self.breaks_off {
            true => Err(PortError::defect("the dump", "it ends in a line")),
            false => Ok(products),
        }
    }
}

fn dumped(scans: i32, images: &[&str]) -> DumpedProduct {
    DumpedProduct {
        unique_scans_n: scans,
        images: images.iter().map(|number| (*number).to_owned()).collect(),
        ..DumpedProduct::default()
    }
}

fn dump<'a>(products: impl IntoIterator<Item = (&'a str, DumpedProduct)>) -> FakeDump {
    let products = products.into_iter();
    FakeDump {
        products: products
            .map(|(code, product)| (code.to_owned(), product))
            .collect(),
        breaks_off: false,
    }
}

/// An open label insight of a product, read on its first image.
async fn with_insight(test: &TestApp, id: &ProductId) -> Insight {
    test.products.insert(id, json!({"images": {"1": {}}}));
    let mut prediction = Prediction::new(PredictionKind::Label);
    prediction.value_tag = Some("en:vegan".to_owned());
    test.store_prediction(id, Some("/1.jpg"), prediction).await;
    let refreshed = test.app.imports.refresh(id, None).await;
    refreshed.expect("a refresh");
    let mut insights = test.snapshot(id).await.insights;
    insights.pop().expect("an insight")
}

async fn run(test: &TestApp, dump: FakeDump, dry_run: bool) -> anyhow::Result<DumpRefreshed> {
    let settings = DumpRefreshSettings {
        until: test.clock.now(),
        max_deleted_share: MAX_DELETED_SHARE,
        dry_run,
    };
    let stop = CancellationToken::new();
    let refresh = &test.app.dump_refresh;
    refresh.run(Box::new(dump), &settings, &stop, &|_| {}).await
}

async fn rows(test: &TestApp, id: &ProductId) -> (usize, usize) {
    let snapshot = test.snapshot(id).await;
    (snapshot.insights.len(), snapshot.predictions.len())
}

#[tokio::test]
async fn rows_are_updated_and_deleted_as_the_dump_says() {
    let test = TestApp::new().await;
    let [there, without_image, gone] = ["10", "11", "12"].map(product);
    for id in [&there, &without_image, &gone] {
        with_insight(&test, id).await;
    }
    let products = || {
        dump([
            ("10", dumped(7, &["1"])),
            ("11", dumped(0, &["2"])),
            ("13", dumped(0, &[])),
        ])
    };
    let expected = DumpRefreshReport {
        products: 3,
        known: 3,
        updated: 1,
        losing: 2,
        deleted_insights: 2,
        deleted_predictions: 2,
        contended: 0,
    };
    let tried = run(&test, products(), true).await.unwrap();
    assert_eq!(tried, DumpRefreshed::Done(expected));
    assert_eq!(rows(&test, &gone).await, (1, 1), "it was a dry run");
    let done = run(&test, products(), false).await.unwrap();
    assert_eq!(done, DumpRefreshed::Done(expected));
    let kept = test.snapshot(&there).await;
    assert_eq!(kept.insights[0].unique_scans_n, 7);
    assert_eq!(rows(&test, &without_image).await, (0, 0));
    assert_eq!(rows(&test, &gone).await, (0, 0));
    // A second run finds the rows as they should be.
    let again = run(&test, products(), false).await.unwrap();
    let unchanged = DumpRefreshReport {
        products: 3,
        known: 1,
        ..DumpRefreshReport::default()
    };
    assert_eq!(again, DumpRefreshed::Done(unchanged));
}

#[tokio::test]
async fn younger_rows_and_answered_insights_stay() {
    let test = TestApp::new().await;
    let (old, answered) = (product("10"), product("11"));
    with_insight(&test, &old).await;
    let insight = with_insight(&test, &answered).await;
    test.answer_as("ann", insight.id, robotoff_core::insight::Answer::Reject)
        .await;
    let until = test.clock.now();
    test.advance(Duration::from_secs(60));
    let young = product("12");
    with_insight(&test, &young).await;
    let settings = DumpRefreshSettings {
        until,
        max_deleted_share: MAX_DELETED_SHARE,
        dry_run: false,
    };
    let stop = CancellationToken::new();
    let refresh = &test.app.dump_refresh;
    let empty = Box::new(dump([("99", dumped(0, &[]))]));
    let done = refresh.run(empty, &settings, &stop, &|_| {}).await;
    assert!(matches!(done.unwrap(), DumpRefreshed::Done(_)));
    assert_eq!(rows(&test, &old).await, (0, 0));
    assert_eq!(rows(&test, &answered).await, (1, 0));
    assert_eq!(rows(&test, &young).await, (1, 1));
}

#[tokio::test]
async fn a_dump_that_lost_half_of_its_products_deletes_no_row() {
    let test = TestApp::new().await;
    let codes: Vec<String> = (100..160).map(|code| code.to_string()).collect();
    for code in &codes {
        with_insight(&test, &product(code)).await;
    }
    let half = codes.iter().step_by(2);
    let half = dump(half.map(|code| (code.as_str(), dumped(5, &["1"]))));
    let tripped = run(&test, half, false).await.unwrap();
    let DumpRefreshed::Tripped(report) = tripped else {
        panic!("{tripped:?}");
    };
    assert_eq!((report.known, report.losing), (60, 30));
    assert_eq!(report.deleted_insights, 0);
    for code in &codes {
        assert_eq!(rows(&test, &product(code)).await, (1, 1), "{code}");
    }
    // Images that are gone count as well: a dump in an unknown form has none.
    let bare = codes.iter().map(|code| (code.as_str(), dumped(5, &[])));
    let tripped = run(&test, dump(bare), false).await.unwrap();
    assert!(matches!(tripped, DumpRefreshed::Tripped(_)));
}

#[tokio::test]
async fn a_dump_that_breaks_off_deletes_no_row() {
    let test = TestApp::new().await;
    let id = product("10");
    with_insight(&test, &id).await;
    let broken = FakeDump {
        breaks_off: true,
        ..dump([("11", dumped(0, &[]))])
    };
    let error = run(&test, broken, false).await.unwrap_err();
    assert!(
        format!("{error:#}").contains("it ends in a line"),
        "{error:#}"
    );
    assert_eq!(rows(&test, &id).await, (1, 1));
}
