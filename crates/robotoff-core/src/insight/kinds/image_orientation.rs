//! Selected images that are rotated (`docs/reference/pipeline.md` 1.6.13):
//! docs/insights/image_orientation.md.

use serde_json::Value;

use super::given::{ROTATIONS, invalid};
use super::photo::{NOT_SELECTED, rotation_of};
use crate::edit::ProductChange;
use crate::geometry::{ImageSize, rotated};
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::disposition::{Disposition, RejectReason};
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind};
use crate::insight::refusal::{Refusal, no_data};
use crate::insight::rules::{Applied, InsightRules, QuestionContent, QuestionImage, QuestionMode};
use crate::knowledge::Knowledge;
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::product::{Product, SelectedImage};

pub(super) struct ImageOrientationRules;

const UPRIGHT: RejectReason = RejectReason {
    code: "upright",
    sentence: "the image stands upright",
};

const UNCLEAR: RejectReason = RejectReason {
    code: "unclear",
    sentence: "too few words stand in the same direction",
};

/// Sides whose images are checked.
const SIDES: [&str; 4] = ["front", "ingredients", "nutrition", "packaging"];

/// Share of the words that must have one orientation.
const MIN_SHARE: f64 = 0.95;

/// Number of words from which an image is rotated automatically.
const MIN_WORDS: u64 = 10;

/// Longer side, in pixels, of the image to which old crops refer.
const OLD_CROP_SIDE: f64 = 400.0;

/// Content of an orientation prediction.
struct Orientation {
    direction: String,
    rotation: u32,
    words: u64,
    share: f64,
}

impl InsightRules for ImageOrientationRules {
    fn kind(&self) -> InsightKind {
        InsightKind::ImageOrientation
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::ImageOrientation]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        let mut found = Candidates::default();
        for stored in predictions {
            match rotations(facts, stored) {
                Ok(candidates) => found.accepted.extend(candidates),
                Err(disposition) => found.rejected.push((stored.id, disposition)),
            }
        }
        found
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::OnRequest
    }

    fn conflicts(&self, _: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool {
        candidate.source_image == other.source_image
            && candidate.data.get("image_key") == other.data.get("image_key")
    }

    fn claim_members(&self) -> &'static [&'static str] {
        &["image_key", "rotation"]
    }

    fn question(&self, insight: &Insight, _: &Knowledge, _: &str) -> QuestionContent {
        let member = |name: &str| insight.data.get(name).and_then(plain);
        let revision = member("image_key").zip(member("image_rev"));
        QuestionContent {
            value: insight.value_tag.clone(),
            with_tag: false,
            image: revision.map_or(QuestionImage::Source, |(key, rev)| {
                QuestionImage::Revision { key, rev }
            }),
            reference: None,
        }
    }

    /// Refuses an image that was changed in the meantime (`docs/reference/api.md` 9.2,
    /// 25).
    fn accept(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<Applied, Refusal> {
        no_data(given)?;
        let angle = match rotation_of(&insight.data)? {
            0 => return Err(invalid("the insight has no rotation")),
            angle => angle,
        };
        let number = insight
            .source_image
            .as_ref()
            .and_then(|image| image.image_id());
        let number = number.ok_or(Refusal::InvalidImage)?;
        let product = facts.product_to_edit()?;
        let key = insight.data.get("image_key").and_then(Value::as_str);
        let selected = key.and_then(|key| product.images.selected(key));
        let size = product.images.uploaded(number).and_then(|photo| photo.size);
        let (Some(selected), Some(size)) = (selected, size) else {
            return Err(Refusal::Outdated);
        };
        let rev = insight.data.get("image_rev").and_then(plain);
        if selected.imgid.as_deref() != Some(number) || (rev.is_some() && rev != selected.rev) {
            return Err(Refusal::Outdated);
        }
        if selected.angle == Some(angle) {
            return Err(Refusal::AlreadyOnProduct);
        }
        Ok(Applied::change(ProductChange::SelectImage {
            number: number.to_owned(),
            key: selected.key.clone(),
            angle,
            crop: kept_crop(selected, size, angle),
        }))
    }
}

/// A text or number as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// One candidate for each selected image that shows the photo and is rotated.
fn rotations(facts: &Facts<'_>, stored: &StoredPrediction) -> Result<Vec<Candidate>, Disposition> {
    let seen = read(stored)?;
    let number = stored
        .source_image
        .as_ref()
        .and_then(|image| image.image_id());
    let number = number.ok_or(Disposition::NoUploadedImage)?;
    let product = facts.found().ok_or(Disposition::ProductUnchecked)?;
    let shown: Vec<&SelectedImage> = showing(product, number).collect();
    if shown.is_empty() {
        return Err(Disposition::Rejected(NOT_SELECTED));
    }
    let askew = shown
        .into_iter()
        .filter(|image| image.angle.is_some_and(|angle| angle != seen.rotation));
    let candidates: Vec<Candidate> = askew
        .map(|image| rotation_candidate(stored, &seen, image))
        .collect();
    match candidates.is_empty() {
        true => Err(Disposition::Rejected(UPRIGHT)),
        false => Ok(candidates),
    }
}

fn rotation_candidate(
    stored: &StoredPrediction,
    seen: &Orientation,
    image: &SelectedImage,
) -> Candidate {
    let mut candidate = Candidate {
        value_tag: Some(seen.direction.clone()),
        confidence: Some(seen.share),
        automatic: seen.words >= MIN_WORDS,
        ..Candidate::of(stored)
    };
    let data = &mut candidate.data;
    data.insert("image_key".to_owned(), image.key.as_str().into());
    data.insert("image_rev".to_owned(), image.rev.clone().into());
    candidate
}

fn read(stored: &StoredPrediction) -> Result<Orientation, Disposition> {
    let data = &stored.prediction.data;
    let orientation = data.get("orientation").and_then(Value::as_str);
    let orientation = orientation.ok_or(Disposition::Unreadable("an orientation"))?;
    let degrees = data.get("rotation").and_then(Value::as_u64);
    let rotation = ROTATIONS
        .into_iter()
        .find(|angle| degrees == Some((*angle).into()));
    let rotation = rotation.ok_or(Disposition::Unreadable("a rotation"))?;
    if orientation == "up" || rotation == 0 {
        return Err(Disposition::Rejected(UPRIGHT));
    }
    let counts = data.get("count").and_then(Value::as_object);
    let counts = counts.ok_or(Disposition::Unreadable("counts"))?;
    let words: u64 = counts.values().filter_map(Value::as_u64).sum();
    let standing = counts.get(orientation).and_then(Value::as_u64).unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "no label has 2^53 words")]
    let share = standing as f64 / words.max(1) as f64;
    if share < MIN_SHARE {
        return Err(Disposition::Rejected(UNCLEAR));
    }
    Ok(Orientation {
        direction: orientation.to_owned(),
        rotation,
        words,
        share,
    })
}

fn showing<'a>(product: &'a Product, number: &str) -> impl Iterator<Item = &'a SelectedImage> {
    product.images.selected.iter().filter(move |image| {
        let is_checked = SIDES.iter().any(|side| image.key.starts_with(side));
        is_checked && image.imgid.as_deref() == Some(number)
    })
}

/// Crop of a selected image after the photo is rotated. Crops refer to the photo in its
/// present rotation.
fn kept_crop(selected: &SelectedImage, size: ImageSize, angle: u32) -> Option<[f64; 4]> {
    let crop = selected.crop?;
    let longer_side = f64::from(size.width.max(size.height));
    let scale = match selected.coordinates_image_size.as_deref() {
        Some("full") => 1.0,
        Some(_) | None => longer_side / OLD_CROP_SIDE,
    };
    let now = selected
        .angle
        .filter(|now| ROTATIONS.contains(now))
        .unwrap_or(0);
    let size_now = match now {
        90 | 270 => ImageSize {
            width: size.height,
            height: size.width,
        },
        _ => size,
    };
    let upright = rotated(
        crop.map(|corner| corner * scale),
        size_now,
        (360 - now) % 360,
    );
    Some(rotated(upright, size, angle))
}

#[cfg(test)]
mod tests;
