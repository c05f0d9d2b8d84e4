//! `GET /api/v1/image_predictions`: stored runs of vision models (`docs/reference/api.md`
//! 2.23), and their import.

pub(crate) mod import;

use axum::extract::State;
use robotoff_ports::store::ImagePredictionFilter;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::images::body::ImagePredictionBody;
use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;
use crate::routes::lists::{PageQuery, ProjectQuery, status};

/// Page of runs of vision models.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImagePredictionList {
    /// Number of matches on all pages.
    count: u64,
    image_predictions: Vec<ImagePredictionBody>,
    /// `found` or `no_image_predictions`.
    status: &'static str,
}

/// Parameters of `/image_predictions`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct ImagePredictionsQuery {
    /// True: all runs; false: only runs that found no logo.
    #[param(default = false)]
    with_logo: Option<bool>,
    model_name: Option<String>,
    r#type: Option<String>,
    model_version: Option<String>,
    /// Number of the image.
    image_id: Option<String>,
    barcode: Option<String>,
    /// Lowest `max_confidence`; compared as a 4-byte number, as it is stored.
    min_confidence: Option<f64>,
}

/// Lists runs of vision models, by id.
#[utoipa::path(
    get,
    path = "/api/v1/image_predictions",
    tag = "images",
    params(PageQuery, ImagePredictionsQuery, ProjectQuery),
    responses(
        (status = OK, body = ImagePredictionList),
        (status = BAD_REQUEST, description = "a parameter is wrong", body = ApiError),
    ),
)]
pub(crate) async fn image_predictions(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Json<ImagePredictionList>, ApiError> {
    let range = request.row_range()?;
    let params = &request.params;
    let with_logo = params.flag("with_logo")?.unwrap_or(false);
    let filter = ImagePredictionFilter {
        min_confidence: params.float("min_confidence")?.map(|score| score as f32),
        server_type: request.server_type()?,
        barcodes: request.barcodes(),
        kind: params.filled("type"),
        model_name: params.filled("model_name"),
        model_version: params.filled("model_version"),
        image_number: params.filled("image_id"),
        without_logo: !with_logo,
    };
    let list = api.app.images.runs(&filter, range).await?;
    let image_predictions: Vec<_> = list
        .rows
        .into_iter()
        .map(ImagePredictionBody::from)
        .collect();
    Ok(Json(ImagePredictionList {
        count: list.count,
        status: status(&image_predictions, "no_image_predictions"),
        image_predictions,
    }))
}
