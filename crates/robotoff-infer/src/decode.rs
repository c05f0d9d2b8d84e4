//! Files of images as pixels: JPEG, PNG and WebP, within limits, since anyone may have made
//! the file.
//!
//! Not here: how many files are decoded at once (`pool`), and what is done with the pixels.
//! The pixels are not turned upright here: a crop is cut out before it is turned, which spares
//! a second copy of a large image.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{
    ColorType, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, RgbImage,
};
use robotoff_core::geometry::{ImageSize, PixelBox};
use thiserror::Error;

/// Largest width and height in pixels. Phones reach 12,000.
pub const MAX_SIDE: u32 = 12_000;

/// Largest memory of the pixels of one image, with the coefficients of a progressive JPEG.
pub const MAX_BYTES: u64 = 256 << 20;

/// Bytes for each pixel that a progressive JPEG keeps until its last scan: three 16-bit
/// coefficients.
const COEFFICIENT_BYTES: u64 = 6;

/// Reason for which a file has no pixels.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    #[error("the file is neither JPEG, PNG nor WebP")]
    Format,
    #[error("the image has {} x {} pixels, which is too large", .0.width, .0.height)]
    TooLarge(ImageSize),
    #[error("the image is damaged: {0}")]
    Damaged(String),
}

/// Pixels of an image as its file holds them, and how they are turned upright.
#[derive(Debug, Clone)]
pub struct DecodedImage {
    stored: RgbImage,
    orientation: Orientation,
}

impl DecodedImage {
    /// Decodes a file. Of an animation it is the first frame; transparency is dropped, as by
    /// the existing service.
    ///
    /// # Errors
    /// The file is of no known format, larger than the limits, or damaged.
    pub fn of(file: &[u8]) -> Result<Self, DecodeError> {
        let format = image::guess_format(file).map_err(|_| DecodeError::Format)?;
        let is_known = matches!(
            format,
            ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP
        );
        if !is_known {
            return Err(DecodeError::Format);
        }
        let mut reader = ImageReader::with_format(Cursor::new(file), format);
        let mut limits = Limits::no_limits();
        // Of what PNG unpacks beside the pixels. The size is checked below, to name it.
        limits.max_alloc = Some(MAX_BYTES);
        reader.limits(limits);
        let mut decoder = reader.into_decoder().map_err(damaged)?;
        let (width, height) = decoder.dimensions();
        let size = ImageSize { width, height };
        let is_progressive = format == ImageFormat::Jpeg && is_progressive(file);
        if bytes_of(size, decoder.color_type(), is_progressive) > MAX_BYTES
            || width.max(height) > MAX_SIDE
        {
            return Err(DecodeError::TooLarge(size));
        }
        // Damaged metadata do not spoil the pixels.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let image = DynamicImage::from_decoder(decoder).map_err(damaged)?;
        Ok(Self {
            stored: image.into_rgb8(),
            orientation,
        })
    }

    /// Size of the upright image.
    pub fn size(&self) -> ImageSize {
        let (width, height) = self.stored.dimensions();
        if swaps_sides(self.orientation) {
            return ImageSize {
                width: height,
                height: width,
            };
        }
        ImageSize { width, height }
    }

    /// The pixels as the file holds them, not turned upright.
    pub const fn stored(&self) -> &RgbImage {
        &self.stored
    }

    /// The whole image, upright.
    pub fn into_upright(self) -> RgbImage {
        upright(self.stored, self.orientation)
    }

    /// A part of the upright image; `x_max` and `y_max` are behind its last pixel. What is
    /// outside of the image is left out.
    pub fn part(&self, area: PixelBox) -> RgbImage {
        let size = self.size();
        let within = |at: i32, length: u32| u32::try_from(at).unwrap_or(0).min(length);
        let (x_min, x_max) = (
            within(area.x_min, size.width),
            within(area.x_max, size.width),
        );
        let (y_min, y_max) = (
            within(area.y_min, size.height),
            within(area.y_max, size.height),
        );
        let (right, below) = (size.width - x_max, size.height - y_max);
        // The same part of the stored image: each of its borders is one of the upright one.
        let (left, top, width, height) = {
            let (width, height) = (x_max.saturating_sub(x_min), y_max.saturating_sub(y_min));
            match self.orientation {
                Orientation::NoTransforms => (x_min, y_min, width, height),
                Orientation::FlipHorizontal => (right, y_min, width, height),
                Orientation::Rotate180 => (right, below, width, height),
                Orientation::FlipVertical => (x_min, below, width, height),
                Orientation::Rotate90 => (y_min, right, height, width),
                Orientation::Rotate270 => (below, x_min, height, width),
                Orientation::Rotate90FlipH => (y_min, x_min, height, width),
                Orientation::Rotate270FlipH => (below, right, height, width),
            }
        };
        let part = image::imageops::crop_imm(&self.stored, left, top, width, height).to_image();
        upright(part, self.orientation)
    }
}

fn upright(image: RgbImage, orientation: Orientation) -> RgbImage {
    let mut image = DynamicImage::ImageRgb8(image);
    image.apply_orientation(orientation);
    image.into_rgb8()
}

const fn swaps_sides(orientation: Orientation) -> bool {
    match orientation {
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => false,
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => true,
    }
}

/// Memory that decoding takes: what the decoder writes, and the same as RGB.
fn bytes_of(size: ImageSize, color: ColorType, is_progressive: bool) -> u64 {
    let pixels = u64::from(size.width) * u64::from(size.height);
    let decoded = u64::from(color.bytes_per_pixel());
    let converted = if color == ColorType::Rgb8 { 0 } else { 3 };
    let kept = if is_progressive { COEFFICIENT_BYTES } else { 0 };
    pixels.saturating_mul(decoded + converted + kept)
}

/// True for a JPEG whose frame is of a progressive kind.
fn is_progressive(jpeg: &[u8]) -> bool {
    // Segments behind the start of the image: marker, then a length that counts itself.
    let mut rest = jpeg.get(2..).unwrap_or_default();
    loop {
        match rest {
            [0xFF, 0xFF, ..] => rest = &rest[1..],
            [0xFF, 0xC2 | 0xC6 | 0xCA | 0xCE, ..] => return true,
            // The first scan: the frame is before it.
            [0xFF, 0xDA, ..] => return false,
            [0xFF, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = rest.get(2 + length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
}

fn damaged(error: ImageError) -> DecodeError {
    DecodeError::Damaged(error.to_string())
}

/// Files of images for tests.
#[cfg(test)]
pub(crate) mod fixture {
    use super::{Cursor, ImageFormat, RgbImage};

    fn gradient(width: u32, height: u32) -> RgbImage {
        let shade = |at: u32, length: u32| u8::try_from(at * 255 / length).unwrap_or(255);
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([shade(x, width), shade(y, height), 128])
        })
    }

    fn file(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut file = Cursor::new(Vec::new());
        let written = gradient(width, height).write_to(&mut file, format);
        written.expect("a file in memory");
        file.into_inner()
    }

    /// A PNG of this size.
    pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
        file(width, height, ImageFormat::Png)
    }

    /// A JPEG of this size.
    pub(crate) fn jpeg(width: u32, height: u32) -> Vec<u8> {
        file(width, height, ImageFormat::Jpeg)
    }

    /// The start of a PNG that claims this size and holds no pixels.
    pub(crate) fn png_header(width: u32, height: u32) -> Vec<u8> {
        let mut chunk = b"IHDR".to_vec();
        chunk.extend(width.to_be_bytes());
        chunk.extend(height.to_be_bytes());
        // 8 bits of RGB, not interlaced.
        chunk.extend([8, 2, 0, 0, 0]);
        let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\x0D".to_vec();
        file.extend(&chunk);
        file.extend(crc(&chunk).to_be_bytes());
        file.extend(b"\0\0\0\0IDAT\x35\xAF\x06\x1E");
        file.extend(b"\0\0\0\0IEND\xAE\x42\x60\x82");
        file
    }

    fn crc(bytes: &[u8]) -> u32 {
        let rest = bytes.iter().fold(u32::MAX, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                let mask = (crc & 1).wrapping_neg();
                (crc >> 1) ^ (0xEDB8_8320 & mask)
            })
        });
        !rest
    }
}

#[cfg(test)]
mod tests;
