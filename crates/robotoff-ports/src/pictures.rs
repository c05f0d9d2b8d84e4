//! Files beside the pictures of products: the pictures themselves and their OCR.

use async_trait::async_trait;
use robotoff_core::geometry::ImageSize;
use robotoff_core::product::{ProductId, SourceImage};

use crate::error::PortResult;

/// The server of pictures and of their OCR.
#[async_trait]
pub trait Pictures: Send + Sync {
    /// The OCR document of a picture, unpacked; `None` when there is none.
    async fn ocr(&self, product: &ProductId, image: &SourceImage) -> PortResult<Option<Vec<u8>>>;

    /// The file at an address (OCR given by URL), unpacked; `None` when there is none.
    async fn at(&self, url: &str) -> PortResult<Option<Vec<u8>>>;

    /// The size of a picture, from as few bytes as hold it; `None` when there is none.
    async fn size(&self, product: &ProductId, image: &SourceImage)
    -> PortResult<Option<ImageSize>>;
}
