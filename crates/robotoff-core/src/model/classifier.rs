//! Classifiers of whole images (`docs/reference/ml.md` 3).

use super::{ModelOutputError, Tensor, TensorValues};
use crate::geometry::{ImageSize, PixelBox};

/// A classifier: how its input is made and what its output means.
#[derive(Debug, PartialEq)]
pub struct ImageClassifier {
    /// Name in requests and of the model on a server.
    pub name: &'static str,
    pub version: &'static str,
    /// Label of each class.
    pub labels: &'static [&'static str],
    /// Side of the square input in pixels.
    pub side: u32,
    fit: Fit,
}

/// Way in which an image becomes a square.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// Its shorter side fits; what is beyond is cut off.
    Crop,
    /// Its longer side fits; the rest is black.
    Pad,
}

/// Proofs of prices: receipts, shelves, price tags.
pub const PRICE_PROOF: ImageClassifier = ImageClassifier {
    name: "price_proof_classification",
    version: "price_proof_classification_1.0",
    labels: &[
        "OTHER",
        "PRICE_TAG",
        "PRODUCT_WITH_PRICE",
        "RECEIPT",
        "SHELF",
        "WEB_PRINT",
    ],
    side: 224,
    fit: Fit::Crop,
};

/// Fronts of products.
pub const FRONT_IMAGE: ImageClassifier = ImageClassifier {
    name: "front_image_classification",
    version: "front_image_classification_1.0",
    labels: &["FRONT", "OTHER"],
    side: 448,
    fit: Fit::Pad,
};

/// All classifiers.
pub const IMAGE_CLASSIFIERS: &[&ImageClassifier] = &[&PRICE_PROOF, &FRONT_IMAGE];

/// Name of the input and of the output tensor.
const INPUT: &str = "images";
const OUTPUT: &str = "output0";

/// Steps that make an input of an image: the image is scaled, and a part of it is put into
/// the square.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SquareFit {
    /// Size to which the image is scaled.
    pub scaled: ImageSize,
    /// Part of the scaled image that is used; `x_max` and `y_max` are behind its last pixel.
    pub part: PixelBox,
    left: u32,
    top: u32,
    side: u32,
}

impl ImageClassifier {
    /// The classifier with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        let mut known = IMAGE_CLASSIFIERS.iter().copied();
        known.find(|known| known.name == name)
    }

    /// Steps for an image of this size.
    pub fn square_fit(&self, image: ImageSize) -> SquareFit {
        let side = self.side;
        let (width, height) = (image.width.max(1), image.height.max(1));
        let scaled = match self.fit {
            Fit::Crop => {
                // The other side is truncated, as by the transforms of the existing service.
                let scaled = |length: u32, shortest: u32| {
                    (f64::from(side) * f64::from(length) / f64::from(shortest)) as u32
                };
                let shortest = width.min(height);
                let (width, height) = (scaled(width, shortest), scaled(height, shortest));
                ImageSize { width, height }
            }
            Fit::Pad => super::yolo::Letterbox::of(ImageSize { width, height }, side).scaled,
        };
        SquareFit::of(scaled, side)
    }

    /// Labels with their scores, the highest first.
    ///
    /// # Errors
    /// The output is not one score for each label, or holds a value that is no number.
    pub fn scores(&self, outputs: &[Tensor]) -> Result<Vec<(&'static str, f32)>, ModelOutputError> {
        let output = outputs.iter().find(|output| output.name == OUTPUT);
        let output = output.ok_or_else(|| ModelOutputError::Missing(OUTPUT.to_owned()))?;
        let scores = output.finite()?;
        if scores.len() != self.labels.len() {
            return Err(output.wrong_shape(format!("[1, {}]", self.labels.len())));
        }
        let mut scores: Vec<_> = self
            .labels
            .iter()
            .copied()
            .zip(scores.iter().copied())
            .collect();
        scores.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(scores)
    }
}

impl SquareFit {
    /// The middle of a scaled image in a square of this side.
    fn of(scaled: ImageSize, side: u32) -> Self {
        let used = |length: u32| {
            let start = length.saturating_sub(side) / 2;
            (start, start + length.min(side))
        };
        let (x_min, x_max) = used(scaled.width);
        let (y_min, y_max) = used(scaled.height);
        // Lengths of images are far below the limit of `i32`.
        let signed = |at: u32| i32::try_from(at).unwrap_or(i32::MAX);
        Self {
            scaled,
            part: PixelBox {
                y_min: signed(y_min),
                x_min: signed(x_min),
                y_max: signed(y_max),
                x_max: signed(x_max),
            },
            left: side.saturating_sub(scaled.width) / 2,
            top: side.saturating_sub(scaled.height) / 2,
            side,
        }
    }

    /// Input tensor of the used part: `pixels` are its RGB bytes, row by row.
    ///
    /// # Panics
    /// The pixels are not those of the part, which is a defect of the caller.
    pub fn tensor(&self, pixels: &[u8]) -> Tensor {
        let width = self.part.x_max.abs_diff(self.part.x_min) as usize;
        let height = self.part.y_max.abs_diff(self.part.y_min) as usize;
        assert_eq!(pixels.len(), width * height * 3, "the used part as RGB");
        let side = self.side as usize;
        let mut values = vec![0.0; 3 * side * side];
        for (channel, plane) in values.chunks_exact_mut(side * side).enumerate() {
            let rows = plane.chunks_exact_mut(side).skip(self.top as usize);
            for (row, line) in rows.zip(pixels.chunks_exact(width * 3)) {
                let bytes = line.iter().skip(channel).step_by(3);
                for (value, byte) in row[self.left as usize..].iter_mut().zip(bytes) {
                    *value = f32::from(*byte) / 255.0;
                }
            }
        }
        Tensor::new(INPUT, [1, 3, side, side], TensorValues::F32(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIDE: ImageSize = ImageSize {
        width: 1001,
        height: 500,
    };

    #[test]
    fn one_classifier_cuts_the_image_and_the_other_pads_it() {
        let cut = PRICE_PROOF.square_fit(WIDE);
        assert_eq!((cut.scaled.width, cut.scaled.height), (448, 224));
        assert_eq!(cut.part.to_array(), [0, 112, 224, 336]);
        let padded = FRONT_IMAGE.square_fit(WIDE);
        assert_eq!((padded.scaled.width, padded.scaled.height), (448, 224));
        assert_eq!(padded.part.to_array(), [0, 0, 224, 448]);
        assert_eq!((padded.left, padded.top), (0, 112));
        let pixels = vec![255; 448 * 224 * 3];
        let tensor = padded.tensor(&pixels);
        let values = tensor.finite().expect("numbers");
        assert_eq!((values[0], values[112 * 448]), (0.0, 1.0));
    }

    #[test]
    fn scores_are_sorted() {
        let output = |values: Vec<f32>| {
            let shape = [1, values.len()];
            [Tensor::new(OUTPUT, shape, TensorValues::F32(values))]
        };
        assert_eq!(
            FRONT_IMAGE.scores(&output(vec![0.25, 0.75])),
            Ok(vec![("OTHER", 0.75), ("FRONT", 0.25)])
        );
        for odd in [vec![], vec![0.5], vec![f32::NAN, 0.0]] {
            assert!(FRONT_IMAGE.scores(&output(odd)).is_err());
        }
        assert!(FRONT_IMAGE.scores(&[]).is_err());
    }
}
