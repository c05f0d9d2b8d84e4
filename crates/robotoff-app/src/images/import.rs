//! Import of runs of vision models that others made (`docs/reference/api.md` 2.24).

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::NaiveDateTime;
use robotoff_core::geometry::ImageSize;
use robotoff_core::image::{ImageId, NewImage, NewImagePrediction};
use robotoff_core::product::{Lookup, ProductId, SourceImage};
use robotoff_ports::store::{Change, Changes, Committed, ImagePredictionFilter};
use serde_json::Value;

use super::Images;

/// Run of a vision model on an image, made elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenRun {
    pub product: ProductId,
    /// Number of the image.
    pub number: String,
    /// Kind of model.
    pub kind: String,
    pub model_name: String,
    pub model_version: String,
    /// Output; that of a detector has `objects` with a `score` each.
    pub data: Value,
}

/// Result of an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportedRuns {
    /// Number of stored runs; runs that were already there are not stored twice.
    Done(u64),
    /// The product has no such image, and no run was stored.
    UnknownImage(ProductId, String),
}

impl Images {
    /// Stores runs, all of them or none; images that are not yet known are stored too.
    pub async fn import_runs(
        &self,
        runs: Vec<GivenRun>,
        at: NaiveDateTime,
    ) -> Result<ImportedRuns> {
        let mut images = BTreeMap::new();
        for run in &runs {
            let key = (run.product.clone(), run.number.clone());
            if images.contains_key(&key) {
                continue;
            }
            let Some(image) = self.image_of(&run.product, &run.number).await? else {
                return Ok(ImportedRuns::UnknownImage(key.0, key.1));
            };
            images.insert(key, image);
        }
        let mut changes = Changes::new();
        let mut stored = 0;
        for run in runs {
            let key = (run.product.clone(), run.number.clone());
            if !self.is_known(&run).await? {
                changes = changes.with(Change::AddImagePrediction(Box::new(NewImagePrediction {
                    image: images[&key],
                    kind: run.kind,
                    model_name: run.model_name,
                    model_version: run.model_version,
                    max_confidence: best_score(&run.data),
                    data: run.data,
                    timestamp: at,
                    logos: Vec::new(),
                })));
                stored += 1;
            }
        }
        if stored > 0 {
            self.store.commit(changes).await?;
        }
        Ok(ImportedRuns::Done(stored))
    }

    /// Row of an image, which is stored if it is not yet known; `None` when the product does
    /// not have it.
    async fn image_of(&self, product: &ProductId, number: &str) -> Result<Option<ImageId>> {
        let Some(source_image) = product.image(number) else {
            return Ok(None);
        };
        let known = self
            .store
            .image_at(product.server_type, &source_image)
            .await?;
        if let Some(image) = known {
            return Ok(Some(image.id));
        }
        let lookup = self.products.product(product).await?;
        let listed = match &lookup {
            Lookup::Found(product) => match product.images.uploaded(number) {
                Some(listed) => Some(listed),
                None => return Ok(None),
            },
            Lookup::Absent | Lookup::Moved(_) => return Ok(None),
            Lookup::Unchecked => None,
        };
        let size = match listed.and_then(|listed| listed.size) {
            Some(size) => Some(size),
            None => self.image_files.size(product, &source_image).await?,
        };
        let Some(size) = size else {
            return Ok(None);
        };
        let uploaded_at = listed.and_then(|listed| listed.uploaded_at);
        self.store_image(product, number, source_image, size, uploaded_at)
            .await
    }

    async fn store_image(
        &self,
        product: &ProductId,
        number: &str,
        source_image: SourceImage,
        size: ImageSize,
        uploaded_at: Option<NaiveDateTime>,
    ) -> Result<Option<ImageId>> {
        let image = Change::StoreImage(NewImage {
            product: product.clone(),
            number: number.to_owned(),
            source_image,
            size,
            uploaded_at,
        });
        match self.store.commit(Changes::new().with(image)).await? {
            Committed::Done(receipt) => Ok(receipt.images.first().copied()),
            Committed::Conflict(conflict) => anyhow::bail!("cannot store an image: {conflict:?}"),
        }
    }

    async fn is_known(&self, run: &GivenRun) -> Result<bool> {
        let filter = ImagePredictionFilter {
            server_type: run.product.server_type,
            barcodes: Some(vec![run.product.barcode.clone()]),
            image_number: Some(run.number.clone()),
            model_name: Some(run.model_name.clone()),
            model_version: Some(run.model_version.clone()),
            ..ImagePredictionFilter::default()
        };
        Ok(!self
            .store
            .image_predictions(&filter, 1, 0)
            .await?
            .is_empty())
    }
}

/// Best score of the objects of a detector.
fn best_score(data: &Value) -> Option<f32> {
    let objects = data.get("objects").and_then(Value::as_array);
    let scores = objects
        .into_iter()
        .flatten()
        .filter_map(|object| object["score"].as_f64());
    scores.map(|score| score as f32).max_by(f32::total_cmp)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_best_score_is_that_of_the_surest_object() {
        for (data, expected) in [
            (
                json!({"objects": [{"score": 0.25}, {"score": 0.75}, {}]}),
                Some(0.75),
            ),
            (json!({"objects": []}), None),
            (json!([1]), None),
        ] {
            assert_eq!(best_score(&data), expected, "{data}");
        }
    }
}
