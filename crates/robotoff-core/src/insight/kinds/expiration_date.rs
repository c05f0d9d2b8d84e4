//! Dates until which the product is good (`docs/reference/pipeline.md` 1.6.5):
//! docs/insights/expiration_date.md.

use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::insight::record::{InsightKind, NewClaim};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{InsightRules, QuestionMode};
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::product::Product;

pub(super) struct ExpirationDateRules;

impl InsightRules for ExpirationDateRules {
    fn kind(&self) -> InsightKind {
        InsightKind::ExpirationDate
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::ExpirationDate]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        if facts.product_has(|product| product.expiration_date.is_some()) {
            return Candidates::of_each(predictions, |_| Err(Disposition::ProductHasValue));
        }
        // The first prediction with the latest date: predictions are sorted.
        let latest = predictions
            .iter()
            .rev()
            .max_by_key(|stored| &stored.prediction.value);
        let Some(latest) = latest else {
            return Candidates::default();
        };
        let same = |stored: &StoredPrediction| stored.prediction.value == latest.prediction.value;
        let is_only_date = predictions.iter().all(|stored| same(stored));
        Candidates::of_each(predictions, |stored| {
            if stored.prediction.value.is_none() {
                return Err(Disposition::Unreadable("a value"));
            }
            if stored.id != latest.id {
                return Err(match same(stored) {
                    true => Disposition::MergedInto(latest.id),
                    false => Disposition::Outranked(latest.id),
                });
            }
            let mut candidate = Candidate::of(stored);
            candidate.automatic &= is_only_date;
            Ok(candidate)
        })
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::OnRequest
    }

    fn change(&self, claim: &NewClaim) -> Result<ProductChange, Refusal> {
        Ok(ProductChange::SetExpirationDate {
            value: claim.text()?,
        })
    }

    /// Any date of the product counts: an answer does not replace it.
    fn is_on_product(&self, _: &ProductChange, product: &Product) -> bool {
        product.expiration_date.is_some()
    }
}

#[cfg(test)]
mod tests;
