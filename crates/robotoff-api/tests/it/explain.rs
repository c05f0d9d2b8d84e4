//! `/explain`: which products are meant, and what is written about them.

use chrono::NaiveDateTime;
use robotoff_app::explain::{
    ExplainedInsight, ExplainedPrediction, Explanation, InsightState, KindDisposition, Planned,
};
use robotoff_core::insight::{Disposition, Insight, InsightId, InsightKind};
use robotoff_core::prediction::{
    Evidence, Prediction, PredictionId, PredictionKind, StoredPrediction,
};
use robotoff_core::product::{Lookup, ProductId, ServerType, SourceImage};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::scripted::scripted;
use crate::service::get;

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

/// A product with a prediction that two kinds read and one that none does, and
/// with an insight that is to go.
fn explanation() -> Explanation {
    let id = InsightId(Uuid::from_u128(7));
    let told = |kind, disposition| KindDisposition {
        kind: Some(kind),
        disposition,
    };
    let merged = told(InsightKind::Label, Disposition::MergedInto(PredictionId(2)));
    let known = told(InsightKind::Category, Disposition::Answered(id));
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

#[tokio::test]
async fn each_prediction_is_written_with_what_became_of_it() {
    let (router, service) = scripted().await;
    *service.explanations.lock().unwrap() = vec![explanation()];
    let answer = get(&router, "/api/v1/explain/3001234567890").await.json();
    let predictions = &answer["products"][0]["predictions"];
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

#[tokio::test]
async fn each_insight_is_written_with_its_state_and_what_is_planned() {
    let (router, service) = scripted().await;
    *service.explanations.lock().unwrap() = vec![explanation()];
    let mut answer = get(&router, "/api/v1/explain/3001234567890").await.json();
    let product = &mut answer["products"][0];
    let insight = product["insights"][0].take();
    assert_eq!(insight["id"], "00000000-0000-0000-0000-000000000007");
    assert_eq!(
        (&insight["type"], &insight["n_votes"]),
        (&json!("label"), &json!(0))
    );
    assert_eq!(
        insight["state"],
        json!({"code": "open", "sentence": "it waits for people"})
    );
    assert_eq!(
        insight["plan"],
        json!({
            "code": "delete", "sentence": "it goes: of prediction 1, the tag is excluded",
            "reasons": [
                {"prediction_id": 1, "code": "blacklisted", "sentence": "the tag is excluded"},
            ],
        })
    );
    product["predictions"] = json!([]);
    product["insights"] = json!([]);
    assert_eq!(
        answer,
        json!({
            "products": [{
                "barcode": "3001234567890", "server_type": "obf", "product": "unchecked",
                "predictions": [], "insights": [], "to_create": [],
            }],
            "status": "found",
        })
    );
}

#[tokio::test]
async fn a_product_is_explained_by_all_its_forms() {
    let (router, service) = scripted().await;
    for (path, expected) in [
        ("0123", &["00000123 off", "0000000000123 off"][..]),
        (
            "0123?server_type=opf",
            &["00000123 opf", "0000000000123 opf"],
        ),
        ("3001234567890", &["3001234567890 off"]),
        ("org-a%2F12?server_type=off_pro", &["org-a/12 off_pro"]),
    ] {
        let answer = get(&router, &format!("/api/v1/explain/{path}")).await;
        assert_eq!(answer.status.as_u16(), 404, "{path}: nothing is known");
        assert_eq!(answer.text, r#"{"title":"404 Not Found"}"#);
        let forms = service.explained.lock().unwrap().take().unwrap();
        let forms: Vec<String> = forms
            .iter()
            .map(|form| format!("{} {}", form.barcode, form.server_type))
            .collect();
        assert_eq!(forms, expected, "{path}");
    }
    for (path, title) in [
        ("123?server_type=x", "invalid `server_type`: x"),
        ("%20", "Invalid parameter"),
    ] {
        let answer = get(&router, &format!("/api/v1/explain/{path}")).await;
        assert_eq!(answer.status.as_u16(), 400, "{path}");
        assert_eq!(answer.json()["title"], title, "{path}");
    }
    assert_eq!(*service.explained.lock().unwrap(), None);
}
