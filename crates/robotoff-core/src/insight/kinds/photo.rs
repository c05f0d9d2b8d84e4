//! How a photo is selected for a product: turned and cropped.

use serde_json::{Map, Value};

use super::given::rotation;
use crate::geometry::RelativeBox;
use crate::insight::refusal::Refusal;
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::product::{SourceImage, UploadedImage};

/// The turn that the data of an insight ask for.
pub(super) fn rotation_of(data: &Map<String, Value>) -> Result<u32, Refusal> {
    Ok(rotation(data.get("rotation"))?.unwrap_or(0))
}

/// The corners to cut at; nothing without a box, or when nobody knows how large
/// the photo is.
pub(super) fn crop(
    area: Option<RelativeBox>,
    photo: &UploadedImage,
    angle: u32,
) -> Option<[f64; 4]> {
    Some(area?.corners(photo.size?, angle))
}

/// The first prediction of a kind that was made of the same picture.
pub(super) fn of_same_picture<'a>(
    predictions: &[&'a StoredPrediction],
    kind: PredictionKind,
    picture: Option<&SourceImage>,
) -> Option<&'a StoredPrediction> {
    let mut same = predictions.iter().filter(|stored| {
        stored.prediction.kind == kind
            && stored.source_image.as_ref() == picture
            && picture.is_some()
    });
    same.next().copied()
}

/// The turn that an orientation prediction says a photo needs.
pub(super) fn said_rotation(orientation: &StoredPrediction) -> Option<Value> {
    let rotation = orientation.prediction.data.get("rotation")?;
    rotation.is_u64().then(|| rotation.clone())
}
