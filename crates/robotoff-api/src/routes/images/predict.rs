//! `GET /api/v1/images/predict`: vision models on an image (`docs/reference/api.md` 2.22).

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use robotoff_app::crops::NoFile;
use robotoff_app::image_models::{PredictedImage, VisionModel, VisionPrediction, WantedRules};
use robotoff_core::model::classifier::IMAGE_CLASSIFIERS;
use robotoff_core::model::yolo::{DETECTORS, Detector};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::Api;
use crate::error::ApiError;
use crate::json::Json;
use crate::params::Params;
use crate::request_context::RequestContext;
use crate::validated::ValidatedBytes;

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
        (status = OK, content(
            (ImagePredictions = "application/json"),
            (String = "image/jpeg"),
        )),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong, or the image cannot be used", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "a model is not there, or out of reach", body = ApiError),
    ),
)]
pub(crate) async fn predict(
    State(api): State<Api>,
    headers: HeaderMap,
    request: RequestContext,
) -> Result<Response, ApiError> {
    let params = &request.params;
    let url = params.required_text("image_url")?;
    let models = params.items("models");
    let models = models.ok_or_else(|| ApiError::missing("models"))?;
    let rules = rules(params)?;
    let as_image = params.flag("output_image")?.unwrap_or(false);
    let models = models.iter().map(|model| known(model));
    let models = models.collect::<Result<Vec<VisionModel>, ApiError>>()?;
    let predictor = &api.app.image_models;
    if as_image {
        let [VisionModel::Detector(detector)] = models[..] else {
            return Err(ApiError::bad_request_coded(
                "invalid_request",
                "`output_image` needs exactly one detector in `models`",
            ));
        };
        return drawn(&api, headers, &url, detector, rules).await;
    }
    let predictions = done(predictor.predict(&url, &models, rules).await?)?;
    let predictions = models.iter().zip(&predictions).map(|(model, prediction)| {
        let shown = match prediction {
            VisionPrediction::Objects(objects) => {
                objects.iter().map(|object| object.to_json()).collect()
            }
            VisionPrediction::Classes(classes) => classes
                .iter()
                .map(|(label, score)| json!({"label": label, "score": f64::from(*score)}))
                .collect(),
        };
        (model.name().to_owned(), Value::Array(shown))
    });
    let predictions = predictions.collect();
    Ok(Json(ImagePredictions { predictions }).into_response())
}

/// The image with the boxes of a detector drawn.
async fn drawn(
    api: &Api,
    headers: HeaderMap,
    url: &str,
    detector: &'static Detector,
    rules: WantedRules,
) -> Result<Response, ApiError> {
    let drawn = api.app.image_models.drawn(url, detector, rules).await?;
    let body = ValidatedBytes {
        body: done(drawn)?.into(),
        media_type: HeaderValue::from_static("image/jpeg"),
        cache_control: HeaderValue::from_static("no-cache"),
        request: headers,
    };
    Ok(body.into_response())
}

fn rules(params: &Params) -> Result<WantedRules, ApiError> {
    let threshold = params.float("threshold")?.unwrap_or(0.5);
    Ok(WantedRules {
        // Scores are of single precision.
        threshold: threshold as f32,
        overlap: params.float("nms_threshold")?,
        eta: params.float("nms_eta")?,
        is_suppressing: params.flag("nms")?.unwrap_or(true),
    })
}

fn known(name: &str) -> Result<VisionModel, ApiError> {
    VisionModel::named(name).ok_or_else(|| {
        let detectors = DETECTORS.iter().map(|known| known.name);
        let known = detectors.chain(IMAGE_CLASSIFIERS.iter().map(|known| known.name));
        let known = known.collect::<Vec<_>>().join(", ");
        let why = format!("unknown model {name:?}, expected some of {known}");
        ApiError::bad_request_coded("invalid_model", why)
    })
}

fn done<T>(predicted: PredictedImage<T>) -> Result<T, ApiError> {
    let refused = ApiError::bad_request_titled;
    match predicted {
        PredictedImage::Done(result) => Ok(result),
        PredictedImage::NoModel(name) => Err(ApiError::missing_part(&format!("model {name}"))),
        PredictedImage::NoFile(NoFile::NotAllowed) => {
            Err(refused("the host of `image_url` is not allowed"))
        }
        PredictedImage::NoFile(NoFile::Missing) => Err(refused("there is no file at `image_url`")),
        PredictedImage::NoFile(NoFile::Refused(why)) | PredictedImage::Unreadable(why) => {
            let why = format!("cannot use the file of `image_url`: {why}");
            Err(refused(&why))
        }
    }
}
