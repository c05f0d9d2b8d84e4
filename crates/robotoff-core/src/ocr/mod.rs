//! The text of one picture, as Google Cloud Vision tells it (`docs/reference/ocr.md` 1).
//!
//! [`OcrResult::from_json`] reads the answer; texts, words and boxes follow from
//! it. What the text *means* is for `extract`.

mod annotation;
mod json;
mod orientation;
mod text;

pub use annotation::{Annotation, Likelihood, SafeSearch};
pub use orientation::{Orientation, OrientationCount};
pub use text::{FullText, OcrText, Word};

use chrono::NaiveDate;
use json::{Envelope, First, Response};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::geometry::ImageSize;

/// What was read off one picture; or a bare text, which has no places.
#[derive(Debug, Clone, Default)]
pub struct OcrResult {
    /// Pages, words and boxes; absent when there is no text or only a string.
    pub full_text: Option<FullText>,
    /// The texts as extractors see them.
    pub text: OcrText,
    /// Logos by Google's names.
    pub logos: Vec<Annotation>,
    /// What the picture shows, by Google's names.
    pub labels: Vec<Annotation>,
    pub safe_search: Option<SafeSearch>,
    /// The confidence of each face, between 0 and 1.
    pub faces: Vec<f64>,
    /// True for what came from a picture, false for a bare text.
    pub is_picture: bool,
    /// When the picture was taken, or today where that is not known: what is in the
    /// future is told from here.
    pub seen_on: Option<NaiveDate>,
}

/// Why a document is no OCR of a picture.
#[derive(Debug, Error)]
pub enum OcrError {
    #[error("not valid JSON: {0}")]
    Json(serde_json::Error),
    #[error("not an OCR document: a list named \"responses\" was expected ({0})")]
    NoResponses(serde_json::Error),
    #[error("the list \"responses\" of the OCR document is empty")]
    Empty,
    #[error("the OCR service answered with an error: {0}")]
    Service(serde_json::Value),
    #[error("error during parsing of the first response: {0}")]
    Response(serde_json::Error),
}

impl OcrResult {
    /// Reads a Vision `images:annotate` answer; only the first response counts.
    /// Lone surrogates in its strings become U+FFFD.
    pub fn from_json(document: &[u8]) -> Result<Self, OcrError> {
        let corrected = crate::text::surrogate::fix(document);
        let read = std::str::from_utf8(&corrected)
            .ok()
            .and_then(|text| serde_json::from_str::<Envelope<First<Response<'_>>>>(text).ok());
        let response = match read {
            Some(envelope) => envelope.responses.0.ok_or(OcrError::Empty)?,
            None => Self::first_response(&corrected)?,
        };
        if let Some(error) = response.error {
            return Err(OcrError::Service(error));
        }
        Ok(Self::from_response(response))
    }

    /// The same in two steps, which tell where a document is wrong.
    fn first_response(document: &[u8]) -> Result<Response<'_>, OcrError> {
        let envelope: Envelope<Vec<&RawValue>> =
            serde_json::from_slice(document).map_err(|error| {
                if error.is_data() {
                    OcrError::NoResponses(error)
                } else {
                    OcrError::Json(error)
                }
            })?;
        let first = envelope.responses.first().ok_or(OcrError::Empty)?;
        serde_json::from_str(first.get()).map_err(OcrError::Response)
    }

    fn from_response(response: Response<'_>) -> Self {
        let full_text = response
            .full_text_annotation
            .and_then(FullText::from_annotation);
        let first_line = response.text_annotations.0;
        let description = first_line.map(|annotation| annotation.description.into_owned());
        let text = OcrText::of_picture(full_text.as_ref(), description.unwrap_or_default());
        Self {
            full_text,
            text,
            logos: response
                .logo_annotations
                .into_iter()
                .map(Annotation::from)
                .collect(),
            labels: response
                .label_annotations
                .into_iter()
                .map(Annotation::from)
                .collect(),
            safe_search: response.safe_search_annotation.map(SafeSearch::from),
            faces: response
                .face_annotations
                .iter()
                .map(|face| face.detection_confidence)
                .collect(),
            is_picture: true,
            seen_on: None,
        }
    }

    /// The same, seen on a day.
    #[must_use]
    pub const fn seen_on(mut self, day: NaiveDate) -> Self {
        self.seen_on = Some(day);
        self
    }

    /// A bare text: every view of it is the text itself, and nothing has a place.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self {
            text: OcrText::bare(text.into()),
            ..Self::default()
        }
    }

    /// The size of the picture, from the first page.
    pub fn image_size(&self) -> Option<ImageSize> {
        self.full_text.as_ref()?.page_sizes.first().copied()
    }
}

#[cfg(test)]
mod tests;
