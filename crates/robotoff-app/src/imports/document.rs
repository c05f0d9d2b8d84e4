//! Predictions of an OCR document that anyone may name; nothing is stored.

use anyhow::Result;
use robotoff_core::prediction::Prediction;
use robotoff_ports::Fetched;

use super::Imports;

/// Result of reading a document.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadDocument {
    /// The host is not on the list of those that files are fetched from.
    NotAllowed,
    /// There is no such document.
    Missing,
    /// It is no OCR document, for this reason.
    Unreadable(String),
    Read(Vec<Prediction>),
}

impl Imports {
    /// Reads the document at an address with the extractors.
    pub async fn read_document(&self, url: &str) -> Result<ReadDocument> {
        let document = match self.image_files.fetch(url).await? {
            Fetched::NotAllowed => return Ok(ReadDocument::NotAllowed),
            Fetched::Missing => return Ok(ReadDocument::Missing),
            Fetched::File(document) => document,
        };
        let today = self.clock.now().date();
        Ok(match self.image_extractors.read(document, today).await {
            Ok((_, reading)) => ReadDocument::Read(reading.predictions),
            Err(error) => match error.downcast_ref::<robotoff_core::ocr::OcrError>() {
                Some(invalid) => ReadDocument::Unreadable(invalid.to_string()),
                None => return Err(error),
            },
        })
    }
}
