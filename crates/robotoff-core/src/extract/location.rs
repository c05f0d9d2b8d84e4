//! French addresses: a commune beside its postal code (`ocr.md` 4.8).

use std::sync::Arc;

use serde_json::{Map, json};

use super::{BuildError, Extractor};
use crate::commune::Communes;
use crate::knowledge::Knowledge;
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::fold::decompose_to_ascii;
use crate::text::keyword::KeywordMatcher;
use crate::text::lowered::Lowered;

/// Characters between a name and its code, at most.
const DISTANCE: usize = 10;

/// Characters around both that are kept.
const EXTRACT: usize = 30;

pub(super) struct LocationExtractor {
    names: KeywordMatcher,
    /// Name and postal codes of each keyword.
    communes: Vec<(Box<str>, Vec<Box<str>>)>,
}

impl LocationExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let communes = knowledge
            .communes()
            .ok_or(BuildError::MissingPart("communes"))?;
        let communes = by_name(communes);
        let names: Vec<&str> = communes.iter().map(|(name, _)| &**name).collect();
        Ok(Self {
            names: KeywordMatcher::new(&names)?,
            communes,
        })
    }
}

fn by_name(communes: &Arc<Communes>) -> Vec<(Box<str>, Vec<Box<str>>)> {
    let mut position_by_name = std::collections::HashMap::new();
    let mut list: Vec<(Box<str>, Vec<Box<str>>)> = Vec::new();
    for (name, code) in communes.iter() {
        let position = *position_by_name.entry(name).or_insert_with(|| {
            list.push((name.into(), Vec::new()));
            list.len() - 1
        });
        list[position].1.push(code.into());
    }
    list
}

impl Extractor for LocationExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Location
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let lower = ocr.text.full().to_lowercase();
        let text = decompose_to_ascii(&lower).replace(['\'', '-'], " ");
        let mut found = Vec::new();
        for hit in self.names.find(&Lowered::new(&text)) {
            let (name, codes) = &self.communes[hit.keyword];
            let (start, end) = (hit.range.start, hit.range.end);
            let from = start.saturating_sub(DISTANCE);
            let window = &text[from..(end + DISTANCE).min(text.len())];
            let code = codes
                .iter()
                .find_map(|code| Some((code, position(window, code)?)));
            let Some((code, at)) = code else {
                continue;
            };
            let (code_start, code_end) = (from + at, from + at + code.len());
            let first = start.min(code_start).saturating_sub(EXTRACT);
            let last = (end.max(code_end) + EXTRACT).min(text.len());
            let mut prediction = Prediction::new(self.kind());
            prediction.data = Map::from_iter([
                ("country_code".to_owned(), json!("fr")),
                ("city_name".to_owned(), json!(name)),
                ("postal_code".to_owned(), json!(code)),
                ("text_extract".to_owned(), json!(&text[first..last])),
            ]);
            found.push(prediction);
        }
        found
    }
}

/// Where the code stands with no other digit beside it.
fn position(window: &str, code: &str) -> Option<usize> {
    let bytes = window.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let places = (0..window.len()).filter(|at| bytes[*at..].starts_with(code.as_bytes()));
    places.into_iter().find(|at| {
        let follows_digit = at.checked_sub(1).is_some_and(is_digit);
        !follows_digit && !is_digit(at + code.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let records = [("RIVAC", "24999"), ("PORT BLANC", "98999")].map(|(name, code)| {
            format!(r#"{{"fields":{{"nom_de_la_commune":"{name}","code_postal":"{code}"}}}}"#)
        });
        let communes = Communes::from_json(format!("[{}]", records.join(",")).as_bytes()).unwrap();
        let knowledge = Knowledge::default().with_communes(Arc::new(communes));
        let found = LocationExtractor::new(&knowledge)
            .unwrap()
            .find(&OcrResult::from_text(text));
        let extracts: Vec<&str> = found
            .iter()
            .map(|p| p.data["text_extract"].as_str().unwrap())
            .collect();
        assert_eq!(extracts, expected, "{text:?}");
    }

    #[test]
    fn a_commune_is_found_beside_its_code() {
        check("fait à Rivac 24999 France", &["fait a rivac 24999 france"]);
        check("24999fr rivac", &["24999fr rivac"]);
        check("Port-Blanc 98999", &["port blanc 98999"]);
        check(
            "rivac 24999 rivac",
            &["rivac 24999 rivac", "rivac 24999 rivac"],
        );
    }

    #[test]
    fn another_number_is_no_code() {
        for text in [
            "249990 rivac",
            "124999 rivac",
            "rivac, dans le grand 24999",
            "rivac 98999",
        ] {
            check(text, &[]);
        }
    }
}
