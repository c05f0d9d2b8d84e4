//! Labels and claims (`docs/reference/pipeline.md` 1.6.2): docs/insights/label.md.

use serde_json::Value;

use super::tags;
use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind, NewClaim};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{InsightRules, QuestionContent, QuestionMode};
use crate::knowledge::{Knowledge, LexiconKind, Part, TaxonomyKind};
use crate::label_logo;
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::taxonomy::Taxonomy;

pub(super) struct LabelRules;

/// Labels of an ingredient, not of the product.
const NEVER: [&str; 2] = ["en:eu-agriculture", "en:non-eu-agriculture"];

/// Predictors whose labels are applied automatically only if the list of allowances has
/// them.
const UNDECIDED_PREDICTORS: [&str; 2] = ["flashtext", "regex"];

impl InsightRules for LabelRules {
    fn kind(&self) -> InsightKind {
        InsightKind::Label
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::Label]
    }

    fn parts(&self) -> &'static [Part] {
        &[
            Part::Taxonomy(TaxonomyKind::Labels),
            Part::Lexicon(LexiconKind::LabelAllowances),
        ]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        let Ok(labels) = facts.taxonomy(TaxonomyKind::Labels) else {
            return Candidates::default();
        };
        let decide = |stored: &StoredPrediction| {
            let raw = stored
                .prediction
                .value_tag
                .as_deref()
                .ok_or(Disposition::NoTag)?;
            // Canonical first: a synonym of a present label is present.
            let tag = labels.canonical(raw).map_or(raw, |node| node.id());
            if NEVER.contains(&raw) || NEVER.contains(&tag) {
                return Err(Disposition::Blacklisted);
            }
            let on_product = facts
                .found()
                .map_or(&[][..], |product| &product.labels_tags);
            match tags::presence(labels, tag, on_product) {
                Some(disposition) => Err(disposition),
                None => Ok(Candidate {
                    value_tag: Some(tag.to_owned()),
                    automatic: is_automatic(facts, labels, stored, tag),
                    ..Candidate::of(stored)
                }),
            }
        };
        tags::keep_deepest(labels, Candidates::of_each(predictions, decide))
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::Default
    }

    fn question_rank(&self) -> u8 {
        1
    }

    fn conflicts(&self, facts: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool {
        tags::conflict(facts, TaxonomyKind::Labels, candidate, other)
    }

    fn shows_source(&self) -> bool {
        false
    }

    fn question(&self, insight: &Insight, knowledge: &Knowledge, lang: &str) -> QuestionContent {
        let tag = insight.value_tag.as_deref();
        QuestionContent {
            reference: tag.and_then(label_logo::image_path),
            ..tags::question(TaxonomyKind::Labels, insight, knowledge, lang)
        }
    }

    fn accepted_claim(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<NewClaim, Refusal> {
        tags::accepted_claim(TaxonomyKind::Labels, facts, insight, given)
    }

    fn change(&self, claim: &NewClaim) -> Result<ProductChange, Refusal> {
        Ok(ProductChange::AddLabel { tag: claim.tag()? })
    }
}

/// True when a label may be applied automatically. The list of allowances has some tags
/// in another spelling (`docs/reference/ocr.md` 9, D-LAB-12).
fn is_automatic(
    facts: &Facts<'_>,
    labels: &Taxonomy,
    stored: &StoredPrediction,
    tag: &str,
) -> bool {
    let is_it =
        |key: &str| key == tag || labels.canonical(key).is_some_and(|node| node.id() == tag);
    let prediction = &stored.prediction;
    prediction.automatic_processing.unwrap_or_else(|| {
        let predictor = prediction.predictor.as_deref().unwrap_or_default();
        let allowances = facts.knowledge.lexicon(LexiconKind::LabelAllowances);
        UNDECIDED_PREDICTORS.contains(&predictor)
            && allowances.is_some_and(|list| list.entries().any(|entry| is_it(entry.key)))
    })
}

#[cfg(test)]
mod tests;
