//! Shops, by their names and their own brands (`ocr.md` 4.13).

use std::cmp::Reverse;
use std::ops::Range;

use regex_automata::meta::Regex;
use regex_automata::{Input, PatternSet};

use super::evidence::{evidence, put_box};
use super::{BuildError, Extractor, lexicon};
use crate::knowledge::{Knowledge, LexiconKind};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::pattern::{Form, Guard, Pattern, Prefilter};
use crate::text::tag::tag;

/// Rises when other shops are found in the same text.
const VERSION: &str = "2";

/// Names that are words of their languages as well: a person looks at them.
const EVERYDAY_WORDS: [&str; 7] = [
    "Asda", "Casino", "Coles", "Makro", "Match", "Meny", "Picard",
];

/// A spelling that the list cannot say of its pattern: shop, pattern.
const SPELLINGS: [(&str, &str); 1] = [("Edeka", "gut ?& ?g[uü]nstig")];

pub(super) struct StoreExtractor {
    /// All patterns as one alternation, in the order of `stores`.
    pattern: Pattern,
    prefilter: Prefilter,
    /// Tells which patterns a match is one of.
    whole: Regex,
    /// The shop of each pattern; the own brand of several chains stands there for each.
    stores: Vec<Box<str>>,
}

impl StoreExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let list = lexicon(knowledge, LexiconKind::Stores)?;
        let lines = list
            .entries()
            .map(|entry| match entry.keyword == entry.key {
                true => (entry.key, escaped(&entry.key.to_lowercase())),
                false => (entry.key, entry.keyword.to_owned()),
            });
        let mut ordered: Vec<(&str, String)> = lines.collect();
        let known = |store: &str| ordered.iter().any(|(name, _)| *name == store);
        let spellings = SPELLINGS.iter().filter(|(store, _)| known(store));
        let spellings: Vec<(&str, String)> = spellings
            .map(|(store, pattern)| (*store, (*pattern).to_owned()))
            .collect();
        ordered.extend(spellings);
        ordered.sort_by(|(a, x), (b, y)| {
            let length = |text: &str| Reverse(text.chars().count());
            (length(a), a, length(x)).cmp(&(length(b), b, length(y)))
        });
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
            whole: whole.map_err(|error| broken(&error))?,
            prefilter: Prefilter::new([&pattern]),
            pattern,
            stores: ordered.iter().map(|(store, _)| (*store).into()).collect(),
        })
    }

    /// The shops that have a pattern which is all of the match, each once, in order.
    fn stores(&self, matched: &str) -> Vec<&str> {
        let mut found = PatternSet::new(self.whole.pattern_len());
        self.whole
            .which_overlapping_matches(&Input::new(matched), &mut found);
        let mut stores: Vec<&str> = found
            .iter()
            .map(|first| &*self.stores[first.as_usize()])
            .collect();
        stores.dedup();
        stores
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
            let stores = self.stores(&text[hit.range.clone()]);
            for store in &stores {
                // Which of several chains sold it is not known.
                let is_unsure = stores.len() > 1 || EVERYDAY_WORDS.contains(store);
                found.push(prediction(ocr, text, &hit.range, store, is_unsure));
            }
        }
        found
    }
}

fn prediction(
    ocr: &OcrResult,
    text: &str,
    range: &Range<usize>,
    store: &str,
    is_unsure: bool,
) -> Prediction {
    let ground = evidence(ocr, text, range, None);
    let mut prediction = Prediction {
        value: Some(store.to_owned()),
        value_tag: Some(tag(store)),
        automatic_processing: is_unsure.then_some(false),
        predictor: Some("regex".into()),
        predictor_version: Some(VERSION.into()),
        ..Prediction::new(PredictionKind::Store)
    };
    prediction
        .data
        .insert("text".to_owned(), ground.text.as_str().into());
    put_box(&mut prediction.data, ground.area);
    prediction.evidence.push(ground);
    prediction
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lexicon::{Lexicon, LexiconShape};

    const LINES: &str = "Monoprix\nMonoprix||monoprix gourmet\nMarks & Spencer\nAldi\nAldi||gold[aä]hren\n\
        El Corte Inglés\nG20||les delices de belle france\nDiagonal||les delices de belle france\n\
        Edeka\nEdeka||gut[- ]g[uü]nstig\nCasino\nPenny\nPenny||Penny Market\n";

    /// Lines `tag[ looked at]`.
    fn check(text: &str, expected: &[&str]) {
        let stores = Lexicon::parse("test", LINES, LexiconShape::NameKeyword).unwrap();
        let knowledge = Knowledge::default().with_lexicon(LexiconKind::Stores, Arc::new(stores));
        let found = StoreExtractor::new(&knowledge)
            .unwrap()
            .find(&OcrResult::from_text(text));
        let seen: Vec<String> = found
            .iter()
            .map(|p| {
                let looked_at = if p.automatic_processing == Some(false) {
                    " looked at"
                } else {
                    ""
                };
                format!("{}{looked_at}", p.value_tag.as_deref().unwrap())
            })
            .collect();
        assert_eq!(seen, expected, "{text:?}");
    }

    // D-STO-1.
    #[test]
    fn stores_are_found_by_each_of_their_lines() {
        check("Monoprix Gourmet, monoprix", &["monoprix", "monoprix"]);
        check("MARKS & SPENCER, Goldähren", &["marks-spencer", "aldi"]);
        check("aldi penny market penny", &["aldi", "penny", "penny"]);
        check("monoprix gourmetx monoprixx xaldi", &["monoprix"]);
    }

    // D-STO-2.
    #[test]
    fn a_brand_of_several_chains_names_them_all() {
        check(
            "Les delices de belle france",
            &["diagonal looked at", "g20 looked at"],
        );
    }

    // D-STO-3.
    #[test]
    fn a_name_that_is_a_word_is_looked_at() {
        check("le casino de la plage", &["casino looked at"]);
    }

    // D-STO-4.
    #[test]
    fn tags_are_those_of_the_server() {
        check("EL CORTE INGLÉS", &["el-corte-ingles"]);
    }

    // D-STO-5.
    #[test]
    fn an_ampersand_may_stand_between() {
        check(
            "GUT & GÜNSTIG gut&günstig gut günstig",
            &["edeka", "edeka", "edeka"],
        );
    }
}
