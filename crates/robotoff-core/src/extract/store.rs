//! Shops, by their names and their own brands (`ocr.md` 4.13).

use std::cmp::Reverse;
use std::collections::BTreeMap;

use regex_automata::meta::Regex;
use regex_automata::{Input, PatternSet};

use super::evidence::{evidence, put_box};
use super::{BuildError, Extractor, lexicon};
use crate::knowledge::{Knowledge, LexiconKind};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::pattern::{Form, Guard, Pattern, Prefilter};
use crate::text::tag::store_tag;

pub(super) struct StoreExtractor {
    /// All patterns as one alternation, in the order of `stores`.
    pattern: Pattern,
    prefilter: Prefilter,
    /// Tells which patterns a match is one of.
    whole: Regex,
    stores: Vec<Box<str>>,
}

impl StoreExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let list = lexicon(knowledge, LexiconKind::Stores)?;
        // As recorded, only the last line of a name counts.
        let pattern_by_store: BTreeMap<&str, String> = list
            .entries()
            .map(|entry| match entry.keyword == entry.key {
                true => (entry.key, escaped(&entry.key.to_lowercase())),
                false => (entry.key, entry.keyword.to_owned()),
            })
            .collect();
        let mut ordered: Vec<(&str, String)> = pattern_by_store.into_iter().collect();
        ordered.sort_by_key(|(store, _)| Reverse(store.chars().count()));
        let broken = |error: &dyn std::fmt::Display| BuildError::BrokenPattern(error.to_string());
        let patterns: Vec<String> = ordered
            .iter()
            .map(|(_, pattern)| format!("(?i)^(?:{pattern})$"))
            .collect();
        let all: Vec<&str> = ordered
            .iter()
            .map(|(_, pattern)| pattern.as_str())
            .collect();
        let config = Regex::config().match_kind(regex_automata::MatchKind::All);
        let whole = Regex::builder().configure(config).build_many(&patterns);
        let form = Form::new(format!("(?i)(?:{})", all.join("|")));
        let form = form
            .after_guard(Guard::NoWordchar)
            .before_guard(Guard::NoWordchar);
        let pattern = Pattern::new([form]);
        Ok(Self {
            prefilter: Prefilter::new([&pattern]),
            pattern,
            whole: whole.map_err(|error| broken(&error))?,
            stores: ordered.iter().map(|(store, _)| (*store).into()).collect(),
        })
    }

    /// The first store in order whose pattern is all of the match.
    fn store(&self, matched: &str) -> Option<&str> {
        let mut found = PatternSet::new(self.whole.pattern_len());
        self.whole
            .which_overlapping_matches(&Input::new(matched), &mut found);
        let first = found.iter().next()?;
        Some(&self.stores[first.as_usize()])
    }
}

/// A text as a pattern that matches itself.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|c| format!(r"\x{{{:X}}}", u32::from(c)))
        .collect()
}

impl Extractor for StoreExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Store
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let text = ocr.text.contiguous();
        if self.prefilter.candidates(text).next().is_none() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for hit in self.pattern.hits(text) {
            let ground = evidence(ocr, text, &hit.range, None);
            let Some(store) = self.store(&ground.text) else {
                continue;
            };
            let mut prediction = Prediction {
                value: Some(store.to_owned()),
                value_tag: Some(store_tag(store)),
                predictor: Some("regex".into()),
                ..Prediction::new(self.kind())
            };
            prediction
                .data
                .insert("text".to_owned(), ground.text.as_str().into());
            put_box(&mut prediction.data, ground.area);
            prediction.evidence.push(ground);
            found.push(prediction);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lexicon::{Lexicon, LexiconShape};

    fn check(text: &str, expected: &[&str]) {
        let lines = "Monoprix||monoprix gourmet\nMarks & Spencer\nAldi\nAldi||gold[aä]hren\n";
        let stores = Lexicon::parse("test", lines, LexiconShape::NameKeyword).unwrap();
        let knowledge = Knowledge::default().with_lexicon(LexiconKind::Stores, Arc::new(stores));
        let found = StoreExtractor::new(&knowledge)
            .unwrap()
            .find(&OcrResult::from_text(text));
        let tags: Vec<&str> = found
            .iter()
            .filter_map(|p| p.value_tag.as_deref())
            .collect();
        assert_eq!(tags, expected, "{text:?}");
    }

    #[test]
    fn stores_are_found_by_their_last_line() {
        check("Monoprix Gourmet", &["monoprix"]);
        check("MARKS & SPENCER, Goldähren", &["marks-spencer", "aldi"]);
        check("aldi monoprix gourmetx", &[]);
    }
}
