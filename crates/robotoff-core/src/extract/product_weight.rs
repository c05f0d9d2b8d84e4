//! How much is in the package (`ocr.md` 4.11).

use serde_json::{Map, Number, Value};

use super::Extractor;
use super::evidence::{evidence, put_box};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::pattern::{Form, Guard, Hit, Pattern, Prefilter, WS};
use crate::text::units::{Quantity, normalize_quantity};

const PREDICTOR: &str = "regex";

/// A number as printed; comma or dot as decimal mark.
const NUMBER: &str = "(?<value>[0-9]+[,.]?[0-9]*)";

/// `e` glued to a unit is the estimated sign.
const UNIT: &str = "(?<unit>fl oz|dle?|cle?|mge?|mle?|lbs|oz|ge?|kge?|le?)";

/// Tried in this order.
const PROMPT: &str = "(?<prompt>poids|poids net [aà] l'emballage|poids net|poids net égoutté\
    |masse nette|volume net total|net weight|net wt\\.?|peso neto|peso liquido|netto[ -]gewicht)";

/// Grams or millilitres outside of these are no weight of a product.
const EXTREMES: [f64; 2] = [10.0, 10_000.0];

/// A pack of more is refused.
const MAX_COUNT: u32 = 20;

/// Above this (grams or millilitres) an amount that does not end in 0 is looked
/// at by a person.
const ROUND_ABOVE: f64 = 1000.0;

/// One way to print a weight, and how far it is trusted.
struct Matcher {
    name: &'static str,
    priority: u8,
    automatic: bool,
    /// `~` stands for one white space.
    pattern: fn() -> String,
}

const MATCHERS: [Matcher; 4] = [
    Matcher {
        name: "with_mention",
        priority: 1,
        automatic: true,
        pattern: || format!("{PROMPT}~?:?~?{NUMBER}~?{UNIT}"),
    },
    Matcher {
        name: "with_ending_mention",
        priority: 1,
        automatic: true,
        pattern: || format!("{NUMBER}~?{UNIT}~(?<prompt>net)"),
    },
    Matcher {
        name: "multi_packaging",
        priority: 2,
        automatic: true,
        pattern: || format!(r"(?<count>\d+)~?x~?{NUMBER}~?{UNIT}"),
    },
    Matcher {
        name: "no_mention",
        priority: 3,
        automatic: false,
        pattern: || format!("{NUMBER}~?(?<unit>dle|cle|mge|mle|ge|kge)"),
    },
];

pub(super) struct ProductWeightExtractor {
    patterns: Vec<Pattern>,
    prefilter: Prefilter,
}

impl ProductWeightExtractor {
    pub(super) fn new() -> Self {
        let patterns: Vec<Pattern> = MATCHERS
            .iter()
            .map(|matcher| {
                let pattern = (matcher.pattern)().replace('~', WS);
                let form = Form::new(format!("(?i){pattern}"));
                Pattern::new([form
                    .after_guard(Guard::NoLatin)
                    .before_guard(Guard::NoLatin)])
            })
            .collect();
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
        let text = ocr.text.contiguous();
        let mut found = Vec::new();
        for position in self.prefilter.candidates(text) {
            let matcher = &MATCHERS[position];
            for hit in self.patterns[position].hits(text) {
                if let Some(weight) = Weight::read(text, &hit) {
                    found.push(prediction(ocr, matcher, &hit, &weight));
                }
            }
        }
        found
    }
}

/// A printed weight that can be that of a product.
struct Weight<'t> {
    value: &'t str,
    unit: String,
    count: Option<&'t str>,
    prompt: Option<&'t str>,
    quantity: Quantity,
}

impl<'t> Weight<'t> {
    fn read(text: &'t str, hit: &Hit) -> Option<Self> {
        let part = |name| hit.group(name).map(|range| &text[range]);
        let count = part("count");
        let printed = part("value").filter(|value| is_integer(value))?;
        let value = if count.is_some() {
            printed
        } else {
            printed.trim_matches('.')
        };
        let unit = part("unit")?.to_lowercase();
        let unit = unit.strip_suffix('e').unwrap_or(&unit).to_owned();
        let quantity = normalize_quantity(value, &unit).ok()?;
        let [low, high] = EXTREMES;
        let is_extreme = quantity.amount <= low || quantity.amount >= high;
        if is_extreme || count.is_some_and(|count| number_of(count) > MAX_COUNT) {
            return None;
        }
        Some(Self {
            value,
            unit,
            count,
            prompt: part("prompt"),
            quantity,
        })
    }

    /// An odd amount: kept, but never applied without a person.
    fn is_suspicious(&self) -> bool {
        let amount = self.quantity.amount;
        amount > ROUND_ABOVE && amount.trunc() % 10.0 != 0.0
    }

    fn text(&self) -> String {
        match self.count {
            Some(count) => format!("{count} x {} {}", self.value, self.unit),
            None => format!("{} {}", self.value, self.unit),
        }
    }
}

/// A positive number without a fraction, and without leading zeros unless there
/// is a decimal mark.
fn is_integer(printed: &str) -> bool {
    let number = printed.replace(',', ".");
    if number.starts_with('0') && !number.contains('.') {
        return false;
    }
    number
        .parse()
        .is_ok_and(|number: f64| number > 0.0 && number.fract() == 0.0)
}

/// The value of digits of any script, `u32::MAX` when it is larger.
fn number_of(digits: &str) -> u32 {
    digits.chars().fold(0, |number: u32, digit| {
        number.saturating_mul(10).saturating_add(digit_value(digit))
    })
}

/// Decimal digits stand in runs of ten, zero first, in each script.
fn digit_value(digit: char) -> u32 {
    if let Some(value) = digit.to_digit(10) {
        return value;
    }
    let zero = DIGIT_ZEROS.partition_point(|zero| *zero <= digit);
    zero.checked_sub(1)
        .map_or(0, |at| u32::from(digit) - u32::from(DIGIT_ZEROS[at]))
}

/// The zeros of Unicode's decimal digits outside ASCII that labels use.
const DIGIT_ZEROS: [char; 15] = [
    '\u{660}', '\u{6F0}', '\u{7C0}', '\u{966}', '\u{9E6}', '\u{A66}', '\u{AE6}', '\u{B66}',
    '\u{BE6}', '\u{C66}', '\u{CE6}', '\u{D66}', '\u{E50}', '\u{ED0}', '\u{FF10}',
];

fn prediction(ocr: &OcrResult, matcher: &Matcher, hit: &Hit, weight: &Weight<'_>) -> Prediction {
    let automatic = matcher.automatic && !weight.is_suspicious();
    let ground = evidence(ocr, ocr.text.contiguous(), &hit.range, None);
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
    put("raw", ground.text.as_str().into());
    put("value", weight.value.into());
    put("unit", weight.unit.as_str().into());
    put("normalized_value", shortest_number(weight.quantity.amount));
    put("normalized_unit", weight.quantity.unit.symbol().into());
    put("automatic_processing", automatic.into());
    put("matcher_type", matcher.name.into());
    put("priority", matcher.priority.into());
    if let Some(prompt) = weight.prompt {
        put("prompt", prompt.into());
    }
    if let Some(count) = weight.count {
        put("count", count.into());
    }
    put_box(&mut data, ground.area);
    Prediction {
        value: Some(weight.text()),
        data,
        automatic_processing: Some(automatic),
        predictor: Some(PREDICTOR.into()),
        evidence: vec![ground],
        ..Prediction::new(PredictionKind::ProductWeight)
    }
}

/// An integer where the amount is one, as recorded.
#[expect(clippy::cast_possible_truncation, reason = "amounts lie below 10,000")]
fn shortest_number(amount: f64) -> Value {
    if amount.fract() == 0.0 {
        return Value::from(amount as i64);
    }
    Number::from_f64(amount).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines `value matcher[ automatic][ (prompt)]`.
    fn check(text: &str, expected: &[&str]) {
        let found = ProductWeightExtractor::new().find(&OcrResult::from_text(text));
        let seen: Vec<String> = found
            .iter()
            .map(|p| {
                let matcher = p.data["matcher_type"].as_str().unwrap();
                let automatic = if p.automatic_processing == Some(true) {
                    " automatic"
                } else {
                    ""
                };
                let prompt = p.data.get("prompt").and_then(Value::as_str);
                let prompt = prompt
                    .map(|prompt| format!(" ({prompt})"))
                    .unwrap_or_default();
                format!(
                    "{} {matcher}{automatic}{prompt}",
                    p.value.as_deref().unwrap()
                )
            })
            .collect();
        assert_eq!(seen, expected, "{text:?}");
    }

    #[test]
    fn weights_are_found_by_their_prompt() {
        check(
            "Poids net : 320 g",
            &["320 g with_mention automatic (Poids net)"],
        );
        check(
            "PESO NETO 750ML",
            &["750 ml with_mention automatic (PESO NETO)"],
        );
        check(
            "net wt. 12 fl oz",
            &["12 fl oz with_mention automatic (net wt.)"],
        );
        check(
            "poids net égoutté : 265 g",
            &["265 g with_mention automatic (poids net égoutté)"],
        );
        check("180g net", &["180 g with_ending_mention automatic (net)"]);
        for text in [
            "poids égoutté : 265 g",
            "poids 3kgv",
            "xpoids 3kg",
            "450 g",
            "450 g e",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn packs_and_estimated_weights_are_found() {
        check("6 x 33 cl", &["6 x 33 cl multi_packaging automatic"]);
        check("450ge", &["450 g no_mention"]);
        check(
            "3 x 80ge",
            &["3 x 80 g multi_packaging automatic", "80 g no_mention"],
        );
        check("24 x 33 cl", &[]);
        check("30 x 40kg", &[]);
        check("٣ x 80 g", &["٣ x 80 g multi_packaging automatic"]);
        check("٣٠ x 80 g", &[]);
    }

    #[test]
    fn amounts_that_are_none_are_refused() {
        check("poids net 1234 g", &["1234 g with_mention (poids net)"]);
        check(
            "poids net 1230 g",
            &["1230 g with_mention automatic (poids net)"],
        );
        for text in [
            "poids net 1,5 kg",
            "poids net 9 g",
            "400123456789\nge carton",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn only_whole_numbers_count() {
        for (printed, valid) in [
            ("40", true),
            ("275.0", true),
            ("525.", true),
            ("525,", true),
            ("0275", false),
            ("00275", false),
            ("7,5", false),
            ("0.75", false),
            ("0", false),
            ("0.0", false),
        ] {
            assert_eq!(is_integer(printed), valid, "{printed}");
        }
    }
}
