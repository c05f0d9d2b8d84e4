//! Extraction for the commands: loads word lists, builds extractors, reads documents.

use std::path::Path;

use anyhow::Context;
use chrono::NaiveDate;
use robotoff_core::extract::{EXTRACTORS, Extractors, Reading, required_parts};
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::PredictionKind;
use robotoff_off::data::DataSource;
use robotoff_off::file;

use super::photos::{PhotoReader, PhotoText, is_image};

/// Largest OCR document of one image; a larger file is refused.
pub(super) const MAX_DOCUMENT_BYTES: u64 = 128 << 20;

/// Every kind that this program extracts.
pub(super) fn all_kinds() -> Vec<PredictionKind> {
    EXTRACTORS.iter().map(|spec| spec.kind).collect()
}

/// One of these kinds by its name.
pub(super) fn known_kind(name: &str) -> Result<PredictionKind, String> {
    let known = all_kinds();
    known
        .iter()
        .copied()
        .find(|kind| kind.name() == name)
        .ok_or_else(|| {
            let names = names(&known);
            format!(
                "unknown type {name:?}, this program extracts {}",
                names.join(", ")
            )
        })
}

/// Extractors and defaults of all requests.
pub(super) struct Reader {
    extractors: Extractors,
    /// Kinds that "all" stands for.
    kinds: Vec<PredictionKind>,
    /// Day that dates of expiry are compared with.
    today: NaiveDate,
    photos: PhotoReader,
}

/// Document of a request, and what is only known of a photo.
pub(super) struct InputDocument {
    pub(super) ocr: OcrResult,
    pub(super) photo: Option<PhotoFacts>,
}

/// Members of the response to a photo beside its predictions.
pub(super) struct PhotoFacts {
    /// Its text, row by row.
    pub(super) text: String,
    /// Degrees clockwise that turn it upright.
    pub(super) rotation: u16,
}

impl Reader {
    /// Loads the word lists of the kinds in `built` and builds their extractors;
    /// `kinds`, some of them, are what "all" stands for.
    pub(super) fn new(
        source: &DataSource,
        built: &[PredictionKind],
        kinds: Vec<PredictionKind>,
        today: NaiveDate,
        photos: PhotoReader,
    ) -> anyhow::Result<Self> {
        let knowledge = source.load(required_parts(built))?;
        let extractors = Extractors::build(&knowledge, built)?;
        Ok(Self {
            extractors,
            kinds,
            today,
            photos,
        })
    }

    /// Reads an OCR document or a photo from a file.
    pub(super) fn document(&self, path: &Path) -> anyhow::Result<InputDocument> {
        let name = path.display().to_string();
        let bytes =
            file::read(path, MAX_DOCUMENT_BYTES).with_context(|| format!("cannot read {name}"))?;
        if is_image(&bytes) {
            return Ok(self.photos.read(&name, &bytes)?.into());
        }
        let ocr = OcrResult::from_json(&bytes).with_context(|| format!("cannot read {name}"))?;
        Ok(ocr.into())
    }

    /// Extracts the kinds asked for, or those that "all" means; the document is told
    /// the day.
    pub(super) fn read(&self, ocr: &mut OcrResult, kinds: Option<&[PredictionKind]>) -> Reading {
        ocr.seen_on = Some(self.today);
        self.extractors.read(ocr, kinds.unwrap_or(&self.kinds))
    }

    /// The same for several documents at once, which is faster.
    pub(super) fn read_all(
        &self,
        requests: &mut [(OcrResult, Option<Vec<PredictionKind>>)],
    ) -> Vec<Reading> {
        for (ocr, _) in requests.iter_mut() {
            ocr.seen_on = Some(self.today);
        }
        let wanted: Vec<(&OcrResult, &[PredictionKind])> = requests
            .iter()
            .map(|(ocr, kinds)| (ocr, kinds.as_deref().unwrap_or(&self.kinds)))
            .collect();
        self.extractors.read_all(&wanted)
    }
}

impl From<OcrResult> for InputDocument {
    fn from(ocr: OcrResult) -> Self {
        Self { ocr, photo: None }
    }
}

impl From<PhotoText> for InputDocument {
    fn from(read: PhotoText) -> Self {
        let photo = PhotoFacts {
            text: read.page.text(),
            rotation: read.rotation(),
        };
        Self {
            ocr: read.ocr,
            photo: Some(photo),
        }
    }
}

/// The names of kinds, to be shown.
pub(super) fn names(kinds: &[PredictionKind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.name()).collect()
}
