//! Fingerprints and barcodes of image files, for the service.

use std::sync::Arc;

use async_trait::async_trait;
use robotoff_core::detection::ImageBarcode;
use robotoff_ports::PortResult;
use robotoff_ports::parts::{ImageInspector, Inspected};

use crate::barcode::{PrintedBarcode, barcodes};
use crate::decode::{DecodeError, DecodedImage};
use crate::fingerprint::fingerprint;
use crate::pool::DecoderPool;

/// Inspects images on the threads of a pool.
#[derive(Debug, Clone)]
pub struct PixelInspector {
    pool: DecoderPool,
}

impl PixelInspector {
    /// Inspects on this pool.
    pub const fn new(pool: DecoderPool) -> Self {
        Self { pool }
    }
}

// Both see the pixels as they are stored, as the existing service does: an image that is
// rotated by its Exif orientation alone has the same rows in either.
#[async_trait]
impl ImageInspector for PixelInspector {
    async fn fingerprint(&self, file: Arc<[u8]>) -> PortResult<Inspected<u64>> {
        let hash = |image: DecodedImage| fingerprint(image.stored());
        Ok(match self.pool.with_pixels(file, hash).await? {
            Ok(Some(hash)) => Inspected::Done(hash),
            Ok(None) => Inspected::Unreadable("the image has no pixels".to_owned()),
            Err(error) => unreadable(&error),
        })
    }

    async fn barcodes(&self, file: Arc<[u8]>) -> PortResult<Inspected<Vec<ImageBarcode>>> {
        let find = |image: DecodedImage| barcodes(image.stored());
        Ok(match self.pool.with_pixels(file, find).await? {
            Ok(found) => Inspected::Done(found.into_iter().map(to_core).collect()),
            Err(error) => unreadable(&error),
        })
    }
}

fn unreadable<T>(error: &DecodeError) -> Inspected<T> {
    Inspected::Unreadable(error.to_string())
}

fn to_core(barcode: PrintedBarcode) -> ImageBarcode {
    ImageBarcode {
        symbology: barcode.symbology.name().to_owned(),
        code: barcode.code,
        polygon: barcode.corners,
        area: barcode.area,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::fixture;

    #[tokio::test]
    async fn images_are_inspected_and_other_files_named() {
        let inspector = PixelInspector::new(DecoderPool::default());
        let file: Arc<[u8]> = fixture::png(40, 30).into();
        let found = inspector.barcodes(file.clone()).await;
        assert_eq!(found.expect("an answer"), Inspected::Done(Vec::new()));
        let hash = inspector.fingerprint(file).await.expect("an answer");
        assert!(
            matches!(hash, Inspected::Done(hash) if hash != 0),
            "{hash:?}"
        );
        let text: Arc<[u8]> = Arc::from(&b"<html>"[..]);
        let hash = inspector.fingerprint(text).await.expect("an answer");
        let why = "the file is neither JPEG, PNG nor WebP".to_owned();
        assert_eq!(hash, Inspected::Unreadable(why));
    }
}
