//! Lines of text on a photo: the detector at one or two sizes.

use image::RgbImage;
use robotoff_core::geometry::ImageSize;

use super::geometry::LineBox;
use super::regions::ProbabilityMap;
use super::tensor::{OCR, resized};
use crate::runtime::{InferenceError, LoadedModel};

/// Size at which a photo is given to a detector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DetectionSize {
    /// A smaller photo is enlarged until its shorter side has this many pixels,
    pub(super) min_side: u32,
    /// but its longer side has at most this many.
    pub(super) max_side: u32,
}

/// Sides of the input are multiples of this.
const STRIDE: f32 = 32.0;

impl DetectionSize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "sides in pixels"
    )]
    fn of(self, photo: ImageSize) -> ImageSize {
        let (width, height) = (photo.width as f32, photo.height as f32);
        let enlarged = (self.min_side as f32 / width.min(height)).max(1.0);
        let ratio = enlarged.min(self.max_side as f32 / width.max(height));
        let side = |length: f32| (length * ratio / STRIDE).round().max(1.0) * STRIDE;
        ImageSize {
            width: side(width) as u32,
            height: side(height) as u32,
        }
    }
}

/// Lines of a photo, in its pixels, in no order.
///
/// # Errors
/// The model is absent or broken.
#[expect(clippy::cast_precision_loss, reason = "sides in pixels")]
pub(super) fn detect(
    model: &LoadedModel,
    image: &RgbImage,
    size: DetectionSize,
) -> Result<Vec<LineBox>, InferenceError> {
    let (width, height) = image.dimensions();
    let input = size.of(ImageSize { width, height });
    let mut tensor = Vec::with_capacity(3 * input.width as usize * input.height as usize);
    OCR.append(&resized(image, input), &mut tensor);
    let shape = [1, 3, input.height as usize, input.width as usize];
    let lines = model.run(shape, &tensor, |output| {
        let map = ProbabilityMap {
            width: shape[3],
            height: shape[2],
            data: output.data,
        };
        if output.data.len() == map.width * map.height {
            map.lines()
        } else {
            Vec::new()
        }
    })?;
    let x = width as f32 / input.width as f32;
    let y = height as f32 / input.height as f32;
    Ok(lines.into_iter().map(|line| line.scaled(x, y)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_photos_are_enlarged_and_large_ones_made_smaller() {
        let size = DetectionSize {
            min_side: 736,
            max_side: 2000,
        };
        for ((width, height), expected) in [
            ((400, 300), (992, 736)),
            ((1000, 800), (992, 800)),
            ((4000, 3000), (2016, 1504)),
            ((400, 61), (2016, 320)),
            ((12_000, 10), (2016, 32)),
            ((1, 1), (736, 736)),
        ] {
            let found = size.of(ImageSize { width, height });
            assert_eq!((found.width, found.height), expected, "{width} x {height}");
        }
    }
}
