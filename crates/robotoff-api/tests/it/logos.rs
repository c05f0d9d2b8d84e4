//! Annotations of logos.

use robotoff_api::Role;
use robotoff_core::edit::ProductChange;
use robotoff_core::image::LogoId;
use robotoff_core::insight::InsightKind;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, Product, ProductId, ServerType};
use robotoff_ports::store::{InsightFilter, InsightOrder, InsightPage, InsightReads};
use serde_json::{Value, json};

use crate::images::with_logos;
use crate::test_app::{Response, TestApp, get, send};

const LOGIN: (&str, &str) = ("authorization", "Basic YW5uOnB3");
const JSON: (&str, &str) = ("content-type", "application/json");

fn product() -> ProductId {
    ProductId {
        barcode: Barcode::as_stored("3001234567890").expect("a code"),
        server_type: ServerType::Off,
    }
}

async fn put(app: &TestApp, id: &str, login: bool, body: &str) -> Response {
    let headers: &[_] = if login { &[JSON, LOGIN] } else { &[JSON] };
    let path = format!("/api/v1/images/logos/{id}");
    send(&app.router(), "PUT", &path, headers, body).await
}

async fn logo(app: &TestApp, id: u32) -> Value {
    get(&app.router(), &format!("/api/v1/images/logos/{id}"))
        .await
        .json()
}

#[tokio::test]
async fn the_checks_of_an_annotation_have_an_order() {
    let app = with_logos().await;
    for (id, login, body, status) in [
        ("9", false, "", 400),
        ("9", false, "[]", 400),
        ("9", false, r#"{"value": "x"}"#, 400),
        ("9", false, r#"{"type": ""}"#, 400),
        ("9", false, r#"{"type": "brand", "value": 1}"#, 400),
        ("9", false, r#"{"type": "brand"}"#, 403),
        ("9", true, r#"{"type": "brand"}"#, 404),
        ("1", true, r#"{"type": "brand"}"#, 400),
        ("1", true, r#"{"type": "brand", "value": ""}"#, 400),
        ("1", true, r#"{"type": "label", "value": "organic"}"#, 400),
        ("1", true, r#"{"type": "brand", "value": "a\u0000"}"#, 400),
        ("1", true, r#"{"type": "no_logo"}"#, 204),
    ] {
        let response = put(&app, id, login, body).await;
        assert_eq!(
            response.status.as_u16(),
            status,
            "{id} {body}: {}",
            response.text
        );
        assert_eq!(response.text.is_empty(), status == 204, "{body}");
    }
    let text = [("content-type", "text/plain"), LOGIN];
    let response = send(&app.router(), "PUT", "/api/v1/images/logos/1", &text, "x").await;
    assert_eq!(response.status.as_u16(), 415);
}

#[tokio::test]
async fn an_annotated_label_becomes_an_edit_of_the_annotator() {
    let app = with_logos().await;
    let image = json!({"sizes": {"full": {"w": 3000, "h": 4000}}, "uploaded_t": 1});
    let document = json!({"code": "3001234567890", "images": {"1": image}});
    let document = Product::from_json(product(), document);
    app.products.insert(document.expect("a product"));
    let response = put(
        &app,
        "1",
        true,
        r#"{"type": "label", "value": "en:organic"}"#,
    )
    .await;
    assert_eq!(response.status.as_u16(), 204, "{}", response.text);
    app.api.app.logos.idle().await;
    // The job that follows finds nothing to do.
    let again = app.api.app.logos.apply(LogoId(1), None).await;
    again.expect("it is applied");
    let annotated = logo(&app, 1).await;
    assert_eq!(annotated["annotation_type"], "label");
    assert_eq!(annotated["taxonomy_value"], "en:organic");
    assert_eq!(annotated["username"], "ann");
    let edits = app.editor.take();
    assert_eq!(edits.len(), 1, "{edits:?}");
    assert_eq!(
        edits[0].0,
        ProductChange::AddLabel {
            tag: "en:organic".to_owned()
        }
    );
    let all = InsightPage::first(10);
    let every = InsightFilter::default();
    let insights = app.store.insights(&every, InsightOrder::Stored, &all);
    let insights = insights.await.expect("a read");
    assert_eq!(insights.len(), 1);
    assert_eq!(insights[0].kind, InsightKind::Label.prediction_kind());
    assert_eq!(insights[0].username.as_deref(), Some("ann"));
    assert_eq!(insights[0].data["logo_id"], 1);
    // The same annotation again changes nothing.
    put(
        &app,
        "1",
        true,
        r#"{"type": "label", "value": "en:organic"}"#,
    )
    .await;
    app.api.app.logos.idle().await;
    assert!(app.editor.take().is_empty());
}

#[tokio::test]
async fn another_annotation_replaces_the_claim_of_the_former_one() {
    let app = with_logos().await;
    put(
        &app,
        "1",
        true,
        r#"{"type": "label", "value": "en:organic"}"#,
    )
    .await;
    app.api.app.logos.idle().await;
    let predictions = async || {
        let snapshot = app
            .store
            .product_snapshot(&product())
            .await
            .expect("a read");
        let rows = snapshot.predictions.into_iter();
        rows.map(|row| (row.prediction.kind, row.prediction.value_tag))
            .collect::<Vec<_>>()
    };
    let organic = (PredictionKind::Label, Some("en:organic".to_owned()));
    assert_eq!(predictions().await, [organic]);
    put(&app, "1", true, r#"{"type": "no_logo", "value": null}"#).await;
    app.api.app.logos.idle().await;
    assert_eq!(predictions().await, []);
    let cleared = logo(&app, 1).await;
    assert_eq!(cleared["annotation_type"], "no_logo");
    for member in ["annotation_value", "annotation_value_tag", "taxonomy_value"] {
        assert_eq!(cleared[member], Value::Null, "{member}");
    }
    assert_eq!(cleared["username"], "ann");
    assert_ne!(cleared["completed_at"], Value::Null);
}

#[tokio::test]
async fn a_reset_takes_back_annotation_and_predictions() {
    let app = with_logos().await;
    put(
        &app,
        "1",
        true,
        r#"{"type": "label", "value": "en:organic"}"#,
    )
    .await;
    app.api.app.logos.idle().await;
    let router = app.router();
    let path = |id: &str| format!("/api/v1/images/logos/{id}/reset");
    let anonymous = send(&router, "POST", &path("1"), &[], "").await;
    assert_eq!(anonymous.status.as_u16(), 403);
    let unknown = send(&router, "POST", &path("9"), &[LOGIN], "").await;
    assert_eq!(unknown.status.as_u16(), 404);
    let reset = send(&router, "POST", &path("1"), &[LOGIN], "").await;
    assert_eq!((reset.status.as_u16(), reset.text.as_str()), (204, ""));
    let bare = logo(&app, 1).await;
    for member in [
        "annotation_type",
        "annotation_value",
        "username",
        "completed_at",
    ] {
        assert_eq!(bare[member], Value::Null, "{member}");
    }
    let snapshot = app
        .store
        .product_snapshot(&product())
        .await
        .expect("a read");
    assert!(snapshot.predictions.is_empty());
}

#[tokio::test]
async fn logos_are_annotated_together_or_not_at_all() {
    let app = with_logos().await;
    let router = app.router();
    let path = "/api/v1/images/logos/annotate";
    let one =
        |id: u32, kind: &str, value: Value| json!({"logo_id": id, "type": kind, "value": value});
    let body = |annotations: Value| {
        json!({"annotations": annotations, "withCredentials": true}).to_string()
    };
    for (annotations, login, status) in [
        (json!([{"logo_id": 1}]), true, 400),
        (json!([one(1, "nope", json!("x"))]), true, 400),
        (json!([one(1, "brand", json!("x"))]), false, 403),
        (json!([one(1, "brand", json!(null))]), true, 400),
        (
            json!([
                one(1, "no_logo", json!(null)),
                one(9, "no_logo", json!(null))
            ]),
            true,
            404,
        ),
    ] {
        let headers: &[_] = if login { &[JSON, LOGIN] } else { &[JSON] };
        let response = send(&router, "POST", path, headers, &body(annotations.clone())).await;
        assert_eq!(
            response.status.as_u16(),
            status,
            "{annotations}: {}",
            response.text
        );
    }
    assert_eq!(logo(&app, 1).await["annotation_type"], Value::Null);
    let given = body(json!([
        one(1, "no_logo", json!(null)),
        one(2, "brand", json!("x")),
        one(3, "qr_code", json!(null)),
    ]));
    let response = send(&router, "POST", path, &[JSON, LOGIN], &given).await;
    assert_eq!(response.text, "{\"annotated\":2}");
    assert_eq!(logo(&app, 1).await["annotation_type"], "no_logo");
    assert_eq!(logo(&app, 2).await["annotation_type"], "label");
    assert_eq!(logo(&app, 3).await["annotation_type"], "qr_code");
    let again = send(&router, "POST", path, &[JSON, LOGIN], &given).await;
    assert_eq!(again.text, "{\"annotated\":0}");
}

#[tokio::test]
async fn annotations_are_renamed_by_moderators() {
    let mut app = with_logos().await;
    let path = "/api/v1/images/logos/update";
    let query = "source_type=label&source_value=en:organic&target_type=label&target_value=de:ohne-gentechnik";
    let update = |query: &str| format!("{path}?{query}");
    for (query, headers, status) in [
        ("source_type=label", &[LOGIN][..], 400),
        (query, &[], 403),
        (query, &[LOGIN], 403),
    ] {
        let response = send(&app.router(), "POST", &update(query), headers, "").await;
        assert_eq!(response.status.as_u16(), status, "{query}");
    }
    app.api.settings.role_of_logins = Role::Moderator;
    let same = query.replace("de:ohne-gentechnik", "en:organic");
    for (query, updated) in [(same.as_str(), 0), (query, 1), (query, 0)] {
        let response = send(&app.router(), "POST", &update(query), &[LOGIN], "").await;
        assert_eq!(response.json(), json!({"updated": updated}), "{query}");
    }
    let renamed = logo(&app, 2).await;
    assert_eq!(renamed["annotation_value_tag"], "de:ohne-gentechnik");
    assert_eq!(renamed["taxonomy_value"], "de:ohne-gentechnik");
    assert_eq!(renamed["username"], "ann");
}
