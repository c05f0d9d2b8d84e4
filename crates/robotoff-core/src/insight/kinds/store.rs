//! Shops (`docs/reference/pipeline.md` 1.6.7): docs/insights/store.md.

use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::insight::record::{InsightKind, NewClaim};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{InsightRules, QuestionMode};
use crate::prediction::{PredictionKind, StoredPrediction};

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
                    // The extractor may have doubts: "Netto" is an ordinary word as well.
                    automatic: stored.prediction.automatic_processing != Some(false),
                    ..Candidate::of(stored)
                }),
            }
        })
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::OnRequest
    }

    fn change(&self, claim: &NewClaim) -> Result<ProductChange, Refusal> {
        Ok(ProductChange::AddStore {
            value: claim.text()?,
            tag: claim.value_tag.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
