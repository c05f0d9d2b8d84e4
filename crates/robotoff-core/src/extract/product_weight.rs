//! Quantity in the package (`docs/reference/ocr.md` 4.11, corrected by section 9, D-WEI).
//!
//! `text::amount` reads amounts, `group` joins those that stand side by side (`12 oz (340 g)`,
//! `300 g + 100 g = 400 g`), and the words beside them say what they are of.

mod candidate;
mod group;
mod signs;
mod words;

use serde_json::{Map, Number, Value};

use candidate::{WeightCandidate, candidates};

use super::evidence::{evidence_at, put_box};
use super::{Extractor, ExtractorSpec, Predictor, RunsOn};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::amount::PrintedAmount;

const PREDICTOR: &str = "regex";

/// Rises when other weights are found in the same text.
const VERSION: &str = "4";

/// Above this (grams or millilitres) an amount that does not end in 0 is looked at by a
/// person, unless it was printed in other units.
const ROUND_ABOVE: f64 = 1000.0;

/// Amounts that differ by less are one, printed in two units.
const SAME_AMOUNT: f64 = 0.015;

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::ProductWeight,
    finds: "the quantity in the package",
    predictors: &[Predictor::new(PREDICTOR, VERSION)],
    languages: &[
        "bg", "cs", "da", "de", "el", "en", "es", "fi", "fr", "hu", "it", "ja", "ko", "nl", "pl",
        "pt", "ro", "ru", "sv", "zh",
    ],
    parts: &[],
    runs_on: RunsOn::ImagesAndProductNames,
    build: |_| Ok(Box::new(ProductWeightExtractor)),
};

struct ProductWeightExtractor;

impl Extractor for ProductWeightExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::ProductWeight
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let found = candidates(ocr.text.lined());
        let is_contradicted = contradict_each_other(&found);
        let prediction = |found| prediction(ocr, found, is_contradicted);
        found.iter().map(prediction).collect()
    }
}

/// The amount of a product's name, which needs no words of contents beside it.
pub(super) fn of_name(ocr: &OcrResult) -> Option<Prediction> {
    let found = candidate::of_name(ocr.text.lined())?;
    Some(prediction(ocr, &found, false))
}

/// True where two amounts that would be applied are not the same.
fn contradict_each_other(found: &[WeightCandidate]) -> bool {
    let net: Vec<&PrintedAmount> = found
        .iter()
        .filter(|found| found.is_automatic)
        .map(|found| &found.amount)
        .collect();
    let agree = |a: &PrintedAmount, b: &PrintedAmount| {
        let is_piece = |a: &PrintedAmount, b: &PrintedAmount| {
            a.count.is_none() && is_same(a.total(), b.quantity().amount)
        };
        is_same(a.total(), b.total()) || is_piece(a, b) || is_piece(b, a)
    };
    let is_one_unit = |a: &PrintedAmount, b: &PrintedAmount| a.quantity().unit == b.quantity().unit;
    net.iter().enumerate().any(|(index, a)| {
        // Few labels name their contents more than twice.
        net[index + 1..]
            .iter()
            .take(8)
            .any(|b| is_one_unit(a, b) && !agree(a, b))
    })
}

/// True where two amounts in one reference unit are the same but for rounding.
fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() <= SAME_AMOUNT * a.abs().max(b.abs())
}

/// True for an odd amount: kept, but never applied without a person.
fn is_odd(amount: &PrintedAmount) -> bool {
    let quantity = amount.quantity().amount;
    quantity > ROUND_ABOVE && quantity.trunc() % 10.0 != 0.0 && amount.unit.is_metric()
}

fn prediction(ocr: &OcrResult, found: &WeightCandidate, is_contradicted: bool) -> Prediction {
    let amount = &found.amount;
    let automatic = found.is_automatic && !is_contradicted && !is_odd(amount);
    let lang = found.lang.filter(|lang| !lang.is_empty());
    let seen = evidence_at(ocr, ocr.text.contiguous(), &found.range, lang);
    let (value, unit) = amount.canonical_piece();
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
    put("raw", seen.text.as_str().into());
    put("value", value.into());
    put("unit", unit.symbol().into());
    put(
        "normalized_value",
        shortest_number(amount.quantity().amount),
    );
    put("normalized_unit", amount.quantity().unit.symbol().into());
    put("automatic_processing", automatic.into());
    put("matcher_type", found.matcher.wire_name().into());
    put("priority", found.matcher.priority().into());
    if let Some(trigger) = &found.trigger {
        put("prompt", ocr.text.contiguous()[trigger.clone()].into());
    }
    if let Some(count) = amount.count {
        put("count", count.to_string().into());
    }
    put_box(&mut data, seen.area);
    Prediction {
        value: Some(amount.canonical()),
        data,
        automatic_processing: Some(automatic),
        predictor: Some(PREDICTOR.into()),
        predictor_version: Some(VERSION.into()),
        evidence: vec![seen],
        ..Prediction::new(PredictionKind::ProductWeight)
    }
}

/// An integer where the amount is one, as recorded.
#[expect(
    clippy::cast_possible_truncation,
    reason = "amounts lie below a million"
)]
fn shortest_number(amount: f64) -> Value {
    if amount.fract() == 0.0 {
        return Value::from(amount as i64);
    }
    Number::from_f64(amount).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests;
