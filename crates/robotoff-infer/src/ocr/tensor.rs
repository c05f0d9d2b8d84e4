//! Pixels as input tensors: resized, normalised, channels first.

use fast_image_resize::FilterType;
use image::RgbImage;
use robotoff_core::geometry::ImageSize;

/// Order of the color channels in a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channels {
    Rgb,
    Bgr,
}

/// Mean and deviation of each channel, in the order of the tensor, of values from 0 to 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Normalization {
    pub(super) channels: Channels,
    pub(super) mean: [f32; 3],
    pub(super) deviation: [f32; 3],
}

/// Values from -1 to 1, blue first: what the OCR models were trained with.
pub(super) const OCR: Normalization = Normalization {
    channels: Channels::Bgr,
    mean: [0.5; 3],
    deviation: [0.5; 3],
};

/// The usual values of image classifiers.
pub(super) const CLASSIFIER: Normalization = Normalization {
    channels: Channels::Rgb,
    mean: [0.485, 0.456, 0.406],
    deviation: [0.229, 0.224, 0.225],
};

impl Normalization {
    /// Value in channel `channel` of the tensor for each value of a byte.
    pub(super) fn table(&self, channel: usize) -> [f32; 256] {
        std::array::from_fn(|byte| {
            let byte = f32::from(u8::try_from(byte).unwrap_or(u8::MAX));
            (byte / 255.0 - self.mean[channel]) / self.deviation[channel]
        })
    }

    /// Channel of the pixel that channel `channel` of the tensor is made of.
    pub(super) const fn source(&self, channel: usize) -> usize {
        match self.channels {
            Channels::Rgb => channel,
            Channels::Bgr => 2 - channel,
        }
    }

    /// Appends an image, channels first.
    pub(super) fn append(&self, image: &RgbImage, tensor: &mut Vec<f32>) {
        for channel in 0..3 {
            let table = self.table(channel);
            let source = self.source(channel);
            let pixels = image.as_raw().chunks_exact(3);
            tensor.extend(pixels.map(|pixel| table[usize::from(pixel[source])]));
        }
    }
}

/// The image in another size, without aliasing.
pub(super) fn resized(image: &RgbImage, size: ImageSize) -> RgbImage {
    crate::resize::resized(image, size, FilterType::Bilinear)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest difference from a golden tensor.
    const TOLERANCE: f32 = 1e-6;

    #[test]
    fn channels_come_first_and_blue_before_red() {
        let image = RgbImage::from_raw(2, 1, vec![255, 0, 51, 0, 255, 102]).expect("two pixels");
        for (normalization, golden) in [
            (OCR, [-0.6, -0.2, -1.0, 1.0, 1.0, -1.0]),
            (
                CLASSIFIER,
                [
                    2.248_908_3,
                    -2.117_904,
                    -2.035_714_3,
                    2.428_571_4,
                    -0.915_555_6,
                    -0.026_666_7,
                ],
            ),
        ] {
            let mut tensor = Vec::new();
            normalization.append(&image, &mut tensor);
            for (found, expected) in tensor.iter().zip(golden) {
                assert!((found - expected).abs() < TOLERANCE, "{tensor:?}");
            }
            assert_eq!(tensor.len(), golden.len());
        }
    }

    #[test]
    fn a_smaller_image_is_the_mean_of_its_pixels() {
        let stripes = RgbImage::from_fn(64, 64, |x, _| {
            image::Rgb([if x % 2 == 0 { 0 } else { 200 }; 3])
        });
        let size = ImageSize {
            width: 8,
            height: 8,
        };
        let small = resized(&stripes, size);
        assert!(small.pixels().all(|pixel| pixel.0[0].abs_diff(100) <= 4));
    }
}
