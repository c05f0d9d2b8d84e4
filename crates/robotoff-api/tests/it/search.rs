//! Categories by name and corrected ingredient lists.

use std::sync::Arc;

use robotoff_core::product::{Barcode, Product, ProductId, ServerType};
use robotoff_ports::SearchParts;
use robotoff_ports::fakes::{FakeCorpora, FakeSearch};
use serde_json::{Value, json};

use crate::test_app::{TestApp, get, send};

const CATEGORY: &str = "/api/v1/predict/category";
const SPELLCHECK: &str = "/api/v1/predict/ingredients/spellcheck";
const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const CODE: &str = "3001234567890";
const LIST: &str = "Œufs, sucer, huile detournesol.";

async fn with_search() -> (TestApp, FakeSearch) {
    with_corpora(FakeCorpora::small()).await
}

async fn with_corpora(corpora: FakeCorpora) -> (TestApp, FakeSearch) {
    let mut app = TestApp::new().await;
    let engine = FakeSearch::default();
    let parts = SearchParts {
        engine: Arc::new(engine.clone()),
        corpora: Arc::new(corpora),
    };
    app.add_parts(|optional| optional.search = Some(parts));
    let id = ProductId {
        barcode: Barcode::as_stored(CODE).expect("a code"),
        server_type: ServerType::Off,
    };
    let document = json!({
        "code": CODE, "lang": "fr", "product_name": "Pommes 400 g",
        "ingredients_text_fr": LIST, "ingredients_text_de": "Zuker",
    });
    let product = Product::from_json(id, document);
    app.products.insert(product.expect("a product"));
    (app, engine)
}

async fn categories(app: &TestApp, body: &Value) -> (u16, Value) {
    let response = send(&app.router(), "POST", CATEGORY, &[JSON], &body.to_string()).await;
    (response.status.as_u16(), response.json())
}

fn tags(response: &Value) -> Vec<&str> {
    let predictions = response["matcher"]["predictions"].as_array();
    let predictions = predictions.into_iter().flatten();
    predictions
        .filter_map(|found| found["value_tag"].as_str())
        .collect()
}

#[tokio::test]
async fn categories_are_predicted_by_name() {
    let (app, _) = with_search().await;
    for (body, expected) in [
        (json!({"barcode": CODE}), "en:apples"),
        (
            json!({"product": {"product_name": "Miel"}, "lang": "fr"}),
            "en:honeys",
        ),
        (
            json!({
                "product": {"product_name": "Miel"}, "lang": "fr", "predictors": ["matcher"],
            }),
            "en:honeys",
        ),
    ] {
        let (status, response) = categories(&app, &body).await;
        assert_eq!(status, 200, "{body}: {response}");
        assert_eq!(tags(&response).first(), Some(&expected), "{response}");
        assert!(response.get("neural").is_none());
        let best = &response["matcher"]["predictions"][0];
        assert!(best["confidence"].as_f64() >= Some(0.5), "{best}");
        assert!(best["threshold"].as_f64() > Some(0.0), "{best}");
    }
    let nameless = json!({"product": {"ingredients_tags": ["en:sugar"]}});
    let (status, response) = categories(&app, &nameless).await;
    assert_eq!((status, tags(&response).len()), (200, 0));
}

#[tokio::test]
async fn predictors_are_chosen_by_name() {
    let (app, _) = with_corpora(FakeCorpora::with_model()).await;
    for (predictors, expected) in [
        (json!(null), ["local", "matcher"].as_slice()),
        (json!(["local"]), &["local"]),
        (json!(["matcher"]), &["matcher"]),
        (json!(["matcher", "local"]), &["local", "matcher"]),
    ] {
        let body = json!({
            "product": {"product_name": "Miel de lavande"}, "lang": "fr",
            "predictors": predictors, "threshold": 0.0,
        });
        let (status, response) = categories(&app, &body).await;
        assert_eq!(status, 200, "{response}");
        let mut keys: Vec<&String> = response
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, _)| key)
            .collect();
        keys.sort_unstable();
        assert_eq!(keys, expected);
        for key in expected {
            let best = &response[key]["predictions"][0]["value_tag"];
            assert_eq!(best, "en:honeys", "{key}: {response}");
        }
    }
    // One that is not there is named where it was asked for, and left out otherwise.
    let (app, _) = with_search().await;
    let (status, response) =
        categories(&app, &json!({"barcode": CODE, "predictors": ["local"]})).await;
    assert_eq!(
        (status, &response["title"]),
        (503, &json!("local model for categories is not available"))
    );
    let (status, response) = categories(&app, &json!({"barcode": CODE})).await;
    assert_eq!((status, response.get("local")), (200, None));
}

#[tokio::test]
async fn thresholds_and_depth_are_obeyed() {
    let (app, _) = with_search().await;
    let all = json!({"barcode": CODE, "threshold": 0.0});
    let (_, response) = categories(&app, &all).await;
    assert!(tags(&response).contains(&"en:fruits"), "{response}");
    let deepest = json!({"barcode": CODE, "threshold": 0.0, "deepest_only": true});
    let (_, response) = categories(&app, &deepest).await;
    assert!(!tags(&response).contains(&"en:fruits"), "{response}");
    assert!(tags(&response).contains(&"en:apples"), "{response}");
}

#[tokio::test]
async fn a_predictor_that_is_not_there_is_named() {
    let (app, _) = with_search().await;
    let neural = json!({"barcode": CODE, "predictors": ["neural"]});
    let (status, response) = categories(&app, &neural).await;
    assert_eq!(status, 503);
    assert_eq!(
        response["title"],
        "neural model for categories is not available"
    );
    let app = TestApp::new().await;
    let matcher = json!({"product": {"product_name": "a"}, "predictors": ["matcher"]});
    let (status, response) = categories(&app, &matcher).await;
    assert_eq!(status, 503);
    assert_eq!(response["title"], "category matcher is not available");
    let response = get(&app.router(), &format!("{SPELLCHECK}?text=a")).await;
    assert_eq!(
        response.json()["title"],
        "ingredient spellcheck is not available"
    );
}

#[tokio::test]
async fn lists_are_corrected_with_offsets_in_characters() {
    let (app, _) = with_search().await;
    let router = app.router();
    let by_code = get(&router, &format!("{SPELLCHECK}?barcode={CODE}")).await;
    let body = json!({"text": LIST, "lang": "fr"}).to_string();
    let by_json = send(&router, "POST", SPELLCHECK, &[JSON], &body).await;
    let form = "text=%C5%92ufs%2C+sucer%2C+huile+detournesol.&index=product&confidence=1";
    let by_form = send(&router, "POST", SPELLCHECK, &[FORM], form).await;
    for response in [by_code, by_json, by_form] {
        assert_eq!(response.status.as_u16(), 200, "{}", response.text);
        let mut found = response.json();
        for correction in found["corrections"].as_array_mut().expect("a list") {
            let score = correction["score"].take();
            assert!(score.as_f64() > Some(0.0), "{score}");
        }
        let one = |original: &str, correction: &str, start: u32, end: u32| {
            json!({"term_corrections": [{
                "original": original, "correction": correction, "start_offset": start,
                "end_offset": end, "is_valid": true,
            }], "score": null})
        };
        let expected = json!({
            "corrections": [
                one("sucer", "sucre", 6, 11),
                one("detournesol", "de tournesol", 19, 30),
            ],
            "text": LIST,
            "corrected": "Œufs, sucre, huile de tournesol.",
        });
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn lists_that_cannot_be_corrected_say_why() {
    let (app, engine) = with_search().await;
    let router = app.router();
    for (query, status, expected) in [
        ("", 400, "`text` or `barcode` is required"),
        ("text=", 400, "`text` or `barcode` is required"),
        ("text=sucer&lang=fi", 400, "there are fr"),
        ("text=sucre", 200, "\"corrected\":\"sucre\""),
        ("barcode=1234", 200, "{\"status\":\"not_found\"}"),
        (&format!("barcode={CODE}&lang=en"), 200, "not_found"),
    ] {
        let response = get(&router, &format!("{SPELLCHECK}?{query}")).await;
        assert_eq!(
            response.status.as_u16(),
            status,
            "{query}: {}",
            response.text
        );
        assert!(
            response.text.contains(expected),
            "{query}: {}",
            response.text
        );
    }
    engine.set_unavailable(true);
    let response = get(&router, &format!("{SPELLCHECK}?text=sucer")).await;
    assert_eq!(response.status.as_u16(), 503);
}
