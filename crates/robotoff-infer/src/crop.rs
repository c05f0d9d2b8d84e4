//! Parts of images as JPEG.

use std::sync::Arc;

use async_trait::async_trait;
use image::codecs::jpeg::JpegEncoder;
use robotoff_core::geometry::CropArea;
use robotoff_ports::parts::{CutImage, ImageCropper};
use robotoff_ports::{PortError, PortResult};

use crate::decode::DecodedImage;
use crate::pool::DecoderPool;

/// Quality of the JPEG: text in it stays sharp, at a third of the bytes of 95.
const QUALITY: u8 = 85;

/// Cuts on the threads of a pool.
#[derive(Debug, Clone)]
pub struct PixelCropper {
    pool: DecoderPool,
}

impl PixelCropper {
    /// Cuts on this pool.
    pub const fn new(pool: DecoderPool) -> Self {
        Self { pool }
    }
}

#[async_trait]
impl ImageCropper for PixelCropper {
    async fn crop(&self, file: Arc<[u8]>, area: CropArea) -> PortResult<CutImage> {
        let cut = move |image: DecodedImage| jpeg_of(&image, area);
        match self.pool.with_pixels(file, cut).await? {
            Ok(jpeg) => Ok(CutImage::Jpeg(jpeg?)),
            Err(error) => Ok(CutImage::Unreadable(error.to_string())),
        }
    }
}

fn jpeg_of(image: &DecodedImage, area: CropArea) -> PortResult<Vec<u8>> {
    let part = image.part(area.pixels(image.size()));
    let mut jpeg = Vec::new();
    part.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY))
        .map_err(|error| PortError::defect("writing of a JPEG", error))?;
    Ok(jpeg)
}

#[cfg(test)]
mod tests {
    use robotoff_core::geometry::RelativeBox;

    use super::*;
    use crate::decode::fixture;

    fn area([y_min, x_min, y_max, x_max]: [f64; 4]) -> CropArea {
        let area = RelativeBox {
            y_min,
            x_min,
            y_max,
            x_max,
        };
        CropArea::of(area).expect("a box")
    }

    #[tokio::test]
    async fn a_crop_is_a_jpeg_of_the_part() {
        let cropper = PixelCropper::new(DecoderPool::default());
        let file: Arc<[u8]> = fixture::png(100, 50).into();
        for (part, width, height) in [
            ([0.0, 0.0, 1.0, 1.0], 100, 50),
            ([-1.0, -1.0, 2.0, 2.0], 100, 50),
            ([0.2, 0.1, 0.6, 0.4], 30, 20),
            ([0.5, 0.5, 0.5001, 0.5001], 1, 1),
        ] {
            let cut = cropper.crop(file.clone(), area(part)).await;
            let Ok(CutImage::Jpeg(jpeg)) = cut else {
                panic!("{part:?}: {cut:?}")
            };
            let size = DecodedImage::of(&jpeg).expect("a JPEG").size();
            assert_eq!((size.width, size.height), (width, height), "{part:?}");
        }
    }

    #[tokio::test]
    async fn a_file_that_is_no_image_is_named() {
        let cropper = PixelCropper::new(DecoderPool::default());
        let text = Arc::from(&b"<html>not found</html>"[..]);
        let cut = cropper.crop(text, area([0.0, 0.0, 1.0, 1.0])).await;
        let expected = "the file is neither JPEG, PNG nor WebP".to_owned();
        assert_eq!(cut.expect("an answer"), CutImage::Unreadable(expected));
    }
}
