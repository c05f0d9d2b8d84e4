//! Dates until which the product is good (`docs/reference/pipeline.md` 1.6.5):
//! docs/insights/expiration_date.md.

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
        // The first of those with the latest date, since they are sorted.
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

    fn conflicts(&self, _: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool {
        candidate.value == other.value
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
        let value = insight.text()?.to_owned();
        if facts.product_to_edit()?.expiration_date.is_some() {
            return Err(Refusal::AlreadyOnProduct);
        }
        Ok(Applied::change(ProductChange::SetExpirationDate { value }))
    }
}

#[cfg(test)]
mod tests;
