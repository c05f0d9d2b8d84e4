//! The text of an image becomes predictions, and these become insights.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use robotoff_core::extract::image_kinds;
use robotoff_core::geometry::ImageSize;
use robotoff_core::image::NewImage;
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::{Method, Prediction, PredictionKind, Scope, same_claim};
use robotoff_core::product::{Lookup, Product, ProductId, ServerType, SourceImage};
use robotoff_ports::job::Lease;
use robotoff_ports::parts::ImageText;

use super::{Extraction, Imports};
use crate::metrics;
use crate::planner::{AffectedKinds, PlanSummary};

/// An image to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageToRead {
    pub product: ProductId,
    pub image: SourceImage,
    pub ocr: OcrSource,
}

/// Source of the text of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OcrSource {
    /// The document beside the image; when there is none, the pixels of the image, if this
    /// installation reads pixels.
    Beside,
    /// The document at this address.
    At(String),
    /// The document itself.
    Given(Vec<u8>),
    /// The file of the image, whose pixels are read.
    Pixels(Arc<[u8]>),
}

/// Result of reading an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Imported {
    Done(ImportReport),
    /// The product is unknown.
    NoProduct,
    /// The product does not have the image (yet), or no longer.
    NoSuchImage,
    /// There is no OCR document (yet).
    NoOcr,
}

/// An image that its product lists, and the product.
pub(super) struct LocatedImage {
    pub(super) image: ImageToRead,
    pub(super) number: String,
    pub(super) lookup: Lookup,
    /// Project that was named.
    asked_for: ServerType,
}

/// Counts of what reading an image changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Predictions that were read in the text.
    pub predictions: u64,
    /// Of these, the predictions that were not known before.
    pub new_predictions: u64,
    pub deleted_predictions: u64,
    /// Kinds whose extractor failed on this text.
    pub failed: Vec<PredictionKind>,
    pub insights: PlanSummary,
    /// Project that the product belongs to, where it is not the one that was named.
    pub moved_to: Option<ServerType>,
}

impl Imports {
    /// Reads an image: its text becomes predictions, and these become insights.
    pub async fn import_image(&self, image: ImageToRead, lease: Option<Lease>) -> Result<Imported> {
        match self.locate(image, lease).await? {
            Ok(located) => self.read_located(located, false, lease).await,
            Err(missing) => Ok(missing),
        }
    }

    /// Finds the product of an image, in the project that it belongs to; or what is missing.
    pub(super) async fn locate(
        &self,
        image: ImageToRead,
        lease: Option<Lease>,
    ) -> Result<Result<LocatedImage, Imported>> {
        let asked_for = image.product.server_type;
        let (image, lookup) = self.in_its_project(image, lease).await?;
        if lookup.is_missing() {
            return Ok(Err(Imported::NoProduct));
        }
        let Some(number) = image.image.image_id() else {
            bail!(
                "cannot read {}: only images with a number are read",
                image.image
            );
        };
        let listed = lookup
            .product()
            .map(|product| product.images.uploaded(number));
        if listed == Some(None) {
            return Ok(Err(Imported::NoSuchImage));
        }
        Ok(Ok(LocatedImage {
            number: number.to_owned(),
            image,
            lookup,
            asked_for,
        }))
    }

    /// Reads the text of an image. What is new in it leads to jobs, if it may.
    pub(super) async fn read_located(
        &self,
        located: LocatedImage,
        has_follow_ups: bool,
        lease: Option<Lease>,
    ) -> Result<Imported> {
        let LocatedImage {
            image,
            number,
            lookup,
            asked_for,
        } = located;
        let product = &image.product;
        let Some(document) = self.document(&image).await? else {
            return Ok(Imported::NoOcr);
        };
        let today = self.clock.now().date();
        let begun = Instant::now();
        let (ocr, mut reading) = self.image_extractors.read(document, today).await?;
        let kinds = reading
            .predictions
            .iter()
            .map(|prediction| prediction.kind.name());
        metrics::extraction(begun.elapsed(), kinds);
        for kind in &reading.failed {
            tracing::error!(
                product.barcode = %product.barcode,
                prediction.kind = %kind,
                "an extractor failed on {}", image.image
            );
        }
        retain_possible(&mut reading.predictions, product, &lookup);
        let kinds = image_kinds().iter().copied();
        // Stored predictions of a kind that failed stay as they are.
        let kinds = kinds.filter(|kind| !reading.failed.contains(kind));
        let predictions_read = reading.predictions.len() as u64;
        let extraction = Extraction {
            scope: Scope {
                method: Method::Text,
                kinds: kinds.collect(),
                source_image: Some(image.image.clone()),
            },
            predictions: last_of_each_claim(reading.predictions),
            image: self.image_row(&image, &number, &lookup, &ocr).await?,
            has_follow_ups,
        };
        let counts = self.store_extraction(product, &extraction, lease).await?;
        let affected = extraction.scope.kinds.iter().copied().collect();
        let affected = AffectedKinds::Predictions(affected);
        let planned = self.planner.replan(product, &lookup, &affected, lease);
        Ok(Imported::Done(ImportReport {
            predictions: predictions_read,
            new_predictions: counts.new,
            deleted_predictions: counts.deleted,
            failed: reading.failed,
            insights: planned.await?,
            moved_to: (asked_for != product.server_type).then_some(product.server_type),
        }))
    }

    /// The image in the project that its product belongs to, and the product there.
    async fn in_its_project(
        &self,
        image: ImageToRead,
        lease: Option<Lease>,
    ) -> Result<(ImageToRead, Lookup)> {
        let lookup = self.products.product(&image.product).await?;
        let Lookup::Moved(project) = lookup else {
            return Ok((image, lookup));
        };
        self.follow(&image.product, project, lease).await?;
        let moved = ImageToRead {
            product: image.product.in_project(project),
            ..image
        };
        let lookup = self.products.product(&moved.product).await?;
        Ok((moved, lookup))
    }

    async fn document(&self, image: &ImageToRead) -> Result<Option<Vec<u8>>> {
        Ok(match &image.ocr {
            OcrSource::Given(document) => Some(document.clone()),
            OcrSource::At(url) => self.image_files.at(url).await?,
            OcrSource::Pixels(file) => {
                let Some(reader) = &self.image_texts else {
                    bail!("cannot read {}: no model reads pixels here", image.image);
                };
                match reader.text_of(file.clone()).await? {
                    ImageText::Document(document) => Some(document),
                    ImageText::Unreadable(why) => bail!("cannot read {}: {why}", image.image),
                }
            }
            OcrSource::Beside => {
                let beside = self.image_files.ocr(&image.product, &image.image).await?;
                match beside {
                    Some(document) => Some(document),
                    None => self.text_of_pixels(image).await?,
                }
            }
        })
    }

    /// Text of the pixels of an image; `None` where no pixels are read, and for an image that
    /// does not exist or cannot be decoded.
    async fn text_of_pixels(&self, image: &ImageToRead) -> Result<Option<Vec<u8>>> {
        let Some(reader) = &self.image_texts else {
            return Ok(None);
        };
        let Some(file) = self.image_files.image(&image.product, &image.image).await? else {
            return Ok(None);
        };
        match reader.text_of(file.into()).await? {
            ImageText::Document(document) => Ok(Some(document)),
            ImageText::Unreadable(why) => {
                tracing::warn!(product.barcode = %image.product.barcode, "cannot read {}: {why}", image.image);
                Ok(None)
            }
        }
    }

    /// Row of the image, with its size: from the product, else from the OCR page, else
    /// from the image itself. `None` when the size is unknown.
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
            // A caller that gives the document may have no image that can be fetched.
            (None, OcrSource::Given(_) | OcrSource::Pixels(_)) => None,
            (None, OcrSource::At(_) | OcrSource::Beside) => {
                self.image_files.size(&image.product, &image.image).await?
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
}

/// Drops predictions of food about a product that is none.
pub(super) fn retain_possible(predictions: &mut Vec<Prediction>, id: &ProductId, lookup: &Lookup) {
    let by_project = id.server_type.is_food();
    if !lookup.product().map_or(by_project, Product::is_food) {
        predictions.retain(|prediction| !prediction.kind.is_about_food());
    }
}

/// The predictions with each claim once, in the order in which claims first come; of
/// equal claims the last, whose evidence the store has always shown.
pub(super) fn last_of_each_claim(predictions: Vec<Prediction>) -> Vec<Prediction> {
    let mut claims: Vec<Prediction> = Vec::with_capacity(predictions.len());
    for prediction in predictions {
        match claims
            .iter_mut()
            .find(|claim| same_claim(claim, &prediction))
        {
            Some(claim) => *claim = prediction,
            None => claims.push(prediction),
        }
    }
    claims
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

/// The summary, or what is missing.
impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
