//! Parts of images that anyone may name by an address (`docs/reference/api.md` 2.21).
//!
//! A page of logos asks for many parts, often of the same image and again when it is shown
//! anew: files and parts are kept for a while, and an image that several requests wait for is
//! fetched once.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use moka::future::Cache;
use robotoff_core::geometry::CropArea;
use robotoff_ports::parts::{CutImage, ImageCropper};
use robotoff_ports::{Fetched, ImageFiles, PortError};
use tokio::sync::Semaphore;

use crate::ports::Ports;

/// Bytes of kept files, and of kept parts.
const KEPT_FILES: u64 = 32 << 20;
const KEPT_PARTS: u64 = 16 << 20;
/// The existing service keeps files for a day, on disk.
const TTL: Duration = Duration::from_secs(24 * 3600);

/// Requests whose file is in memory at once, each of at most 32 MiB.
const MAX_AT_ONCE: usize = 8;
/// Time that a request waits for the others.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// Cuts parts out of images.
pub struct Crops {
    image_files: Arc<dyn ImageFiles>,
    cropper: Option<Arc<dyn ImageCropper>>,
    permits: Semaphore,
    files: Cache<String, Arc<[u8]>>,
    parts: Cache<PartKey, Arc<[u8]>>,
}

/// Address, and the bits of the numbers of the area.
type PartKey = (String, [u64; 4]);

/// The result of a request for a part of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Crop {
    /// A JPEG.
    Jpeg(Arc<[u8]>),
    /// This installation cuts no images.
    NoCropper,
    /// The host is not on the list of those that files are fetched from.
    NotAllowed,
    /// There is no such file.
    Missing,
    /// The file cannot be used; the text says why.
    Unreadable(String),
}

/// Reason for which there is no file at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoFile {
    /// The host is not on the list of those that files are fetched from.
    NotAllowed,
    Missing,
    /// Too large, or not a file that the server gives to anyone.
    Refused(String),
}

/// Reason for which a file could not be fetched, as it is kept for all who wait for it.
enum FetchError {
    NoFile(NoFile),
    Unavailable(String),
}

impl Crops {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            image_files: ports.image_files.clone(),
            cropper: ports.parts.cropper.clone(),
            permits: Semaphore::new(MAX_AT_ONCE),
            files: Cache::builder()
                .weigher(|url: &String, file: &Arc<[u8]>| weight(url.len() + file.len()))
                .max_capacity(KEPT_FILES)
                .time_to_live(TTL)
                .build(),
            parts: Cache::builder()
                .weigher(|key: &PartKey, part: &Arc<[u8]>| weight(key.0.len() + part.len()))
                .max_capacity(KEPT_PARTS)
                .time_to_live(TTL)
                .build(),
        }
    }

    /// The part of the image at an address.
    pub async fn crop(&self, url: &str, area: CropArea) -> Result<Crop> {
        let Some(cropper) = &self.cropper else {
            return Ok(Crop::NoCropper);
        };
        let relative = area.relative();
        let numbers = [
            relative.y_min,
            relative.x_min,
            relative.y_max,
            relative.x_max,
        ];
        let key = (url.to_owned(), numbers.map(f64::to_bits));
        if let Some(part) = self.parts.get(&key).await {
            return Ok(Crop::Jpeg(part));
        }
        let waiting = tokio::time::timeout(MAX_WAIT, self.permits.acquire());
        let Ok(_permit) = waiting.await else {
            let why = "too many images are cut now";
            return Err(PortError::unavailable("cutting of images", why).into());
        };
        let file = match self.file(url).await? {
            Ok(file) => file,
            Err(none) => return Ok(no_crop(none)),
        };
        match cropper.crop(file, area).await? {
            CutImage::Jpeg(jpeg) => {
                let part: Arc<[u8]> = jpeg.into();
                self.parts.insert(key, part.clone()).await;
                Ok(Crop::Jpeg(part))
            }
            CutImage::Unreadable(why) => Ok(Crop::Unreadable(why)),
        }
    }

    /// The file at an address, fetched once for all who want it for a while.
    pub(crate) async fn file(&self, url: &str) -> Result<Result<Arc<[u8]>, NoFile>> {
        let fetching = self.files.try_get_with(url.to_owned(), self.fetch(url));
        match fetching.await {
            Ok(file) => Ok(Ok(file)),
            Err(error) => match &*error {
                FetchError::NoFile(none) => Ok(Err(none.clone())),
                FetchError::Unavailable(why) => {
                    Err(PortError::unavailable(format!("file {url}"), why).into())
                }
            },
        }
    }

    async fn fetch(&self, url: &str) -> Result<Arc<[u8]>, FetchError> {
        match self.image_files.fetch(url).await {
            Ok(Fetched::File(file)) => Ok(file.into()),
            Ok(Fetched::NotAllowed) => Err(FetchError::NoFile(NoFile::NotAllowed)),
            Ok(Fetched::Missing) => Err(FetchError::NoFile(NoFile::Missing)),
            // The address is the caller's: what it leads to is no defect of ours.
            Err(PortError::Denied { why, .. } | PortError::Defect { why, .. }) => {
                Err(FetchError::NoFile(NoFile::Refused(why)))
            }
            Err(PortError::Unavailable { why, .. }) => Err(FetchError::Unavailable(why)),
        }
    }
}

fn no_crop(none: NoFile) -> Crop {
    match none {
        NoFile::NotAllowed => Crop::NotAllowed,
        NoFile::Missing => Crop::Missing,
        NoFile::Refused(why) => Crop::Unreadable(why),
    }
}

fn weight(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
