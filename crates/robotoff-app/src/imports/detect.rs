//! Detectors on the images of products: what they find is stored as a run, from which
//! predictions are read (`docs/reference/ml.md` 2).

use anyhow::Result;
use robotoff_core::image::{Image, NewImagePrediction, NewLogo};
use robotoff_core::model::yolo::{
    DetectedObject, Detector, STORED_THRESHOLD, Suppression, UNIVERSAL_LOGO, stored_run,
};
use robotoff_core::product::{ProductId, SourceImage};
use robotoff_ports::job::Lease;
use robotoff_ports::parts::OnImage;
use robotoff_ports::store::{Change, Changes, Committed, ImagePredictionFilter};

use super::Imports;

/// Kind of the runs of detectors, in the column `type`.
const KIND: &str = "object_detection";

/// Result of a detector on an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detected {
    /// A run is stored, of now or of before: a detector runs once on an image.
    Stored,
    /// The detector is not configured, and nobody stored a run.
    NoModel,
    /// The image is not known, was deleted, or its file is gone.
    NoImage,
    /// The file is no image; the text says why.
    Unreadable(String),
}

impl Imports {
    /// Runs a detector on an image and stores what it finds, unless a run is stored.
    pub async fn detect(
        &self,
        product: &ProductId,
        image: &SourceImage,
        detector: &'static Detector,
        lease: Option<Lease>,
    ) -> Result<Detected> {
        if self.has_run(product, image, detector.name).await? {
            return Ok(Detected::Stored);
        }
        let models = self.image_models.as_ref();
        let Some(models) = models.filter(|models| models.is_configured(detector.model)) else {
            return Ok(Detected::NoModel);
        };
        let row = self.store.image_at(product.server_type, image).await?;
        let Some(row) = row.filter(|row| !row.deleted) else {
            return Ok(Detected::NoImage);
        };
        let Some(file) = self.image_files.image(product, image).await? else {
            return Ok(Detected::NoImage);
        };
        let rules = Suppression::at(STORED_THRESHOLD);
        match models.objects(file.into(), detector, rules).await? {
            OnImage::Unreadable(why) => Ok(Detected::Unreadable(why)),
            OnImage::Result(objects) => self.store_run(&row, detector, &objects, lease).await,
        }
    }

    /// True when a run of the model on the image is stored.
    pub(super) async fn has_run(
        &self,
        product: &ProductId,
        image: &SourceImage,
        model_name: &str,
    ) -> Result<bool> {
        let filter = ImagePredictionFilter {
            server_type: product.server_type,
            barcodes: Some(vec![product.barcode.clone()]),
            model_name: Some(model_name.to_owned()),
            image_number: image.image_id().map(str::to_owned),
            ..ImagePredictionFilter::default()
        };
        Ok(!self
            .store
            .image_predictions(&filter, 1, 0)
            .await?
            .is_empty())
    }

    async fn store_run(
        &self,
        image: &Image,
        detector: &Detector,
        objects: &[DetectedObject],
        lease: Option<Lease>,
    ) -> Result<Detected> {
        let (data, max_confidence) = stored_run(objects);
        let is_of_logos = *detector == UNIVERSAL_LOGO;
        let run = NewImagePrediction {
            image: image.id,
            kind: KIND.to_owned(),
            model_name: detector.name.to_owned(),
            model_version: detector.version.to_owned(),
            data,
            timestamp: self.clock.now(),
            // The column is of single precision, as the scores are.
            max_confidence: max_confidence.map(|score| score as f32),
            logos: if is_of_logos {
                logos(objects)
            } else {
                Vec::new()
            },
        };
        let changes = Changes {
            lease,
            ..Changes::new()
        };
        let changes = changes.with(Change::AddImagePrediction(Box::new(run)));
        match self.store.commit(changes).await? {
            Committed::Done(_) => Ok(Detected::Stored),
            Committed::Conflict(conflict) => {
                let name = detector.name;
                anyhow::bail!("cannot store the run of {name} on {image:?}: {conflict:?}")
            }
        }
    }
}

/// Logos of the objects that have an area; each keeps its place among the objects.
fn logos(objects: &[DetectedObject]) -> Vec<NewLogo> {
    let logos = objects.iter().zip(0..).filter(|(object, _)| {
        let area = object.area;
        area.y_min < area.y_max && area.x_min < area.x_max
    });
    let logos = logos.map(|(object, index)| NewLogo {
        index,
        bounding_box: object.area.to_json(),
        score: object.score,
    });
    logos.collect()
}
