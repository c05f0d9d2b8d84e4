//! ImageFiles of products and the OCR documents beside them.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::{StatusCode, Url};
use robotoff_core::geometry::ImageSize;
use robotoff_core::product::{ProductId, ServerType, SourceImage};
use robotoff_ports::{BlockingPool, Fetched, ImageFiles, PortError, PortResult};

use crate::file;
use crate::http::{Ask, Http, HttpAnswer, url};

/// The largest OCR documents are below 10 MB, unpacked.
const MAX_OCR_BYTES: usize = 32 << 20;
/// No phone takes larger images. Their size is in the first few kilobytes,
/// unless notes of the camera precede it.
const MAX_IMAGE_BYTES: usize = 64 << 20;

/// The time limit of a file that a waiting caller named.
const FETCH_TIMEOUT: Duration = Duration::from_secs(20);

/// ImageFiles on the server of images.
#[derive(Debug, Clone)]
pub struct HttpImageFiles {
    http: Http,
    /// Hosts, with their ports, of files that anyone may name: those of the pictures, and
    /// more of the operator's choice.
    allowed: Vec<(String, u16)>,
}

impl HttpImageFiles {
    /// Reads by the client.
    pub fn new(http: Http) -> Self {
        let addresses = http.addresses();
        let images = ServerType::ALL.map(|server_type| addresses.images(server_type));
        let urls = images.iter().filter_map(|image| Url::parse(image).ok());
        let host = |url: Url| Some((url.host_str()?.to_owned(), url.port_or_known_default()?));
        let allowed = urls.filter_map(host).collect();
        Self { http, allowed }
    }

    /// Adds hosts that files may be fetched from, on the ports of http and https.
    #[must_use]
    pub fn with_allowed_hosts<'a>(mut self, hosts: impl IntoIterator<Item = &'a str>) -> Self {
        for host in hosts {
            self.allowed
                .extend([80, 443].map(|port| (host.to_lowercase(), port)));
        }
        self
    }

    fn allows(&self, url: &Url) -> bool {
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
            return false;
        };
        let is_web = matches!(url.scheme(), "http" | "https");
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        let mut allowed = self.allowed.iter();
        is_web && is_anonymous && allowed.any(|(known, at)| (known.as_str(), *at) == (host, port))
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
            "http" | "https" => {
                let ask = self.ask(&what, &url, MAX_OCR_BYTES);
                let Some(packed) = found(&what, self.http.read_public(ask).await?)? else {
                    return Ok(None);
                };
                unpacked(&what, packed).await.map(Some)
            }
            // Anyone may send an address: it never names a file of this machine.
            "file" => Err(PortError::denied(
                &what,
                "files of this machine are not read",
            )),
            _ => Err(PortError::defect(&what, "expected http: or https:")),
        }
    }

    async fn fetch(&self, address: &str) -> PortResult<Fetched> {
        let Ok(url) = Url::parse(address) else {
            return Ok(Fetched::NotAllowed);
        };
        if !self.allows(&url) {
            return Ok(Fetched::NotAllowed);
        }
        let what = format!("file {url}");
        let ask = Ask {
            timeout: FETCH_TIMEOUT,
            ..self.ask(&what, &url, MAX_OCR_BYTES)
        };
        let answer = self.http.read_checked(ask).await?;
        if !answer.status.is_success() {
            return Ok(Fetched::Missing);
        }
        unpacked(&what, answer.body).await.map(Fetched::File)
    }

    async fn image(&self, product: &ProductId, image: &SourceImage) -> PortResult<Option<Vec<u8>>> {
        let text = self.http.addresses().image(product.server_type, image);
        let what = format!("image {text}");
        let url = url(&what, &text)?;
        let ask = self.ask(&what, &url, MAX_IMAGE_BYTES);
        found(&what, self.http.read(ask).await?)
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
    let unpack = move || file::unpack(&bytes, MAX_OCR_BYTES as u64);
    let unpacked = BlockingPool::shared()
        .run(unpack)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::{AddressSettings, Addresses};
    use crate::http::HttpSettings;

    #[test]
    fn only_hosts_of_the_list_get_requests() {
        let settings = AddressSettings {
            images_url: Some("http://127.0.0.1:8080/images".to_owned()),
            ..AddressSettings::default()
        };
        let addresses = Addresses::new(&settings).unwrap();
        let http = Http::new(addresses, HttpSettings::default()).unwrap();
        let files = HttpImageFiles::new(http).with_allowed_hosts(["prices.example"]);
        for (url, is_allowed) in [
            ("http://127.0.0.1:8080/images/1.jpg", true),
            ("http://127.0.0.1:8081/images/1.jpg", false),
            ("http://127.0.0.1/1.jpg", false),
            ("http://[::1]:8080/1.jpg", false),
            ("https://prices.example/1.jpg", true),
            ("http://PRICES.example/1.jpg", true),
            ("https://prices.example:8443/1.jpg", false),
            ("https://prices.example.evil.example/1.jpg", false),
            ("https://prices.example@evil.example/1.jpg", false),
            ("https://a:b@prices.example/1.jpg", false),
            ("ftp://prices.example/1.jpg", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(files.allows(&Url::parse(url).unwrap()), is_allowed, "{url}");
        }
    }
}
