//! Labels and claims (`docs/reference/pipeline.md` 1.6.2): docs/insights/label.md.

use serde_json::Value;

use super::given::{corrected, given_tag};
use super::tags;
use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{Applied, InsightRules, NewClaim, Picture, Shown};
use crate::insight::wording;
use crate::knowledge::{Knowledge, LexiconKind, Part, TaxonomyKind};
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::taxonomy::Taxonomy;

pub(super) struct LabelRules;

/// Said of an ingredient, not of the product.
const NEVER: [&str; 2] = ["en:eu-agriculture", "en:non-eu-agriculture"];

/// Methods that leave it to the list of allowances whether a label is applied.
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
            // The one spelling first: a synonym of what is there is there too.
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

    fn conflicts(&self, facts: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool {
        tags::conflict(facts, TaxonomyKind::Labels, candidate, other)
    }

    fn shows_source(&self) -> bool {
        false
    }

    fn shown(&self, insight: &Insight, knowledge: &Knowledge, lang: &str) -> Shown {
        let tag = insight.value_tag.as_deref();
        let labels = knowledge.taxonomy(TaxonomyKind::Labels);
        let name = |tag| labels.map_or(tag, |labels| wording::value_name(labels, tag, lang));
        Shown {
            value: tag.map(name).map(str::to_owned),
            with_tag: true,
            picture: Picture::Source,
        }
    }

    fn accept(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<Applied, Refusal> {
        let tag = match given {
            Some(given) => given_tag(facts.taxonomy(TaxonomyKind::Labels)?, given)?,
            None => insight.tag()?,
        };
        let product = facts.product_to_edit()?;
        if product.labels_tags.iter().any(|known| known == tag) {
            return Err(Refusal::AlreadyOnProduct);
        }
        let applied = Applied::change(ProductChange::AddLabel {
            tag: tag.to_owned(),
        });
        if given.is_none() {
            return Ok(applied);
        }
        let claim = NewClaim {
            value: None,
            value_tag: Some(tag.to_owned()),
        };
        Ok(corrected(insight, claim, applied))
    }
}

/// The list of allowances has some tags in another spelling (`docs/reference/ocr.md` 9,
/// D-LAB-12).
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
