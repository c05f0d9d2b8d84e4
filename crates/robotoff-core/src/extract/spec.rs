//! The trait of extractors, and the specification of one. Each extractor declares its own, beside its rules;
//! the registry, the command line, the pages, the fuzz target and the import of images
//! read it from there.

use thiserror::Error;

use crate::knowledge::{Knowledge, Part};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};

/// Finds predictions of one kind. Odd text is not an error: `find` never fails.
pub trait Extractor: Send + Sync {
    /// Kind of all predictions of `find`.
    fn kind(&self) -> PredictionKind;

    /// Predictions from one text, in the order that `docs/reference/ocr.md` gives for the kind.
    fn find(&self, ocr: &OcrResult) -> Vec<Prediction>;
}

/// Reason why an extractor cannot be built.
#[derive(Debug, Error)]
pub enum BuildError {
    #[error("{0:?} is not loaded")]
    MissingPart(&'static str),
    #[error("a pattern of a word list cannot be compiled: {0}")]
    BrokenPattern(String),
    #[error(transparent)]
    TooManyKeywords(#[from] crate::text::keyword::TooManyKeywords),
}

/// Everything that the rest of the program knows of one extractor.
pub struct ExtractorSpec {
    pub kind: PredictionKind,
    /// One line in lower case, for people who choose among extractors.
    pub finds: &'static str,
    /// Sources that its predictions name.
    pub predictors: &'static [Predictor],
    /// Language codes that its own patterns cover, sorted. Empty where only word lists
    /// decide, or where no language matters.
    pub languages: &'static [&'static str],
    /// Word lists and taxonomies that must be loaded before it is built.
    pub parts: &'static [Part],
    pub runs_on: RunsOn,
    pub(super) build: fn(&Knowledge) -> Result<Box<dyn Extractor>, BuildError>,
}

/// Source of a prediction, as its members `predictor` and `predictor_version` name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Predictor {
    /// `None` where the wire has no name for it.
    pub name: Option<&'static str>,
    /// Raised when the same text yields other predictions.
    pub version: &'static str,
}

impl Predictor {
    pub(super) const fn new(name: &'static str, version: &'static str) -> Self {
        Self {
            name: Some(name),
            version,
        }
    }

    /// A predictor that the wire does not name.
    pub(super) const fn unnamed(version: &'static str) -> Self {
        Self {
            name: None,
            version,
        }
    }
}

/// Texts that an extractor reads without being asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunsOn {
    /// The OCR text of every uploaded image.
    Images,
    /// The OCR text of every uploaded image, and the name of every product.
    ImagesAndProductNames,
    /// None: it runs where its kind is requested.
    OnRequest {
        /// Why images are not read with it.
        reason: &'static str,
    },
}

impl RunsOn {
    /// True when uploaded images are read.
    pub const fn images(self) -> bool {
        match self {
            Self::Images | Self::ImagesAndProductNames => true,
            Self::OnRequest { .. } => false,
        }
    }

    /// True when names of products are read.
    pub const fn product_names(self) -> bool {
        match self {
            Self::ImagesAndProductNames => true,
            Self::Images | Self::OnRequest { .. } => false,
        }
    }
}
