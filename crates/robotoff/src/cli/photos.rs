//! Photos for the commands: decoded and read in this process.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use robotoff_core::ocr::{OcrResult, ReadPage};
use robotoff_infer::decode::DecodedImage;
use robotoff_infer::language::FastTextLanguages;
use robotoff_infer::ocr::{OcrSpeed, PageReader};

use crate::config::Config;
use crate::wire::pixels::page_reader;

/// Reader of photos.
pub(super) struct PhotoReader {
    /// `None` where the Vision API reads photos.
    reader: Option<Arc<dyn PageReader>>,
    languages: FastTextLanguages,
}

/// A photo cannot be read because models are not on this machine.
#[derive(Debug, thiserror::Error)]
#[error("{file} is an image, and these models are absent: {}; `robotoff models pull` fetches them", models.join(", "))]
pub(super) struct ModelsAbsent {
    file: String,
    models: Vec<&'static str>,
}

/// Text of a photo: as a page, and as everything behind it reads it.
pub(super) struct PhotoText {
    pub(super) page: ReadPage,
    pub(super) ocr: OcrResult,
}

impl PhotoReader {
    /// A reader with the models of the configuration, which are loaded at the first photo.
    pub(super) fn new(config: &Config, speed: Option<OcrSpeed>) -> Self {
        let mut pixels = config.pixels.clone();
        pixels.speed = speed.unwrap_or(pixels.speed);
        Self {
            languages: FastTextLanguages::new(pixels.models.clone()),
            reader: page_reader(&pixels),
        }
    }

    /// Reads a photo; `name` is for errors.
    pub(super) fn read(&self, name: &str, file: &[u8]) -> Result<PhotoText> {
        let Some(reader) = &self.reader else {
            bail!(
                "{name} is an image, and OCR_URL names the Vision API: `robotoff generate-ocr-result` asks it"
            );
        };
        let models = reader.missing();
        if !models.is_empty() {
            let file = name.to_owned();
            return Err(ModelsAbsent { file, models }.into());
        }
        let image = DecodedImage::of(file).with_context(|| format!("cannot read {name}"))?;
        let page = reader.read(image.into_upright());
        let mut page = page.with_context(|| format!("cannot read {name}"))?;
        if self.languages.is_present() {
            self.languages.add_to(&mut page)?;
        }
        let document = page.to_vision_json().to_string();
        let ocr = OcrResult::from_json(document.as_bytes())
            .with_context(|| format!("cannot read the text of {name}"))?;
        Ok(PhotoText { page, ocr })
    }
}

impl PhotoText {
    /// Degrees clockwise that turn the photo upright, by most of its words.
    pub(super) fn rotation(&self) -> u16 {
        use robotoff_core::ocr::OrientationCount;
        let words = self.ocr.full_text.iter().flat_map(|text| &text.words);
        let count = OrientationCount::of_words(words.map(|word| word.orientation));
        count.majority.rotation()
    }
}

/// JPEG, PNG, GIF, WebP, TIFF, HEIC and AVIF by their first bytes.
pub(super) fn is_image(bytes: &[u8]) -> bool {
    const MAGIC: [&[u8]; 5] = [b"\xFF\xD8\xFF", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*"];
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
        || bytes.get(4..8) == Some(b"ftyp")
}
