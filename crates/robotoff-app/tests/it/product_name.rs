//! Predictions and insights of the name of a product.

use robotoff_core::prediction::Prediction;
use robotoff_core::product::ServerType;
use serde_json::{Value, json};

use crate::test_app::{TestApp, label, product, product_of};

const CODE: &str = "3001234567890";
const NAMED: &str = "Cocacola vegan, 6 x 33 cl";
const SUMMARY: [&str; 6] = [
    "asks brand coca-cola",
    "asks label en:vegan",
    "asks product_weight 6 x 33 cl",
    "predicts brand coca-cola",
    "predicts label en:vegan",
    "predicts product_weight 6 x 33 cl",
];

fn named(name: &str) -> Value {
    json!({"product_name": name, "images": {"1": {}}})
}

/// A label with the mark of predictions that were read in the name of a product.
fn label_of_name(tag: &str) -> Prediction {
    let mut prediction = label(tag, Some("flashtext"));
    let source = json!("product_name");
    prediction.data.insert("source".to_owned(), source);
    prediction.automatic_processing = Some(false);
    prediction
}

#[tokio::test]
async fn a_refresh_asks_what_the_name_says() {
    for (document, expected) in [
        (named(NAMED), SUMMARY.to_vec()),
        (named("Confiture de fraises"), vec![]),
        (named(""), vec![]),
        (json!({"lang": "fr"}), vec![]),
        (
            json!({"product_name": NAMED, "quantity": "2 l", "brands_tags": ["coca-cola"],
                "labels_tags": ["en:vegan"]}),
            SUMMARY[3..].to_vec(),
        ),
    ] {
        let test = TestApp::new().await;
        let id = product(CODE);
        test.products.insert(&id, document.clone());
        test.app.imports.refresh(&id, None).await.unwrap();
        assert_eq!(test.summary(&id).await, expected, "{document}");
    }
}

#[tokio::test]
async fn predictions_of_a_name_have_no_image_and_need_a_person() {
    let test = TestApp::new().await;
    let id = product(CODE);
    test.products.insert(&id, named(NAMED));
    let refreshed = test.app.imports.refresh(&id, None).await.unwrap();
    assert_eq!(refreshed.name.new, 3);
    for stored in test.snapshot(&id).await.predictions {
        assert_eq!(stored.source_image, None);
        let prediction = stored.prediction;
        assert_eq!(prediction.data["source"], "product_name");
        assert_eq!(prediction.automatic_processing, Some(false));
        assert!(prediction.predictor.is_some(), "{prediction:?}");
        assert!(prediction.predictor_version.is_some(), "{prediction:?}");
        assert!(!prediction.evidence.is_empty(), "{prediction:?}");
    }
}

#[tokio::test]
async fn a_second_refresh_writes_nothing() {
    let names = [
        NAMED,
        "",
        "vegan VEGAN Vegan",
        "Moulin Vert Moulin Vert 6 x 33 cl 6 x 33 cl, 4 x 1,50 l, 6x33cl",
        "2 x 100.0 g\u{0}vegan\u{200b} é 3 x 1000000000000000000000 kg",
    ];
    for name in names {
        let test = TestApp::new().await;
        let id = product(CODE);
        test.products.insert(&id, named(name));
        test.app.imports.refresh(&id, None).await.unwrap();
        let once = test.snapshot(&id).await;
        test.clock.advance(std::time::Duration::from_secs(60));
        let again = test.app.imports.refresh(&id, None).await.unwrap();
        assert_eq!(again, Default::default(), "{name}");
        let twice = test.snapshot(&id).await;
        assert_eq!(once.revision, twice.revision, "{name}");
        assert_eq!(once.predictions, twice.predictions, "{name}");
        assert_eq!(once.insights, twice.insights, "{name}");
    }
}

#[tokio::test]
async fn predictions_of_another_name_replace_the_old_ones() {
    let test = TestApp::new().await;
    let id = product(CODE);
    test.products.insert(&id, named(NAMED));
    test.app.imports.refresh(&id, None).await.unwrap();
    test.products.insert(&id, named("Cocacola, 4 x 1 l"));
    let refreshed = test.app.imports.refresh(&id, None).await.unwrap();
    let counts = (refreshed.name.new, refreshed.name.deleted);
    assert_eq!(counts, (1, 2));
    let left = ["brand coca-cola", "product_weight 4 x 1 l"];
    let expected: Vec<String> = ["asks", "predicts"]
        .iter()
        .flat_map(|verb| left.map(|what| format!("{verb} {what}")))
        .collect();
    assert_eq!(test.summary(&id).await, expected);
    test.products.insert(&id, json!({}));
    test.app.imports.refresh(&id, None).await.unwrap();
    assert_eq!(test.summary(&id).await, Vec::<String>::new());
}

#[tokio::test]
async fn only_predictions_of_names_are_replaced() {
    let test = TestApp::new().await;
    let id = product(CODE);
    test.products.insert(&id, named("4 x 1 l"));
    for (image, prediction) in [
        (
            Some("/300/123/456/7890/1.jpg"),
            label("en:organic", Some("regex")),
        ),
        (None, label("en:organic", Some("flashtext"))),
        (None, label("en:organic", Some("universal-logo-detector"))),
        (None, label_of_name("en:vegan")),
    ] {
        test.store_prediction(&id, image, prediction).await;
    }
    let refreshed = test.app.imports.refresh(&id, None).await.unwrap();
    assert_eq!(refreshed.name.deleted, 1);
    let summary = test.summary(&id).await;
    let labels = summary
        .iter()
        .filter(|line| line.starts_with("predicts label"));
    assert_eq!(labels.count(), 3, "{summary:?}");
    assert!(
        !summary.contains(&"predicts label en:vegan".to_owned()),
        "{summary:?}"
    );
    // A label in the name does not hold back the label of the image.
    assert!(
        summary.contains(&"applies label en:organic".to_owned()),
        "{summary:?}"
    );
}

#[tokio::test]
async fn an_older_version_is_brought_up_to_date() {
    let test = TestApp::new().await;
    let id = product(CODE);
    test.products.insert(&id, named("vegan"));
    let mut old = label_of_name("en:vegan");
    old.predictor_version = None;
    test.store_prediction(&id, None, old).await;
    test.app.imports.refresh(&id, None).await.unwrap();
    let rows = test.snapshot(&id).await.predictions;
    assert_eq!(rows.len(), 1);
    assert!(rows[0].prediction.predictor_version.is_some());
    assert!(!rows[0].prediction.evidence.is_empty());
}

#[tokio::test]
async fn only_names_of_food_are_read() {
    for server_type in ServerType::ALL {
        let test = TestApp::new().await;
        let id = product_of(server_type, CODE);
        test.products.insert(&id, named(NAMED));
        test.app.imports.refresh(&id, None).await.unwrap();
        let is_read = !test.summary(&id).await.is_empty();
        assert_eq!(is_read, server_type.is_food(), "{server_type}");
    }
}

#[tokio::test]
async fn without_the_product_predictions_stay_as_they_are() {
    let test = TestApp::new().await;
    let id = product(CODE);
    test.products.insert(&id, named(NAMED));
    test.app.imports.refresh(&id, None).await.unwrap();
    test.products.remove(&id);
    test.app.imports.refresh(&id, None).await.unwrap();
    assert_eq!(test.summary(&id).await, SUMMARY[3..]);
}
