//! How much is in the package (`docs/reference/ocr.md` 4.11, corrected by section 9, D-WEI).

mod amount;
mod forms;

use serde_json::{Map, Number, Value};

use forms::{ALONE, MATCHERS, Matcher, UNIT_INITIALS};

use super::evidence::{evidence_at, put_box};
use super::spans::Spans;
use super::{Extractor, ExtractorSpec, Predictor, RunsOn};
use crate::ocr::{OcrResult, OcrText};
use crate::prediction::{Prediction, PredictionKind};
use crate::text::case_folded::is_white;
use crate::text::digits::digit_runs;
use crate::text::pattern::{Hit, Pattern, Prefilter};
use crate::text::units::{Quantity, normalize_quantity};

const PREDICTOR: &str = "regex";

/// Rises when other weights are found in the same text.
const VERSION: &str = "2";

/// A pack of more than a gross is refused, and so is one that nobody lifts.
const MAX_COUNT: u32 = 144;
const MAX_PACK: f64 = 50_000.0;

/// Above this (grams or millilitres) an amount that does not end in 0 is looked
/// at by a person, unless it was printed in other units.
const ROUND_ABOVE: f64 = 1000.0;
const IMPERIAL: [&str; 3] = ["oz", "fl oz", "lbs"];

/// What tables of nutrients are about: no weight of a product where it stands alone.
const REFERENCES: [&str; 2] = ["100 g", "100 ml"];

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::ProductWeight,
    finds: "the quantity in the package",
    predictors: &[Predictor::new(PREDICTOR, VERSION)],
    languages: &["de", "en", "es", "fr", "it", "nl", "pl", "pt"],
    parts: &[],
    runs_on: RunsOn::ImagesAndProductNames,
    build: |_| Ok(Box::new(ProductWeightExtractor::new())),
};

pub(super) struct ProductWeightExtractor {
    patterns: Vec<Pattern>,
    prefilter: Prefilter,
}

impl ProductWeightExtractor {
    pub(super) fn new() -> Self {
        let patterns: Vec<Pattern> = MATCHERS.iter().map(|matcher| (matcher.pattern)()).collect();
        let prefilter = Prefilter::new(&patterns);
        Self {
            patterns,
            prefilter,
        }
    }
}

impl Extractor for ProductWeightExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::ProductWeight
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        if !may_hold_weight(ocr.text.contiguous()) {
            return Vec::new();
        }
        let mut found: Vec<Prediction> = Vec::new();
        let mut read = Spans::default();
        let views = [ocr.text.contiguous(), ocr.text.full()];
        for position in self.prefilter.candidates_in(&views) {
            let matcher = &MATCHERS[position];
            let is_alone = matcher.name == ALONE;
            if is_alone && (!found.is_empty() || names_energy(ocr.text.full())) {
                continue;
            }
            let text = view(matcher, &ocr.text);
            for hit in self.patterns[position].hits(text) {
                if read.touches(&hit.range) {
                    continue;
                }
                if let Some(weight) = Weight::read(text, matcher, &hit) {
                    found.push(prediction(ocr, matcher, &hit, &weight));
                    read.add(hit.range);
                }
            }
            read.settle();
            // Several lines of weights are a table.
            if is_alone && found.len() > 1 {
                return Vec::new();
            }
        }
        found
    }
}

/// False where no number has a letter behind it that a unit starts with.
fn may_hold_weight(text: &str) -> bool {
    digit_runs(text).any(|run| {
        let rest = &text[run.end..];
        let rest = rest.strip_prefix(['.', ',']).unwrap_or(rest);
        let rest = rest.strip_prefix(is_white).unwrap_or(rest);
        rest.starts_with(|c: char| UNIT_INITIALS.contains(c.to_ascii_lowercase()))
    })
}

/// True where energy is printed: then a weight on a line of its own is rather the end
/// of a table of nutrients.
fn names_energy(text: &str) -> bool {
    digit_runs(text).any(|run| {
        let unit = text.as_bytes()[run.end..].trim_ascii_start();
        [&b"kj"[..], b"kcal"].iter().any(|known| {
            unit.get(..known.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(known))
        })
    })
}

const fn is_line_matcher(matcher: &Matcher) -> bool {
    matcher.priority == 4
}

fn view<'t>(matcher: &Matcher, text: &'t OcrText) -> &'t str {
    if is_line_matcher(matcher) {
        text.full()
    } else {
        text.contiguous()
    }
}

/// A printed weight that can be that of a product.
struct Weight<'t> {
    value: String,
    unit: String,
    count: Option<&'t str>,
    trigger: Option<&'t str>,
    quantity: Quantity,
}

impl<'t> Weight<'t> {
    fn read(text: &'t str, matcher: &Matcher, hit: &Hit) -> Option<Self> {
        let part = |name| hit.group(name).map(|range| &text[range]);
        let unit = amount::unit(part("unit")?);
        let value = amount::number(part("value")?, &unit)?;
        let quantity = normalize_quantity(&value, &unit).ok()?;
        let [low, high] = matcher.limits;
        let count = part("count");
        let many = count.map_or(1, amount::count);
        let is_pack =
            (1..=MAX_COUNT).contains(&many) && quantity.amount * f64::from(many) <= MAX_PACK;
        let weight = Self {
            value,
            unit,
            count,
            trigger: part("trigger"),
            quantity,
        };
        let is_reference = is_line_matcher(matcher) && REFERENCES.contains(&weight.text().as_str());
        (is_pack && (low..=high).contains(&quantity.amount) && !is_reference).then_some(weight)
    }

    /// An odd amount: kept, but never applied without a person.
    fn is_suspicious(&self) -> bool {
        let amount = self.quantity.amount;
        amount > ROUND_ABOVE
            && amount.trunc() % 10.0 != 0.0
            && !IMPERIAL.contains(&self.unit.as_str())
    }

    /// How many there are, as printed; two times six are twelve.
    fn count(&self) -> Option<String> {
        let count = self.count?;
        let is_product = count.contains(['x', 'X', '×', '*']);
        Some(if is_product {
            amount::count(count).to_string()
        } else {
            count.to_owned()
        })
    }

    fn text(&self) -> String {
        match self.count() {
            Some(count) => format!("{count} x {} {}", self.value, self.unit),
            None => format!("{} {}", self.value, self.unit),
        }
    }
}

fn prediction(ocr: &OcrResult, matcher: &Matcher, hit: &Hit, weight: &Weight<'_>) -> Prediction {
    let automatic = matcher.automatic && !weight.is_suspicious();
    let lang = matcher.langs.get(hit.form).map(|(lang, _)| *lang);
    let lang = lang.filter(|lang| !lang.is_empty());
    let evidence = evidence_at(ocr, view(matcher, &ocr.text), &hit.range, lang);
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
    put("raw", evidence.text.as_str().into());
    put("value", weight.value.as_str().into());
    put("unit", weight.unit.as_str().into());
    put("normalized_value", shortest_number(weight.quantity.amount));
    put("normalized_unit", weight.quantity.unit.symbol().into());
    put("automatic_processing", automatic.into());
    put("matcher_type", matcher.name.into());
    put("priority", matcher.priority.into());
    if let Some(trigger) = weight.trigger {
        put("prompt", trigger.into());
    }
    if let Some(count) = weight.count() {
        put("count", count.into());
    }
    put_box(&mut data, evidence.area);
    Prediction {
        value: Some(weight.text()),
        data,
        automatic_processing: Some(automatic),
        predictor: Some(PREDICTOR.into()),
        predictor_version: Some(VERSION.into()),
        evidence: vec![evidence],
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
