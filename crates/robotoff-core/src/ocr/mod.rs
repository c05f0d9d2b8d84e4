//! OCR result of one image, from the answer of Google Cloud Vision
//! (`docs/reference/ocr.md` 1).
//!
//! [`OcrResult::from_json`] reads the answer and derives texts, words and boxes from it.
//! Interpreting the text is the task of `extract`.

mod annotation;
mod json;
mod orientation;
mod page;
mod text;

pub use annotation::{Annotation, Likelihood, SafeSearch};
pub use orientation::{Orientation, OrientationCount};
pub use page::{ReadBlock, ReadPage, ReadWord};
pub use text::{FullText, OcrText, Word};

use chrono::NaiveDate;
use json::{Envelope, First, Response};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::geometry::ImageSize;

/// OCR result of one image, or a bare text, which has no boxes.
///
/// ```
/// use robotoff_core::ocr::OcrResult;
///
/// let document = r#"{"responses": [{"textAnnotations": [{"description": "Bio"}]}]}"#;
/// let ocr = OcrResult::from_json(document.as_bytes())?;
/// assert_eq!(ocr.text.default_text(), "Bio");
/// assert_eq!(OcrResult::from_text("Bio").text.default_text(), "Bio");
/// # Ok::<(), robotoff_core::ocr::OcrError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct OcrResult {
    /// Pages, words and boxes; `None` without text or with a bare text only.
    pub full_text: Option<FullText>,
    /// Views of the text for extractors.
    pub text: OcrText,
    /// Logos, as Google names them.
    pub logos: Vec<Annotation>,
    /// Contents of the image, as Google names them.
    pub labels: Vec<Annotation>,
    pub safe_search: Option<SafeSearch>,
    /// Confidence of each face, between 0 and 1.
    pub faces: Vec<f64>,
    /// Day of the image, or today where it is unknown; dates are in the future or the
    /// past relative to it.
    pub seen_on: Option<NaiveDate>,
}

/// Error in a document that should be the OCR result of an image.
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

    /// Reads the document in two steps, which locate an error.
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
        let text = OcrText::of_image(full_text.as_ref(), description.unwrap_or_default());
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
            seen_on: None,
        }
    }

    /// The same result with a day.
    #[must_use]
    pub const fn seen_on(mut self, day: NaiveDate) -> Self {
        self.seen_on = Some(day);
        self
    }

    /// A bare text: all views equal the text, and no match has a box.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self {
            text: OcrText::bare(text.into()),
            ..Self::default()
        }
    }

    /// Size of the image, from the first page.
    pub fn image_size(&self) -> Option<ImageSize> {
        self.full_text.as_ref()?.page_sizes.first().copied()
    }
}

#[cfg(test)]
mod tests;
