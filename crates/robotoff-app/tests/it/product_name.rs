//! What a refresh makes of the name of a product.

use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::ServerType;
use serde_json::{Value, json};

use crate::stage::{Stage, product, product_of};

const CODE: &str = "3001234567890";
const NAMED: &str = "Cocacola vegan, 6 x 33 cl";
const SAID: [&str; 6] = [
    "asks brand coca-cola",
    "asks label en:vegan",
    "asks product_weight 6 x 33 cl",
    "saw brand coca-cola",
    "saw label en:vegan",
    "saw product_weight 6 x 33 cl",
];

fn named(name: &str) -> Value {
    json!({"product_name": name, "images": {"1": {}}})
}

fn label(tag: &str, predictor: &'static str, source: Option<&str>) -> Prediction {
    let mut prediction = Prediction::new(PredictionKind::Label);
    prediction.value_tag = Some(tag.to_owned());
    prediction.predictor = Some(predictor.into());
    if let Some(source) = source {
        prediction.data.insert("source".to_owned(), source.into());
        prediction.automatic_processing = Some(false);
    }
    prediction
}

#[tokio::test]
async fn a_refresh_asks_what_the_name_says() {
    for (document, expected) in [
        (named(NAMED), SAID.to_vec()),
        (named("Confiture de fraises"), vec![]),
        (named(""), vec![]),
        (json!({"lang": "fr"}), vec![]),
        (
            json!({"product_name": NAMED, "quantity": "2 l", "brands_tags": ["coca-cola"],
                "labels_tags": ["en:vegan"]}),
            SAID[3..].to_vec(),
        ),
    ] {
        let stage = Stage::new().await;
        let id = product(CODE);
        stage.shelf.put(&id, document.clone());
        stage.app.refresh(&id, None).await.unwrap();
        assert_eq!(stage.said(&id).await, expected, "{document}");
    }
}

#[tokio::test]
async fn predictions_of_a_name_have_no_picture_and_need_a_person() {
    let stage = Stage::new().await;
    let id = product(CODE);
    stage.shelf.put(&id, named(NAMED));
    let refreshed = stage.app.refresh(&id, None).await.unwrap();
    assert_eq!(refreshed.name.new_predictions, 3);
    for stored in stage.snapshot(&id).await.predictions {
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
        let stage = Stage::new().await;
        let id = product(CODE);
        stage.shelf.put(&id, named(name));
        stage.app.refresh(&id, None).await.unwrap();
        let once = stage.snapshot(&id).await;
        stage.clock.advance(std::time::Duration::from_secs(60));
        let again = stage.app.refresh(&id, None).await.unwrap();
        assert_eq!(again, Default::default(), "{name}");
        let twice = stage.snapshot(&id).await;
        assert_eq!(once.revision, twice.revision, "{name}");
        assert_eq!(once.predictions, twice.predictions, "{name}");
        assert_eq!(once.insights, twice.insights, "{name}");
    }
}

#[tokio::test]
async fn another_name_replaces_what_the_old_one_said() {
    let stage = Stage::new().await;
    let id = product(CODE);
    stage.shelf.put(&id, named(NAMED));
    stage.app.refresh(&id, None).await.unwrap();
    stage.shelf.put(&id, named("Cocacola, 4 x 1 l"));
    let refreshed = stage.app.refresh(&id, None).await.unwrap();
    let counts = (
        refreshed.name.new_predictions,
        refreshed.name.deleted_predictions,
    );
    assert_eq!(counts, (1, 2));
    let left = ["brand coca-cola", "product_weight 4 x 1 l"];
    let expected: Vec<String> = ["asks", "saw"]
        .iter()
        .flat_map(|verb| left.map(|what| format!("{verb} {what}")))
        .collect();
    assert_eq!(stage.said(&id).await, expected);
    stage.shelf.put(&id, json!({}));
    stage.app.refresh(&id, None).await.unwrap();
    assert_eq!(stage.said(&id).await, Vec::<String>::new());
}

#[tokio::test]
async fn only_what_names_said_is_replaced() {
    let stage = Stage::new().await;
    let id = product(CODE);
    stage.shelf.put(&id, named("4 x 1 l"));
    for (image, prediction) in [
        (
            Some("/300/123/456/7890/1.jpg"),
            label("en:organic", "regex", None),
        ),
        (None, label("en:organic", "flashtext", None)),
        (None, label("en:organic", "universal-logo-detector", None)),
        (None, label("en:vegan", "flashtext", Some("product_name"))),
    ] {
        stage.put(&id, image, prediction).await;
    }
    let refreshed = stage.app.refresh(&id, None).await.unwrap();
    assert_eq!(refreshed.name.deleted_predictions, 1);
    let said = stage.said(&id).await;
    let labels = said.iter().filter(|said| said.starts_with("saw label"));
    assert_eq!(labels.count(), 3, "{said:?}");
    assert!(!said.contains(&"saw label en:vegan".to_owned()), "{said:?}");
    // What the name says does not stop the label of the picture.
    assert!(
        said.contains(&"applies label en:organic".to_owned()),
        "{said:?}"
    );
}

#[tokio::test]
async fn an_older_version_is_brought_up_to_date() {
    let stage = Stage::new().await;
    let id = product(CODE);
    stage.shelf.put(&id, named("vegan"));
    let mut old = label("en:vegan", "flashtext", Some("product_name"));
    old.predictor_version = None;
    stage.put(&id, None, old).await;
    stage.app.refresh(&id, None).await.unwrap();
    let rows = stage.snapshot(&id).await.predictions;
    assert_eq!(rows.len(), 1);
    assert!(rows[0].prediction.predictor_version.is_some());
    assert!(!rows[0].prediction.evidence.is_empty());
}

#[tokio::test]
async fn only_names_of_food_are_read() {
    for server_type in ServerType::ALL {
        let stage = Stage::new().await;
        let id = product_of(server_type, CODE);
        stage.shelf.put(&id, named(NAMED));
        stage.app.refresh(&id, None).await.unwrap();
        let is_read = !stage.said(&id).await.is_empty();
        assert_eq!(is_read, server_type.is_food(), "{server_type}");
    }
}

#[tokio::test]
async fn without_the_product_nothing_is_asked_and_nothing_forgotten() {
    let stage = Stage::new().await;
    let id = product(CODE);
    stage.shelf.put(&id, named(NAMED));
    stage.app.refresh(&id, None).await.unwrap();
    stage.shelf.remove(&id);
    stage.app.refresh(&id, None).await.unwrap();
    assert_eq!(stage.said(&id).await, SAID[3..]);
}
