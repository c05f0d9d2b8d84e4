//! Detectors of the YOLO family: letterbox, decoding of boxes, suppression of overlaps
//! (`docs/reference/ml.md` 2).

use serde_json::{Value, json};

use super::{ModelOutputError, Tensor, TensorValues, largest};
use crate::geometry::{ImageSize, RelativeBox};

/// A detector: how its input is made and what its output means.
#[derive(Debug, PartialEq)]
pub struct Detector {
    /// Name in requests and in stored runs.
    pub name: &'static str,
    /// Name of the model on a server.
    pub model: &'static str,
    /// Version in stored runs.
    pub version: &'static str,
    /// Label of each class.
    pub labels: &'static [&'static str],
    /// Side of the square input in pixels.
    pub side: u32,
    /// Lowest score of an object, where the caller names none.
    pub threshold: f32,
}

/// Grades of the Nutri-Score.
pub const NUTRISCORE: Detector = Detector {
    name: "nutriscore",
    model: "nutriscore",
    version: "yolo-nutriscore-1.0",
    labels: &[
        "nutriscore-a",
        "nutriscore-b",
        "nutriscore-c",
        "nutriscore-d",
        "nutriscore-e",
    ],
    side: 640,
    threshold: 0.5,
};

/// Nutrition tables.
pub const NUTRITION_TABLE: Detector = Detector {
    name: "nutrition_table",
    model: "nutrition_table",
    version: "yolo-nutrition-table-1.0",
    labels: &["nutrition-table"],
    side: 640,
    threshold: 0.5,
};

/// Logos of any kind.
pub const UNIVERSAL_LOGO: Detector = Detector {
    name: "universal_logo_detector",
    model: "universal_logo_detector_yolo",
    version: "yolo-universal-logo-detector-1.0",
    labels: &["object"],
    side: 640,
    threshold: 0.25,
};

/// Price tags on shelves.
pub const PRICE_TAG: Detector = Detector {
    name: "price_tag_detection",
    model: "price_tag_detection",
    version: "price-tag-detection-1.0",
    labels: &["price-tag"],
    side: 960,
    threshold: 0.25,
};

/// All detectors.
pub const DETECTORS: &[&Detector] = &[&NUTRISCORE, &NUTRITION_TABLE, &UNIVERSAL_LOGO, &PRICE_TAG];

/// Lowest score of an object in a run that is stored: what is read from it has thresholds of
/// its own.
pub const STORED_THRESHOLD: f32 = 0.1;

/// Name of the input and of the output tensor.
const INPUT: &str = "images";
const OUTPUT: &str = "output0";

/// Grey of the padding.
const PADDING: f32 = 114.0 / 255.0;

/// Rules by which objects are chosen from what the model answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suppression {
    /// Lowest score.
    pub threshold: f32,
    /// Largest overlap with an object of a higher score, as intersection over union.
    pub overlap: f64,
    /// Factor of the largest overlap behind each object that is kept, while it is above 0.5.
    pub eta: f64,
    /// False: all objects above the threshold, in the order of the model.
    pub is_on: bool,
}

impl Suppression {
    /// The usual rules at a threshold.
    pub const fn at(threshold: f32) -> Self {
        Self {
            threshold,
            overlap: 0.7,
            eta: 1.0,
            is_on: true,
        }
    }
}

/// An object on an image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DetectedObject {
    pub area: RelativeBox,
    /// From 0 to 1.
    pub score: f32,
    pub label: &'static str,
}

impl DetectedObject {
    /// The object on the wire and in stored runs; its numbers are those of the model, widened.
    pub fn to_json(self) -> Value {
        json!({
            "bounding_box": self.area.to_json(),
            "score": f64::from(self.score),
            "label": self.label,
        })
    }
}

/// Data and highest score of a run that is stored.
pub fn stored_run(objects: &[DetectedObject]) -> (Value, Option<f64>) {
    let scores = objects.iter().map(|object| f64::from(object.score));
    let list: Vec<Value> = objects.iter().map(|object| object.to_json()).collect();
    (json!({"objects": list}), scores.reduce(f64::max))
}

/// An image inside of the square input: scaled so that its longer side fits, centred.
///
/// ```
/// use robotoff_core::geometry::ImageSize;
/// use robotoff_core::model::yolo::Letterbox;
///
/// let letterbox = Letterbox::of(ImageSize { width: 1000, height: 500 }, 640);
/// assert_eq!(letterbox.scaled, ImageSize { width: 640, height: 320 });
/// assert_eq!((letterbox.left, letterbox.top), (0, 160));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Letterbox {
    /// Size of the scaled image in pixels of the input.
    pub scaled: ImageSize,
    pub left: u32,
    pub top: u32,
    side: u32,
    image: ImageSize,
}

impl Letterbox {
    /// The place of an image in an input of this side. Images are enlarged too.
    pub fn of(image: ImageSize, side: u32) -> Self {
        let scale = scale(image, side);
        let scaled = |length: u32| {
            let scaled = (f64::from(length) * scale).round_ties_even();
            // A cast of a float saturates.
            (scaled as u32).clamp(1, side)
        };
        let scaled = ImageSize {
            width: scaled(image.width),
            height: scaled(image.height),
        };
        Self {
            scaled,
            left: (side - scaled.width) / 2,
            top: (side - scaled.height) / 2,
            side,
            image,
        }
    }

    /// Input tensor of the scaled image: `pixels` are its RGB bytes, row by row.
    ///
    /// # Panics
    /// The pixels are not those of the scaled image, which is a defect of the caller.
    pub fn tensor(&self, pixels: &[u8]) -> Tensor {
        let (width, height) = (self.scaled.width as usize, self.scaled.height as usize);
        assert_eq!(pixels.len(), width * height * 3, "the scaled image as RGB");
        let side = self.side as usize;
        let mut values = vec![PADDING; 3 * side * side];
        let (left, top) = (self.left as usize, self.top as usize);
        for (channel, plane) in values.chunks_exact_mut(side * side).enumerate() {
            let rows = plane.chunks_exact_mut(side).skip(top);
            for (row, line) in rows.zip(pixels.chunks_exact(width * 3)) {
                let bytes = line.iter().skip(channel).step_by(3);
                for (value, byte) in row[left..].iter_mut().zip(bytes) {
                    *value = f32::from(*byte) / 255.0;
                }
            }
        }
        Tensor::new(INPUT, [1, 3, side, side], TensorValues::F32(values))
    }

    /// The part of the image that a box in pixels of the input covers, cut at the borders.
    ///
    /// The scaled side is truncated here, not rounded, as in the existing service: the stored
    /// boxes of both must be equal.
    fn undo(&self, [x_min, y_min, x_max, y_max]: [f64; 4]) -> RelativeBox {
        let scale = scale(self.image, self.side);
        let relative = |at: f64, length: u32| {
            let scaled = (f64::from(length) * scale) as u32;
            let padding = f64::from(self.side.saturating_sub(scaled) / 2);
            ((at - padding) / scale / f64::from(length.max(1))).clamp(0.0, 1.0)
        };
        RelativeBox {
            y_min: relative(y_min, self.image.height),
            x_min: relative(x_min, self.image.width),
            y_max: relative(y_max, self.image.height),
            x_max: relative(x_max, self.image.width),
        }
    }
}

fn scale(image: ImageSize, side: u32) -> f64 {
    f64::from(side) / f64::from(image.width.max(image.height).max(1))
}

impl Detector {
    /// The detector with this name in requests.
    pub fn named(name: &str) -> Option<&'static Self> {
        DETECTORS.iter().copied().find(|known| known.name == name)
    }

    /// Objects in the output of the model, by descending score.
    ///
    /// The output is one tensor of `[1, 4 + classes, n]`: in each column the centre and the
    /// size of a box in pixels of the input, and the score of each class.
    ///
    /// # Errors
    /// The output is not of that form, or holds a value that is no number.
    pub fn objects(
        &self,
        outputs: &[Tensor],
        letterbox: &Letterbox,
        suppression: Suppression,
    ) -> Result<Vec<DetectedObject>, ModelOutputError> {
        let [output] = outputs else {
            return Err(ModelOutputError::Missing(OUTPUT.to_owned()));
        };
        let rows = 4 + self.labels.len();
        let columns = match output.shape[..] {
            [1, found, columns] | [found, columns] if found == rows => columns,
            _ => return Err(output.wrong_shape(format!("[1, {rows}, n]"))),
        };
        let values = output.finite()?;
        let objects = (0..columns).filter_map(|column| {
            let at = |row: usize| values[row * columns + column];
            let scores: Vec<f32> = (4..rows).map(at).collect();
            let (class, score) = largest(&scores)?;
            if score < suppression.threshold {
                return None;
            }
            let [x, y, width, height] = [0, 1, 2, 3].map(|row| f64::from(at(row)));
            let corners = [
                x - width / 2.0,
                y - height / 2.0,
                x + width / 2.0,
                y + height / 2.0,
            ];
            Some(DetectedObject {
                area: letterbox.undo(corners),
                score,
                label: self.labels[class],
            })
        });
        let objects = objects.collect();
        if suppression.is_on {
            return Ok(suppressed(objects, suppression));
        }
        Ok(objects)
    }
}

/// Objects without those that overlap one of a higher score, whatever their classes.
fn suppressed(mut objects: Vec<DetectedObject>, rules: Suppression) -> Vec<DetectedObject> {
    // A score equal to the threshold is dropped here, though the model's rows keep it: the
    // existing service compares twice.
    objects.retain(|object| object.score > rules.threshold);
    // Stable: of equal scores the first in the order of the model.
    objects.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut overlap = rules.overlap;
    let mut kept: Vec<DetectedObject> = Vec::new();
    for object in objects {
        let is_free = |other: &DetectedObject| shared(object.area, other.area) <= overlap;
        if !kept.iter().all(is_free) {
            continue;
        }
        kept.push(object);
        if rules.eta < 1.0 && overlap > 0.5 {
            overlap *= rules.eta;
        }
    }
    kept
}

/// Intersection over union of two boxes.
fn shared(a: RelativeBox, b: RelativeBox) -> f64 {
    let area = |of: RelativeBox| (of.y_max - of.y_min) * (of.x_max - of.x_min);
    let both = area(a) + area(b);
    // Two boxes without area are the same, as OpenCV has it.
    if both <= f64::EPSILON {
        return 1.0;
    }
    let width = (a.x_max.min(b.x_max) - a.x_min.max(b.x_min)).max(0.0);
    let height = (a.y_max.min(b.y_max) - a.y_min.max(b.y_min)).max(0.0);
    let intersection = width * height;
    intersection / (both - intersection)
}

#[cfg(test)]
mod tests;
