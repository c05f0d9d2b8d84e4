//! Shops (`docs/reference/pipeline.md` 1.6.7): docs/insights/store.md.

use serde_json::Value;

use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{Applied, InsightRules, Shown};
use crate::knowledge::Knowledge;
use crate::prediction::{PredictionKind, StoredPrediction};

use super::given::no_data;

pub(super) struct StoreRules;

impl InsightRules for StoreRules {
    fn kind(&self) -> InsightKind {
        InsightKind::Store
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::Store]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        Candidates::of_each(predictions, |stored| {
            let tag = stored
                .prediction
                .value_tag
                .as_ref()
                .ok_or(Disposition::NoTag)?;
            match facts.product_has(|product| product.stores_tags.contains(tag)) {
                true => Err(Disposition::AlreadyOnProduct),
                false => Ok(Candidate {
                    // Unless the extractor itself has doubts: "Netto" is a word, too.
                    automatic: stored.prediction.automatic_processing != Some(false),
                    ..Candidate::of(stored)
                }),
            }
        })
    }

    fn conflicts(&self, _: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool {
        candidate.value_tag == other.value_tag
    }

    fn shown(&self, insight: &Insight, _: &Knowledge, _: &str) -> Shown {
        Shown::value(insight)
    }

    fn accept(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<Applied, Refusal> {
        no_data(given)?;
        let change = ProductChange::AddStore {
            value: insight.text()?.to_owned(),
            tag: insight.value_tag.clone(),
        };
        match change.is_done(facts.product_to_edit()?) {
            Some(true) => Err(Refusal::AlreadyOnProduct),
            Some(false) | None => Ok(Applied::change(change)),
        }
    }
}

#[cfg(test)]
mod tests;
