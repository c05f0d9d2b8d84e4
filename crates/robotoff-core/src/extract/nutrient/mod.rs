//! Nutrients with their values, where both stand side by side or one under the other
//! (`docs/reference/ocr.md` 4.9, corrected by section 9, D-NUT).

mod columns;
pub(super) mod mention;
mod names;
mod value;

use std::ops::Range;

use serde_json::{Map, json};

use columns::{Columns, Table, ValueChoice};
use names::{NUTRIENTS, Names, Nutrient, only};
use value::{Amount, Value};

use super::evidence::evidence_at;
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn};
use crate::ocr::OcrResult;
use crate::prediction::{Evidence, Prediction, PredictionKind};

/// Rises when other values are found in the same text.
const VERSION: &str = "3";

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::Nutrient,
    finds: "nutrients with their values",
    predictors: &[Predictor::new("regex", VERSION)],
    languages: &[
        "cs", "da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "pl", "pt", "ro", "sv",
    ],
    parts: &[],
    runs_on: RunsOn::Images,
    build: |_| Ok(Box::new(NutrientExtractor::new()?)),
};

pub(super) struct NutrientExtractor {
    names: Names,
    columns: Columns,
}

/// Amounts read at one place: position of the nutrient and item of each amount, and
/// the bytes that say it.
type PlaceAmounts = (Vec<(usize, serde_json::Value)>, Range<usize>);

impl NutrientExtractor {
    pub(super) fn new() -> Result<Self, BuildError> {
        let names = Names::new(|nutrient| !nutrient.units.is_empty())?;
        Ok(Self {
            names: names.followed_by_numbers(),
            columns: Columns::new(),
        })
    }

    /// Values behind a name of the table.
    fn read(&self, table: &Table<'_>, index: usize) -> PlaceAmounts {
        let text = table.text;
        let named = &table.names[index];
        let owners = match self.columns.choice(table, index) {
            ValueChoice::First => {
                let nutrient = &NUTRIENTS[named.nutrient];
                let is_energy = nutrient.name == "energy";
                let value = Value::behind(text, named.range.end, nutrient.units, is_energy);
                let first = value.map(|value| (named.nutrient, named.range.start, value));
                first.into_iter().collect()
            }
            ValueChoice::Other(value) => vec![(named.nutrient, named.range.start, value)],
            ValueChoice::Shared(owners) => owners,
            ValueChoice::Unclear => Vec::new(),
        };
        let begin = owners.first().map_or(named.range.start, |owner| owner.1);
        let end = owners.last().map_or(begin, |(.., value)| {
            value.second.as_ref().unwrap_or(&value.amount).end()
        });
        let said = owners.into_iter().flat_map(|(position, start, value)| {
            let items = items(&NUTRIENTS[position], text, start, &value).into_iter();
            items.map(move |item| (position, item))
        });
        (said.collect(), begin..end)
    }
}

/// The amounts of one value: one, or the energy in both units. None where the nutrient
/// is measured in other units.
fn items(nutrient: &Nutrient, text: &str, start: usize, value: &Value) -> Vec<serde_json::Value> {
    let sign = if value.is_below { "<" } else { "" };
    let item = |amount: &Amount| {
        let number = text[amount.number.clone()].replace(',', ".");
        json!({
            "raw": &text[start..amount.end()],
            "nutrient": nutrient.name,
            "value": format!("{sign}{}", number.trim_end_matches('.')),
            "unit": symbol(&text[amount.unit.clone()]),
        })
    };
    let has_unit = |amount: &&Amount| {
        let unit = &text[amount.unit.clone()];
        let mut units = nutrient.units.iter();
        units.any(|known| known.eq_ignore_ascii_case(unit))
    };
    let amounts = std::iter::once(&value.amount).chain(&value.second);
    let is_plausible = |amount: &&Amount| is_plausible(text, amount);
    amounts
        .filter(has_unit)
        .filter(is_plausible)
        .map(item)
        .collect()
}

/// False for a number with a leading zero, whose comma was not read, and for more than
/// 100 g: a table speaks of 100 g.
fn is_plausible(text: &str, amount: &Amount) -> bool {
    let number = text[amount.number.clone()].replace(',', ".");
    let has_leading_zero = number.len() > 1 && number.starts_with('0') && !number.starts_with("0.");
    let is_gram = text[amount.unit.clone()].eq_ignore_ascii_case("g");
    let whole = number.split('.').next().unwrap_or_default();
    let is_too_much = is_gram && whole.len() > 2 && number.trim_end_matches('.') != "100";
    !has_leading_zero && !is_too_much
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
        let table = Table::new(text, self.names.find(ocr.text.case_folded()));
        let mut found: Vec<(usize, serde_json::Value)> = Vec::new();
        let mut evidence: Vec<(usize, Evidence)> = Vec::new();
        for (index, named) in table.names.iter().enumerate() {
            let (said, place) = self.read(&table, index);
            if !said.is_empty() {
                let place = evidence_at(ocr, text, &place, only(named.langs));
                evidence.push((named.nutrient, place));
                found.extend(said);
            }
        }
        if found.is_empty() {
            return Vec::new();
        }
        // Stable: by nutrient, and then by place.
        found.sort_by_key(|(position, _)| *position);
        evidence.sort_by_key(|(position, _)| *position);
        let mut nutrients = Map::new();
        for (position, item) in found {
            let list = nutrients
                .entry(NUTRIENTS[position].name)
                .or_insert_with(|| json!([]));
            if let serde_json::Value::Array(list) = list {
                list.push(item);
            }
        }
        let mut prediction = Prediction {
            predictor: Some("regex".into()),
            predictor_version: Some(VERSION.into()),
            evidence: evidence.into_iter().map(|(_, place)| place).collect(),
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

    // D-NUT-1, 6, 8.
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
        check(
            "Fibre 700 mg, glucids 20g",
            &["carbohydrate 20 g", "fiber 700 mg"],
        );
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

    // D-NUT-4, 7.
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

    // D-NUT-4, 5.
    #[test]
    fn tables_and_small_amounts_are_read() {
        check("Sel : <0,1 g", &["salt <0.1 g"]);
        check("Sel ≤ 0,1 g", &["salt <0.1 g"]);
        check("Protein\n \n6 g", &["protein 6 g"]);
        check("Sucres 7, g", &["sugar 7 g"]);
    }

    #[test]
    fn units_may_stand_in_the_head_of_the_row() {
        check("Fett (g) 30,9", &["fat 30.9 g"]);
        check("Tłuszcz [g] 2,0", &["fat 2.0 g"]);
        check("Sal, g 0,25", &["salt 0.25 g"]);
        check("Lípidos (g): 3,2", &["fat 3.2 g"]);
        check("Energy kJ 356\nFat g 1.5", &["energy 356 kJ", "fat 1.5 g"]);
        check("Fett (g) 30,9 mg", &[]);
        check("Fett g", &[]);
        check("Salz, gesund 3", &[]);
    }

    #[test]
    fn what_cannot_be_in_100_g_is_no_value() {
        check("Glucides 625 g", &[]);
        check("Eiweiß 08 g", &[]);
        check("Sucres 100 g, sel 0,8 g", &["sugar 100 g", "salt 0.8 g"]);
    }

    #[test]
    fn names_are_read_in_czech_romanian_and_finnish() {
        check("Tuky 17 g, Sůl 0,55 g", &["fat 17 g", "salt 0.55 g"]);
        check("Grăsimi 31 g, Zaharuri 5 g", &["fat 31 g", "sugar 5 g"]);
        check("Rasva 6,9 g, Suola 1,1 g", &["fat 6.9 g", "salt 1.1 g"]);
    }

    #[test]
    fn d_nut_4_shares_are_no_quantities() {
        check("Lipides 6 % 4 g", &["fat 4 g"]);
        check("Total Fat 8g 10%", &["fat 8 g"]);
        check("Sucres 7 %", &[]);
        check("Sel 12 % <0,1 g", &["salt <0.1 g"]);
    }

    #[test]
    fn d_nut_4_the_value_for_100_g_is_taken() {
        check(
            "Par portion (30 g) / pour 100 g : Énergie 450 kJ / 108 kcal 5 % 1500 kJ / 360 kcal Lipides 1,2 g 2 % 4 g",
            &["energy 1500 kJ", "energy 360 kcal", "fat 4 g"],
        );
        check("pour 100 g par portion : Lipides 4 g 1,2 g", &["fat 4 g"]);
        check("per 30 g per 100 g: Fat 1.2 g", &["fat 1.2 g"]);
    }

    #[test]
    fn d_nut_4_names_before_their_values_have_each_its_own() {
        check(
            "Matières grasses dont acides gras saturés 12 g 5 g",
            &["saturated_fat 5 g", "fat 12 g"],
        );
        check(
            "Energie\nFett\ndavon gesättigte Fettsäuren\nKohlenhydrate davon Zucker\n\
             1500 kJ/360 kcal\n12 g\n5 g\n40 g\n20 g",
            &[
                "energy 1500 kJ",
                "energy 360 kcal",
                "saturated_fat 5 g",
                "fat 12 g",
                "sugar 20 g",
                "carbohydrate 40 g",
            ],
        );
        let fat = OcrResult::from_text("Fat of which saturates 12 g 5 g.");
        let found = NutrientExtractor::new().unwrap().find(&fat);
        assert_eq!(found[0].evidence[0].text, "Fat of which saturates 12 g 5 g");
        // The same in two languages, with two columns.
        check("Fett / Lipides 12 g 4 g", &["fat 12 g"]);
        check(
            "Fett / Lipides davon gesättigte Fettsäuren 12 g 4 g",
            &["saturated_fat 4 g", "fat 12 g"],
        );
        check("Fat of which saturates 12 g 5 g 3 g", &[]);
        check("Glucides dont sucres 12 g", &["sugar 12 g"]);
        check("Sucre, sel 5 g 3 g", &["salt 5 g"]);
    }

    // D-NUT-3, 9.
    #[test]
    fn parts_of_fat_are_no_fat() {
        check("varav mättat fett:5,7 g", &["saturated_fat 5.7 g"]);
        check("matières grasses saturées 2 g", &["saturated_fat 2 g"]);
        check("matières grasses trans 2 g", &["trans_fat 2 g"]);
    }
}
