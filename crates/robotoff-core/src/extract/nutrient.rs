//! Nutrients with their values, where both stand side by side or one under the other
//! (`ocr.md` 4.9, mended by 9, D-NUT).

use serde_json::{Map, Value, json};

use super::Extractor;
use super::evidence::evidence;
use super::nutrient_names::{NUTRIENTS, Names, only};
use super::spans::Spans;
use crate::ocr::OcrResult;
use crate::prediction::{Evidence, Prediction, PredictionKind};
use crate::text::pattern::{Hit, Prefilter, WS};

/// Rises when other values are found in the same text.
const VERSION: &str = "2";

pub(super) struct NutrientExtractor {
    nutrients: Vec<(&'static str, Names)>,
    prefilter: Prefilter,
}

impl NutrientExtractor {
    pub(super) fn new() -> Self {
        let with_units = NUTRIENTS.iter().filter_map(|nutrient| {
            let units = nutrient.units?;
            // A table leaves some white space between name and value.
            let gap = format!("{WS}{{0,3}}");
            let number = r"[0-9]+(?:[,.][0-9]*)?";
            let second = if nutrient.name == "energy" {
                format!(r"(?:{gap}[/(|]?{gap}(?<value2>{number}) ?(?<unit2>{units}))?")
            } else {
                String::new()
            };
            let rest = format!(
                "(?<first>{gap}(?:[:-]{gap})?(?:(?<less>[<≤]){gap})?(?<value>{number}) ?(?<unit>{units})){second}"
            );
            Some((nutrient.name, Names::new(nutrient, &rest)))
        });
        let nutrients: Vec<(&str, Names)> = with_units.collect();
        // What may start a value is enough for a first look: the whole of all names and
        // values together has so many states that looking was slower than reading.
        let started = NUTRIENTS.iter().filter(|nutrient| nutrient.units.is_some());
        let started =
            started.map(|nutrient| Names::new(nutrient, &format!("{WS}{{0,3}}[-:<≤0-9]")));
        let started: Vec<Names> = started.collect();
        let prefilter = Prefilter::new(started.iter().map(Names::pattern));
        Self {
            nutrients,
            prefilter,
        }
    }
}

/// The values of one match: one, or the energy in both units.
fn items(name: &str, text: &str, hit: &Hit) -> Vec<Value> {
    let part = |group| hit.group(group).map(|range| &text[range]);
    let item = |end: usize, value: &str, unit: &str| {
        let sign = if hit.group("less").is_some() { "<" } else { "" };
        json!({
            "raw": &text[hit.range.start..end],
            "nutrient": name,
            "value": format!("{sign}{}", value.replace(',', ".").trim_end_matches('.')),
            "unit": symbol(unit),
        })
    };
    let first = hit.group("first").zip(part("value")).zip(part("unit"));
    let first = first.map(|((range, value), unit)| item(range.end, value, unit));
    let second = part("value2").zip(part("unit2"));
    let second = second.map(|(value, unit)| item(hit.range.end, value, unit));
    first.into_iter().chain(second).collect()
}

/// The unit in the case of its symbol.
fn symbol(printed: &str) -> String {
    match printed.to_lowercase().as_str() {
        "kj" => "kJ".to_owned(),
        lower => lower.to_owned(),
    }
}

impl Extractor for NutrientExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Nutrient
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let text = ocr.text.contiguous();
        let mut nutrients = Map::new();
        let mut grounds: Vec<Evidence> = Vec::new();
        let mut read = Spans::default();
        for position in self.prefilter.candidates(text) {
            let (name, names) = &self.nutrients[position];
            let mut found = Vec::new();
            for (hit, langs) in names.hits(text) {
                if read.touches(&hit.range) {
                    continue;
                }
                found.extend(items(name, text, &hit));
                grounds.push(evidence(ocr, text, &hit.range, only(langs)));
                read.add(hit.range);
            }
            if !found.is_empty() {
                nutrients.insert((*name).to_owned(), Value::from(found));
            }
            read.settle();
        }
        if nutrients.is_empty() {
            return Vec::new();
        }
        let mut prediction = Prediction {
            predictor: Some("regex".into()),
            predictor_version: Some(VERSION.into()),
            evidence: grounds,
            ..Prediction::new(self.kind())
        };
        prediction
            .data
            .insert("nutrients".to_owned(), nutrients.into());
        vec![prediction]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines `nutrient value unit`.
    fn check(text: &str, expected: &[&str]) {
        let found = NutrientExtractor::new().find(&OcrResult::from_text(text));
        let items = found
            .iter()
            .flat_map(|p| p.data["nutrients"].as_object().unwrap().values())
            .flat_map(|items| items.as_array().unwrap());
        let word = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
        let seen: Vec<String> = items
            .map(|i| {
                format!(
                    "{} {} {}",
                    word(i, "nutrient"),
                    word(i, "value"),
                    word(i, "unit")
                )
            })
            .collect();
        assert_eq!(seen, expected, "{text:?}");
    }

    #[test]
    fn every_pattern_compiles() {
        for (_, names) in NutrientExtractor::new().nutrients {
            assert_eq!(names.hits("nothing").count(), 0);
        }
    }

    #[test]
    fn values_follow_their_names() {
        check(
            "Lipides 4,5 g dont acides gras saturés 1,2 g",
            &["saturated_fat 1.2 g", "fat 4.5 g"],
        );
        check("Salt - 0.2mg", &["salt 0.2 mg"]);
        check(
            "fat 4 g, carbohydrates 5 G, of which sugars 3 g",
            &["fat 4 g", "sugar 3 g", "carbohydrate 5 g"],
        );
        check("Sodium : 120 mg", &["sodium 120 mg"]);
        check("Eiweiss 6 g EIWEISS 7 g", &["protein 6 g", "protein 7 g"]);
        for text in [
            "Energy 90 kcalories",
            "salade 5 g",
            "basalt 5 g",
            "sucrerie 3 g",
            "sucres0 g5",
        ] {
            check(text, &[]);
        }
    }

    #[test]
    fn both_units_of_energy_are_read() {
        check(
            "Énergie : 900 kJ / 215 kcal",
            &["energy 900 kJ", "energy 215 kcal"],
        );
        check(
            "Energy 900KJ (215KCAL)",
            &["energy 900 kJ", "energy 215 kcal"],
        );
        let found =
            NutrientExtractor::new().find(&OcrResult::from_text("Énergie 900 kJ/215 kcal, x"));
        assert_eq!(
            found[0].data["nutrients"]["energy"][0]["raw"],
            "Énergie 900 kJ"
        );
        assert_eq!(
            found[0].data["nutrients"]["energy"][1]["raw"],
            "Énergie 900 kJ/215 kcal"
        );
        assert_eq!(found[0].evidence[0].lc.as_deref(), Some("fr"));
    }

    #[test]
    fn tables_and_small_amounts_are_read() {
        check("Sel : <0,1 g", &["salt <0.1 g"]);
        check("Sel ≤ 0,1 g", &["salt <0.1 g"]);
        check("Protein\n \n6 g", &["protein 6 g"]);
        check("Sucres 7, g", &["sugar 7 g"]);
    }

    #[test]
    fn parts_of_fat_are_no_fat() {
        check("varav mättat fett:5,7 g", &["saturated_fat 5.7 g"]);
        check("matières grasses saturées 2 g", &["saturated_fat 2 g"]);
        check("matières grasses trans 2 g", &["trans_fat 2 g"]);
    }
}
