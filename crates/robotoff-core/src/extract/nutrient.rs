//! Nutrients with their values, where both stand side by side (`ocr.md` 4.9).

use serde_json::{Map, Value, json};

use super::Extractor;
use super::evidence::evidence;
use super::nutrient_names::NUTRIENTS;
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::pattern::{Form, Guard, Pattern, Prefilter};

/// The units that a value may have; the title of a table has no value.
fn units(nutrient: &str) -> Option<&'static str> {
    match nutrient {
        "energy" => Some("kj|kcal"),
        "salt" => Some("g|mg"),
        "nutrition_values" => None,
        _ => Some("g"),
    }
}

pub(super) struct NutrientExtractor {
    patterns: Vec<(&'static str, Pattern)>,
    prefilter: Prefilter,
}

impl NutrientExtractor {
    pub(super) fn new() -> Self {
        let with_units = NUTRIENTS.iter().filter_map(|(name, forms)| {
            let names: Vec<&str> = forms.iter().map(|(form, _)| *form).collect();
            let names = names.join("|");
            let units = units(name)?;
            let form = Form::new(format!(
                "(?i)(?:{names}) ?(?:[:-] ?)?(?<value>[0-9]+[,.]?[0-9]*) ?(?<unit>{units})"
            ));
            let form = form
                .after_guard(Guard::NoWordchar)
                .before_guard(Guard::NoWordchar);
            Some((*name, Pattern::new([form])))
        });
        let patterns: Vec<(&str, Pattern)> = with_units.collect();
        let prefilter = Prefilter::new(patterns.iter().map(|(_, pattern)| pattern));
        Self {
            patterns,
            prefilter,
        }
    }
}

impl Extractor for NutrientExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Nutrient
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let text = ocr.text.contiguous();
        let mut nutrients = Map::new();
        let mut prediction = Prediction::new(self.kind());
        for position in self.prefilter.candidates(text) {
            let (name, pattern) = &self.patterns[position];
            let mut items = Vec::new();
            for hit in pattern.hits(text) {
                let part = |group| hit.group(group).map(|range| &text[range]);
                items.push(json!({
                    "raw": &text[hit.range.clone()],
                    "nutrient": name,
                    "value": part("value").map(|value| value.replace(',', ".")),
                    "unit": part("unit"),
                }));
                prediction
                    .evidence
                    .push(evidence(ocr, text, &hit.range, None));
            }
            if !items.is_empty() {
                nutrients.insert((*name).to_owned(), Value::from(items));
            }
        }
        if nutrients.is_empty() {
            return Vec::new();
        }
        prediction.predictor = Some("regex".into());
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
        for (_, pattern) in NutrientExtractor::new().patterns {
            assert_eq!(pattern.hits("nothing").count(), 0);
        }
    }

    #[test]
    fn values_follow_their_names() {
        check("Énergie : 900 kJ / 215 kcal", &["energy 900 kJ"]);
        check(
            "Lipides 4,5 g dont acides gras saturés 1,2 g",
            &["saturated_fat 1.2 g", "fat 4.5 g"],
        );
        check("Salt - 0.2mg", &["salt 0.2 mg"]);
        check("Sucres 7, g", &["sugar 7. g"]);
        for text in ["Sel : <0,1 g", "fat 4 g", "Energy 90 kcalories"] {
            check(text, &[]);
        }
    }
}
