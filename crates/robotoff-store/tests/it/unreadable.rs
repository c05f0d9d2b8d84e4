//! Rows of an adopted database that this program cannot read.

use chrono::TimeDelta;
use robotoff_core::insight::{Insight, InsightId, InsightKind};
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_ports::store::{
    Change, Changes, Committed, InsightFilter, InsightOrder, InsightPage, InsightReads,
    NewPrediction, Revision,
};
use robotoff_ports::{Clock, Store, SystemClock};
use robotoff_store::Database;
use uuid::Uuid;

use crate::raw::RawDatabase;

const ROWS: u128 = 6;

fn product() -> ProductId {
    ProductId {
        barcode: Barcode::as_stored("3001234567890").expect("a code"),
        server_type: ServerType::Off,
    }
}

/// Due insights and a prediction of one product.
async fn filled(raw: &RawDatabase) -> Database {
    let database = raw.migrated().await;
    let due = SystemClock.now() - TimeDelta::minutes(5);
    let insights = (1..=ROWS).map(|number| {
        let id = InsightId(Uuid::from_u128(number));
        let mut insight = Insight::new(id, product(), InsightKind::Label, due);
        insight.automatic_processing = true;
        insight.process_after = Some(due + TimeDelta::seconds(number as i64));
        insight
    });
    let kinds = [InsightKind::Label, InsightKind::Brand];
    let predictions = kinds.map(|kind| NewPrediction {
        source_image: None,
        prediction: robotoff_core::prediction::Prediction::new(kind.prediction_kind()),
    });
    let changes = Changes::of(product(), Revision(0))
        .with(Change::CreateInsights(insights.collect()))
        .with(Change::StorePredictions {
            product: product(),
            predictions: predictions.to_vec(),
            at: due,
        });
    let committed = database.commit(changes).await.expect("a commit");
    assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
    database
}

fn numbers(insights: &[Insight]) -> Vec<u128> {
    insights
        .iter()
        .map(|insight| insight.id.0.as_u128())
        .collect()
}

/// Adopted rows with a type, a code of an outcome and a project that came later.
async fn spoil(raw: &RawDatabase) {
    for (number, column) in [
        (1, "type = 'of_tomorrow'"),
        (2, "annotated_result = 11"),
        (3, "server_type = 'later'"),
    ] {
        let id = Uuid::from_u128(number);
        let id = match raw.is_sqlite() {
            true => format!("x'{}'", id.simple()),
            false => format!("'{id}'"),
        };
        raw.run(&format!(
            "UPDATE product_insight SET {column} WHERE id = {id}"
        ))
        .await;
    }
    raw.run("UPDATE prediction SET type = 'of_tomorrow' WHERE type = 'brand'")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_cannot_be_read_is_counted_and_left_out() {
    for raw in RawDatabase::both() {
        let database = filled(&raw).await;
        spoil(&raw).await;
        let page = InsightPage::first(10);
        for order in [
            InsightOrder::Stored,
            InsightOrder::Popularity,
            InsightOrder::Random(0.5),
        ] {
            let filter = InsightFilter::default();
            let found = database.insights(&filter, order, &page).await.unwrap();
            let mut found = numbers(&found);
            found.sort_unstable();
            assert_eq!(found, [4, 5, 6], "{} {order:?}", raw.url);
        }
        let snapshot = database.product_snapshot(&product()).await.unwrap();
        assert_eq!(numbers(&snapshot.insights), [4, 5, 6]);
        assert_eq!(snapshot.predictions.len(), 1);
        // Rows 1 to 3 once each, though they were met often, and the prediction. Row 3 is of
        // another project: no list of this one meets it.
        assert_eq!(database.unreadable_rows(), 3, "{}", raw.url);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_of_a_row_that_cannot_be_read_finds_none() {
    for raw in RawDatabase::both() {
        let database = filled(&raw).await;
        spoil(&raw).await;
        for (number, is_found) in [(1, false), (2, false), (3, false), (4, true)] {
            let id = InsightId(Uuid::from_u128(number));
            let found = database.insight(id).await.unwrap();
            assert_eq!(found.is_some(), is_found, "{} {number}", raw.url);
        }
        assert_eq!(database.unreadable_rows(), 3, "{}", raw.url);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn due_insights_behind_rows_that_cannot_be_read_are_found() {
    for raw in RawDatabase::both() {
        let database = filled(&raw).await;
        spoil(&raw).await;
        let due = database
            .due_insights(SystemClock.now(), 2, 0)
            .await
            .unwrap();
        assert_eq!(numbers(&due), [4, 5], "{}", raw.url);
    }
}
