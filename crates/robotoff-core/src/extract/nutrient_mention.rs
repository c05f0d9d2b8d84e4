//! Names of nutrients and printed quantities (`ocr.md` 4.9, mentions): how the
//! insight rules recognise a picture of a nutrition table.
//!
//! As recorded, only the first form of a nutrient is guarded on its left and only
//! the last one on its right.

use std::ops::Range;

use serde_json::{Map, Value};

use super::Extractor;
use super::evidence::{evidence, put_box};
use super::nutrient_names::{Forms, NUTRIENTS};
use crate::ocr::OcrResult;
use crate::prediction::{Evidence, Prediction, PredictionKind};
use crate::text::pattern::{Form, Guard, Pattern, Prefilter};

/// The name of printed quantities, after all nutrients.
const VALUE_NAME: &str = "nutrient_value";

pub(super) struct NutrientMentionExtractor {
    /// One per nutrient, then the quantities.
    patterns: Vec<Pattern>,
    prefilter: Prefilter,
}

impl NutrientMentionExtractor {
    pub(super) fn new() -> Self {
        let value = Form::new("(?i)[0-9]+[,.]?[0-9]* ?(?:g|kj|kcal)")
            .after_guard(Guard::NoWordchar)
            .before_guard(Guard::NoWordchar);
        let names = NUTRIENTS.iter().map(|(_, forms)| name_pattern(forms));
        let patterns: Vec<Pattern> = names.chain([Pattern::new([value])]).collect();
        let prefilter = Prefilter::new(&patterns);
        Self {
            patterns,
            prefilter,
        }
    }
}

fn name_pattern(forms: Forms) -> Pattern {
    let last = forms.len() - 1;
    Pattern::new(forms.iter().enumerate().map(|(index, (pattern, _))| {
        let mut form = Form::new(format!("(?i){pattern}"));
        if index == 0 {
            form = form.after_guard(Guard::NoWordchar);
        }
        if index == last {
            form = form.before_guard(Guard::NoWordchar);
        }
        form
    }))
}

impl Extractor for NutrientMentionExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::NutrientMention
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let text = ocr.text.contiguous();
        let mut mentions = Map::new();
        let mut grounds = Vec::new();
        for position in self.prefilter.candidates(text) {
            let nutrient = NUTRIENTS.get(position);
            let items: Vec<Value> = self.patterns[position]
                .hits(text)
                .map(|hit| {
                    let languages = nutrient.map(|(_, forms)| forms[hit.form].1);
                    let ground = ground(ocr, text, &hit.range, languages);
                    let item = item(&ground, languages);
                    grounds.push(ground);
                    item
                })
                .collect();
            if !items.is_empty() {
                let name = nutrient.map_or(VALUE_NAME, |(name, _)| name);
                mentions.insert(name.to_owned(), items.into());
            }
        }
        if mentions.is_empty() {
            return Vec::new();
        }
        let mut prediction = Prediction::new(self.kind());
        prediction
            .data
            .insert("mentions".to_owned(), mentions.into());
        prediction.evidence = grounds;
        vec![prediction]
    }
}

fn ground(
    ocr: &OcrResult,
    text: &str,
    range: &Range<usize>,
    languages: Option<&[&'static str]>,
) -> Evidence {
    let language = match languages {
        Some([only]) => Some(*only),
        _ => None,
    };
    evidence(ocr, text, range, language)
}

fn item(ground: &Evidence, languages: Option<&[&'static str]>) -> Value {
    let mut item = Map::new();
    item.insert("raw".to_owned(), ground.text.as_str().into());
    item.insert("span".to_owned(), ground.span.to_vec().into());
    if let Some(languages) = languages {
        item.insert("languages".to_owned(), languages.to_vec().into());
    }
    put_box(&mut item, ground.area);
    item.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines `nutrient: text [languages]`, in the order of the answer's text.
    fn check(text: &str, expected: &[&str]) {
        let found = NutrientMentionExtractor::new().find(&OcrResult::from_text(text));
        let mut seen = Vec::new();
        for prediction in &found {
            for (name, items) in prediction.data["mentions"].as_object().unwrap() {
                for item in items.as_array().unwrap() {
                    let languages = item.get("languages").unwrap_or(&Value::Null);
                    seen.push(format!(
                        "{name}: {} {languages}",
                        item["raw"].as_str().unwrap()
                    ));
                }
            }
        }
        assert_eq!(seen, expected, "{text:?}");
    }

    #[test]
    fn every_form_compiles_and_is_found() {
        let extractor = NutrientMentionExtractor::new();
        for pattern in &extractor.patterns {
            assert_eq!(pattern.hits("nothing").count(), 0);
        }
    }

    #[test]
    fn names_come_with_the_languages_of_their_form() {
        check(
            "valeurs nutritives",
            &[r#"nutrition_values: valeurs nutritives ["fr"]"#],
        );
        check(
            "Fibre: 2g",
            &[
                r#"fiber: Fibre ["en","fr","it"]"#,
                "nutrient_value: 2g null",
            ],
        );
        check(
            "Calories 120 kJ",
            &[
                r#"energy: Calories ["fr","en"]"#,
                "nutrient_value: 120 kJ null",
            ],
        );
        check("glucides", &[r#"carbohydrate: glucid ["fr"]"#]);
    }

    #[test]
    fn several_mentions_of_a_nutrient_are_kept_apart() {
        check(
            "Sale / Salt 0,3 g",
            &[
                r#"salt: Sale ["it"]"#,
                r#"salt: Salt ["en","da"]"#,
                "nutrient_value: 0,3 g null",
            ],
        );
        check(
            "dont saturés 2 g waarvan verzadigde",
            &[
                r#"saturated_fat: dont saturés ["fr"]"#,
                r#"saturated_fat: waarvan verzadigde ["nl"]"#,
                "nutrient_value: 2 g null",
            ],
        );
    }

    #[test]
    fn guards_are_those_of_the_recorded_answers() {
        check("salade", &[r#"salt: sal ["es","pt"]"#]);
        check("frost", &[r#"fiber: rost ["hu"]"#]);
        check(
            "fibres alimentaires",
            &[r#"fiber: fibres ["en","fr","it"]"#],
        );
        check(
            "xfibres alimentaires",
            &[r#"fiber: fibres alimentaires ["fr"]"#],
        );
        check("8x12,0 g", &["nutrient_value: 0 g null"]);
        check("90 gx", &[]);
    }
}
