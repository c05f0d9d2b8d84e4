//! Lists that are paged by places.

use robotoff_core::insight::{Insight, InsightKind};
use serde_json::Value;

use crate::test_app::{TestApp, get, insight};

/// 23 insights: popularity and confidence repeat, some confidences and times are unknown.
async fn with_ties() -> TestApp {
    let app = TestApp::new().await;
    let row = |number: u128| {
        let mut row = insight(number, "3001234567890", InsightKind::Label);
        row.unique_scans_n = i32::try_from(number % 4).expect("a small number");
        row.confidence = (!number.is_multiple_of(3)).then_some(0.1 * (number % 5) as f32);
        if number > 20 {
            row.timestamp = None;
        }
        row
    };
    let rows: Vec<Insight> = (1..=23).map(row).collect();
    app.store_of_one_product(rows).await;
    app
}

fn ids(list: &Value) -> Vec<String> {
    let (rows, id) = match list.get("questions") {
        Some(questions) => (questions, "insight_id"),
        None => (&list["insights"], "id"),
    };
    let rows = rows.as_array().expect("rows").iter();
    rows.map(|row| row[id].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn pages_by_places_are_the_whole_list() {
    let router = with_ties().await.router();
    for path in [
        "insights?",
        "insights?order_by=popularity&",
        "insights?order_by=confidence&",
        "questions?",
        "questions?order_by=confidence&",
        "questions/popular?",
    ] {
        let whole = get(&router, &format!("/api/v1/{path}count=500"))
            .await
            .json();
        assert!(whole.get("next").is_none(), "{path}");
        let mut rows = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/api/v1/{path}count=5&page=3&after={after}");
            let page = get(&router, &path).await.json();
            assert_eq!(page["count"], 23, "{path}");
            rows.extend(ids(&page));
            match page["next"].as_str() {
                Some(next) => after = next.to_owned(),
                None => break,
            }
            assert!(rows.len() <= 23, "{path}");
        }
        assert_eq!(rows, ids(&whole), "{path}");
        assert_eq!(rows.len(), 23, "{path}");
    }
}

#[tokio::test]
async fn a_place_must_be_one() {
    let router = with_ties().await.router();
    for query in [
        "insights?after=x",
        "insights?after=__x",
        "insights?order_by=random&after=",
        "questions?after=1",
        "questions/random?after=",
    ] {
        let response = get(&router, &format!("/api/v1/{query}")).await.json();
        assert_eq!(response["title"], "Invalid parameter", "{query}");
    }
    let none = get(&router, "/api/v1/insights?annotation=7&after=").await;
    assert_eq!(none.json()["next"], Value::Null);
    assert!(none.text.contains("\"next\":null"), "{}", none.text);
}
