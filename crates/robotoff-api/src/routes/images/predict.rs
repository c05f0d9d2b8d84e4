//! `GET /api/v1/images/predict`: vision models on an image (`docs/reference/api.md` 2.22).

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;
use crate::json::Json;
use crate::request_context::RequestContext;

/// Models that find objects.
const DETECTORS: [&str; 4] = [
    "nutriscore",
    "universal_logo_detector",
    "nutrition_table",
    "price_tag_detection",
];
/// Models that classify the whole image.
const CLASSIFIERS: [&str; 2] = ["price_proof_classification", "front_image_classification"];

/// Parameters of `/images/predict`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct ImagePredictQuery {
    image_url: String,
    /// Any of nutriscore, universal_logo_detector, nutrition_table, price_tag_detection,
    /// price_proof_classification, front_image_classification; separated by commas.
    models: String,
    /// Lowest score; 0 is the default of the model.
    #[param(default = 0.5)]
    threshold: Option<f64>,
    nms_threshold: Option<f64>,
    nms_eta: Option<f64>,
    #[param(default = true)]
    nms: Option<bool>,
    /// True: the image with the boxes of one detector drawn, as JPEG.
    #[param(default = false)]
    output_image: Option<bool>,
}

/// Predictions by model.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImagePredictions {
    predictions: Map<String, Value>,
}

/// Runs vision models on an image; stores nothing.
#[utoipa::path(
    get,
    path = "/api/v1/images/predict",
    operation_id = "predict_image",
    tag = "predict",
    params(ImagePredictQuery),
    responses(
        (status = OK, body = ImagePredictions),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "the models are not there", body = ApiError),
    ),
)]
pub(crate) async fn predict(request: RequestContext) -> Result<Json<ImagePredictions>, ApiError> {
    let params = &request.params;
    params.required_text("image_url")?;
    let models = params.items("models");
    let models = models.ok_or_else(|| ApiError::missing("models"))?;
    for name in ["threshold", "nms_threshold", "nms_eta"] {
        params.float(name)?;
    }
    params.flag("nms")?;
    let as_image = params.flag("output_image")?.unwrap_or(false);
    let is_classifier = |model: &String| CLASSIFIERS.contains(&model.as_str());
    for model in &models {
        if !DETECTORS.contains(&model.as_str()) && !is_classifier(model) {
            let known = [&DETECTORS[..], &CLASSIFIERS].concat().join(", ");
            let why = format!("unknown model {model:?}, expected some of {known}");
            return Err(ApiError::bad_request_coded("invalid_model", why));
        }
    }
    if as_image && (models.len() != 1 || models.iter().any(is_classifier)) {
        return Err(ApiError::bad_request_coded(
            "invalid_request",
            "`output_image` needs exactly one detector in `models`",
        ));
    }
    Err(ApiError::missing_part("vision models"))
}
