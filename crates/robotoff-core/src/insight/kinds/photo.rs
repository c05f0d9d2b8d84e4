//! Rules that kinds share whose edits select an image: rotation, crop, detections.

use serde_json::{Map, Value};

use super::given::rotation;
use crate::geometry::RelativeBox;
use crate::insight::disposition::RejectReason;
use crate::insight::facts::Facts;
use crate::insight::refusal::Refusal;
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::product::{SourceImage, UploadedImage};

/// Model that detects nutrition tables, and its label for them.
pub(super) const TABLE_MODEL: &str = "nutrition_table";
const TABLE_LABEL: &str = "nutrition-table";

pub(super) const NOT_SELECTED: RejectReason = RejectReason {
    code: "not_selected",
    sentence: "no selected image of the product shows this photo",
};

/// A nutrition table that the model detected on an image.
#[derive(Debug, Clone, Copy)]
pub(super) struct DetectedTable<'a> {
    pub score: f64,
    /// `[y_min, x_min, y_max, x_max]`, relative.
    pub area: &'a Value,
}

/// Nutrition tables that the model detected on an image with at least this score.
pub(super) fn nutrition_tables<'a>(
    facts: &Facts<'a>,
    image: &SourceImage,
    min_score: f64,
) -> Vec<DetectedTable<'a>> {
    let of_image = facts.detections.iter().filter(|detection| {
        detection.model_name == TABLE_MODEL && detection.image.source_image == *image
    });
    let objects = of_image.flat_map(|detection| {
        let objects = detection.data.get("objects").and_then(Value::as_array);
        objects.into_iter().flatten()
    });
    let table = |object: &'a Value| {
        let score = object.get("score")?.as_f64()?;
        let is_table = object.get("label")?.as_str()? == TABLE_LABEL;
        let area = object.get("bounding_box")?;
        (is_table && score >= min_score).then_some(DetectedTable { score, area })
    };
    objects.filter_map(table).collect()
}

/// Rotation in the data of an insight.
pub(super) fn rotation_of(data: &Map<String, Value>) -> Result<u32, Refusal> {
    Ok(rotation(data.get("rotation"))?.unwrap_or(0))
}

/// Corners of the crop; `None` without a box, or when the size of the photo is unknown.
pub(super) fn crop(
    area: Option<RelativeBox>,
    photo: &UploadedImage,
    angle: u32,
) -> Option<[f64; 4]> {
    Some(area?.corners(photo.size?, angle))
}

/// First prediction of a kind from the same image.
pub(super) fn of_same_image<'a>(
    predictions: &[&'a StoredPrediction],
    kind: PredictionKind,
    image: Option<&SourceImage>,
) -> Option<&'a StoredPrediction> {
    let mut same = predictions.iter().filter(|stored| {
        stored.prediction.kind == kind && stored.source_image.as_ref() == image && image.is_some()
    });
    same.next().copied()
}

/// Rotation that an orientation prediction gives.
pub(super) fn predicted_rotation(orientation: &StoredPrediction) -> Option<Value> {
    let rotation = orientation.prediction.data.get("rotation")?;
    rotation.is_u64().then(|| rotation.clone())
}
