//! Nutrients with their values, where both stand side by side or one under the other
//! (`ocr.md` 4.9, mended by 9, D-NUT).

use serde_json::{Map, json};

use super::evidence::evidence;
use super::nutrient_names::{NUTRIENTS, Names, only};
use super::nutrient_value::{Amount, Value};
use super::{BuildError, Extractor};
use crate::ocr::OcrResult;
use crate::prediction::{Evidence, Prediction, PredictionKind};

/// Rises when other values are found in the same text.
const VERSION: &str = "2";

pub(super) struct NutrientExtractor {
    names: Names,
}

impl NutrientExtractor {
    pub(super) fn new() -> Result<Self, BuildError> {
        let names = Names::new(|nutrient| !nutrient.units.is_empty())?;
        Ok(Self {
            names: names.glued_to_numbers(),
        })
    }
}

/// The amounts of one value: one, or the energy in both units.
fn items(name: &str, text: &str, start: usize, value: &Value) -> Vec<serde_json::Value> {
    let sign = if value.is_below { "<" } else { "" };
    let item = |amount: &Amount| {
        let number = text[amount.number.clone()].replace(',', ".");
        json!({
            "raw": &text[start..amount.unit.end],
            "nutrient": name,
            "value": format!("{sign}{}", number.trim_end_matches('.')),
            "unit": symbol(&text[amount.unit.clone()]),
        })
    };
    let amounts = std::iter::once(&value.amount).chain(&value.second);
    amounts.map(item).collect()
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
        if text.is_empty() {
            return Vec::new();
        }
        let mut nutrients = Map::new();
        let mut grounds: Vec<Evidence> = Vec::new();
        for named in self.names.find(ocr.text.lowered()) {
            let nutrient = &NUTRIENTS[named.nutrient];
            let is_energy = nutrient.name == "energy";
            let value = Value::behind(text, named.range.end, nutrient.units, is_energy);
            let Some(value) = value else {
                continue;
            };
            let start = named.range.start;
            let last = value.second.as_ref().unwrap_or(&value.amount);
            grounds.push(evidence(
                ocr,
                text,
                &(start..last.unit.end),
                only(named.langs),
            ));
            let list = nutrients.entry(nutrient.name).or_insert_with(|| json!([]));
            if let serde_json::Value::Array(list) = list {
                list.extend(items(nutrient.name, text, start, &value));
            }
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
    use serde_json::Value;

    use super::{NutrientExtractor, *};

    /// Lines `nutrient value unit`.
    fn check(text: &str, expected: &[&str]) {
        let found = NutrientExtractor::new()
            .unwrap()
            .find(&OcrResult::from_text(text));
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
        let found = NutrientExtractor::new()
            .unwrap()
            .find(&OcrResult::from_text("Énergie 900 kJ/215 kcal, x"));
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
