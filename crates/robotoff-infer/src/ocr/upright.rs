//! Which way up a photo is.
//!
//! The classifier of pages is right about the axis of the text, but of upright photos it calls
//! one in nine upside down. It is asked about the photo in all four rotations, so that its
//! preferences cancel out, and where it is still in doubt the recognizer decides between a
//! direction and its opposite.

use image::RgbImage;
use image::imageops::{crop_imm, rotate90, rotate180, rotate270};
use robotoff_core::geometry::ImageSize;

use super::geometry::LineBox;
use super::recognize::recognize;
use super::tensor::{CLASSIFIER, resized};
use crate::runtime::{InferenceError, LoadedModel};

/// Shorter side of the photo for the classifier, and the side of its centre that it sees.
const SHORT_SIDE: u32 = 256;
const SIDE: u32 = 224;

/// Mean probability from which the classifier is believed.
const CERTAIN: f32 = 0.8;

/// Lines that are read in both directions when it is not.
const PROBES: usize = 6;

/// Ratio by which the opposite direction must be read better than the one that the classifier
/// prefers.
const MARGIN: f32 = 1.05;

/// Rotations by a quarter, clockwise, that turn a photo upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Quarters {
    #[default]
    None,
    One,
    Two,
    Three,
}

impl Quarters {
    const ALL: [Self; 4] = [Self::None, Self::One, Self::Two, Self::Three];

    pub(super) const fn opposite(self) -> Self {
        match self {
            Self::None => Self::Two,
            Self::One => Self::Three,
            Self::Two => Self::None,
            Self::Three => Self::One,
        }
    }

    pub(super) fn rotate(self, image: RgbImage) -> RgbImage {
        match self {
            Self::None => image,
            Self::One => rotate90(&image),
            Self::Two => rotate180(&image),
            Self::Three => rotate270(&image),
        }
    }
}

/// Opinion of the classifier.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PageClass {
    pub(super) rotation: Quarters,
    pub(super) is_certain: bool,
}

/// The rotation that the classifier of pages finds.
///
/// # Errors
/// The model is absent or broken.
pub(super) fn classify(model: &LoadedModel, image: &RgbImage) -> Result<PageClass, InferenceError> {
    let (width, height) = image.dimensions();
    let short = width.min(height);
    let side = |length: u32| {
        let side = u64::from(length) * u64::from(SHORT_SIDE) / u64::from(short);
        u32::try_from(side).unwrap_or(SHORT_SIDE).max(SIDE)
    };
    // Of a strip only the middle is seen, so only the middle is made smaller.
    let longest = short.saturating_mul(2);
    let (seen_width, seen_height) = (width.min(longest), height.min(longest));
    let (left, top) = ((width - seen_width) / 2, (height - seen_height) / 2);
    let seen = crop_imm(image, left, top, seen_width, seen_height).to_image();
    let size = ImageSize {
        width: side(seen_width),
        height: side(seen_height),
    };
    let small = resized(&seen, size);
    let (left, top) = ((size.width - SIDE) / 2, (size.height - SIDE) / 2);
    let mut centre = crop_imm(&small, left, top, SIDE, SIDE).to_image();
    let mut tensor = Vec::new();
    for _ in Quarters::ALL {
        CLASSIFIER.append(&centre, &mut tensor);
        centre = rotate90(&centre);
    }
    let side = SIDE as usize;
    model.run([4, 3, side, side], &tensor, |output| class_of(output.data))
}

/// Mean over the rotations: class `c` of the photo that is rotated by `r` quarters is class
/// `c - r` of the photo itself. A photo that is rotated by `c` is upright after `4 - c`.
fn class_of(probabilities: &[f32]) -> PageClass {
    let mean = |class: usize| {
        let seen = probabilities.chunks_exact(4).enumerate();
        seen.map(|(rotation, classes)| classes[(class + rotation) % 4])
            .sum::<f32>()
            / 4.0
    };
    let mut best = (0, f32::MIN);
    for class in 0..4 {
        if mean(class) > best.1 {
            best = (class, mean(class));
        }
    }
    PageClass {
        rotation: Quarters::ALL[(4 - best.0) % 4],
        is_certain: best.1 >= CERTAIN,
    }
}

/// True when the lines of a photo are read better upside down.
///
/// # Errors
/// The model is absent or broken.
pub(super) fn is_upside_down(
    recognizer: &LoadedModel,
    image: &RgbImage,
    lines: &[LineBox],
) -> Result<bool, InferenceError> {
    let mut probes: Vec<LineBox> = lines
        .iter()
        .filter(|line| !line.is_vertical)
        .copied()
        .collect();
    // Long lines hold many characters; they are told apart best.
    probes.sort_by(|a, b| (b.length / b.height).total_cmp(&(a.length / a.height)));
    probes.truncate(PROBES);
    let score =
        |texts: Vec<super::ctc::LineText>| texts.iter().map(|text| text.confidence).sum::<f32>();
    let as_is = score(recognize(recognizer, image, &probes)?);
    let reversed: Vec<LineBox> = probes.into_iter().map(LineBox::reversed).collect();
    let opposite = score(recognize(recognizer, image, &reversed)?);
    Ok(opposite > as_is * MARGIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_is_the_mean_over_four_rotations() {
        // A photo that is rotated by 90 degrees clockwise, in its four rotations.
        let sure = [
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
            [1.0, 0.0, 0.0, 0.0],
        ];
        let class = class_of(&sure.concat());
        assert_eq!(class.rotation, Quarters::Three);
        assert!(class.is_certain);
        // A classifier that always answers alike knows nothing.
        let stubborn = [[0.0, 0.0, 1.0, 0.0]; 4];
        assert!(!class_of(&stubborn.concat()).is_certain);
    }

    #[test]
    fn rotations_add_up() {
        let image = RgbImage::from_fn(3, 2, |x, y| image::Rgb([x as u8, y as u8, 0]));
        for (quarters, rotation) in Quarters::ALL.into_iter().enumerate() {
            let there = rotation.rotate(image.clone());
            let back = Quarters::ALL[(4 - quarters) % 4];
            assert_eq!(back.rotate(there), image);
            assert_eq!(rotation.opposite(), Quarters::ALL[(quarters + 2) % 4]);
        }
    }
}
