//! Nutrients with their values, where both stand side by side or one under the other
//! (`docs/reference/ocr.md` 4.9, corrected by section 9, D-NUT).

mod basis;
mod cells;
mod columns;
mod items;
pub(super) mod mention;
mod names;
mod value;

use std::ops::Range;

use serde_json::{Map, json};

use columns::Table;
use items::{ENERGY, contradict, items};
use names::{NUTRIENTS, Names, only};

use super::evidence::evidence_at;
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn};
use crate::ocr::OcrResult;
use crate::prediction::{Evidence, Prediction, PredictionKind};

/// Rises when other values are found in the same text.
const VERSION: &str = "5";

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::Nutrient,
    finds: "nutrients with their values",
    predictors: &[Predictor::new("regex", VERSION)],
    languages: &[
        "cs", "da", "de", "en", "es", "fi", "fr", "hu", "it", "nb", "nl", "pl", "pt", "ro", "sk",
        "sv",
    ],
    parts: &[],
    runs_on: RunsOn::Images,
    build: |_| Ok(Box::new(NutrientExtractor::new()?)),
};

pub(super) struct NutrientExtractor {
    names: Names,
}

/// Amounts read at one place: position of the nutrient and item of each amount, and
/// the bytes that say it.
type PlaceAmounts = (Vec<(usize, serde_json::Value)>, Range<usize>);

impl NutrientExtractor {
    pub(super) fn new() -> Result<Self, BuildError> {
        let names = Names::new(|nutrient| !nutrient.units.is_empty())?;
        Ok(Self {
            names: names.followed_by_numbers(),
        })
    }
}

/// Values at one place, and the bytes that say them.
fn place_amounts(table: &Table<'_>, index: usize) -> PlaceAmounts {
    let owners = table.values(index);
    let begin = owners
        .first()
        .map_or(table.names[index].range.start, |owner| owner.1);
    let end = owners.last().map_or(begin, |(.., value)| {
        value.second.as_ref().unwrap_or(&value.amount).end()
    });
    let said = owners.into_iter().flat_map(|(position, start, value)| {
        let items = items(&NUTRIENTS[position], table.text, start, &value).into_iter();
        items.map(move |item| (position, item))
    });
    (said.collect(), begin..end)
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
            let (said, place) = place_amounts(&table, index);
            if !said.is_empty() {
                let place = evidence_at(ocr, text, &place, only(named.langs));
                evidence.push((named.nutrient, place));
                found.extend(said);
            }
        }
        let is_energy =
            |(position, _): &(usize, serde_json::Value)| NUTRIENTS[*position].name == ENERGY;
        let energies = found.iter().filter(|one| is_energy(one));
        let energies: Vec<serde_json::Value> = energies.map(|(_, item)| item.clone()).collect();
        if contradict(&energies) {
            found.retain(|one| !is_energy(one));
            evidence.retain(|(position, _)| NUTRIENTS[*position].name != ENERGY);
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
mod tests;
