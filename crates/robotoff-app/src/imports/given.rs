//! Predictions that were made elsewhere, as lines of a file hold them.

use std::collections::BTreeMap;

use anyhow::Result;
use robotoff_core::prediction::{Method, Prediction, PredictionKind, Scope};
use robotoff_core::product::{ProductId, SourceImage};

use super::image::{last_of_each_claim, retain_possible};
use super::{Extraction, Imports};
use crate::planner::{AffectedKinds, PlanSummary};

/// A prediction about a known product.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenPrediction {
    pub source_image: Option<SourceImage>,
    pub prediction: Prediction,
}

/// Result of importing the predictions of a product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportedPredictions {
    /// The product does not exist; nothing was stored.
    pub is_absent: bool,
    /// Predictions that the product cannot have: of an image that it does not list, or about
    /// food.
    pub passed_over: u64,
    pub new: u64,
    pub deleted: u64,
    pub insights: PlanSummary,
}

impl Imports {
    /// Stores predictions of one product, and plans its insights. Those of one method and
    /// image replace what this method had said about that image before, kind by kind.
    ///
    /// # Errors
    /// The store or the source of products fails.
    pub async fn import_predictions(
        &self,
        product: &ProductId,
        given: Vec<GivenPrediction>,
    ) -> Result<ImportedPredictions> {
        let lookup = self.products.product(product).await?;
        let mut imported = ImportedPredictions::default();
        if lookup.is_missing() {
            imported.is_absent = true;
            return Ok(imported);
        }
        let total = given.len();
        let is_listed = |image: &Option<SourceImage>| {
            let (Some(image), Some(product)) = (image, lookup.product()) else {
                return true;
            };
            let number = image.image_id();
            number.is_some_and(|number| product.images.uploaded(number).is_some())
        };
        let given = given
            .into_iter()
            .filter(|given| is_listed(&given.source_image));
        let mut extractions = extractions(given);
        let mut kept = 0;
        for extraction in &mut extractions {
            retain_possible(&mut extraction.predictions, product, &lookup);
            kept += extraction.predictions.len();
            let claims = std::mem::take(&mut extraction.predictions);
            extraction.predictions = last_of_each_claim(claims);
        }
        imported.passed_over = (total - kept) as u64;
        if kept == 0 {
            return Ok(imported);
        }
        let counts = self.store_extractions(product, &extractions, None).await?;
        imported.new = counts.new;
        imported.deleted = counts.deleted;
        let kinds = extractions
            .iter()
            .flat_map(|it| it.scope.kinds.iter().copied());
        let affected = AffectedKinds::Predictions(kinds.collect());
        let planned = self.planner.replan(product, &lookup, &affected, None);
        imported.insights = planned.await?;
        Ok(imported)
    }
}

/// One extraction for each method, image and kind.
fn extractions(given: impl Iterator<Item = GivenPrediction>) -> Vec<Extraction> {
    let mut scopes: BTreeMap<(String, Option<String>, PredictionKind), Extraction> =
        BTreeMap::new();
    for GivenPrediction {
        source_image,
        prediction,
    } in given
    {
        let method = Method::of(&prediction);
        let image = source_image.as_ref().map(|image| image.as_str().to_owned());
        let key = (format!("{method:?}"), image, prediction.kind);
        let extraction = scopes.entry(key).or_insert_with(|| Extraction {
            scope: Scope {
                method,
                kinds: vec![prediction.kind],
                source_image,
            },
            predictions: Vec::new(),
            image: None,
            has_follow_ups: false,
        });
        extraction.predictions.push(prediction);
    }
    scopes.into_values().collect()
}
