//! Shops, by their names and their own brands (`docs/reference/ocr.md` 4.13).

use std::cmp::Reverse;
use std::ops::Range;

use super::evidence::evidence_at;
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn, lexicon};
use crate::knowledge::{Knowledge, LexiconKind, Part};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::keyword::KeywordMatcher;
use crate::text::tag::tag;
use crate::text::variants::variants;

/// Rises when other shops are found in the same text.
const VERSION: &str = "2";

/// Names that are words of their languages as well: a person looks at them.
const EVERYDAY_WORDS: [&str; 7] = [
    "Asda", "Casino", "Coles", "Makro", "Match", "Meny", "Picard",
];

/// Spellings that the list lacks: shop, notation.
const SPELLINGS: [(&str, &str); 1] = [("Edeka", "gut ?& ?g[uü]nstig")];

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::Store,
    finds: "shops, by name",
    predictors: &[Predictor::new("regex", VERSION)],
    languages: &[],
    parts: &[Part::Lexicon(LexiconKind::Stores)],
    runs_on: RunsOn::Images,
    build: |knowledge| Ok(Box::new(StoreExtractor::new(knowledge)?)),
};

pub(super) struct StoreExtractor {
    names: KeywordMatcher,
    /// The shop of each name; the own brand of several chains stands there for each.
    stores: Vec<Box<str>>,
}

impl StoreExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let list = lexicon(knowledge, LexiconKind::Stores)?;
        let lines = list
            .entries()
            .map(|entry| (entry.key, spellings(entry.key, entry.keyword)));
        let mut ordered: Vec<(&str, Vec<String>)> = lines
            .map(|(store, texts)| Ok((store, texts?)))
            .collect::<Result<_, BuildError>>()?;
        for (store, notation) in SPELLINGS {
            if ordered.iter().any(|(name, _)| *name == store) {
                ordered.push((store, notation_texts(notation)?));
            }
        }
        ordered.sort_by_key(|(store, _)| (Reverse(store.chars().count()), *store));
        let pairs = ordered
            .iter()
            .flat_map(|(store, texts)| texts.iter().map(|text| (*store, text.as_str())));
        let (stores, names): (Vec<Box<str>>, Vec<&str>) =
            pairs.map(|(store, name)| (store.into(), name)).unzip();
        Ok(Self {
            names: KeywordMatcher::new(&names)?,
            stores,
        })
    }
}

/// How a line of the list says that the shop is written.
fn spellings(store: &str, notation: &str) -> Result<Vec<String>, BuildError> {
    if store == notation {
        return Ok(vec![store.to_owned()]);
    }
    // A line end is white space as any other; a dot may be read as a space or a hyphen.
    notation_texts(&notation.replace("\\n", " ").replace('.', "[. -]"))
}

fn notation_texts(notation: &str) -> Result<Vec<String>, BuildError> {
    variants(notation).map_err(|error| BuildError::BrokenPattern(error.to_string()))
}

impl Extractor for StoreExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Store
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let text = ocr.text.contiguous();
        if text.is_empty() {
            return Vec::new();
        }
        let hits = self.names.find(ocr.text.case_folded());
        let mut found = Vec::new();
        // Several names of one place are next to each other.
        for same in hits.chunk_by(|one, other| one.range == other.range) {
            let mut stores: Vec<&str> = same.iter().map(|hit| &*self.stores[hit.keyword]).collect();
            stores.dedup();
            for store in &stores {
                // Which of several chains sold it is not known.
                let is_unsure = stores.len() > 1 || EVERYDAY_WORDS.contains(store);
                found.push(prediction(ocr, text, &same[0].range, store, is_unsure));
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
    let evidence = evidence_at(ocr, text, range, None);
    Prediction {
        value: Some(store.to_owned()),
        value_tag: Some(tag(store)),
        automatic_processing: is_unsure.then_some(false),
        predictor: Some("regex".into()),
        predictor_version: Some(VERSION.into()),
        ..Prediction::from_evidence(PredictionKind::Store, evidence)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lexicon::{Lexicon, LexiconShape};

    const LINES: &str = "Monoprix\nMonoprix||monoprix gourmet\nMarks & Spencer\nAldi\nAldi||gold[aä]hren\n\
        El Corte Inglés\nG20||les delices de belle france\nDiagonal||les delices de belle france\n\
        Edeka\nEdeka||gut[- \\n]g[uü]nstig\nCasino\nPenny\nPenny||Penny Market\nE.Leclerc||e.leclerc\n";

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
        check(
            "E.Leclerc E LECLERC E. Leclerc",
            &["e-leclerc", "e-leclerc"],
        );
    }

    #[test]
    fn a_line_that_says_nothing_is_named() {
        let stores = Lexicon::parse("test", "Aldi||ald(i", LexiconShape::NameKeyword).unwrap();
        let knowledge = Knowledge::default().with_lexicon(LexiconKind::Stores, Arc::new(stores));
        let error = StoreExtractor::new(&knowledge).err().unwrap();
        assert!(error.to_string().contains("ald(i"), "{error}");
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
