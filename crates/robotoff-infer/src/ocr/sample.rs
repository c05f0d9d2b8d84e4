//! Pixels of a line, cut out of the photo in one step: straightened, scaled to the height
//! that the recognizer reads, and normalised.

use image::RgbImage;

use super::geometry::{LineBox, Point};
use super::tensor::Normalization;

/// Height of a line in pixels.
pub(super) const HEIGHT: usize = 48;

/// Largest width of a line in pixels; a longer line is squeezed.
pub(super) const MAX_WIDTH: usize = 3200;

/// Most samples for one pixel in each direction, where a line is made smaller.
const MAX_SAMPLES: f32 = 4.0;

/// Width of a line in pixels at [`HEIGHT`].
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "lengths in pixels, and saturation is meant"
)]
pub(super) fn width_of(line: &LineBox) -> usize {
    let width = HEIGHT as f32 * line.length / line.height.max(1.0);
    (width.ceil() as usize).clamp(1, MAX_WIDTH)
}

/// Writes the pixels of a line into one image of a tensor, channels first, whose rows have
/// `row_width` pixels; those behind the line stay as they are.
pub(super) fn line_into(
    image: &RgbImage,
    line: &LineBox,
    normalization: &Normalization,
    row_width: usize,
    tensor: &mut [f32],
) {
    let width = width_of(line).min(row_width);
    let [across, along] = [step(line.height, HEIGHT), step(line.length, width)];
    let tables = [0, 1, 2].map(|channel| normalization.table(channel));
    let sources = [0, 1, 2].map(|channel| normalization.source(channel));
    for y in 0..HEIGHT {
        for x in 0..width {
            let color = sample(image, line, [x, y], [width, HEIGHT], [along, across]);
            for channel in 0..3 {
                let value = interpolated(&tables[channel], color[sources[channel]]);
                tensor[(channel * HEIGHT + y) * row_width + x] = value;
            }
        }
    }
}

/// Number of samples for each pixel: as many as it covers on the photo.
#[expect(clippy::cast_precision_loss, reason = "pixels of an image")]
fn step(length: f32, pixels: usize) -> u8 {
    let covered = (length / pixels as f32).round().clamp(1.0, MAX_SAMPLES);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 1 and 4"
    )]
    let samples = covered as u8;
    samples
}

/// Mean color of a pixel of the line.
#[expect(clippy::cast_precision_loss, reason = "pixels of an image")]
fn sample(
    image: &RgbImage,
    line: &LineBox,
    at: [usize; 2],
    size: [usize; 2],
    samples: [u8; 2],
) -> [f32; 3] {
    let mut sum = [0.0; 3];
    for j in 0..samples[1] {
        let across = (at[1] as f32 + part(j, samples[1])) / size[1] as f32;
        for i in 0..samples[0] {
            let along = (at[0] as f32 + part(i, samples[0])) / size[0] as f32;
            let color = color_at(image, line.at(along, across));
            for channel in 0..3 {
                sum[channel] += color[channel];
            }
        }
    }
    let count = f32::from(samples[0]) * f32::from(samples[1]);
    sum.map(|sum| sum / count)
}

/// Middle of one of the parts of a pixel.
fn part(index: u8, parts: u8) -> f32 {
    (f32::from(index) + 0.5) / f32::from(parts)
}

/// Color between four pixels; beyond the border it is that of the border.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "positions are clamped to the image"
)]
fn color_at(image: &RgbImage, at: Point) -> [f32; 3] {
    let (width, height) = image.dimensions();
    // The center of the first pixel is at 0.5.
    let x = (at.x - 0.5).clamp(0.0, (width - 1) as f32);
    let y = (at.y - 0.5).clamp(0.0, (height - 1) as f32);
    let (left, top) = (x as u32, y as u32);
    let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
    let (dx, dy) = (x - left as f32, y - top as f32);
    let raw = image.as_raw();
    let pixel = |x: u32, y: u32| {
        let start = (y as usize * width as usize + x as usize) * 3;
        [raw[start], raw[start + 1], raw[start + 2]]
    };
    let corners = [
        pixel(left, top),
        pixel(right, top),
        pixel(left, bottom),
        pixel(right, bottom),
    ];
    std::array::from_fn(|channel| {
        let value = |corner: usize| f32::from(corners[corner][channel]);
        let above = value(0) + (value(1) - value(0)) * dx;
        let below = value(2) + (value(3) - value(2)) * dx;
        above + (below - above) * dy
    })
}

/// Normalised value between those of two bytes. The table is linear, so its ends suffice.
fn interpolated(table: &[f32; 256], byte: f32) -> f32 {
    table[0] + (table[255] - table[0]) * byte / 255.0
}

#[cfg(test)]
mod tests {
    use super::super::tensor::OCR;
    use super::*;

    /// Largest difference from the golden value, of values from -1 to 1.
    const TOLERANCE: f32 = 0.02;

    fn line(center: (f32, f32), along: (f32, f32), length: f32, height: f32) -> LineBox {
        LineBox {
            center: Point::new(center.0, center.1),
            along: Point::new(along.0, along.1),
            length,
            height,
            is_vertical: false,
        }
    }

    #[test]
    fn a_line_is_straightened() {
        // Red above the diagonal, white below.
        let image = RgbImage::from_fn(200, 200, |x, y| {
            if y < x {
                image::Rgb([255, 0, 0])
            } else {
                image::Rgb([255; 3])
            }
        });
        let half = std::f32::consts::FRAC_1_SQRT_2;
        let line = line((100.0, 100.0), (half, half), 96.0, 48.0);
        assert_eq!(width_of(&line), 96);
        let mut tensor = vec![0.0; 3 * HEIGHT * 100];
        line_into(&image, &line, &OCR, 100, &mut tensor);
        let at = |channel: usize, x: usize, y: usize| tensor[(channel * HEIGHT + y) * 100 + x];
        // Blue is the first channel: none above, all below.
        for (channel, y, expected) in [(0, 4, -1.0), (0, 44, 1.0), (2, 4, 1.0), (2, 44, 1.0)] {
            for x in [4, 50, 90] {
                assert!(
                    (at(channel, x, y) - expected).abs() < TOLERANCE,
                    "{channel} {x} {y}"
                );
            }
        }
        assert!((0..48).all(|y| at(0, 97, y) == 0.0), "behind the line");
    }

    #[test]
    fn a_large_line_is_averaged_and_the_border_repeated() {
        let stripes = RgbImage::from_fn(400, 192, |_, y| {
            image::Rgb([if y % 4 < 2 { 0 } else { 255 }; 3])
        });
        let line = line((200.0, 96.0), (1.0, 0.0), 800.0, 192.0);
        let mut tensor = vec![9.0; 3 * HEIGHT * 200];
        line_into(&stripes, &line, &OCR, 200, &mut tensor);
        assert!(tensor.iter().all(|value| value.abs() < TOLERANCE));
    }

    #[test]
    fn widths_are_bounded() {
        for (length, height, width) in [(1e9, 1.0, MAX_WIDTH), (0.0, 0.0, 1), (100.0, 48.0, 100)] {
            assert_eq!(
                width_of(&line((0.0, 0.0), (1.0, 0.0), length, height)),
                width
            );
        }
    }
}
