//! Recognition of a nutrition table: nutrients named in one language, values, energy.

use std::collections::BTreeMap;

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

/// Languages of the table that the mentions make, at least one.
pub(super) fn languages_of(mentions: &Map<String, Value>) -> Result<Vec<&str>, Disposition> {
    let values = items(mentions, VALUES);
    let is_energy = |value: &Value| {
        let raw = value.get("raw").and_then(Value::as_str).unwrap_or_default();
        let raw = raw.to_lowercase();
        raw.contains("kcal") || raw.contains("kj")
    };
    let mut nutrients_by_language: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in nutrient_names(mentions) {
        let languages = items(mentions, name)
            .iter()
            .filter_map(|item| item.get("languages"));
        for lc in languages
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(Value::as_str)
        {
            nutrients_by_language.entry(lc).or_default().push(name);
        }
    }
    let has_enough = |nutrients: &mut Vec<&str>| {
        nutrients.dedup();
        nutrients.len() >= MIN_NUTRIENTS
    };
    nutrients_by_language.retain(|_, nutrients| has_enough(nutrients));
    if nutrients_by_language.is_empty() || values.len() < MIN_VALUES {
        return Err(Disposition::Rejected(NO_TABLE));
    }
    match values.iter().any(is_energy) {
        true => Ok(nutrients_by_language.into_keys().collect()),
        false => Err(Disposition::Rejected(NO_ENERGY)),
    }
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
