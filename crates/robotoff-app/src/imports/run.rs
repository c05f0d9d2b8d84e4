//! A stored run of a model on an image becomes predictions, and these become insights.

use anyhow::Result;
use robotoff_core::detection::DetectionModel;
use robotoff_core::prediction::{Method, Scope};
use robotoff_core::product::{ProductId, SourceImage};
use robotoff_ports::job::Lease;
use robotoff_ports::store::ImagePredictionFilter;

use super::{Extraction, Imports};
use crate::planner::AffectedKinds;

impl Imports {
    /// Imports the latest stored run of a model on an image; false if there is none.
    pub async fn import_run(
        &self,
        product: &ProductId,
        image: &SourceImage,
        model: &DetectionModel,
        lease: Option<Lease>,
    ) -> Result<bool> {
        let filter = ImagePredictionFilter {
            server_type: product.server_type,
            barcodes: Some(vec![product.barcode.clone()]),
            model_name: Some(model.name.to_owned()),
            image_number: image.image_id().map(str::to_owned),
            ..ImagePredictionFilter::default()
        };
        // A handful: a model runs on an image once for each of its versions.
        let runs = self.store.image_predictions(&filter, 100, 0).await?;
        let Some(run) = runs.last() else {
            return Ok(false);
        };
        let lookup = self.products.product(product).await?;
        if lookup.is_missing() {
            return Ok(true);
        }
        let extraction = Extraction {
            scope: Scope {
                method: Method::Model(model.predictor.to_owned()),
                kinds: vec![model.kind],
                source_image: Some(image.clone()),
            },
            predictions: model.predictions(run),
            image: None,
            has_follow_ups: false,
        };
        self.store_extraction(product, &extraction, lease).await?;
        let affected = AffectedKinds::Predictions([model.kind].into());
        let planned = self.planner.replan(product, &lookup, &affected, lease);
        planned.await?;
        Ok(true)
    }
}
