//! Names of nutrients and printed quantities (`docs/reference/ocr.md` 4.9, mentions, corrected by section 9,
//! D-NUT): how the insight rules recognise an image of a nutrition table.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::names::{Langs, NUTRIENTS, Names, only};
use super::value::{Amount, amounts};
use crate::extract::evidence::{evidence_at, put_box};
use crate::extract::spec::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn};
use crate::ocr::OcrResult;
use crate::prediction::{Evidence, Prediction, PredictionKind};

/// Rises when other mentions are found in the same text.
const VERSION: &str = "3";

/// The name of printed quantities, after all nutrients.
const VALUE_NAME: &str = "nutrient_value";

/// Words beside a quantity that make it the weight of a product, of a piece or of a portion.
const WEIGHT_WORDS: [&str; 37] = [
    "net",
    "nette",
    "netto",
    "neto",
    "netta",
    "poids",
    "weight",
    "wt",
    "gewicht",
    "nettogewicht",
    "peso",
    "contenu",
    "inhalt",
    "füllmenge",
    "nettofüllmenge",
    "inhoud",
    "masse",
    // Number of pieces: `2 x 125 g`.
    "x",
    // Portions.
    "portion",
    "portionen",
    "portions",
    "serving",
    "size",
    "ration",
    "ración",
    "porción",
    "porção",
    "dose",
    "porzione",
    "portie",
    "porcja",
    "porcji",
    "porce",
    "porci",
    "porție",
    "annos",
    "adag",
];

/// The units that are told from those of weights.
const UNITS: [&str; 4] = ["g", "mg", "kj", "kcal"];

pub(crate) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::NutrientMention,
    finds: "names of nutrients, and printed quantities",
    predictors: &[Predictor::unnamed(VERSION)],
    languages: &[
        "cs", "da", "de", "en", "es", "fi", "fr", "hu", "it", "nb", "nl", "pl", "pt", "ro", "sk",
        "sv",
    ],
    parts: &[],
    runs_on: RunsOn::Images,
    build: |_| Ok(Box::new(NutrientMentionExtractor::new()?)),
};

pub(super) struct NutrientMentionExtractor {
    names: Names,
}

impl NutrientMentionExtractor {
    pub(super) fn new() -> Result<Self, BuildError> {
        Ok(Self {
            names: Names::new(|_| true)?,
        })
    }
}

/// Quantities other than the reference of the table and the weight of the product.
fn quantities(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    amounts(text, &UNITS).filter_map(move |Amount { number, unit }| {
        let range = number.start..unit.end;
        let is_reference = &text[number] == "100" && text[unit].eq_ignore_ascii_case("g");
        (!is_reference && !is_weight(text, &range)).then_some(range)
    })
}

/// True for the weight of the product: `poids net 320 g`, `180 g net`.
fn is_weight(text: &str, range: &Range<usize>) -> bool {
    let is_word = |word: &str| WEIGHT_WORDS.contains(&word.to_lowercase().as_str());
    let before = text[..range.start].trim_end_matches([' ', ':', '\n', '(']);
    let is_count = before.ends_with(['×', '*']);
    let before = before
        .rsplit(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    let after = text[range.end..].trim_start_matches([' ', '\n']);
    let after = after
        .split(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    is_count || is_word(before) || after.eq_ignore_ascii_case("net")
}

impl Extractor for NutrientMentionExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::NutrientMention
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let text = ocr.text.contiguous();
        if text.is_empty() {
            return Vec::new();
        }
        let mut mentions = Map::new();
        let mut all_evidence = Vec::new();
        let mut add = |name: &'static str, range: &Range<usize>, langs: Option<Langs>| {
            let evidence = evidence_at(ocr, text, range, langs.and_then(only));
            let list = mentions.entry(name).or_insert_with(|| json!([]));
            if let Value::Array(list) = list {
                list.push(item(&evidence, langs));
            }
            all_evidence.push(evidence);
        };
        for named in self.names.find(ocr.text.case_folded()) {
            add(
                NUTRIENTS[named.nutrient].name,
                &named.range,
                Some(named.langs),
            );
        }
        for range in quantities(text) {
            add(VALUE_NAME, &range, None);
        }
        if mentions.is_empty() {
            return Vec::new();
        }
        let mut prediction = Prediction {
            predictor_version: Some(VERSION.into()),
            evidence: all_evidence,
            ..Prediction::new(self.kind())
        };
        prediction
            .data
            .insert("mentions".to_owned(), mentions.into());
        vec![prediction]
    }
}

fn item(evidence: &Evidence, languages: Option<Langs>) -> Value {
    let mut item = Map::new();
    item.insert("raw".to_owned(), evidence.text.as_str().into());
    item.insert("span".to_owned(), evidence.span.to_vec().into());
    if let Some(languages) = languages {
        item.insert("languages".to_owned(), languages.to_vec().into());
    }
    put_box(&mut item, evidence.area);
    item.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines `nutrient: text [languages]`, in the order of the answer's text.
    fn check(text: &str, expected: &[&str]) {
        let found = NutrientMentionExtractor::new()
            .unwrap()
            .find(&OcrResult::from_text(text));
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

    // D-NUT-2, 6, 9.
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
        check("glucides", &[r#"carbohydrate: glucides ["fr"]"#]);
        check(
            "fibres alimentaires",
            &[r#"fiber: fibres alimentaires ["fr"]"#],
        );
        check("proteine", &[r#"protein: proteine ["it","fr","ro"]"#]);
        check("açúcares", &[r#"sugar: açúcares ["pt"]"#]);
        check(
            "białko, sól",
            &[r#"protein: białko ["pl"]"#, r#"salt: sól ["pl"]"#],
        );
        check("Nährwerte", &[r#"nutrition_values: Nährwerte ["de"]"#]);
        check(
            "Información nutricional",
            &[r#"nutrition_values: Información nutricional ["es"]"#],
        );
        check(
            "Declaração nutricional",
            &[r#"nutrition_values: Declaração nutricional ["pt"]"#],
        );
        check(
            "Näringsvärde",
            &[r#"nutrition_values: Näringsvärde ["sv"]"#],
        );
        check("sodium", &[r#"sodium: sodium ["fr","en"]"#]);
    }

    #[test]
    fn several_mentions_of_a_nutrient_are_kept_apart() {
        check(
            "Sale / Salt 0,3 g",
            &[
                r#"salt: Sale ["it"]"#,
                r#"salt: Salt ["en","da","sv","nb"]"#,
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

    // D-NUT-1.
    #[test]
    fn names_are_words_of_their_own() {
        for text in [
            "salade",
            "universal",
            "salé",
            "basalt",
            "frost",
            "sucrerie",
            "proteinsnack",
            "fettarm",
            "90 gx",
        ] {
            check(text, &[]);
        }
    }

    // D-NUT-3, 9.
    #[test]
    fn a_name_inside_of_another_is_not_mentioned() {
        check(
            "matières grasses saturées",
            &[r#"saturated_fat: matières grasses saturées ["fr"]"#],
        );
        check(
            "varav mättat fett",
            &[r#"saturated_fat: varav mättat fett ["sv"]"#],
        );
        check(
            "matières grasses trans",
            &[r#"trans_fat: matières grasses trans ["fr"]"#],
        );
    }

    // D-NUT-8, 10.
    #[test]
    fn quantities_are_those_of_nutrients() {
        check(
            "pour 100 g : 5 g, 20 mg",
            &["nutrient_value: 5 g null", "nutrient_value: 20 mg null"],
        );
        for text in [
            "8x12,0 g",
            "poids net : 320 g",
            "180 g net",
            "Füllmenge 500 g",
            "2 x 125 g",
            "4 × 30 g",
            "Portion 30 g",
            "Serving size (40g)",
        ] {
            check(text, &[]);
        }
    }
}
