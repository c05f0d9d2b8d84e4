//! Extraction for the commands: loads word lists, builds extractors, reads documents.

use std::path::Path;

use anyhow::Context;
use chrono::NaiveDate;
use robotoff_core::extract::{EXTRACTORS, Extractors, Reading, required_parts};
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::PredictionKind;
use robotoff_off::data::DataSource;
use robotoff_off::file;

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
}

impl Reader {
    /// Loads the word lists of the kinds in `built` and builds their extractors;
    /// `kinds`, some of them, are what "all" stands for.
    pub(super) fn new(
        source: &DataSource,
        built: &[PredictionKind],
        kinds: Vec<PredictionKind>,
        today: NaiveDate,
    ) -> anyhow::Result<Self> {
        let knowledge = source.load(required_parts(built))?;
        let extractors = Extractors::build(&knowledge, built)?;
        Ok(Self {
            extractors,
            kinds,
            today,
        })
    }

    /// Reads an OCR document from a file.
    pub(super) fn document(path: &Path) -> anyhow::Result<OcrResult> {
        let bytes = file::read(path, MAX_DOCUMENT_BYTES)
            .with_context(|| format!("cannot read {}", path.display()))?;
        if is_image(&bytes) {
            return Err(ImageGiven(path.display().to_string()).into());
        }
        OcrResult::from_json(&bytes).with_context(|| format!("cannot read {}", path.display()))
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

/// The names of kinds, to be shown.
pub(super) fn names(kinds: &[PredictionKind]) -> Vec<&'static str> {
    kinds.iter().map(|kind| kind.name()).collect()
}

/// A file that holds pixels, not their text.
#[derive(Debug, thiserror::Error)]
#[error("{0} is an image: pixels are not supported yet, give its OCR JSON")]
pub(super) struct ImageGiven(String);

/// JPEG, PNG, GIF, WebP, TIFF, HEIC and AVIF by their first bytes.
fn is_image(bytes: &[u8]) -> bool {
    const MAGIC: [&[u8]; 5] = [b"\xFF\xD8\xFF", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*"];
    MAGIC.iter().any(|magic| bytes.starts_with(magic))
        || (bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"))
        || bytes.get(4..8) == Some(b"ftyp")
}
