//! Records of images, of detections of vision models on them, and of logos.
//!
//! Paths of images are in [`crate::product`].

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::geometry::ImageSize;
use crate::product::{ProductId, ServerType, SourceImage};

/// Identifier of an image in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImageId(pub i32);

/// Identifier of one run of a vision model on one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImagePredictionId(pub i32);

/// Identifier of a logo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogoId(pub i32);

/// An image to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewImage {
    pub product: ProductId,
    /// Number of the image, digits.
    pub number: String,
    pub source_image: SourceImage,
    pub size: ImageSize,
    pub uploaded_at: Option<NaiveDateTime>,
}

/// One row of `image` (`docs/reference/api.md` 3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub id: ImageId,
    pub barcode: String,
    pub uploaded_at: Option<NaiveDateTime>,
    /// Number of the image, digits; the column `image_id`.
    pub number: String,
    pub source_image: SourceImage,
    pub width: i32,
    pub height: i32,
    /// True when it was removed on Product Opener.
    pub deleted: bool,
    pub server_type: Option<ServerType>,
    /// 64-bit perceptual hash.
    pub fingerprint: Option<i64>,
}

/// Detections of a vision model on an image, to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewImagePrediction {
    pub image: ImageId,
    /// Kind of model, for instance `object_detection`; the column `type`.
    pub kind: String,
    pub model_name: String,
    pub model_version: String,
    pub data: Value,
    pub timestamp: NaiveDateTime,
    /// Best score; `None` without detections.
    pub max_confidence: Option<f32>,
    pub logos: Vec<NewLogo>,
}

/// One row of `image_prediction` (`docs/reference/api.md` 3.5) with its image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImagePrediction {
    pub id: ImagePredictionId,
    pub kind: String,
    pub model_name: String,
    pub model_version: String,
    pub data: Value,
    pub timestamp: Option<NaiveDateTime>,
    pub max_confidence: Option<f32>,
    pub image: Image,
}

/// A crop that may show a logo, to be stored.
#[derive(Debug, Clone, PartialEq)]
pub struct NewLogo {
    /// Position in the output of the detector.
    pub index: i32,
    /// `[y_min, x_min, y_max, x_max]`, relative.
    pub bounding_box: Value,
    pub score: f32,
}

/// Annotation of a logo by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogoAnnotation {
    /// The column `annotation_type`.
    pub kind: String,
    pub value: Option<String>,
    pub value_tag: Option<String>,
    pub taxonomy_value: Option<String>,
    pub username: Option<String>,
    pub completed_at: Option<NaiveDateTime>,
}

/// One row of `logo_annotation` (`docs/reference/api.md` 3.6) with its image.
#[derive(Debug, Clone, PartialEq)]
pub struct Logo {
    pub id: LogoId,
    pub image_prediction: ImagePredictionId,
    pub index: i32,
    /// Kept as it was written: adopted rows hold inverted boxes.
    pub bounding_box: Value,
    pub score: f32,
    pub annotation_kind: Option<String>,
    pub annotation_value: Option<String>,
    pub annotation_value_tag: Option<String>,
    pub taxonomy_value: Option<String>,
    pub username: Option<String>,
    pub completed_at: Option<NaiveDateTime>,
    /// `distances`, `logo_ids` and `updated_at`, as last computed.
    pub nearest_neighbors: Option<Value>,
    pub barcode: Option<String>,
    pub source_image: Option<SourceImage>,
    /// OCR text inside the logo.
    pub text: Option<String>,
    pub server_type: Option<ServerType>,
    pub image: Image,
}
