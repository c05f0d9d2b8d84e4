//! Images of one product that are read together, in a mass import.
//!
//! One look-up, one commit of the predictions of all images, one plan: a mass import costs
//! two commits for each product instead of two for each image.

use anyhow::Result;
use robotoff_core::extract::image_kinds;
use robotoff_core::image::NewImage;
use robotoff_core::prediction::{Method, Scope};
use robotoff_core::product::{Lookup, ProductId, SourceImage};

use super::image::{last_of_each_claim, retain_possible};
use super::{Extraction, Imports};
use crate::planner::{AffectedKinds, PlanSummary};

/// An image and its OCR document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageDocument {
    pub image: SourceImage,
    pub document: Vec<u8>,
}

/// Result of reading the images of a product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportedImages {
    /// The product is unknown; no image was read.
    pub is_absent: bool,
    /// Images that were read.
    pub read: u64,
    /// Images that the product does not list.
    pub not_listed: u64,
    /// Images whose document is no OCR document, and why.
    pub unreadable: Vec<(SourceImage, String)>,
    pub predictions: u64,
    pub new_predictions: u64,
    pub deleted_predictions: u64,
    pub insights: PlanSummary,
}

impl Imports {
    /// Reads images of one product.
    ///
    /// # Errors
    /// The store or the source of products fails. An image that cannot be read is no error.
    pub async fn import_images(
        &self,
        product: &ProductId,
        images: Vec<ImageDocument>,
    ) -> Result<ImportedImages> {
        let mut product = product.clone();
        let mut lookup = self.products.product(&product).await?;
        if let Lookup::Moved(project) = lookup {
            self.follow(&product, project, None).await?;
            product = product.in_project(project);
            lookup = self.products.product(&product).await?;
        }
        let mut imported = ImportedImages::default();
        if lookup.is_missing() {
            imported.is_absent = true;
            return Ok(imported);
        }
        let is_listed = |image: &ImageDocument| {
            let listed = lookup.product().map(|product| {
                let number = image.image.image_id();
                number.and_then(|number| product.images.uploaded(number))
            });
            listed != Some(None)
        };
        let (images, others): (Vec<_>, Vec<_>) = images.into_iter().partition(is_listed);
        imported.not_listed = others.len() as u64;
        let extractions = self.extractions(&product, &lookup, images, &mut imported);
        let extractions = extractions.await?;
        if extractions.is_empty() {
            return Ok(imported);
        }
        let counts = self.store_extractions(&product, &extractions, None).await?;
        imported.new_predictions = counts.new;
        imported.deleted_predictions = counts.deleted;
        let kinds = extractions
            .iter()
            .flat_map(|it| it.scope.kinds.iter().copied());
        let affected = AffectedKinds::Predictions(kinds.collect());
        let planned = self.planner.replan(&product, &lookup, &affected, None);
        imported.insights = planned.await?;
        Ok(imported)
    }

    /// Reads the documents, on one thread.
    async fn extractions(
        &self,
        product: &ProductId,
        lookup: &Lookup,
        images: Vec<ImageDocument>,
        imported: &mut ImportedImages,
    ) -> Result<Vec<Extraction>> {
        let today = self.clock.now().date();
        let (paths, documents): (Vec<_>, Vec<_>) = images
            .into_iter()
            .map(|image| (image.image, image.document))
            .unzip();
        let readings = self.image_extractors.read_many(documents, today).await?;
        let mut extractions = Vec::with_capacity(paths.len());
        for (path, read) in paths.into_iter().zip(readings) {
            let (ocr, mut reading) = match read {
                Ok(read) => read,
                Err(error) => {
                    imported.unreadable.push((path, format!("{error:#}")));
                    continue;
                }
            };
            retain_possible(&mut reading.predictions, product, lookup);
            imported.read += 1;
            imported.predictions += reading.predictions.len() as u64;
            let kinds = image_kinds().iter().copied();
            let listed = path.image_id().and_then(|number| {
                let images = &lookup.product()?.images;
                images.uploaded(number)
            });
            let size = listed
                .and_then(|listed| listed.size)
                .or_else(|| ocr.image_size());
            let row = size.zip(path.image_id()).map(|(size, number)| NewImage {
                product: product.clone(),
                number: number.to_owned(),
                source_image: path.clone(),
                size,
                uploaded_at: listed.and_then(|listed| listed.uploaded_at),
            });
            extractions.push(Extraction {
                scope: Scope {
                    method: Method::Text,
                    // Stored predictions of a kind that failed stay as they are.
                    kinds: kinds
                        .filter(|kind| !reading.failed.contains(kind))
                        .collect(),
                    source_image: Some(path),
                },
                predictions: last_of_each_claim(reading.predictions),
                image: row,
                has_follow_ups: false,
            });
        }
        Ok(extractions)
    }
}
