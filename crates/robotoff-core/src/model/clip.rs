//! Embeddings of images by CLIP (`docs/reference/ml.md` 5): for logos and for categories.

use super::{ModelOutputError, Tensor, TensorValues};
use crate::geometry::{ImageSize, PixelBox};

/// Numbers of an embedding.
pub const DIMENSIONS: usize = 512;

/// Most images in one call.
pub const BATCH: usize = 32;

/// Side of the square input in pixels.
pub const SIDE: u32 = 224;

/// Name of the model on a server.
pub const MODEL: &str = "clip";

/// Mean and deviation of each channel, of values from 0 to 1.
const MEAN: [f32; 3] = [0.481_454_66, 0.457_827_5, 0.408_210_73];
const DEVIATION: [f32; 3] = [0.268_629_54, 0.261_302_6, 0.275_777_1];

/// The empty text that the model wants beside each image: its start and its end.
const EMPTY_TEXT: [i64; 2] = [49406, 49407];

const OUTPUT: &str = "image_embeds";

/// Size to which an image is scaled (bicubic), and the middle of it that is used.
pub fn square_fit(image: ImageSize) -> (ImageSize, PixelBox) {
    let (width, height) = (image.width.max(1), image.height.max(1));
    let shortest = u64::from(width.min(height));
    let scaled = |length: u32| {
        let scaled = u64::from(SIDE) * u64::from(length) / shortest;
        u32::try_from(scaled).unwrap_or(u32::MAX)
    };
    let scaled = ImageSize {
        width: scaled(width),
        height: scaled(height),
    };
    let start = |length: u32| i32::try_from((length - SIDE) / 2).unwrap_or(i32::MAX);
    let (top, left) = (start(scaled.height), start(scaled.width));
    let side = SIDE.cast_signed();
    let part = PixelBox {
        y_min: top,
        x_min: left,
        y_max: top.saturating_add(side),
        x_max: left.saturating_add(side),
    };
    (scaled, part)
}

/// Input tensors of some images, each as the RGB bytes of a square of [`SIDE`].
///
/// # Panics
/// An image is of another size, which is a defect of the caller.
pub fn inputs(images: &[&[u8]]) -> Vec<Tensor> {
    let side = SIDE as usize;
    let mut pixels = Vec::with_capacity(images.len() * 3 * side * side);
    for image in images {
        assert_eq!(image.len(), side * side * 3, "a square image as RGB");
        for channel in 0..3 {
            let bytes = image.iter().skip(channel).step_by(3);
            let normalized =
                |byte: &u8| (f32::from(*byte) / 255.0 - MEAN[channel]) / DEVIATION[channel];
            pixels.extend(bytes.map(normalized));
        }
    }
    let count = images.len();
    let texts = TensorValues::I64(EMPTY_TEXT.repeat(count));
    vec![
        Tensor::new(
            "pixel_values",
            [count, 3, side, side],
            TensorValues::F32(pixels),
        ),
        Tensor::new(
            "attention_mask",
            [count, 2],
            TensorValues::I64(vec![1; 2 * count]),
        ),
        Tensor::new("input_ids", [count, 2], texts),
    ]
}

/// Embeddings of the images of a call, not normalised.
///
/// # Errors
/// The output is not one embedding for each image, or holds a value that is no number.
pub fn embeddings(outputs: &[Tensor], images: usize) -> Result<Vec<Vec<f32>>, ModelOutputError> {
    let output = outputs.iter().find(|output| output.name == OUTPUT);
    let output = output.ok_or_else(|| ModelOutputError::Missing(OUTPUT.to_owned()))?;
    if output.shape != [images, DIMENSIONS] {
        return Err(output.wrong_shape(format!("[{images}, {DIMENSIONS}]")));
    }
    let values = output.finite()?;
    Ok(values
        .chunks_exact(DIMENSIONS)
        .map(<[f32]>::to_vec)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_the_image_is_used() {
        let size = ImageSize {
            width: 300,
            height: 200,
        };
        let (scaled, part) = square_fit(size);
        assert_eq!((scaled.width, scaled.height), (336, 224));
        assert_eq!(part.to_array(), [0, 56, 224, 280]);
    }

    #[test]
    fn each_image_has_an_empty_text() {
        let black = vec![0; 224 * 224 * 3];
        let tensors = inputs(&[&black, &black]);
        let shapes: Vec<&[usize]> = tensors.iter().map(|tensor| &*tensor.shape).collect();
        assert_eq!(shapes, [&[2, 3, 224, 224][..], &[2, 2], &[2, 2]]);
        let pixels = tensors[0].finite().expect("numbers");
        let golden = [-1.792_262_6, -1.752_097_5, -1.480_219_8];
        for (channel, expected) in golden.iter().enumerate() {
            assert!((pixels[channel * 224 * 224] - expected).abs() < 1e-6);
        }
        assert_eq!(
            tensors[2].values,
            TensorValues::I64(vec![49406, 49407, 49406, 49407])
        );
    }

    #[test]
    fn an_output_has_one_embedding_for_each_image() {
        let output = |count: usize, value: f32| {
            let values = TensorValues::F32(vec![value; count * DIMENSIONS]);
            [Tensor::new(OUTPUT, [count, DIMENSIONS], values)]
        };
        assert_eq!(
            embeddings(&output(2, 0.5), 2).map(|found| found.len()),
            Ok(2)
        );
        assert!(embeddings(&output(1, 0.5), 2).is_err());
        assert!(embeddings(&output(1, f32::NAN), 1).is_err());
        assert!(embeddings(&[], 1).is_err());
    }
}
