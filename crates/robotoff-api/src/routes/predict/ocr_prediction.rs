//! `GET /api/v1/predict/ocr_prediction`: predictions of the extractors for an OCR document
//! (`docs/reference/api.md` 2.14).

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use robotoff_app::imports::ReadDocument;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::{Barcode, ServerType, SourceImage};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::Api;
use crate::error::ApiError;
use crate::json::{Json, Time};
use crate::request_context::RequestContext;

/// Folder of the images in an address.
const IMAGES_FOLDER: &str = "/images/products";

/// Parameters of `/predict/ocr_prediction`.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters; `RequestContext` reads them"
)]
pub(crate) struct OcrPredictionQuery {
    /// Address of the OCR document, on a server of images; its path holds the barcode.
    ocr_url: String,
    /// One of off, obf, opff, opf, off_pro.
    #[param(default = "off")]
    server_type: Option<String>,
    /// Only these types; separated by commas. By default all that extractors find.
    prediction_types: Option<String>,
}

/// Predictions of a document, which are not stored.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OcrPredictions {
    predictions: Vec<OcrPrediction>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OcrPrediction {
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: PredictionKind,
    data: Map<String, Value>,
    value_tag: Option<String>,
    value: Option<String>,
    automatic_processing: Option<bool>,
    predictor: Option<String>,
    predictor_version: Option<String>,
    #[schema(value_type = String)]
    barcode: Barcode,
    #[schema(value_type = String)]
    timestamp: Time,
    #[schema(value_type = String)]
    source_image: SourceImage,
    /// Always null: it is not stored.
    id: Option<i32>,
    confidence: Option<f64>,
    /// Project, with a hyphen: off-pro.
    server_type: String,
}

/// Document that cannot be read. The status is 200, as of the existing service.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OcrErrorBody {
    /// `invalid_ocr`.
    error: &'static str,
    error_description: String,
}

/// Reads an OCR document with the extractors. A document that is not there has no
/// predictions.
#[utoipa::path(
    get,
    path = "/api/v1/predict/ocr_prediction",
    tag = "predict",
    params(OcrPredictionQuery),
    responses(
        (status = OK, body = OcrPredictions),
        (status = BAD_REQUEST, description = "a parameter is missing or wrong, or the host is not allowed", body = ApiError),
        (status = SERVICE_UNAVAILABLE, description = "the document cannot be fetched for now", body = ApiError),
    ),
)]
pub(crate) async fn ocr_prediction(
    State(api): State<Api>,
    request: RequestContext,
) -> Result<Response, ApiError> {
    let params = &request.params;
    let url = params.required_text("ocr_url")?;
    let server_type = request.server_type()?;
    let kinds = params.list("prediction_types").map(|names| wanted(&names));
    let kinds = kinds.transpose()?;
    let image = image_of(&url);
    let Some(barcode) = image.barcode() else {
        return Err(ApiError::bad_request_titled(
            "the path of `ocr_url` holds no barcode",
        ));
    };
    let found = match api.app.imports.read_document(&url).await? {
        ReadDocument::NotAllowed => {
            return Err(ApiError::bad_request_titled(
                "the host of `ocr_url` is not allowed",
            ));
        }
        ReadDocument::Unreadable(why) => {
            let error = OcrErrorBody {
                error: "invalid_ocr",
                error_description: why,
            };
            return Ok(Json(error).into_response());
        }
        ReadDocument::Missing => Vec::new(),
        ReadDocument::Read(predictions) => predictions,
    };
    let now = Time(api.app.ports.clock.now());
    let found = found.into_iter().filter(|prediction| {
        kinds
            .as_ref()
            .is_none_or(|kinds| kinds.contains(&prediction.kind))
    });
    let predictions = found.map(|found| body(found, &barcode, &image, server_type, now));
    let predictions = predictions.collect();
    Ok(Json(OcrPredictions { predictions }).into_response())
}

fn wanted(names: &[String]) -> Result<BTreeSet<PredictionKind>, ApiError> {
    let kinds = names.iter().map(|name| name.parse());
    let kinds: Result<_, _> = kinds.collect();
    kinds.map_err(|_| ApiError::invalid("prediction_types", "holds an unknown type"))
}

/// Image beside which the document lies.
fn image_of(url: &str) -> SourceImage {
    let without_host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = without_host.find('/').map_or("", |at| &without_host[at..]);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = path.strip_prefix(IMAGES_FOLDER).unwrap_or(path);
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.split('.').next().unwrap_or_default();
    SourceImage::new(&format!("{folder}/{stem}.jpg"))
}

fn body(
    found: Prediction,
    barcode: &Barcode,
    image: &SourceImage,
    server_type: ServerType,
    now: Time,
) -> OcrPrediction {
    OcrPrediction {
        kind: found.kind,
        data: found.data,
        value_tag: found.value_tag,
        value: found.value,
        automatic_processing: found.automatic_processing,
        predictor: found.predictor.map(Into::into),
        predictor_version: found.predictor_version.map(Into::into),
        barcode: barcode.clone(),
        timestamp: now,
        source_image: image.clone(),
        id: None,
        confidence: found.confidence,
        server_type: server_type.name().replace('_', "-"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_is_that_beside_the_document() {
        for (url, path, code) in [
            (
                "https://images.example/images/products/300/123/456/7890/2.json",
                "/300/123/456/7890/2.jpg",
                Some("3001234567890"),
            ),
            (
                "https://x.example/12/2.json.gz?a=/1",
                "/12/2.jpg",
                Some("00000012"),
            ),
            ("https://x.example/a/2.json", "/a/2.jpg", None),
            ("nothing", "/.jpg", None),
        ] {
            let image = image_of(url);
            assert_eq!(image.as_str(), path, "{url}");
            let barcode = image.barcode();
            assert_eq!(barcode.as_ref().map(|code| code.as_str()), code, "{url}");
        }
    }
}
