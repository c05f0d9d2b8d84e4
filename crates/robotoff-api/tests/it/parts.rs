//! Routes whose models or indexes an installation may lack: they check their requests, and
//! name what is missing.

use std::sync::Arc;

use async_trait::async_trait;
use robotoff_api::Role;
use robotoff_core::image::LogoId;
use robotoff_core::product::{Barcode, Product, ProductId, ServerType};
use robotoff_ports::PortResult;
use robotoff_ports::parts::{IdentifiedLanguage, LanguageIdentifier, LogoIndex, Neighbor};
use robotoff_ports::store::{Change, Changes};
use serde_json::json;

use crate::images::{with_logos, write};
use crate::test_app::{TestApp, get, send};

const JSON: (&str, &str) = ("content-type", "application/json");
const LOGIN: (&str, &str) = ("authorization", "Basic YW5uOnB3");

/// Path, status and title of the response.
const GETS: [(&str, u16, &str); 20] = [
    ("predict/nutrition", 400, "Missing parameter"),
    ("predict/nutrition?image_url=x", 400, "Missing parameter"),
    (
        "predict/nutrition?image_url=x&ocr_url=y",
        503,
        "model for nutrients is not available",
    ),
    ("predict/ingredient_list", 400, "Missing parameter"),
    (
        "predict/ingredient_list?ocr_url=x&aggregation_strategy=first",
        400,
        "Invalid parameter",
    ),
    (
        "predict/ingredient_list?ocr_url=x&server_type=obf",
        400,
        "lists of ingredients are only found for `server_type` off",
    ),
    (
        "predict/ingredient_list?ocr_url=x&aggregation_strategy=MAX",
        503,
        "model for lists of ingredients is not available",
    ),
    ("predict/lang", 400, "400 Bad Request"),
    ("predict/lang?text=a&k=0", 400, "400 Bad Request"),
    (
        "predict/lang?text=a",
        503,
        "language identification is not available",
    ),
    ("images/predict?image_url=x", 400, "Missing parameter"),
    ("images/predict?models=nutriscore", 400, "Missing parameter"),
    (
        "images/predict?image_url=x&models=nope",
        400,
        "invalid_model",
    ),
    (
        "images/predict?image_url=x&models=nutriscore&threshold=x",
        400,
        "Invalid parameter",
    ),
    (
        "images/predict?image_url=x&models=nutriscore,nutrition_table&output_image=true",
        400,
        "invalid_request",
    ),
    (
        "images/predict?image_url=x&models=front_image_classification&output_image=1",
        400,
        "invalid_request",
    ),
    (
        "images/predict?image_url=x&models=nutriscore",
        503,
        "model nutriscore is not available",
    ),
    ("ann/search/1", 404, "404 Not Found"),
    ("ann/search/x", 404, "404 Not Found"),
    ("ann/search?count=501", 400, "Invalid parameter"),
];

#[tokio::test]
async fn a_missing_part_is_named() {
    let router = with_logos().await.router();
    for (path, status, title) in GETS {
        let response = get(&router, &format!("/api/v1/{path}")).await;
        assert_eq!(response.status.as_u16(), status, "{path}");
        assert_eq!(response.json()["title"], title, "{path}");
        if status == 503 {
            assert_eq!(response.json()["code"], "part_missing", "{path}");
            // Asking again does not help.
            assert_eq!(response.header("retry-after"), "", "{path}");
        }
    }
}

#[tokio::test]
async fn categories_are_predicted_for_known_products() {
    let app = TestApp::new().await;
    let id = ProductId {
        barcode: Barcode::as_stored("3001234567890").expect("a code"),
        server_type: ServerType::Off,
    };
    let product = Product::from_json(id, json!({"code": "3001234567890"}));
    app.products.insert(product.expect("a product"));
    for (query, body, status) in [
        ("", "", 400),
        ("", "{}", 400),
        ("?server_type=obf", r#"{"barcode": "1"}"#, 400),
        ("", r#"{"barcode": "1"}"#, 404),
        ("", r#"{"barcode": "3001234567890"}"#, 503),
        ("", r#"{"product": {"product_name": "x"}}"#, 503),
    ] {
        let path = format!("/api/v1/predict/category{query}");
        let response = send(&app.router(), "POST", &path, &[JSON], body).await;
        assert_eq!(
            response.status.as_u16(),
            status,
            "{body}: {}",
            response.text
        );
    }
}

#[tokio::test]
async fn webhooks_and_downloads_are_closed() {
    let mut app = TestApp::new().await;
    app.api.settings.batch_token = Some("secret".to_owned());
    let batch = "/api/v1/batch/import";
    let good = "job_type=ingredients_spellcheck&batch_dir=x";
    let bearer = |token: &'static str| ("authorization", token);
    for (query, headers, status) in [
        ("", vec![], 400),
        ("job_type=ingredients_spellcheck", vec![], 400),
        ("job_type=ingredients-spellcheck&batch_dir=x", vec![], 400),
        (good, vec![], 400),
        (good, vec![bearer("Basic secret")], 401),
        (good, vec![bearer("Bearer")], 401),
        (good, vec![bearer("Bearer wrong")], 401),
        (good, vec![bearer("Bearer secret")], 503),
    ] {
        let path = format!("{batch}?{query}");
        let response = send(&app.router(), "POST", &path, &headers, "").await;
        assert_eq!(response.status.as_u16(), status, "{query} {headers:?}");
    }
    app.api.settings.batch_token = None;
    let path = format!("{batch}?{good}");
    let closed = send(&app.router(), "POST", &path, &[bearer("Bearer ")], "").await;
    assert_eq!(closed.status.as_u16(), 401);
    let dataset = "/api/v1/products/dataset";
    assert_eq!(
        get(&app.router(), dataset).await.json(),
        json!({"etag": null})
    );
    for (headers, role, status) in [
        (vec![], Role::Operator, 403),
        (vec![LOGIN], Role::User, 403),
        (vec![LOGIN], Role::Operator, 503),
    ] {
        app.api.settings.role_of_logins = role;
        let response = send(&app.router(), "POST", dataset, &headers, "").await;
        assert_eq!(response.status.as_u16(), status, "{role:?}");
    }
}

/// Finds what it was made with.
struct FakeParts;

#[async_trait]
impl LanguageIdentifier for FakeParts {
    async fn languages_of(
        &self,
        text: &str,
        k: usize,
        _: f32,
    ) -> PortResult<Vec<IdentifiedLanguage>> {
        let lang = format!("{text}/{k}");
        let confidence = 1.0;
        Ok(vec![IdentifiedLanguage { lang, confidence }])
    }
}

#[async_trait]
impl LogoIndex for FakeParts {
    async fn nearest(
        &self,
        embedding: &[f32],
        _: ServerType,
        count: u64,
    ) -> PortResult<Vec<Neighbor>> {
        assert_eq!(embedding, [0.6, 0.8]);
        let found = [(1, 0.0), (3, 0.1), (2, 0.25), (9, 0.5)].into_iter();
        let found = found.map(|(logo, distance)| Neighbor {
            logo: LogoId(logo),
            distance,
        });
        Ok(found
            .take(usize::try_from(count).expect("a small number"))
            .collect())
    }
}

#[tokio::test]
async fn parts_that_are_there_answer() {
    let mut app = with_logos().await;
    app.add_parts(|parts| {
        parts.languages = Some(Arc::new(FakeParts));
        parts.logo_index = Some(Arc::new(FakeParts));
    });
    let router = app.router();
    let expected = json!({"predictions": [{"lang": "a,b/3", "confidence": 1.0}]});
    let path = "/api/v1/predict/lang";
    let form = [("content-type", "application/x-www-form-urlencoded")];
    for response in [
        get(&router, &format!("{path}?text=a,b&k=3")).await,
        send(&router, "POST", path, &form, "text=a,b&k=3").await,
        send(&router, "POST", path, &[JSON], r#"{"text": "a,b", "k": 3}"#).await,
    ] {
        assert_eq!(response.json(), expected);
    }
    let none = get(&router, "/api/v1/ann/search").await.json();
    assert_eq!(
        none,
        json!({"results": [], "count": 0, "query_logo_id": null})
    );
    let embedding = [3.0_f32, 4.0]
        .iter()
        .flat_map(|n| n.to_le_bytes())
        .collect();
    let logo = LogoId(1);
    write(
        &app.store,
        Changes::new().with(Change::SetLogoEmbedding { logo, embedding }),
    )
    .await;
    // Without itself, and without the logo of a deleted image and one that is gone.
    let near =
        json!({"results": [{"logo_id": 2, "distance": 0.25}], "count": 1, "query_logo_id": 1});
    for path in [
        "ann/search/1",
        "ann/search?index=&count=2",
        "ann/search/1?count=500",
    ] {
        assert_eq!(
            get(&router, &format!("/api/v1/{path}")).await.json(),
            near,
            "{path}"
        );
    }
}

#[tokio::test]
async fn runs_of_models_are_imported_once() {
    let mut app = with_logos().await;
    let path = "/api/v1/image_predictions/import";
    let run = |image: &str, model: &str| {
        json!({"barcode": "3001234567890", "image_id": image, "model_name": model,
            "model_version": "v1", "data": {"objects": [{"score": 0.25}, {"score": 0.5}]}})
    };
    let body = |runs: Vec<serde_json::Value>| json!({"predictions": runs}).to_string();
    let one = body(vec![run("1", "nutriscore")]);
    for headers in [&[JSON][..], &[JSON, LOGIN]] {
        let response = send(&app.router(), "POST", path, headers, &one).await;
        assert_eq!(response.status.as_u16(), 403);
    }
    app.api.settings.role_of_logins = Role::Operator;
    let router = app.router();
    for (body, status) in [
        ("{}".to_owned(), 400),
        (body(vec![json!({"barcode": "1"})]), 400),
        (body(vec![run("x", "nutriscore")]), 400),
        (body(vec![run("1", "")]), 400),
        (
            body(vec![run("1", "nutriscore"), run("7", "nutriscore")]),
            400,
        ),
    ] {
        let response = send(&router, "POST", path, &[JSON, LOGIN], &body).await;
        assert_eq!(
            response.status.as_u16(),
            status,
            "{body}: {}",
            response.text
        );
    }
    for (body, imported) in [(body(vec![]), 0), (one.clone(), 1), (one, 0)] {
        let response = send(&router, "POST", path, &[JSON, LOGIN], &body).await;
        assert_eq!(response.json(), json!({"imported": imported}), "{body}");
    }
    let list = get(&router, "/api/v1/image_predictions?model_name=nutriscore")
        .await
        .json();
    let row = &list["image_predictions"][0];
    assert_eq!(list["count"], 1);
    assert_eq!(
        (&row["max_confidence"], &row["type"]),
        (&json!(0.5), &json!("object_detection"))
    );
    assert_eq!(row["image"]["id"], 1);
}
