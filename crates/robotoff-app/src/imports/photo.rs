//! A photo that belongs to no stored image: its text, what is read in it, and the questions
//! that it would raise. Nothing is stored.

use std::sync::Arc;

use anyhow::{Context, Result};
use robotoff_core::detection::{ImageBarcode, UPC_IMAGE, upc_image_data};
use robotoff_core::insight::{Insight, InsightId, InsightKind};
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::{Prediction, PredictionId, StoredPrediction};
use robotoff_core::product::{Barcode, Lookup, ProductId, ServerType};
use robotoff_ports::parts::{ImageText, Inspected};
use robotoff_ports::store::{ProductSnapshot, Revision};
use robotoff_ports::{PortError, PortResult};
use uuid::Uuid;

use super::Imports;
use super::image::last_of_each_claim;

/// Photos in memory at once; more are told to come again. A photo is up to 16 MiB, and waits
/// for a thread as long as another one takes.
pub(super) const MAX_PHOTOS: usize = 8;

/// Code of a product whose photo shows none.
const NO_CODE: &str = "0000000000000";

/// Result of reading a photo.
#[derive(Debug)]
pub enum ReadPhoto {
    /// This installation reads no pixels.
    NoReader,
    /// The file is no image, damaged or too large; the text says which.
    Unreadable(String),
    Read(Box<PhotoReading>),
}

/// Findings on a photo.
#[derive(Debug)]
pub struct PhotoReading {
    pub ocr: OcrResult,
    /// Barcodes, the largest first.
    pub barcodes: Vec<ImageBarcode>,
    /// Predictions, numbered from 1, on a product of the code that was given, else of the code
    /// in the photo.
    pub predictions: Vec<StoredPrediction>,
    /// Insights that they would become if the product had nothing yet.
    pub insights: Vec<Insight>,
}

impl Imports {
    /// Reads a photo of a product, whose code may be unknown.
    pub async fn read_photo(
        &self,
        file: Arc<[u8]>,
        server_type: ServerType,
        barcode: Option<Barcode>,
    ) -> Result<ReadPhoto> {
        let Some(reader) = &self.image_texts else {
            return Ok(ReadPhoto::NoReader);
        };
        let _permit = self.photos.try_acquire().map_err(|_| {
            PortError::unavailable("reading of photos", "too many photos are read now")
        })?;
        let (text, barcodes) = tokio::join!(reader.text_of(file.clone()), self.barcodes_of(file));
        let document = match text? {
            ImageText::Document(document) => document,
            ImageText::Unreadable(why) => return Ok(ReadPhoto::Unreadable(why)),
        };
        let barcodes = barcodes?;
        let today = self.clock.now().date();
        let (ocr, reading) = self.image_extractors.read(document, today).await?;
        let product = product_of(server_type, barcode, &barcodes)?;
        let mut found = last_of_each_claim(reading.predictions);
        found.extend(UPC_IMAGE.predictions_of(&upc_image_data(&barcodes)));
        let predictions = self.numbered(&product, found);
        let insights = self.insights_of(&product, &predictions).await?;
        Ok(ReadPhoto::Read(Box::new(PhotoReading {
            ocr,
            barcodes,
            predictions,
            insights,
        })))
    }

    async fn barcodes_of(&self, file: Arc<[u8]>) -> PortResult<Vec<ImageBarcode>> {
        let Some(inspector) = &self.inspector else {
            return Ok(Vec::new());
        };
        // The reader of the text names a file that is no image.
        let mut barcodes = match inspector.barcodes(file).await? {
            Inspected::Done(barcodes) => barcodes,
            Inspected::Unreadable(_) => Vec::new(),
        };
        barcodes.sort_by(|a, b| b.area.total_cmp(&a.area));
        Ok(barcodes)
    }

    fn numbered(&self, product: &ProductId, found: Vec<Prediction>) -> Vec<StoredPrediction> {
        let timestamp = self.clock.now();
        let stored = (1..)
            .zip(found)
            .map(|(number, prediction)| StoredPrediction {
                id: PredictionId(number),
                product: product.clone(),
                source_image: product.image("1"),
                timestamp,
                prediction,
            });
        stored.collect()
    }

    async fn insights_of(
        &self,
        product: &ProductId,
        predictions: &[StoredPrediction],
    ) -> Result<Vec<Insight>> {
        let snapshot = ProductSnapshot {
            revision: Revision::default(),
            facets: None,
            predictions: predictions.to_vec(),
            insights: Vec::new(),
        };
        let plans = self
            .planner
            .plans(product, &Lookup::Unchecked, &InsightKind::ALL, &snapshot);
        let drafts = plans.await?.into_iter().flat_map(|(_, plan)| plan.create);
        Ok(drafts
            .map(|draft| draft.named(InsightId(Uuid::new_v4())))
            .collect())
    }
}

fn product_of(
    server_type: ServerType,
    given: Option<Barcode>,
    seen: &[ImageBarcode],
) -> Result<ProductId> {
    let barcode = match (given, seen.first()) {
        (Some(given), _) => given,
        (None, Some(seen)) => Barcode::normalized(&seen.code).context("a barcode has digits")?,
        (None, None) => Barcode::as_stored(NO_CODE).context("the code has digits")?,
    };
    Ok(ProductId {
        barcode,
        server_type,
    })
}
