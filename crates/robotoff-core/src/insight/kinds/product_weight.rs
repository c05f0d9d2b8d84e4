//! Quantity in the package (`docs/reference/pipeline.md` 1.6.4):
//! docs/insights/product_weight.md.

use serde_json::Value;

use super::given::only_text;
use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates};
use crate::insight::disposition::{Disposition, RejectReason};
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind, NewClaim};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{InsightRules, QuestionMode};
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::product::Product;
use crate::text::amount::PrintedAmount;

pub(super) struct ProductWeightRules;

/// Relative tolerance within which amounts are equal, printed in two units: `12 fl oz
/// (355 ml)`.
const SAME_AMOUNT: f64 = 0.01;

/// Product Opener's quantity is that of the package as sold, with its liquid.
const DRAINED: RejectReason = RejectReason {
    code: "drained_weight",
    sentence: "it is the weight without the liquid",
};

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
        let is_drained = |stored: &StoredPrediction| Amount::of(stored).is_drained;
        let first = predictions.iter().find(|stored| !is_drained(stored));
        Candidates::of_each(predictions, |stored| {
            let Some(first) = first.filter(|_| !is_drained(stored)) else {
                return Err(DRAINED.into());
            };
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
            value: quantity(&claim.text()?)?,
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

/// A quantity in the one spelling that Product Opener cannot misread: `6 x 33 cl`,
/// `1.5 kg`. People may write what labels print, within the same limits.
fn quantity(text: &str) -> Result<String, Refusal> {
    let amount = PrintedAmount::whole(text);
    let invalid = || Refusal::InvalidData(format!("{text:?} is no weight or volume of a product"));
    amount.map(|amount| amount.canonical()).ok_or_else(invalid)
}

#[cfg(test)]
mod tests;
