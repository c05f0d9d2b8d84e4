//! How much is in the package (`pipeline.md` 1.6.4): docs/insights/product_weight.md.

use std::collections::BTreeSet;

use serde_json::Value;

use super::given::{mended, only_text};
use crate::edit::ProductChange;
use crate::insight::answer::Refusal;
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::facts::Facts;
use crate::insight::fate::Fate;
use crate::insight::rules::{Applied, InsightRules, NewClaim, Shown};
use crate::insight::{Insight, InsightKind};
use crate::knowledge::Knowledge;
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::text::units::normalize_quantity;

pub(in crate::insight) struct ProductWeightRules;

/// A pack of more is a slip of the hand.
const MAX_COUNT: u32 = 1000;

impl InsightRules for ProductWeightRules {
    fn kind(&self) -> InsightKind {
        InsightKind::ProductWeight
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::ProductWeight]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        if facts
            .found()
            .is_some_and(|product| product.quantity.is_some())
        {
            return Candidates::of_each(predictions, |_| Err(Fate::ProductHasValue));
        }
        let Some(first) = predictions.first() else {
            return Candidates::default();
        };
        Candidates::of_each(predictions, |stored| {
            if stored.id == first.id {
                return Ok(Candidate {
                    automatic: is_automatic(first, predictions),
                    ..Candidate::of(first)
                });
            }
            Err(match stored.prediction.value == first.prediction.value {
                true => Fate::MergedInto(first.id),
                false => Fate::Outranked(first.id),
            })
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
        let value = match given {
            Some(given) => quantity(only_text(given, "value")?)?,
            None => insight.text()?.to_owned(),
        };
        if facts.product_to_edit()?.quantity.is_some() {
            return Err(Refusal::AlreadyOnProduct);
        }
        let change = ProductChange::SetQuantity {
            value: value.clone(),
        };
        let applied = Applied::change(change);
        if given.is_none() {
            return Ok(applied);
        }
        let claim = NewClaim {
            value: Some(value),
            value_tag: None,
        };
        Ok(mended(insight, claim, applied))
    }
}

/// As predicted, unless it is from the name of the product, or another weight was
/// read in the same way.
fn is_automatic(first: &StoredPrediction, predictions: &[&StoredPrediction]) -> bool {
    let member = |stored: &StoredPrediction, name| stored.prediction.data.get(name).cloned();
    let matcher = member(first, "matcher_type");
    let read_alike = predictions
        .iter()
        .filter(|stored| member(stored, "matcher_type") == matcher);
    let values: BTreeSet<_> = read_alike.map(|stored| &stored.prediction.value).collect();
    let is_from_name = member(first, "source") == Some("product_name".into());
    first.prediction.automatic_processing == Some(true) && values.len() == 1 && !is_from_name
}

/// A quantity that a person gave, in one spelling: `6 x 33 cl`, `1,5 kg`.
fn quantity(text: &str) -> Result<String, Refusal> {
    let invalid = |what: String| Refusal::InvalidData(what);
    let lower = text.to_lowercase();
    let (count, one) = match lower.split_once(['x', '×', '*']) {
        Some((count, one)) => {
            let count = count.trim().parse().ok();
            let count = count.filter(|count| (1..=MAX_COUNT).contains(count));
            (
                Some(count.ok_or_else(|| invalid(format!("{text:?} is no count and weight")))?),
                one,
            )
        }
        None => (None, &*lower),
    };
    let one = one.trim();
    let end = one.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','));
    let (number, unit) = one.split_at(end.unwrap_or(one.len()));
    let unit = unit.trim();
    match normalize_quantity(number, unit) {
        Ok(quantity) if quantity.amount > 0.0 => Ok(match count {
            Some(count) => format!("{count} x {number} {unit}"),
            None => format!("{number} {unit}"),
        }),
        Ok(_) => Err(invalid(format!("{text:?} is no weight: it is 0"))),
        Err(error) => Err(invalid(format!("{text:?} is no weight: {error}"))),
    }
}

#[cfg(test)]
mod tests;
