//! ImageFiles of products and the OCR documents beside them.

use async_trait::async_trait;
use reqwest::{StatusCode, Url};
use robotoff_core::geometry::ImageSize;
use robotoff_core::product::{ProductId, SourceImage};
use robotoff_ports::{ImageFiles, PortError, PortResult};

use crate::file;
use crate::http::{Ask, Http, HttpAnswer, url};

/// The largest OCR documents are below 10 MB, unpacked.
const MAX_OCR_BYTES: usize = 32 << 20;
/// No phone takes larger images. Their size is in the first few kilobytes,
/// unless notes of the camera precede it.
const MAX_IMAGE_BYTES: usize = 64 << 20;

/// ImageFiles on the server of images.
#[derive(Debug, Clone)]
pub struct HttpImageFiles {
    http: Http,
}

impl HttpImageFiles {
    /// Reads by the client.
    pub const fn new(http: Http) -> Self {
        Self { http }
    }

    async fn document(&self, what: &str, url: &Url) -> PortResult<Option<Vec<u8>>> {
        let ask = self.ask(what, url, MAX_OCR_BYTES);
        let Some(packed) = found(what, self.http.read(ask).await?)? else {
            return Ok(None);
        };
        unpacked(what, packed).await.map(Some)
    }

    const fn ask<'a>(&self, what: &'a str, url: &'a Url, max_bytes: usize) -> Ask<'a> {
        Ask {
            what,
            url,
            timeout: self.http.settings.download_timeout,
            max_bytes,
        }
    }
}

#[async_trait]
impl ImageFiles for HttpImageFiles {
    async fn ocr(&self, product: &ProductId, image: &SourceImage) -> PortResult<Option<Vec<u8>>> {
        let text = self.http.addresses().ocr(product.server_type, image);
        let what = format!("OCR {text}");
        self.document(&what, &url(&what, &text)?).await
    }

    async fn at(&self, address: &str) -> PortResult<Option<Vec<u8>>> {
        let what = format!("file {address}");
        let url = url(&what, address)?;
        match url.scheme() {
            "http" | "https" => self.document(&what, &url).await,
            // Anyone may send an address: it never names a file of this machine.
            "file" => Err(PortError::denied(
                &what,
                "files of this machine are not read",
            )),
            _ => Err(PortError::defect(&what, "expected http: or https:")),
        }
    }

    async fn size(
        &self,
        product: &ProductId,
        image: &SourceImage,
    ) -> PortResult<Option<ImageSize>> {
        let text = self.http.addresses().image(product.server_type, image);
        let what = format!("image {text}");
        let url = url(&what, &text)?;
        let ask = self.ask(&what, &url, MAX_IMAGE_BYTES);
        let is_enough = |start: &[u8]| size_of(start).is_some();
        let Some(start) = found(&what, self.http.read_until(ask, is_enough).await?)? else {
            return Ok(None);
        };
        match size_of(&start) {
            Some(size) => Ok(Some(size)),
            None => Err(PortError::defect(&what, "its first bytes hold no size")),
        }
    }
}

/// The body of an answer; `None` when there is no such file.
fn found(what: &str, answer: HttpAnswer) -> PortResult<Option<Vec<u8>>> {
    match answer.status {
        status if status.is_success() => Ok(Some(answer.body)),
        StatusCode::NOT_FOUND | StatusCode::GONE => Ok(None),
        _ => Err(PortError::denied(what, answer.summary())),
    }
}

/// Some stored documents are gzipped without saying so.
async fn unpacked(what: &str, bytes: Vec<u8>) -> PortResult<Vec<u8>> {
    if !file::is_gzip(&bytes) {
        return Ok(bytes);
    }
    let unpacking = tokio::task::spawn_blocking(move || file::unpack(&bytes, MAX_OCR_BYTES as u64));
    let unpacked = unpacking
        .await
        .map_err(|error| PortError::defect(what, error))?;
    unpacked.map_err(|error| PortError::defect(what, error))
}

/// The size of an image, if its first bytes hold it.
fn size_of(start: &[u8]) -> Option<ImageSize> {
    let size = imagesize::blob_size(start).ok()?;
    Some(ImageSize {
        width: u32::try_from(size.width).ok()?,
        height: u32::try_from(size.height).ok()?,
    })
}
