//! `GET /api/v1/predictions`: stored predictions by filter (`docs/reference/api.md` 2.12).

use axum::extract::State;
use robotoff_core::prediction::{PredictionKind, StoredPrediction};
use robotoff_core::product::{Barcode, ServerType, SourceImage};
use robotoff_ports::store::PredictionFilter;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::insights::kinds;
use crate::Api;
use crate::error::ApiError;
use crate::json::{Json, Time};
use crate::request_context::RequestContext;
use crate::routes::lists::{PageQuery, ProjectQuery, status};

/// Claim of an extractor or model about a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StoredPredictionBody {
    id: i32,
    #[schema(value_type = String)]
    barcode: Barcode,
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: PredictionKind,
    data: Map<String, Value>,
    #[schema(value_type = String)]
    timestamp: Time,
    value_tag: Option<String>,
    value: Option<String>,
    #[schema(value_type = Option<String>)]
    source_image: Option<SourceImage>,
    automatic_processing: Option<bool>,
    predictor: Option<String>,
    predictor_version: Option<String>,
    confidence: Option<f32>,
    #[schema(value_type = String)]
    server_type: ServerType,
}

impl From<StoredPrediction> for StoredPredictionBody {
    fn from(stored: StoredPrediction) -> Self {
        let prediction = stored.prediction;
        Self {
            id: stored.id.0,
            barcode: stored.product.barcode,
            kind: prediction.kind,
            data: prediction.data,
            timestamp: Time(stored.timestamp),
            value_tag: prediction.value_tag,
            value: prediction.value,
            source_image: stored.source_image,
            automatic_processing: prediction.automatic_processing,
            predictor: prediction.predictor.map(Into::into),
            predictor_version: prediction.predictor_version.map(Into::into),
            confidence: prediction.confidence.map(|confidence| confidence as f32),
            server_type: stored.product.server_type,
        }
    }
}

/// Page of predictions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PredictionList {
    /// Number of matches on all pages.
    count: u64,
    predictions: Vec<StoredPredictionBody>,
    /// `found` or `no_predictions`.
    status: &'static str,
}

/// Parameters of `/predictions`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct PredictionsQuery {
    barcode: Option<String>,
    value_tag: Option<String>,
    /// Only these types, at most 10; separated by commas.
    types: Option<String>,
}

/// Lists stored predictions, by id.
#[utoipa::path(
    get,
    path = "/api/v1/predictions",
    tag = "predictions",
    params(PageQuery, PredictionsQuery, ProjectQuery),
    responses(
        (status = OK, body = PredictionList),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn predictions(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<PredictionList>, ApiError> {
    let range = request.row_range()?;
    let filter = PredictionFilter {
        server_type: request.server_type()?,
        barcodes: request.barcodes(),
        kinds: request.params.list("types").map(|names| kinds(&names)),
        value_tag: request.params.filled("value_tag"),
    };
    let list = api.app.predictions.list(&filter, range).await?;
    let predictions: Vec<_> = list
        .rows
        .into_iter()
        .map(StoredPredictionBody::from)
        .collect();
    Ok(Json(PredictionList {
        count: list.count,
        status: status(&predictions, "no_predictions"),
        predictions,
    }))
}
