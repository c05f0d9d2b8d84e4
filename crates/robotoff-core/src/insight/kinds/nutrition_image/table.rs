//! Recognition of a nutrition table: nutrients named in one language, values, energy.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::super::photo::nutrition_tables;
use crate::insight::disposition::{Disposition, RejectReason};
use crate::insight::facts::Facts;
use crate::product::SourceImage;

const NO_TABLE: RejectReason = RejectReason {
    code: "no_table",
    sentence: "too few nutrients or values are named in one language",
};

const NO_ENERGY: RejectReason = RejectReason {
    code: "no_energy",
    sentence: "no value is in kJ or kcal",
};

/// Name under which printed quantities are mentioned.
const VALUES: &str = "nutrient_value";

/// Number of different nutrients that must be named in a language.
const MIN_NUTRIENTS: usize = 4;

/// Number of values that must be printed.
const MIN_VALUES: usize = 3;

/// Score from which a detected table is used.
const MIN_SCORE: f64 = 0.8;

/// Margin around the words of a table, in pixels.
const MARGIN: f64 = 10.0;

pub(super) fn nutrient_names(mentions: &Map<String, Value>) -> impl Iterator<Item = &str> {
    mentions
        .keys()
        .map(String::as_str)
        .filter(|name| *name != VALUES)
}

fn items<'a>(mentions: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    let items = mentions.get(name).and_then(Value::as_array);
    items.map_or(&[], Vec::as_slice)
}

/// Language of a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TableLanguage<'m> {
    pub(super) lc: &'m str,
    /// True when its words tell it from every other language that names as many nutrients.
    pub(super) is_distinct: bool,
}

/// Languages of the table that the mentions make, at least one.
///
/// Close languages share words: `sal` and `proteínas` are Spanish and Portuguese, and four
/// such words make a table of both. The words that only one of two languages has decide:
/// a language is dropped where those of the other are more than twice as many. A table
/// that is printed in both has such words of both.
pub(super) fn languages_of(
    mentions: &Map<String, Value>,
) -> Result<Vec<TableLanguage<'_>>, Disposition> {
    let values = items(mentions, VALUES);
    let is_energy = |value: &Value| {
        let raw = value.get("raw").and_then(Value::as_str).unwrap_or_default();
        let raw = raw.to_lowercase();
        raw.contains("kcal") || raw.contains("kj")
    };
    let words: Vec<Word<'_>> = nutrient_names(mentions)
        .flat_map(|nutrient| Word::all(nutrient, items(mentions, nutrient)))
        .collect();
    let known = words.iter().flat_map(|word| word.languages.iter().copied());
    let known: BTreeSet<&str> = known.collect();
    let has_enough = |lc: &&str| nutrients(&words, |word| word.is_of(lc)) >= MIN_NUTRIENTS;
    let rich: Vec<&str> = known.iter().copied().filter(has_enough).collect();
    let mut printed = Vec::new();
    for lc in &rich {
        let outnumbers = |other: &&str| own(&words, other, lc) > 2 * own(&words, lc, other);
        let is_told_from = |other: &&str| other == lc || own(&words, lc, other) > 0;
        if !known.iter().any(outnumbers) {
            printed.push(TableLanguage {
                lc,
                is_distinct: rich.iter().all(is_told_from),
            });
        }
    }
    if printed.is_empty() || values.len() < MIN_VALUES {
        return Err(Disposition::Rejected(NO_TABLE));
    }
    match values.iter().any(is_energy) {
        true => Ok(printed),
        false => Err(Disposition::Rejected(NO_ENERGY)),
    }
}

/// A word that names a nutrient, and the languages that have it.
struct Word<'m> {
    nutrient: &'m str,
    languages: Vec<&'m str>,
}

impl<'m> Word<'m> {
    fn all(nutrient: &'m str, items: &'m [Value]) -> impl Iterator<Item = Self> {
        items.iter().map(move |item| {
            let languages = item.get("languages").and_then(Value::as_array);
            let languages = languages.into_iter().flatten().filter_map(Value::as_str);
            Self {
                nutrient,
                languages: languages.collect(),
            }
        })
    }

    fn is_of(&self, lc: &str) -> bool {
        self.languages.contains(&lc)
    }
}

/// Number of different nutrients that words of a language name which another does not have.
fn own(words: &[Word<'_>], lc: &str, other: &str) -> usize {
    nutrients(words, |word| word.is_of(lc) && !word.is_of(other))
}

/// Number of different nutrients that such words name.
fn nutrients(words: &[Word<'_>], is_meant: impl Fn(&Word<'_>) -> bool) -> usize {
    let meant = words.iter().filter(|word| is_meant(word));
    meant
        .map(|word| word.nutrient)
        .collect::<BTreeSet<_>>()
        .len()
}

/// Members for the box of the table: the box of the detector, if it found one table only,
/// else the box around all words.
pub(super) fn area_of(
    facts: &Facts<'_>,
    image: &SourceImage,
    mentions: &Map<String, Value>,
) -> Vec<(&'static str, Value)> {
    if let [table] = nutrition_tables(facts, image, MIN_SCORE)[..] {
        return vec![
            ("bounding_box", table.area.clone()),
            ("crop_score", table.score.into()),
        ];
    }
    let items = mentions.values().filter_map(Value::as_array).flatten();
    let boxes = items.filter_map(|item| item.get("bounding_box_absolute"));
    let union = boxes.filter_map(four_numbers).reduce(|a, b| {
        [
            a[0].min(b[0]),
            a[1].min(b[1]),
            a[2].max(b[2]),
            a[3].max(b[3]),
        ]
    });
    let enlarged = union.map(|[y_min, x_min, y_max, x_max]| {
        [
            y_min - MARGIN,
            x_min - MARGIN,
            y_max + MARGIN,
            x_max + MARGIN,
        ]
    });
    let member = enlarged.map(|area| ("bounding_box_absolute", Value::from(area.to_vec())));
    member.into_iter().collect()
}

fn four_numbers(value: &Value) -> Option<[f64; 4]> {
    let numbers: Option<Vec<f64>> = value.as_array()?.iter().map(Value::as_f64).collect();
    numbers?.try_into().ok()
}
