//! Wire form of an insight (`docs/reference/api.md` 2.6): every member, always.

use robotoff_core::insight::Insight;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, ServerType, SourceImage};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::json::Time;

/// Claim about a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InsightBody {
    id: Uuid,
    #[schema(value_type = String)]
    barcode: Barcode,
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: PredictionKind,
    data: Map<String, Value>,
    #[schema(value_type = Option<String>)]
    timestamp: Option<Time>,
    #[schema(value_type = Option<String>)]
    completed_at: Option<Time>,
    /// Null while it is open; -1 undecided, 0 no, 1 yes, 2 another value.
    annotation: Option<i32>,
    annotated_result: Option<i32>,
    n_votes: i32,
    username: Option<String>,
    countries: Option<Vec<String>>,
    brands: Option<Vec<String>>,
    #[schema(value_type = Option<String>)]
    process_after: Option<Time>,
    value_tag: Option<String>,
    value: Option<String>,
    #[schema(value_type = Option<String>)]
    source_image: Option<SourceImage>,
    automatic_processing: bool,
    #[schema(value_type = String)]
    server_type: ServerType,
    unique_scans_n: i32,
    reserved_barcode: bool,
    predictor: Option<String>,
    predictor_version: Option<String>,
    campaign: Option<Vec<String>>,
    confidence: Option<f32>,
    /// y_min, x_min, y_max, x_max, relative.
    bounding_box: Option<Value>,
    lc: Option<Vec<String>>,
    with_image: Option<bool>,
}

impl From<Insight> for InsightBody {
    fn from(insight: Insight) -> Self {
        Self {
            id: insight.id.0,
            barcode: insight.product.barcode,
            kind: insight.kind,
            data: insight.data,
            timestamp: insight.timestamp.map(Time),
            completed_at: insight.completed_at.map(Time),
            annotation: insight.verdict.map(|verdict| verdict.code()),
            annotated_result: insight.outcome.map(|outcome| outcome.code()),
            n_votes: insight.n_votes,
            username: insight.username,
            countries: insight.countries,
            brands: insight.brands,
            process_after: insight.process_after.map(Time),
            value_tag: insight.value_tag,
            value: insight.value,
            source_image: insight.source_image,
            automatic_processing: insight.automatic_processing,
            server_type: insight.product.server_type,
            unique_scans_n: insight.unique_scans_n,
            reserved_barcode: insight.reserved_barcode,
            predictor: insight.predictor,
            predictor_version: insight.predictor_version,
            campaign: insight.campaigns,
            confidence: insight.confidence,
            bounding_box: insight.bounding_box,
            lc: insight.lc,
            with_image: insight.with_image,
        }
    }
}
