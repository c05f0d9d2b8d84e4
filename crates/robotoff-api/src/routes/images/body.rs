//! Wire forms of images, of runs of vision models and of logos (`docs/reference/api.md`
//! 2.20, 2.23, 2.25, 2.33): every member, always.

use robotoff_core::image::{Image, ImagePrediction, Logo};
use robotoff_core::product::{ServerType, SourceImage};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::json::Time;

/// Image of a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImageBody {
    id: i32,
    barcode: String,
    #[schema(value_type = Option<String>)]
    uploaded_at: Option<Time>,
    /// Number of the image among those of its product.
    image_id: String,
    #[schema(value_type = String)]
    source_image: SourceImage,
    width: i32,
    height: i32,
    deleted: bool,
    #[schema(value_type = Option<String>)]
    server_type: Option<ServerType>,
    /// 64-bit perceptual hash.
    fingerprint: Option<i64>,
}

impl From<Image> for ImageBody {
    fn from(image: Image) -> Self {
        Self {
            id: image.id.0,
            barcode: image.barcode,
            uploaded_at: image.uploaded_at.map(Time),
            image_id: image.number,
            source_image: image.source_image,
            width: image.width,
            height: image.height,
            deleted: image.deleted,
            server_type: image.server_type,
            fingerprint: image.fingerprint,
        }
    }
}

/// Run of a vision model on an image.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImagePredictionBody {
    id: i32,
    #[serde(rename = "type")]
    kind: String,
    model_name: String,
    model_version: String,
    data: Value,
    #[schema(value_type = Option<String>)]
    timestamp: Option<Time>,
    image: ImageBody,
    max_confidence: Option<f32>,
}

impl From<ImagePrediction> for ImagePredictionBody {
    fn from(run: ImagePrediction) -> Self {
        Self {
            id: run.id.0,
            kind: run.kind,
            model_name: run.model_name,
            model_version: run.model_version,
            data: run.data,
            timestamp: run.timestamp.map(Time),
            image: ImageBody::from(run.image),
            max_confidence: run.max_confidence,
        }
    }
}

/// Logo on an image.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogoBody {
    id: i32,
    /// Run that found the logo; only in `/annotation/collection`.
    #[serde(skip_serializing_if = "Option::is_none")]
    image_prediction: Option<ImagePredictionBody>,
    index: i32,
    /// y_min, x_min, y_max, x_max, relative.
    bounding_box: Value,
    score: f32,
    annotation_value: Option<String>,
    annotation_value_tag: Option<String>,
    taxonomy_value: Option<String>,
    annotation_type: Option<String>,
    username: Option<String>,
    #[schema(value_type = Option<String>)]
    completed_at: Option<Time>,
    nearest_neighbors: Option<Value>,
    barcode: Option<String>,
    #[schema(value_type = Option<String>)]
    source_image: Option<SourceImage>,
    /// OCR text inside the logo.
    text: Option<String>,
    #[schema(value_type = Option<String>)]
    server_type: Option<ServerType>,
    /// Absent in `/annotation/collection`, where the run has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<ImageBody>,
}

impl From<Logo> for LogoBody {
    fn from(logo: Logo) -> Self {
        Self {
            id: logo.id.0,
            image_prediction: None,
            index: logo.index,
            bounding_box: logo.bounding_box,
            score: logo.score,
            annotation_value: logo.annotation_value,
            annotation_value_tag: logo.annotation_value_tag,
            taxonomy_value: logo.taxonomy_value,
            annotation_type: logo.annotation_kind,
            username: logo.username,
            completed_at: logo.completed_at.map(Time),
            nearest_neighbors: logo.nearest_neighbors,
            barcode: logo.barcode,
            source_image: logo.source_image,
            text: logo.text,
            server_type: logo.server_type,
            image: Some(ImageBody::from(logo.image)),
        }
    }
}

impl LogoBody {
    /// Logo below the run that found it.
    pub(crate) fn in_run(logo: Logo, run: ImagePrediction) -> Self {
        Self {
            image_prediction: Some(ImagePredictionBody::from(run)),
            image: None,
            ..Self::from(logo)
        }
    }
}
