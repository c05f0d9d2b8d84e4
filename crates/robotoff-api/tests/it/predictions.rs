//! Stored predictions.

use chrono::NaiveDateTime;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::{Barcode, ProductId, ServerType, SourceImage};
use robotoff_ports::store::{Change, Changes, InsightReads, NewPrediction};
use serde_json::{Value, json};

use crate::images::write;
use crate::test_app::{TestApp, get};

/// Predictions 1 (a label) and 2 (a date) of one product, and 3 to 5 (languages) of another.
pub(crate) async fn with_predictions() -> TestApp {
    let app = TestApp::new().await;
    let languages = |image: &str, counts: Value| {
        let mut prediction = Prediction::new(PredictionKind::ImageLang);
        prediction.data.insert("count".to_owned(), counts);
        (image.to_owned(), prediction)
    };
    let label = Prediction {
        value_tag: Some("en:organic".to_owned()),
        confidence: Some(f64::from(0.9_f32)),
        ..Prediction::new(PredictionKind::Label)
    };
    let date = Prediction {
        value: Some("2026-01-01".to_owned()),
        ..Prediction::new(PredictionKind::ExpirationDate)
    };
    for (code, found) in [
        (
            "3001234567890",
            vec![("/1.jpg".to_owned(), label), ("/1.jpg".to_owned(), date)],
        ),
        (
            "00000012",
            vec![
                languages("/0/7.jpg", json!({"de": 30, "it": 5, "words": 35})),
                languages("/0/1.jpg", json!({"it": 5, "words": 5})),
            ],
        ),
    ] {
        let product = ProductId {
            barcode: Barcode::as_stored(code).expect("a code"),
            server_type: ServerType::Off,
        };
        let snapshot = app.store.product_snapshot(&product).await.expect("a read");
        let predictions = found.into_iter().map(|(image, prediction)| NewPrediction {
            source_image: Some(SourceImage::new(&image)),
            prediction,
        });
        let changes = Changes::of(product.clone(), snapshot.revision);
        let store = Change::StorePredictions {
            product,
            predictions: predictions.collect(),
            at: NaiveDateTime::default(),
        };
        write(&app.store, changes.with(store)).await;
    }
    app
}

#[tokio::test]
async fn predictions_are_filtered() {
    let router = with_predictions().await.router();
    for (query, expected) in [
        ("", vec![1, 2, 3, 4]),
        ("?types=label", vec![1]),
        ("?types=label,nope,expiration_date", vec![1, 2]),
        ("?types=nope", vec![]),
        ("?types=", vec![1, 2, 3, 4]),
        ("?value_tag=en:organic", vec![1]),
        ("?barcode=12", vec![3, 4]),
        ("?barcode=", vec![1, 2, 3, 4]),
        ("?count=1&page=2", vec![2]),
        ("?server_type=obf", vec![]),
    ] {
        let list = get(&router, &format!("/api/v1/predictions{query}"))
            .await
            .json();
        let rows = list["predictions"].as_array().unwrap().iter();
        let ids: Vec<i64> = rows.map(|row| row["id"].as_i64().unwrap()).collect();
        assert_eq!(ids, expected, "{query}");
    }
    let response = get(&router, "/api/v1/predictions?types=label").await;
    assert_eq!(
        response.text,
        "{\"count\":1,\"predictions\":[{\"id\":1,\"barcode\":\"3001234567890\",\"type\":\"label\",\
         \"data\":{},\"timestamp\":\"1970-01-01T00:00:00\",\"value_tag\":\"en:organic\",\
         \"value\":null,\"source_image\":\"/1.jpg\",\"automatic_processing\":null,\
         \"predictor\":null,\"predictor_version\":\"1\",\"confidence\":0.9,\
         \"server_type\":\"off\"}],\"status\":\"found\"}"
    );
}

#[tokio::test]
async fn languages_of_a_product_are_those_of_its_images() {
    let router = with_predictions().await.router();
    let path = "/api/v1/predict/lang/product";
    let languages = get(&router, &format!("{path}?barcode=12")).await.json();
    assert_eq!(
        languages,
        json!({
            "counts": [{"count": 30, "lang": "de"}, {"count": 10, "lang": "it"}],
            "percent": [{"percent": 75.0, "lang": "de"}, {"percent": 25.0, "lang": "it"}],
            "image_ids": [1, 7],
        })
    );
    let none = get(&router, &format!("{path}?barcode=3001234567890")).await;
    assert_eq!(
        none.json(),
        json!({"counts": [], "percent": [], "image_ids": []})
    );
    let missing = get(&router, path).await;
    assert_eq!(missing.json()["title"], "Missing parameter");
}
