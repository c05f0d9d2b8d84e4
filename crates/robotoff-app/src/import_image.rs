//! A picture's text becomes predictions, and these become insights.

use anyhow::{Context, Result, bail};
use robotoff_core::extract::image_kinds;
use robotoff_core::geometry::ImageSize;
use robotoff_core::image::NewImage;
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::{Method, Prediction, PredictionKind, Scope, same_claim};
use robotoff_core::product::{Lookup, ProductId, SourceImage};
use robotoff_ports::job::Lease;
use robotoff_ports::store::{Change, Changes, Committed, Conflict, NewPrediction, ProductSnapshot};

use crate::App;
use crate::replan::{AffectedKinds, Replanned};

/// How often storing is tried anew because the product changed meanwhile.
const TRIES: u32 = 5;

/// A picture to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageToRead {
    pub product: ProductId,
    pub image: SourceImage,
    pub ocr: OcrSource,
}

/// Where the text of the picture comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OcrSource {
    /// The document beside the picture.
    Beside,
    /// The document at this address.
    At(String),
    /// The document itself.
    Given(Vec<u8>),
}

/// What came of reading a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    Done(ImportReport),
    /// The product is unknown.
    NoProduct,
    /// The product does not have the picture (yet), or no longer.
    NoSuchImage,
    /// There is no OCR document, yet.
    NoOcr,
}

/// Counts of what reading a picture changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// What the text says.
    pub predictions: u64,
    /// Of these, what was not known before.
    pub new_predictions: u64,
    pub deleted_predictions: u64,
    /// Kinds whose extractor failed on this text.
    pub failed: Vec<PredictionKind>,
    pub insights: Replanned,
}

impl App {
    /// Reads the picture: its text becomes predictions, and these become insights.
    /// Doing it again changes nothing.
    pub async fn import_image(&self, image: ImageToRead, lease: Option<Lease>) -> Result<Imported> {
        let product = &image.product;
        let lookup = self.ports.products.product(product).await?;
        if lookup == Lookup::Absent {
            return Ok(Imported::NoProduct);
        }
        let Some(number) = image.image.image_id() else {
            bail!(
                "cannot read {}: only pictures with a number are read",
                image.image
            );
        };
        let listed = lookup
            .product()
            .map(|product| product.images.uploaded(number));
        if listed == Some(None) {
            return Ok(Imported::NoSuchImage);
        }
        let Some(document) = self.document(&image).await? else {
            return Ok(Imported::NoOcr);
        };
        let (ocr, reading) = self
            .extraction
            .read(document, self.ports.clock.now().date())
            .await?;
        for kind in &reading.failed {
            tracing::error!(
                product.barcode = %product.barcode,
                prediction.kind = %kind,
                "an extractor failed on {}", image.image
            );
        }
        let row = self.image_row(&image, number, &lookup, &ocr).await?;
        let found = Found {
            // Kinds whose extractor failed were not read: their stored predictions stay.
            scope: Scope {
                method: Method::Text,
                kinds: image_kinds()
                    .iter()
                    .copied()
                    .filter(|kind| !reading.failed.contains(kind))
                    .collect(),
                source_image: Some(image.image.clone()),
            },
            image: row,
            predictions: reading.predictions,
        };
        let mut report = self.keep(product, &found, lease).await?;
        report.failed = reading.failed;
        let affected = AffectedKinds::Predictions(found.scope.kinds.iter().copied().collect());
        report.insights = self.replan(product, &lookup, &affected, lease).await?;
        Ok(Imported::Done(report))
    }

    async fn document(&self, image: &ImageToRead) -> Result<Option<Vec<u8>>> {
        let pictures = &self.ports.pictures;
        Ok(match &image.ocr {
            OcrSource::Given(document) => Some(document.clone()),
            OcrSource::At(url) => pictures.at(url).await?,
            OcrSource::Beside => pictures.ocr(&image.product, &image.image).await?,
        })
    }

    /// The row of the picture, with its size: from the product, else from the OCR
    /// page, else from the picture itself. Nothing when nobody knows the size.
    async fn image_row(
        &self,
        image: &ImageToRead,
        number: &str,
        lookup: &Lookup,
        ocr: &OcrResult,
    ) -> Result<Option<NewImage>> {
        let listed = lookup
            .product()
            .and_then(|product| product.images.uploaded(number));
        let known = listed
            .and_then(|listed| listed.size)
            .or_else(|| ocr.image_size());
        let size: Option<ImageSize> = match (known, &image.ocr) {
            (Some(size), _) => Some(size),
            // Whoever gives the document may have no picture to be fetched.
            (None, OcrSource::Given(_)) => None,
            (None, OcrSource::At(_) | OcrSource::Beside) => {
                self.ports
                    .pictures
                    .size(&image.product, &image.image)
                    .await?
            }
        };
        Ok(size.map(|size| NewImage {
            product: image.product.clone(),
            number: number.to_owned(),
            source_image: image.image.clone(),
            size,
            uploaded_at: listed.and_then(|listed| listed.uploaded_at),
        }))
    }

    /// Stores what was found and deletes what no longer stands, in one commit.
    pub(crate) async fn keep(
        &self,
        product: &ProductId,
        found: &Found,
        lease: Option<Lease>,
    ) -> Result<ImportReport> {
        for _ in 0..TRIES {
            let snapshot = self.ports.store.product_snapshot(product).await?;
            let (changes, deleted) = self.changes_to_keep(product, found, &snapshot);
            match self
                .ports
                .store
                .commit(Changes { lease, ..changes })
                .await?
            {
                Committed::Done(receipt) => {
                    return Ok(ImportReport {
                        predictions: found.predictions.len() as u64,
                        new_predictions: receipt.new_predictions,
                        deleted_predictions: deleted,
                        ..ImportReport::default()
                    });
                }
                Committed::Conflict(Conflict::Revision(_)) => {}
                Committed::Conflict(conflict) => {
                    bail!("cannot store predictions of {product}: {conflict:?}");
                }
            }
        }
        bail!("cannot store predictions of {product}: somebody else changes it all the time")
    }

    fn changes_to_keep(
        &self,
        product: &ProductId,
        found: &Found,
        snapshot: &ProductSnapshot,
    ) -> (Changes, u64) {
        let outdated: Vec<_> = snapshot
            .predictions
            .iter()
            .filter(|stored| found.replaces(&stored.prediction, stored.source_image.as_ref()))
            .map(|stored| stored.id)
            .collect();
        let deleted = outdated.len() as u64;
        let mut changes = Changes::of(product.clone(), snapshot.revision);
        if let Some(image) = &found.image {
            changes = changes.with(Change::StoreImage(image.clone()));
        }
        if deleted > 0 {
            changes = changes.with(Change::DeletePredictions(outdated));
        }
        let new = found.predictions.iter().map(|prediction| NewPrediction {
            source_image: found.scope.source_image.clone(),
            prediction: prediction.clone(),
        });
        changes = changes.with(Change::StorePredictions {
            product: product.clone(),
            predictions: new.collect(),
            at: self.ports.clock.now(),
        });
        (changes, deleted)
    }
}

/// What one look found.
pub(crate) struct Found {
    pub(crate) scope: Scope,
    pub(crate) image: Option<NewImage>,
    pub(crate) predictions: Vec<Prediction>,
}

impl Found {
    /// The stored prediction was looked at again and is not said any more.
    fn replaces(&self, stored: &Prediction, source_image: Option<&SourceImage>) -> bool {
        self.scope.covers(stored, source_image)
            && !self
                .predictions
                .iter()
                .any(|found| same_claim(found, stored))
    }
}

impl ImportReport {
    /// One line for a person.
    pub fn summary(&self) -> String {
        let created: u64 = self.insights.created.values().sum();
        format!(
            "{} predictions ({} new, {} outdated), {created} insights created, {} updated, {} deleted",
            self.predictions,
            self.new_predictions,
            self.deleted_predictions,
            self.insights.updated,
            self.insights.deleted
        )
    }
}

/// Shown where an import stops early.
impl std::fmt::Display for Imported {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Done(report) => return f.write_str(&report.summary()),
            Self::NoProduct => "there is no such product",
            Self::NoSuchImage => "the product has no such image",
            Self::NoOcr => "the image has no OCR document",
        })
    }
}

impl Imported {
    /// The report, or what is missing as an error.
    pub fn into_report(self) -> Result<ImportReport> {
        match self {
            Self::Done(report) => Ok(report),
            missing => Err(anyhow::anyhow!("{missing}")).context("nothing was imported"),
        }
    }
}
