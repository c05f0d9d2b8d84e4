//! The name and the ingredient list of a product become predictions by search: a category,
//! and a corrected list (`docs/reference/ocr.md` 8.2, 8.3).
//!
//! Search is an optional part. Where it is not configured, or cannot answer now, the stored
//! predictions stay as they are: a product is refreshed without it.

use anyhow::{Context, Result};
use robotoff_core::category_model;
use robotoff_core::knowledge::{Part, TaxonomyKind};
use robotoff_core::prediction::{Method, Prediction, PredictionKind, Scope};
use robotoff_core::product::{Lookup, Product, ProductId};
use robotoff_core::search::category::CategoryMatch;
use robotoff_core::search::category::matcher;
use robotoff_core::taxonomy::Taxonomy;
use robotoff_ports::job::Lease;
use serde_json::{Value, json};

use super::{Extraction, Imports, PredictionCounts};
use crate::extractor_cache::LOAD_TIMEOUT;
use crate::planner::{AffectedKinds, PlanSummary};
use crate::search::{ListToCorrect, NamedProduct, SearchUses, SpellingEngine};

/// Kinds that search predicts.
const SEARCHED_KINDS: [PredictionKind; 2] = [
    PredictionKind::Category,
    PredictionKind::IngredientSpellcheck,
];

/// The predictors of each kind. Categories are predicted by both together, and stored under
/// the one that was surer.
const CATEGORY_PREDICTORS: &[&str] = &[matcher::PREDICTOR, category_model::PREDICTOR];

/// The predictor of corrected lists.
const SPELLER: &str = "speller";

impl Imports {
    /// Predicts one kind by search from the texts of a product that the caller has read, and
    /// plans its insights. An engine that cannot answer is an error here.
    pub async fn predict_from_texts(
        &self,
        product: &Product,
        kind: PredictionKind,
    ) -> Result<PlanSummary> {
        let search = self.search.clone().context("search is off (SEARCH_URL)")?;
        let predictions = self.searched(&search, product, kind).await?;
        self.store_found(product, kind, predictions, None).await?;
        let lookup = Lookup::of(product.clone());
        let affected = AffectedKinds::Predictions([kind].into());
        self.planner
            .replan(&product.id, &lookup, &affected, None)
            .await
    }

    /// Predicts the category of a product again; false where search is off.
    pub async fn predict_category(
        &self,
        product: &ProductId,
        lease: Option<Lease>,
    ) -> Result<bool> {
        let Some(search) = self.search.clone() else {
            return Ok(false);
        };
        let lookup = self.products.product(product).await?;
        if let Some(found) = lookup.product() {
            let kind = PredictionKind::Category;
            let predictions = self.searched(&search, found, kind).await?;
            self.store_found(found, kind, predictions, lease).await?;
            let affected = AffectedKinds::Predictions([kind].into());
            self.planner
                .replan(product, &lookup, &affected, lease)
                .await?;
        }
        Ok(true)
    }

    /// Brings the predictions by search in line with the texts of a product.
    pub(super) async fn store_searched(
        &self,
        product: &Product,
        lease: Option<Lease>,
    ) -> Result<PredictionCounts> {
        let mut counts = PredictionCounts::default();
        let Some(search) = self.search.clone() else {
            return Ok(counts);
        };
        for kind in SEARCHED_KINDS {
            let predictions = match self.searched(&search, product, kind).await {
                Ok(predictions) => predictions,
                Err(error) => {
                    tracing::warn!(
                        product.barcode = %product.id.barcode,
                        prediction.kind = %kind,
                        error = format!("{error:#}"),
                        "search cannot answer; the stored predictions stay"
                    );
                    continue;
                }
            };
            let stored = self.store_found(product, kind, predictions, lease).await?;
            counts.new += stored.new;
            counts.deleted += stored.deleted;
        }
        Ok(counts)
    }

    /// Predictions by search from the texts of a product: categories, or else corrections.
    async fn searched(
        &self,
        search: &SearchUses,
        product: &Product,
        kind: PredictionKind,
    ) -> Result<Vec<Prediction>> {
        match kind {
            PredictionKind::Category => self.categories(search, product).await,
            _ => corrections(search, product).await,
        }
    }

    async fn store_found(
        &self,
        product: &Product,
        kind: PredictionKind,
        predictions: Vec<Prediction>,
        lease: Option<Lease>,
    ) -> Result<PredictionCounts> {
        let predictors = match kind {
            PredictionKind::Category => CATEGORY_PREDICTORS,
            _ => &[SPELLER],
        };
        let of = |predictor: &str| -> Vec<Prediction> {
            let found = predictions.iter();
            let found = found.filter(|found| found.predictor.as_deref() == Some(predictor));
            found.cloned().collect()
        };
        let mut by_predictor: Vec<(&str, Vec<Prediction>)> = predictors
            .iter()
            .map(|predictor| (*predictor, of(predictor)))
            .collect();
        // Deletions first: a claim that another predictor still has in store would not be
        // stored for this one, and then be deleted with the other's.
        by_predictor.sort_by_key(|(_, found)| !found.is_empty());
        let mut counts = PredictionCounts::default();
        for (predictor, predictions) in by_predictor {
            let extraction = Extraction {
                scope: Scope {
                    method: Method::Model(predictor.to_owned()),
                    kinds: vec![kind],
                    source_image: None,
                },
                predictions,
                image: None,
                has_follow_ups: false,
            };
            let stored = self
                .store_extraction(&product.id, &extraction, lease)
                .await?;
            counts.new += stored.new;
            counts.deleted += stored.deleted;
        }
        Ok(counts)
    }

    /// The category by the name, of food alone: at most one.
    async fn categories(&self, search: &SearchUses, product: &Product) -> Result<Vec<Prediction>> {
        let Some(named) = NamedProduct::of(product).filter(|_| product.is_food()) else {
            return Ok(Vec::new());
        };
        let Some(found) = search.categorizer.best(named.clone()).await? else {
            return Ok(Vec::new());
        };
        if !product.categories_tags.is_empty() {
            let part = Part::Taxonomy(TaxonomyKind::Categories);
            let knowledge = self.knowledge.knowledge(&[part], LOAD_TIMEOUT).await?;
            let taxonomy = knowledge.taxonomy(TaxonomyKind::Categories);
            if !taxonomy.is_some_and(|taxonomy| is_narrower(taxonomy, &found, product)) {
                return Ok(Vec::new());
            }
        }
        Ok(vec![category(&found, &named)])
    }
}

/// True for a category below one that the product has. A product that has others was
/// categorised by a person, who knows better than its name.
fn is_narrower(taxonomy: &Taxonomy, found: &CategoryMatch, product: &Product) -> bool {
    let node = taxonomy.node(&found.value_tag);
    let ancestors = node.map(|node| node.ancestors()).unwrap_or_default();
    let mut ancestors = ancestors.iter().map(|node| node.id());
    ancestors.any(|id| product.categories_tags.iter().any(|tag| tag == id))
}

fn category(found: &CategoryMatch, named: &NamedProduct) -> Prediction {
    let mut prediction = Prediction::new(PredictionKind::Category);
    prediction.value_tag = Some(found.value_tag.clone());
    prediction.automatic_processing = Some(false);
    prediction.predictor = Some(found.predictor.into());
    prediction.confidence = Some(f64::from(found.confidence));
    add(&mut prediction, "lang", json!(named.lang));
    add(&mut prediction, "product_name", json!(named.product_name));
    prediction
}

/// The corrected list in the main language of the product.
async fn corrections(search: &SearchUses, product: &Product) -> Result<Vec<Prediction>> {
    let Some(lang) = &product.lang else {
        return Ok(Vec::new());
    };
    let text = product.ingredients_text.get(lang);
    let Some(text) = text.filter(|text| !text.trim().is_empty() && product.is_food()) else {
        return Ok(Vec::new());
    };
    let list = ListToCorrect {
        lang: lang.clone(),
        text: text.clone(),
    };
    let corrected = search
        .spellchecker
        .correct(vec![list], SpellingEngine::Words);
    let corrected = corrected.await?.into_iter().flatten().next();
    let Some(corrected) = corrected.filter(|corrected| corrected.text != *text) else {
        return Ok(Vec::new());
    };
    let mut prediction = Prediction::new(PredictionKind::IngredientSpellcheck);
    prediction.value_tag = Some(lang.clone());
    prediction.automatic_processing = Some(false);
    prediction.predictor = Some(SPELLER.into());
    add(&mut prediction, "original", json!(text));
    add(&mut prediction, "correction", json!(corrected.text));
    add(&mut prediction, "lang", json!(lang));
    Ok(vec![prediction])
}

fn add(prediction: &mut Prediction, name: &str, value: Value) {
    prediction.data.insert(name.to_owned(), value);
}
