//! Quantity in the package (`docs/reference/pipeline.md` 1.6.4):
//! docs/insights/product_weight.md.

use serde_json::Value;

use super::given::only_text;
use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind, NewClaim};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{InsightRules, QuestionMode};
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::product::Product;
use crate::text::units::normalize_quantity;

pub(super) struct ProductWeightRules;

/// Relative tolerance within which amounts are equal, printed in two units: `12 fl oz
/// (355 ml)`.
const SAME_AMOUNT: f64 = 0.01;

/// Largest plausible pack.
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
            return Candidates::of_each(predictions, |_| Err(Disposition::ProductHasValue));
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
                true => Disposition::MergedInto(first.id),
                false => Disposition::Outranked(first.id),
            })
        })
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::Default
    }

    fn accepted_claim(
        &self,
        _: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<NewClaim, Refusal> {
        let Some(given) = given else {
            return Ok(NewClaim::of(insight));
        };
        Ok(NewClaim {
            value: Some(quantity(only_text(given, "value")?)?),
            value_tag: None,
        })
    }

    fn change(&self, claim: &NewClaim) -> Result<ProductChange, Refusal> {
        Ok(ProductChange::SetQuantity {
            value: claim.text()?,
        })
    }

    /// Any quantity of the product counts: an answer does not replace it.
    fn is_on_product(&self, _: &ProductChange, product: &Product) -> bool {
        product.quantity.is_some()
    }
}

/// True when a weight may be applied automatically: predicted so, not from the name of
/// the product, and without a contradicting weight of any method (`docs/reference/ocr.md`
/// 9, D-WEI-11).
fn is_automatic(first: &StoredPrediction, predictions: &[&StoredPrediction]) -> bool {
    let is_from_name = first.prediction.is_from_product_name();
    let claimed = Amount::of(first);
    let agree = predictions
        .iter()
        .all(|stored| claimed.allows(&Amount::of(stored)));
    first.prediction.automatic_processing == Some(true) && !is_from_name && agree
}

/// Amount of a prediction.
struct Amount<'p> {
    value: Option<&'p str>,
    /// Amount of one piece, in grams or millilitres.
    piece: Option<(f64, &'p str)>,
    count: f64,
    /// True for the weight without the liquid.
    is_drained: bool,
}

impl<'p> Amount<'p> {
    fn of(stored: &'p StoredPrediction) -> Self {
        let data = &stored.prediction.data;
        let text = |name| data.get(name).and_then(Value::as_str);
        let amount = data.get("normalized_value").and_then(Value::as_f64);
        let is_prompted = text("matcher_type") == Some("with_mention");
        Self {
            value: stored.prediction.value.as_deref(),
            piece: amount.zip(text("normalized_unit")),
            count: text("count")
                .and_then(|count| count.parse().ok())
                .unwrap_or(1.0),
            is_drained: is_prompted && data.get("priority") == Some(&2.into()),
        }
    }

    /// True when the other amount agrees: it is equal, or it is that of one piece of the
    /// pack. A weight without liquid does not contradict one with it.
    fn allows(&self, other: &Self) -> bool {
        if self.value == other.value || (other.is_drained && !self.is_drained) {
            return true;
        }
        let (Some((mine, unit)), Some((others, other_unit))) = (self.piece, other.piece) else {
            return false;
        };
        let is_same = |a: f64, b: f64| (a - b).abs() <= SAME_AMOUNT * a.abs();
        let total = others * other.count;
        let is_piece = other.count <= 1.0 && is_same(mine, others);
        unit == other_unit && (is_same(mine * self.count, total) || is_piece)
    }
}

/// A quantity that a person gave, in canonical spelling: `6 x 33 cl`, `1,5 kg`.
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
