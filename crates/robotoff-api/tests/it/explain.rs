//! `/explain`: the products that a code names, and the wire form of explanations.

use chrono::NaiveDateTime;
use robotoff_api::ExplanationList;
use robotoff_app::explain::{
    ExplainedInsight, ExplainedPrediction, Explanation, InsightState, KindDisposition, Planned,
};
use robotoff_core::insight::{Disposition, Insight, InsightId, InsightKind};
use robotoff_core::prediction::{
    Evidence, Prediction, PredictionId, PredictionKind, StoredPrediction,
};
use robotoff_core::product::{Barcode, Lookup, Product, ProductId, ServerType, SourceImage};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::test_app::{TestApp, get, insight};

fn product() -> ProductId {
    let mut forms = ProductId::forms_of("3001234567890", ServerType::Obf).expect("a code");
    forms.remove(0)
}

fn prediction(id: i32, dispositions: Vec<KindDisposition>) -> ExplainedPrediction {
    let stored = StoredPrediction {
        id: PredictionId(id),
        product: product(),
        source_image: Some(SourceImage::new("/300/123/456/7890/1.jpg")),
        timestamp: NaiveDateTime::default(),
        prediction: Prediction {
            value_tag: Some("en:vegan".to_owned()),
            predictor: Some("regex".into()),
            evidence: vec![Evidence {
                text: "VEGAN".to_owned(),
                span: [3, 8],
                area: None,
                lc: None,
            }],
            ..Prediction::new(PredictionKind::Label)
        },
    };
    ExplainedPrediction {
        stored,
        dispositions,
    }
}

/// Product with a prediction that two kinds read, one that no kind reads, and an
/// insight that a refresh would delete.
fn explanation() -> Explanation {
    let id = InsightId(Uuid::from_u128(7));
    let of_kind = |kind, disposition| KindDisposition {
        kind: Some(kind),
        disposition,
    };
    let merged = of_kind(InsightKind::Label, Disposition::MergedInto(PredictionId(2)));
    let known = of_kind(InsightKind::Category, Disposition::Answered(id));
    let unread = KindDisposition {
        kind: None,
        disposition: Disposition::NotAnInsight,
    };
    let insight = Insight::new(id, product(), InsightKind::Label, NaiveDateTime::default());
    Explanation {
        product: product(),
        lookup: Lookup::Unchecked,
        predictions: vec![
            prediction(1, vec![merged, known]),
            prediction(2, vec![unread]),
        ],
        insights: vec![ExplainedInsight {
            insight,
            state: InsightState::Open,
            planned: Planned::Deleted(vec![(PredictionId(1), Disposition::Blacklisted)]),
        }],
        to_create: Vec::new(),
    }
}

fn written() -> Value {
    let list = ExplanationList::from(vec![explanation()]);
    serde_json::to_value(list).expect("it is JSON")
}

#[test]
fn each_prediction_is_written_with_its_dispositions() {
    let list = written();
    let predictions = &list["products"][0]["predictions"];
    let id = "00000000-0000-0000-0000-000000000007";
    assert_eq!(
        predictions[0],
        json!({
            "id": 1, "type": "label", "value_tag": "en:vegan", "value": null, "data": {},
            "source_image": "/300/123/456/7890/1.jpg", "confidence": null,
            "automatic_processing": null, "predictor": "regex", "predictor_version": "1",
            "timestamp": "1970-01-01T00:00:00",
            "evidence": [{"text": "VEGAN", "span": [3, 8]}],
            "dispositions": [
                {
                    "insight_type": "label", "code": "merged_into",
                    "sentence": "prediction 2 says the same",
                    "insight_id": null, "prediction_id": 2,
                },
                {
                    "insight_type": "category", "code": "answered",
                    "sentence": format!("the insight {id} has answered it"),
                    "insight_id": id, "prediction_id": null,
                },
            ],
        })
    );
    let unread = &predictions[1]["dispositions"][0];
    assert_eq!(
        (&unread["insight_type"], &unread["code"]),
        (&Value::Null, &json!("not_an_insight"))
    );
}

#[test]
fn each_insight_is_written_with_its_state_and_its_plan() {
    let mut list = written();
    let product = &mut list["products"][0];
    let insight = product["insights"][0].take();
    assert_eq!(insight["id"], "00000000-0000-0000-0000-000000000007");
    assert_eq!(
        (&insight["type"], &insight["n_votes"]),
        (&json!("label"), &json!(0))
    );
    assert_eq!(
        insight["state"],
        json!({"code": "open", "sentence": "it waits for answers"})
    );
    assert_eq!(
        insight["plan"],
        json!({
            "code": "delete", "sentence": "it is deleted: of prediction 1, the tag is excluded",
            "reasons": [
                {"prediction_id": 1, "code": "blacklisted", "sentence": "the tag is excluded"},
            ],
        })
    );
    product["predictions"] = json!([]);
    product["insights"] = json!([]);
    assert_eq!(
        list,
        json!({
            "products": [{
                "barcode": "3001234567890", "server_type": "obf", "product": "unchecked",
                "predictions": [], "insights": [], "to_create": [],
            }],
            "status": "found",
        })
    );
}

fn product_of(code: &str, server_type: ServerType) -> ProductId {
    ProductId {
        barcode: Barcode::as_stored(code).expect("a code"),
        server_type,
    }
}

#[tokio::test]
async fn a_product_is_explained_by_all_its_forms() {
    use ServerType::{Off, OffPro, Opf};
    for (path, code, server_type) in [
        ("0123", "00000123", Off),
        ("0123", "0000000000123", Off),
        ("0123?server_type=opf", "00000123", Opf),
        ("0123?server_type=opf", "0000000000123", Opf),
        ("3001234567890", "3001234567890", Off),
        ("org-a%2F12?server_type=off_pro", "org-a/12", OffPro),
    ] {
        let app = TestApp::new().await;
        let path = format!("/api/v1/explain/{path}");
        let response = get(&app.router(), &path).await;
        assert_eq!(response.status.as_u16(), 404, "{path}: no product");
        assert_eq!(response.json()["code"], "not_found");
        let id = product_of(code, server_type);
        let product = Product::from_json(id.clone(), json!({"code": code}));
        app.products.insert(product.expect("a product"));
        let explained = get(&app.router(), &path).await.json();
        assert_eq!(explained["products"][0]["barcode"], code, "{path}");
        assert_eq!(explained["products"][0]["server_type"], server_type.name());
        assert_eq!(explained["products"][0]["product"], "found", "{path}");
        app.products.set_unavailable([id]);
        let response = get(&app.router(), &path).await;
        assert_eq!(response.status.as_u16(), 503, "{path}");
    }
}

#[tokio::test]
async fn stored_insights_are_explained_without_a_product() {
    let app = TestApp::new().await;
    app.store(vec![insight(
        7,
        "3001234567890",
        InsightKind::ProductWeight,
    )])
    .await;
    let explained = get(&app.router(), "/api/v1/explain/3001234567890").await;
    let explained = explained.json();
    let product = &explained["products"][0];
    assert_eq!(product["product"], "absent");
    assert_eq!(product["insights"][0]["state"]["code"], "open");
    assert_eq!(product["insights"][0]["plan"]["code"], "delete");
    assert!(app.insight(7).await.is_open());
}

#[tokio::test]
async fn an_invalid_code_or_project_is_refused() {
    let router = TestApp::new().await.router();
    for (path, title) in [
        ("123?server_type=x", "invalid `server_type`: x"),
        ("%20", "Invalid parameter"),
    ] {
        let response = get(&router, &format!("/api/v1/explain/{path}")).await;
        assert_eq!(response.status.as_u16(), 400, "{path}");
        assert_eq!(response.json()["title"], title, "{path}");
    }
}
