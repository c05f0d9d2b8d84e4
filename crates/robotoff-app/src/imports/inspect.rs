//! Fingerprints and barcodes of images (`docs/reference/pipeline.md` 4.4.6 and 4.4.9).

use anyhow::Result;
use robotoff_core::detection::{BARCODE_READER_VERSION, UPC_IMAGE, UPC_IMAGE_RUN, upc_image_data};
use robotoff_core::image::{Image, NewImagePrediction};
use robotoff_core::product::{ProductId, SourceImage};
use robotoff_ports::job::Lease;
use robotoff_ports::parts::Inspected;
use robotoff_ports::store::{Change, Changes, Committed};

use super::Imports;

/// Result of inspecting an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inspection {
    /// The result is stored, or was before.
    Done,
    /// There was nothing to inspect; the text says why.
    Skipped(String),
}

impl Imports {
    /// Stores the perceptual hash of an image that has none.
    pub async fn add_fingerprint(
        &self,
        product: &ProductId,
        path: &SourceImage,
        lease: Option<Lease>,
    ) -> Result<Inspection> {
        let Some(inspector) = &self.inspector else {
            return Ok(skipped("no pixels are read here"));
        };
        let Some(image) = self.store.image_at(product.server_type, path).await? else {
            return Ok(skipped("the image has no row"));
        };
        if image.fingerprint.is_some() {
            return Ok(Inspection::Done);
        }
        let Some(file) = self.image_files.image(product, path).await? else {
            return Ok(skipped("there is no such image file"));
        };
        let hash = match inspector.fingerprint(file.into()).await? {
            Inspected::Done(hash) => hash,
            Inspected::Unreadable(why) => return Ok(Inspection::Skipped(why)),
        };
        let change = Change::SetFingerprint {
            image: image.id,
            // The column is signed: the same bits.
            fingerprint: hash.cast_signed(),
        };
        self.store_inspection(path, change, lease).await
    }

    /// Looks for barcodes on an image, unless a run on it is stored, and imports the run: an
    /// image of little else than a barcode becomes a prediction.
    pub async fn detect_barcode(
        &self,
        product: &ProductId,
        path: &SourceImage,
        lease: Option<Lease>,
    ) -> Result<Inspection> {
        if self.import_run(product, path, &UPC_IMAGE, lease).await? {
            return Ok(Inspection::Done);
        }
        let Some(inspector) = &self.inspector else {
            return Ok(skipped("no pixels are read here"));
        };
        let Some(image) = self.store.image_at(product.server_type, path).await? else {
            return Ok(skipped("the image has no row"));
        };
        let Some(file) = self.image_files.image(product, path).await? else {
            return Ok(skipped("there is no such image file"));
        };
        let barcodes = match inspector.barcodes(file.into()).await? {
            Inspected::Done(barcodes) => barcodes,
            Inspected::Unreadable(why) => return Ok(Inspection::Skipped(why)),
        };
        let run = self.run_of(&image, upc_image_data(&barcodes));
        let stored = self.store_inspection(path, Change::AddImagePrediction(Box::new(run)), lease);
        stored.await?;
        self.import_run(product, path, &UPC_IMAGE, lease).await?;
        Ok(Inspection::Done)
    }

    fn run_of(&self, image: &Image, data: serde_json::Value) -> NewImagePrediction {
        NewImagePrediction {
            image: image.id,
            kind: UPC_IMAGE_RUN.to_owned(),
            model_name: UPC_IMAGE.name.to_owned(),
            model_version: BARCODE_READER_VERSION.to_owned(),
            data,
            timestamp: self.clock.now(),
            max_confidence: None,
            logos: Vec::new(),
        }
    }

    async fn store_inspection(
        &self,
        path: &SourceImage,
        change: Change,
        lease: Option<Lease>,
    ) -> Result<Inspection> {
        let changes = Changes {
            lease,
            ..Changes::new()
        };
        match self.store.commit(changes.with(change)).await? {
            Committed::Done(_) => Ok(Inspection::Done),
            Committed::Conflict(conflict) => {
                anyhow::bail!("cannot store what was found on {path}: {conflict:?}")
            }
        }
    }
}

fn skipped(why: &str) -> Inspection {
    Inspection::Skipped(why.to_owned())
}
