//! Files beside the images of products: the images themselves and their OCR.

use async_trait::async_trait;
use robotoff_core::geometry::ImageSize;
use robotoff_core::product::{ProductId, SourceImage};

use crate::error::PortResult;

/// The result of fetching an address that anyone may have sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The host is not on the list of those that files are fetched from.
    NotAllowed,
    /// There is no such file.
    Missing,
    File(Vec<u8>),
}

/// The server of images and of their OCR.
#[async_trait]
pub trait ImageFiles: Send + Sync {
    /// The OCR document of an image, unpacked; `None` when there is none.
    async fn ocr(&self, product: &ProductId, image: &SourceImage) -> PortResult<Option<Vec<u8>>>;

    /// The file at an address (OCR given by URL), unpacked; `None` when there is none.
    async fn at(&self, url: &str) -> PortResult<Option<Vec<u8>>>;

    /// The file at an address that anyone may have sent, unpacked. Only hosts of the operator's
    /// list are asked, and no redirect is followed.
    async fn fetch(&self, _url: &str) -> PortResult<Fetched> {
        Ok(Fetched::NotAllowed)
    }

    /// The file of an image; `None` when there is none.
    async fn image(&self, _: &ProductId, _: &SourceImage) -> PortResult<Option<Vec<u8>>> {
        Ok(None)
    }

    /// The size of an image, from as few bytes as hold it; `None` when there is none.
    async fn size(&self, product: &ProductId, image: &SourceImage)
    -> PortResult<Option<ImageSize>>;
}
