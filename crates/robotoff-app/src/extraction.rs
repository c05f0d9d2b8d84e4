//! Extractors, built once from what is known and shared by all who read.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use robotoff_core::extract::{Extractors, Reading, required_parts};
use robotoff_core::knowledge::{Knowledge, Part};
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::PredictionKind;
use robotoff_ports::KnowledgeSource;
use tokio::sync::Mutex;

/// A job may wait so long for word lists and taxonomies to be loaded.
pub(crate) const LOADING: Duration = Duration::from_secs(60);

/// Reads texts with extractors that are built when they are first needed, and
/// again when what they are built from is replaced.
pub struct Extraction {
    source: Arc<dyn KnowledgeSource>,
    kinds: &'static [PredictionKind],
    parts: Vec<Part>,
    built: Mutex<Option<Built>>,
}

struct Built {
    from: Arc<Knowledge>,
    extractors: Arc<Extractors>,
}

impl Extraction {
    /// Finds these kinds. Nothing is loaded yet.
    pub fn new(source: Arc<dyn KnowledgeSource>, kinds: &'static [PredictionKind]) -> Self {
        Self {
            source,
            kinds,
            parts: required_parts(kinds).into_iter().collect(),
            built: Mutex::new(None),
        }
    }

    /// What the document says to one who reads it on that day, off the async threads.
    pub async fn read(&self, document: Vec<u8>, day: NaiveDate) -> Result<(OcrResult, Reading)> {
        let extractors = self.extractors().await?;
        let kinds = self.kinds;
        tokio::task::spawn_blocking(move || {
            let ocr = OcrResult::from_json(&document).context("cannot read the OCR document")?;
            let ocr = ocr.seen_on(day);
            let reading = extractors.read(&ocr, kinds);
            Ok((ocr, reading))
        })
        .await
        .context("reading a picture's text failed")?
    }

    /// What the name of a product says, off the async threads.
    pub async fn read_name(&self, name: String) -> Result<Reading> {
        let extractors = self.extractors().await?;
        tokio::task::spawn_blocking(move || extractors.read_product_name(&name))
            .await
            .context("reading the name of a product failed")
    }

    async fn extractors(&self) -> Result<Arc<Extractors>> {
        let knowledge = self.source.knowledge(&self.parts, LOADING).await?;
        let mut built = self.built.lock().await;
        if let Some(built) = &*built
            && built.from.shares(&knowledge, &self.parts)
        {
            return Ok(built.extractors.clone());
        }
        let from = knowledge.clone();
        let kinds = self.kinds;
        let extractors = tokio::task::spawn_blocking(move || Extractors::build(&knowledge, kinds))
            .await
            .context("building the extractors failed")?
            .context("cannot build the extractors")?;
        let extractors = Arc::new(extractors);
        *built = Some(Built {
            from,
            extractors: extractors.clone(),
        });
        Ok(extractors)
    }
}
