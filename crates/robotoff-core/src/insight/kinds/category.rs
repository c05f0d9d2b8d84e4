//! Categories (`docs/reference/pipeline.md` 1.6.3): docs/insights/category.md.

use serde_json::Value;

use super::tags;
use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind, NewClaim};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{InsightRules, QuestionContent, QuestionImage, QuestionMode};
use crate::knowledge::{Knowledge, Part, TaxonomyKind};
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::taxonomy::Taxonomy;

pub(super) struct CategoryRules;

/// Property of categories whose environmental footprint is known.
const FOOTPRINT: &str = "agribalyse_food_code";

impl InsightRules for CategoryRules {
    fn kind(&self) -> InsightKind {
        InsightKind::Category
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::Category]
    }

    fn parts(&self) -> &'static [Part] {
        &[Part::Taxonomy(TaxonomyKind::Categories)]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        let Ok(categories) = facts.taxonomy(TaxonomyKind::Categories) else {
            return Candidates::default();
        };
        let decide = |stored: &StoredPrediction| {
            let raw = stored
                .prediction
                .value_tag
                .as_deref()
                .ok_or(Disposition::NoTag)?;
            let tag = categories
                .canonical(raw)
                .ok_or(Disposition::UnknownTag)?
                .id();
            let on_product = facts
                .found()
                .map_or(&[][..], |product| &product.categories_tags);
            match tags::presence(categories, tag, on_product) {
                Some(disposition) => Err(disposition),
                None => Ok(Candidate {
                    value_tag: Some(tag.to_owned()),
                    campaigns: Some(campaigns(facts, categories, tag)),
                    ..Candidate::of(stored)
                }),
            }
        };
        tags::keep_deepest(categories, Candidates::of_each(predictions, decide))
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::Default
    }

    fn question_rank(&self) -> u8 {
        0
    }

    fn conflicts(&self, facts: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool {
        tags::conflict(facts, TaxonomyKind::Categories, candidate, other)
    }

    fn shows_source(&self) -> bool {
        false
    }

    fn question(&self, insight: &Insight, knowledge: &Knowledge, lang: &str) -> QuestionContent {
        QuestionContent {
            image: QuestionImage::Selected(&["front", "ingredients", "nutrition"]),
            ..tags::question(TaxonomyKind::Categories, insight, knowledge, lang)
        }
    }

    fn accepted_claim(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<NewClaim, Refusal> {
        tags::accepted_claim(TaxonomyKind::Categories, facts, insight, given)
    }

    fn change(&self, claim: &NewClaim) -> Result<ProductChange, Refusal> {
        Ok(ProductChange::AddCategory { tag: claim.tag()? })
    }
}

fn campaigns(facts: &Facts<'_>, categories: &Taxonomy, tag: &str) -> Vec<String> {
    let node = categories.node(tag);
    let has_footprint = node.is_some_and(|node| node.property(FOOTPRINT).is_some());
    let has_none = facts.product_has(|product| product.categories_tags.is_empty());
    let all = [
        ("agribalyse-category", has_footprint),
        ("missing-category", has_none),
    ];
    let held = all.into_iter().filter(|(_, holds)| *holds);
    held.map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests;
