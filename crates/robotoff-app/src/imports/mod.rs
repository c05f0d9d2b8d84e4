//! Texts of a product become predictions, and these become insights.
//!
//! `image` reads the OCR of an image, `inspect` its fingerprint and barcodes, `name` the name of the product, `texts` its name and
//! ingredient list by search; `moved` follows a product to another project.

mod batch;
mod detect;
mod document;
mod given;
mod image;
mod image_tasks;
mod inspect;
mod many;
mod moved;
mod name;
mod photo;
mod removed;
mod run;
mod texts;

use std::sync::Arc;

use anyhow::{Context, Result};
use robotoff_core::extract::{image_kinds, product_name_kinds};
use robotoff_core::image::NewImage;
use robotoff_core::prediction::{Prediction, PredictionKind, Scope};
use robotoff_core::product::{Lookup, ProductId, SourceImage};
use robotoff_ports::job::{Lease, NewJob};
use robotoff_ports::parts::{ImageInspector, ImageModels, ImageTextReader, LanguageIdentifier};
use robotoff_ports::store::{Change, NewPrediction, ProductSnapshot};
use robotoff_ports::{BlockingPool, Clock, ImageFiles, KnowledgeSource, Products, Store};
use tokio::sync::Semaphore;

use crate::commit::commit_with_jobs;
use crate::enqueue::{DetectNutriscore, JobSpec, NotifyModeration};
use crate::extractor_cache::ExtractorCache;
use crate::planner::{AffectedKinds, PlanSummary, Planner};
use crate::ports::Ports;
use crate::search::SearchUses;

pub use batch::ImportedBatch;
pub use detect::Detected;
pub use document::ReadDocument;
pub use given::{GivenPrediction, ImportedPredictions};
pub use image::{ImageToRead, ImportReport, Imported, OcrSource};
pub use image_tasks::{Launched, TaskQueue};
pub use inspect::Inspection;
pub use many::{ImageDocument, ImportedImages};
pub use photo::{PhotoReading, ReadPhoto};
pub use removed::RemovedRows;

/// Reads texts of products. Reading the same text again changes no row.
pub struct Imports {
    store: Arc<dyn Store>,
    products: Arc<dyn Products>,
    image_files: Arc<dyn ImageFiles>,
    image_texts: Option<Arc<dyn ImageTextReader>>,
    image_models: Option<Arc<dyn ImageModels>>,
    inspector: Option<Arc<dyn ImageInspector>>,
    /// Permits of photos that are not stored.
    photos: Semaphore,
    clock: Arc<dyn Clock>,
    languages: Option<Arc<dyn LanguageIdentifier>>,
    image_extractors: ExtractorCache,
    name_extractors: ExtractorCache,
    planner: Arc<Planner>,
    knowledge: Arc<dyn KnowledgeSource>,
    /// Where search is configured.
    search: Option<Arc<SearchUses>>,
}

/// Predictions that were read in one text.
struct Extraction {
    /// Kinds that were looked for, and where.
    scope: Scope,
    predictions: Vec<Prediction>,
    /// Row of the image that was read, if it has a known size.
    image: Option<NewImage>,
    /// Jobs follow from what is new.
    has_follow_ups: bool,
}

/// Counts of the stored predictions that a text changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PredictionCounts {
    /// Not known before.
    pub new: u64,
    /// No longer read in the text.
    pub deleted: u64,
}

/// Summary of a refresh.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// The product does not exist, or belongs to another project: its open insights were
    /// deleted.
    pub is_absent: bool,
    /// Predictions of the product's name; of a product that has moved, all of them.
    pub name: PredictionCounts,
    /// Predictions by search, of its name and ingredient list.
    pub texts: PredictionCounts,
    pub insights: PlanSummary,
}

impl Imports {
    pub(crate) fn new(
        ports: &Ports,
        planner: Arc<Planner>,
        search: Option<Arc<SearchUses>>,
    ) -> Self {
        let threads = BlockingPool::shared();
        let extractors =
            |kinds| ExtractorCache::new(ports.knowledge.clone(), threads.clone(), kinds);
        Self {
            store: ports.store.clone(),
            products: ports.products.clone(),
            image_files: ports.image_files.clone(),
            image_texts: ports.parts.image_texts.clone(),
            image_models: ports.parts.image_models.clone(),
            inspector: ports.parts.inspector.clone(),
            photos: Semaphore::new(photo::MAX_PHOTOS),
            clock: ports.clock.clone(),
            languages: ports.parts.languages.clone(),
            image_extractors: extractors(image_kinds()),
            name_extractors: extractors(product_name_kinds()),
            planner,
            knowledge: ports.knowledge.clone(),
            search,
        }
    }

    /// Reads the name and the ingredient list of the product, then plans all kinds of insight
    /// from its stored predictions.
    pub async fn refresh(&self, product: &ProductId, lease: Option<Lease>) -> Result<Refreshed> {
        let lookup = self.products.product(product).await?;
        if let Lookup::Moved(project) = lookup {
            let moved = self.follow(product, project, lease).await?;
            return Ok(Refreshed {
                is_absent: true,
                name: PredictionCounts {
                    new: 0,
                    deleted: moved.predictions,
                },
                texts: PredictionCounts::default(),
                insights: moved.insights,
            });
        }
        let (mut name, mut texts) = (PredictionCounts::default(), PredictionCounts::default());
        if let Some(product) = lookup.product() {
            name = self.store_name(product, lease).await?;
            texts = self.store_searched(product, lease).await?;
        }
        let planned = self
            .planner
            .replan(product, &lookup, &AffectedKinds::Everything, lease);
        Ok(Refreshed {
            insights: planned.await?,
            is_absent: lookup == Lookup::Absent,
            name,
            texts,
        })
    }

    /// Stores what was read and deletes what no longer is, in one commit.
    async fn store_extraction(
        &self,
        product: &ProductId,
        extraction: &Extraction,
        lease: Option<Lease>,
    ) -> Result<PredictionCounts> {
        let extractions = std::slice::from_ref(extraction);
        self.store_extractions(product, extractions, lease).await
    }

    /// Stores what was read in several texts of one product, in one commit. No two of them
    /// are of one image, so none depends on what another one changes.
    async fn store_extractions(
        &self,
        product: &ProductId,
        extractions: &[Extraction],
        lease: Option<Lease>,
    ) -> Result<PredictionCounts> {
        let decide = |snapshot: ProductSnapshot| async move {
            let mut changes = Vec::new();
            let (mut deleted, mut new, mut jobs) = (Vec::new(), Vec::new(), Vec::new());
            for extraction in extractions {
                let found = extraction.predictions.clone();
                let differences = extraction.scope.differences(found, &snapshot.predictions);
                let image = &extraction.scope.source_image;
                if let (Some(image), true) = (image, extraction.has_follow_ups) {
                    jobs.extend(follow_ups(product, image, &differences.upsert));
                }
                changes.extend(extraction.image.clone().map(Change::StoreImage));
                deleted.extend(differences.delete);
                let predictions = differences.upsert.into_iter();
                new.extend(predictions.map(|prediction| NewPrediction {
                    source_image: image.clone(),
                    prediction,
                }));
            }
            let count = deleted.len() as u64;
            if !deleted.is_empty() {
                changes.push(Change::DeletePredictions(deleted));
            }
            if !new.is_empty() {
                changes.push(Change::StorePredictions {
                    product: product.clone(),
                    predictions: new,
                    at: self.clock.now(),
                });
            }
            Ok((changes, jobs, count))
        };
        let (deleted, receipt) = commit_with_jobs(&*self.store, product, lease, decide)
            .await
            .with_context(|| format!("cannot store predictions of {product}"))?;
        Ok(PredictionCounts {
            new: receipt.new_predictions,
            deleted,
        })
    }
}

/// Jobs that follow from new predictions of an image (`docs/reference/pipeline.md` 4.4.3).
fn follow_ups(product: &ProductId, image: &SourceImage, new: &[Prediction]) -> Vec<NewJob> {
    let (product, image) = (product.clone(), image.clone());
    let mut jobs = Vec::new();
    let is_nutriscore = |prediction: &Prediction| {
        prediction.kind == PredictionKind::Label
            && prediction.value_tag.as_deref() == Some("en:nutriscore")
    };
    if new.iter().any(is_nutriscore) {
        let (product, image) = (product.clone(), image.clone());
        jobs.push(DetectNutriscore { product, image }.new_job());
    }
    if new
        .iter()
        .any(|prediction| prediction.kind == PredictionKind::ImageFlag)
    {
        jobs.push(NotifyModeration { product, image }.new_job());
    }
    jobs
}
