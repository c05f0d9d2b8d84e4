//! Extractors, built once from the knowledge and shared by all jobs.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use robotoff_core::extract::{Extractors, Reading, required_parts};
use robotoff_core::knowledge::{Knowledge, Part};
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::PredictionKind;
use robotoff_ports::{BlockingPool, KnowledgeSource};
use tokio::sync::Mutex;

/// Longest wait of a job for word lists and taxonomies to be loaded.
pub(crate) const LOAD_TIMEOUT: Duration = Duration::from_secs(60);

/// Extractors of some kinds, built when they are first needed, and again when the
/// knowledge that they are built from is replaced.
pub struct ExtractorCache {
    source: Arc<dyn KnowledgeSource>,
    kinds: &'static [PredictionKind],
    parts: Vec<Part>,
    threads: BlockingPool,
    built: Mutex<Option<Built>>,
}

struct Built {
    from: Arc<Knowledge>,
    extractors: Arc<Extractors>,
}

impl ExtractorCache {
    /// A cache of the extractors of these kinds. No knowledge is loaded yet.
    pub fn new(
        source: Arc<dyn KnowledgeSource>,
        threads: BlockingPool,
        kinds: &'static [PredictionKind],
    ) -> Self {
        Self {
            threads,
            source,
            kinds,
            parts: required_parts(kinds).into_iter().collect(),
            built: Mutex::new(None),
        }
    }

    /// Reads an OCR document, as on that day, on a blocking thread.
    pub async fn read(&self, document: Vec<u8>, day: NaiveDate) -> Result<(OcrResult, Reading)> {
        let extractors = self.extractors().await?;
        let kinds = self.kinds;
        let read = move || {
            let ocr = OcrResult::from_json(&document).context("cannot read the OCR document")?;
            let ocr = ocr.seen_on(day);
            let reading = extractors.read(&ocr, kinds);
            Ok((ocr, reading))
        };
        let read = self.threads.run(read).await;
        read.context("reading the text of an image failed")?
    }

    /// Reads several OCR documents, as on that day, on one blocking thread; a document that is
    /// none is an error of its own.
    pub async fn read_many(
        &self,
        documents: Vec<Vec<u8>>,
        day: NaiveDate,
    ) -> Result<Vec<Result<(OcrResult, Reading)>>> {
        let extractors = self.extractors().await?;
        let kinds = self.kinds;
        let read = move || {
            let parse = |document: &Vec<u8>| {
                let ocr = OcrResult::from_json(document).context("cannot read the OCR document")?;
                Ok(ocr.seen_on(day))
            };
            let parsed: Vec<Result<OcrResult>> = documents.iter().map(parse).collect();
            let texts = parsed.iter().flatten().map(|ocr| (ocr, kinds));
            let texts: Vec<_> = texts.collect();
            let mut readings = extractors.read_all(&texts).into_iter();
            let mut with_reading = |ocr: OcrResult| (ocr, readings.next().unwrap_or_default());
            let parsed = parsed.into_iter();
            parsed.map(|ocr| ocr.map(&mut with_reading)).collect()
        };
        let read = self.threads.run(read).await;
        read.context("reading the texts of images failed")
    }

    /// Reads the name of a product on a blocking thread.
    pub async fn read_name(&self, name: String) -> Result<Reading> {
        let extractors = self.extractors().await?;
        let read = move || extractors.read_product_name(&name);
        let read = self.threads.run(read).await;
        read.context("reading the name of a product failed")
    }

    async fn extractors(&self) -> Result<Arc<Extractors>> {
        let knowledge = self.source.knowledge(&self.parts, LOAD_TIMEOUT).await?;
        // Held while extractors are built, on purpose: callers that come meanwhile wait for
        // this build instead of starting their own, which would take a core and the memory of the tables for each.
        let mut built = self.built.lock().await;
        if let Some(built) = &*built
            && built.from.shares(&knowledge, &self.parts)
        {
            return Ok(built.extractors.clone());
        }
        let from = knowledge.clone();
        let kinds = self.kinds;
        let build = move || Extractors::build(&knowledge, kinds);
        let extractors = self.threads.run(build).await;
        let extractors = extractors
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
