//! Wire form of an explanation: every member, always (docs/api.md).

use robotoff_app::explain::{
    ExplainedInsight, ExplainedPrediction, Explanation, InsightState, KindDisposition, Planned,
};
use robotoff_core::insight::{Disposition, Draft, InsightKind};
use robotoff_core::prediction::{Evidence, Prediction, PredictionId, PredictionKind};
use robotoff_core::product::{Barcode, ServerType, SourceImage};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::json::Time;
use crate::routes::insights::body::InsightBody;

/// Explanations of a product.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplanationList {
    /// Usually one; two when predictions are stored under both forms of a short code.
    products: Vec<ProductBody>,
    /// `found`.
    status: &'static str,
}

/// Explanation of one stored product.
#[derive(Debug, Serialize, ToSchema)]
struct ProductBody {
    #[schema(value_type = String)]
    barcode: Barcode,
    #[schema(value_type = String)]
    server_type: ServerType,
    /// `found`, `absent`, `moved` to another project, or `unchecked` when products are not checked.
    product: &'static str,
    predictions: Vec<PredictionBody>,
    insights: Vec<ExplainedInsightBody>,
    /// Insights that a refresh would create.
    to_create: Vec<DraftBody>,
}

/// Stored prediction and its dispositions.
#[derive(Debug, Serialize, ToSchema)]
struct PredictionBody {
    id: i32,
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: PredictionKind,
    value_tag: Option<String>,
    value: Option<String>,
    data: Map<String, Value>,
    #[schema(value_type = Option<String>)]
    source_image: Option<SourceImage>,
    confidence: Option<f64>,
    automatic_processing: Option<bool>,
    predictor: Option<String>,
    predictor_version: Option<String>,
    #[schema(value_type = String)]
    timestamp: Time,
    /// Evidence in the text of the image.
    #[schema(value_type = Vec<Object>)]
    evidence: Vec<Evidence>,
    /// At least one: one for each type of insight that reads it, more where it has
    /// several claims.
    dispositions: Vec<DispositionBody>,
}

/// Disposition of a prediction for one type of insight.
#[derive(Debug, Serialize, ToSchema)]
struct DispositionBody {
    /// Null when no type of insight reads such predictions.
    #[schema(value_type = Option<String>)]
    insight_type: Option<InsightKind>,
    code: &'static str,
    sentence: String,
    /// Insight that it became, or that answered it before.
    insight_id: Option<Uuid>,
    /// Other prediction that claims the same, or takes precedence.
    prediction_id: Option<i32>,
}

/// Insight, its state, and the plan for it.
#[derive(Debug, Serialize, ToSchema)]
struct ExplainedInsightBody {
    #[serde(flatten)]
    insight: InsightBody,
    state: StateBody,
    plan: PlanBody,
}

/// State of an insight.
#[derive(Debug, Serialize, ToSchema)]
struct StateBody {
    /// `open`, `automatic`, `editing` or `answered`.
    code: &'static str,
    sentence: String,
}

/// Plan of a refresh for an insight.
#[derive(Debug, Serialize, ToSchema)]
struct PlanBody {
    /// `keep`, `update` or `delete`.
    code: &'static str,
    sentence: String,
    /// Dispositions of the predictions that claim the same as a deleted insight.
    reasons: Vec<ReasonBody>,
}

/// Disposition of a prediction.
#[derive(Debug, Serialize, ToSchema)]
struct ReasonBody {
    prediction_id: i32,
    code: &'static str,
    sentence: String,
}

/// Insight that a refresh would create.
#[derive(Debug, Serialize, ToSchema)]
struct DraftBody {
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: PredictionKind,
    value_tag: Option<String>,
    value: Option<String>,
    data: Map<String, Value>,
    #[schema(value_type = Option<String>)]
    source_image: Option<SourceImage>,
    automatic_processing: bool,
    #[schema(value_type = Option<String>)]
    process_after: Option<Time>,
    /// Predictions that justify it, the claiming one first.
    prediction_ids: Vec<i32>,
}

impl From<Vec<Explanation>> for ExplanationList {
    fn from(explained: Vec<Explanation>) -> Self {
        Self {
            products: explained.into_iter().map(ProductBody::from).collect(),
            status: "found",
        }
    }
}

impl From<Explanation> for ProductBody {
    fn from(explained: Explanation) -> Self {
        let predictions = explained.predictions.into_iter();
        let insights = explained.insights.into_iter();
        Self {
            barcode: explained.product.barcode,
            server_type: explained.product.server_type,
            product: explained.lookup.code(),
            predictions: predictions.map(PredictionBody::from).collect(),
            insights: insights.map(ExplainedInsightBody::from).collect(),
            to_create: explained.to_create.iter().map(DraftBody::from).collect(),
        }
    }
}

impl From<ExplainedPrediction> for PredictionBody {
    fn from(explained: ExplainedPrediction) -> Self {
        let stored = explained.stored;
        let Prediction {
            kind,
            value,
            value_tag,
            data,
            automatic_processing,
            predictor,
            predictor_version,
            confidence,
            evidence,
        } = stored.prediction;
        Self {
            id: stored.id.0,
            kind,
            value_tag,
            value,
            data,
            source_image: stored.source_image,
            confidence,
            automatic_processing,
            predictor: predictor.map(|name| name.into_owned()),
            predictor_version: predictor_version.map(|version| version.into_owned()),
            timestamp: Time(stored.timestamp),
            evidence,
            dispositions: explained
                .dispositions
                .iter()
                .map(DispositionBody::from)
                .collect(),
        }
    }
}

impl From<&KindDisposition> for DispositionBody {
    fn from(KindDisposition { kind, disposition }: &KindDisposition) -> Self {
        Self {
            insight_type: *kind,
            code: disposition.code(),
            sentence: disposition.to_string(),
            insight_id: disposition.insight().map(|id| id.0),
            prediction_id: disposition.prediction().map(|id| id.0),
        }
    }
}

impl From<ExplainedInsight> for ExplainedInsightBody {
    fn from(explained: ExplainedInsight) -> Self {
        Self {
            insight: InsightBody::from(explained.insight),
            state: StateBody::from(explained.state),
            plan: PlanBody::from(&explained.planned),
        }
    }
}

impl From<InsightState> for StateBody {
    fn from(state: InsightState) -> Self {
        Self {
            code: state.code(),
            sentence: state.to_string(),
        }
    }
}

impl From<&Planned> for PlanBody {
    fn from(planned: &Planned) -> Self {
        let reasons: &[(PredictionId, Disposition)] = match planned {
            Planned::Kept | Planned::Updated => &[],
            Planned::Deleted(dispositions) => dispositions,
        };
        let reason = |(prediction, disposition): &(PredictionId, Disposition)| ReasonBody {
            prediction_id: prediction.0,
            code: disposition.code(),
            sentence: disposition.to_string(),
        };
        Self {
            code: planned.code(),
            sentence: planned.to_string(),
            reasons: reasons.iter().map(reason).collect(),
        }
    }
}

impl From<&Draft> for DraftBody {
    fn from(draft: &Draft) -> Self {
        let insight = draft.insight();
        Self {
            kind: insight.kind,
            value_tag: insight.value_tag.clone(),
            value: insight.value.clone(),
            data: insight.data.clone(),
            source_image: insight.source_image.clone(),
            automatic_processing: insight.automatic_processing,
            process_after: insight.process_after.map(Time),
            prediction_ids: draft.origins.iter().map(|id| id.0).collect(),
        }
    }
}
