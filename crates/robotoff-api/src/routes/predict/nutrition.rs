//! `GET /api/v1/predict/nutrition`: nutrients on an image (`docs/reference/api.md` 2.13).

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Nutrients of an image.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NutritionPredictions {
    predictions: Vec<NutritionPrediction>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NutritionPrediction {
    /// Values by name, such as fat_100g.
    nutrients: Map<String, Value>,
    entities: Map<String, Value>,
}

/// Extracts nutrients from an image and its OCR.
#[utoipa::path(
    get,
    path = "/api/v1/predict/nutrition",
    tag = "predict",
    params(
        ("image_url" = String, Query, description = "address of the image"),
        ("ocr_url" = String, Query, description = "address of its OCR document"),
    ),
    responses(
        (status = OK, body = NutritionPredictions),
        (status = BAD_REQUEST, description = "a parameter is missing", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "the model is not there", body = ApiError),
    ),
)]
pub(crate) async fn nutrition(
    request: RequestContext,
) -> Result<Json<NutritionPredictions>, ApiError> {
    request.params.required_text("image_url")?;
    request.params.required_text("ocr_url")?;
    Err(ApiError::missing_part("model for nutrients"))
}
