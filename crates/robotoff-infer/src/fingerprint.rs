//! Perceptual hash of images: near copies differ in few of its bits.
//!
//! The bits are those of the hash that stored rows hold (`docs/reference/pipeline.md` 2.10), so
//! rows of either service are compared: `ImageHash`'s `phash` on pixels that are not turned by
//! their Exif orientation. The image is made smaller here, with the fixed point of Pillow: a
//! brightness that another library rounds otherwise changes a bit of one photo in twelve.

use image::RgbImage;

/// Side of the image that is transformed.
const SIDE: usize = 32;

/// Side of the square of the lowest frequencies.
const LOW: usize = 8;

/// Fractional bits of the weights.
const PRECISION: u32 = 22;

/// Reach of the filter (Lanczos), in pixels of the smaller image.
const REACH: f64 = 3.0;

/// The hash; `None` for an image without pixels. The highest bit is that of the lowest
/// frequency, and rows follow each other.
pub fn fingerprint(image: &RgbImage) -> Option<u64> {
    let (width, height) = image.dimensions();
    let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
    if width == 0 || height == 0 {
        return None;
    }
    let rows = image.rows().map(|row| {
        let row: Vec<u8> = row.map(|pixel| luma(pixel.0)).collect();
        row
    });
    let across = weights(width);
    let narrow: Vec<Vec<u8>> = rows.map(|row| resampled(&row, &across)).collect();
    let down = weights(height);
    let mut small = vec![0; SIDE * SIDE];
    for x in 0..SIDE {
        let column: Vec<u8> = narrow.iter().map(|row| row[x]).collect();
        for (y, value) in resampled(&column, &down).into_iter().enumerate() {
            small[y * SIDE + x] = value;
        }
    }
    Some(hash_of(&small))
}

/// Weights of the pixels from `first` on, for one pixel of the smaller image.
struct Weights {
    first: usize,
    weights: Vec<i32>,
}

/// Weights of each pixel of the smaller image, for a line of so many pixels.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "positions on a line of pixels, and weights below 2 in fixed point"
)]
fn weights(length: usize) -> Vec<Weights> {
    let scale = length as f64 / SIDE as f64;
    let spread = scale.max(1.0);
    let of_pixel = |at: usize| {
        let center = (at as f64 + 0.5) * scale;
        let first = (center - REACH * spread + 0.5).max(0.0) as usize;
        let end = ((center + REACH * spread + 0.5) as usize).min(length);
        let weights = (first..end).map(|pixel| lanczos((pixel as f64 - center + 0.5) / spread));
        let weights: Vec<f64> = weights.collect();
        let sum: f64 = weights.iter().sum();
        let fixed = |weight: f64| (weight / sum * f64::from(1 << PRECISION)).round() as i32;
        Weights {
            first,
            weights: weights.into_iter().map(fixed).collect(),
        }
    };
    (0..SIDE).map(of_pixel).collect()
}

fn lanczos(x: f64) -> f64 {
    let sinc = |x: f64| {
        let x = x * std::f64::consts::PI;
        if x == 0.0 { 1.0 } else { x.sin() / x }
    };
    if (-REACH..REACH).contains(&x) {
        sinc(x) * sinc(x / REACH)
    } else {
        0.0
    }
}

/// A line of pixels, made smaller.
fn resampled(line: &[u8], weights: &[Weights]) -> Vec<u8> {
    let pixel = |Weights { first, weights }: &Weights| {
        let half = 1 << (PRECISION - 1);
        let products = line[*first..].iter().zip(weights);
        let sum: i32 = products
            .map(|(&pixel, weight)| i32::from(pixel) * weight)
            .sum();
        u8::try_from(((sum + half) >> PRECISION).clamp(0, 255)).unwrap_or(u8::MAX)
    };
    weights.iter().map(pixel).collect()
}

/// Brightness by ITU-R 601-2, in the fixed point of Pillow.
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let sum = u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471;
    u8::try_from((sum + 0x8000) >> 16).unwrap_or(u8::MAX)
}

/// Bits of the low frequencies that are above their median.
fn hash_of(pixels: &[u8]) -> u64 {
    let low = low_frequencies(pixels);
    let mut sorted = low;
    sorted.sort_by(f64::total_cmp);
    let median = f64::midpoint(sorted[LOW * LOW / 2 - 1], sorted[LOW * LOW / 2]);
    low.iter()
        .fold(0, |hash, &value| hash << 1 | u64::from(value > median))
}

/// The lowest frequencies of the discrete cosine transform (DCT-II, not normalised) of the
/// columns and then of the rows.
fn low_frequencies(pixels: &[u8]) -> [f64; LOW * LOW] {
    let cosine = |frequency: usize, at: usize| {
        let at = f64::from(u32::try_from(frequency * (2 * at + 1)).unwrap_or(0));
        (std::f64::consts::PI * at / 64.0).cos()
    };
    let mut columns = [[0.0; SIDE]; LOW];
    for (frequency, row) in columns.iter_mut().enumerate() {
        for (x, sum) in row.iter_mut().enumerate() {
            let column = pixels.iter().skip(x).step_by(SIDE).enumerate();
            *sum = column
                .map(|(y, &pixel)| 2.0 * f64::from(pixel) * cosine(frequency, y))
                .sum();
        }
    }
    let mut low = [0.0; LOW * LOW];
    for (at, value) in low.iter_mut().enumerate() {
        let row = columns[at / LOW].iter().enumerate();
        *value = row.map(|(x, sum)| 2.0 * sum * cosine(at % LOW, x)).sum();
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture whose pixels are computed alike in any language.
    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let byte = |value: u32| u8::try_from(value % 256).unwrap_or(0);
            let red = x * x / 37 + y * 3;
            let green = (x * y) / 53 + (x / 40) * 60;
            let blue = y * y / 29 + x;
            image::Rgb([byte(red), byte(green), byte(blue)])
        })
    }

    const GOLDEN: [((u32, u32), &str); 6] = [
        ((320, 240), "80070fc6bc0c3ffd"),
        ((640, 480), "8000f2f202fff2f7"),
        ((101, 333), "863d332deb535614"),
        ((32, 32), "aa7ffd7384409740"),
        ((20, 17), "a87e8f598851a727"),
        ((1000, 700), "800000fefeaabefe"),
    ];

    #[test]
    fn hashes_are_those_of_the_python_library() {
        // From ImageHash 4.3 on Pillow 13, of the same pixels.
        for ((width, height), expected) in GOLDEN {
            let hash = fingerprint(&picture(width, height));
            let hash = hash.map(|hash| format!("{hash:016x}"));
            assert_eq!(hash.as_deref(), Some(expected), "{width} x {height}");
        }
    }

    #[test]
    fn a_smaller_copy_has_nearly_the_same_hash() {
        let large = RgbImage::from_fn(640, 480, |x, y| {
            let is_lit = (x / 90 + y / 70) % 3 == 0 || x > y + 200;
            image::Rgb([if is_lit { 230 } else { 40 }; 3])
        });
        let small = image::imageops::thumbnail(&large, 320, 240);
        let (a, b) = (fingerprint(&large), fingerprint(&small));
        let differing = (a.expect("pixels") ^ b.expect("pixels")).count_ones();
        assert!(differing <= 6, "{differing}");
        assert_eq!(fingerprint(&RgbImage::new(0, 0)), None);
    }
}
