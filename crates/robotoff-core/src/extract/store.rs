//! Shops, by their names and their own brands (`docs/reference/ocr.md` 4.13).

use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::Range;

use super::automatic::{Surroundings, Topic};
use super::evidence::evidence_at;
use super::name::{Case, NamePlace, spellings};
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn, lexicon};
use crate::knowledge::{Knowledge, LexiconKind, Part};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::keyword::KeywordMatcher;
use crate::text::tag::tag;
use crate::text::variants::variants;

/// Rises when other shops are found in the same text.
const VERSION: &str = "4";

/// Names that are words of their languages as well: alone on a line a person decides, in
/// other places they are no store unless a firm or words of making stand beside them.
const EVERYDAY_WORDS: [&str; 16] = [
    "Action", "Asda", "Booths", "Casino", "Coles", "Cora", "Diagonal", "Makro", "Match", "Meny",
    "Mercator", "Netto", "Penny", "Picard", "Real", "SPAR",
];

/// Spellings that the list lacks: shop, notation.
const SPELLINGS: [(&str, &str); 10] = [
    ("Edeka", "gut ?& ?g[uü]nstig"),
    ("Coop", "coop"),
    ("Cora", "cora"),
    ("K-Market", "k-market"),
    ("Leclerc", "leclerc|e[.] leclerc"),
    ("Magasins U", "magasins u|syst[eè]me u|super u|hyper u"),
    ("Match", "match"),
    ("Mercadona", "mercadona"),
    ("Penny", "penny"),
    ("Picard", "picard surgel[eé]s"),
];

/// Words before the name of a person, as a label prints them.
const PERSONS: [&str; 18] = [
    "monsieur", "madame", "mme", "mr", "mrs", "ms", "herr", "frau", "señor", "señora", "don",
    "signor", "signora", "domnul", "doamna", "pan", "pani", "famille",
];

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
            .map(|entry| (entry.key, texts_of(entry.key, entry.keyword)));
        let mut ordered: Vec<(&str, Vec<String>)> = lines
            .map(|(store, texts)| Ok((store, texts?)))
            .collect::<Result<_, BuildError>>()?;
        for (store, notation) in SPELLINGS {
            if ordered.iter().any(|(name, _)| *name == store) {
                ordered.push((store, notation_texts(notation)?));
            }
        }
        ordered.sort_by_key(|(store, _)| (Reverse(store.chars().count()), *store));
        let mut known = HashSet::new();
        let mut stores: Vec<Box<str>> = Vec::new();
        let mut names = Vec::new();
        for (store, texts) in &ordered {
            let printed = texts
                .iter()
                .flat_map(|text| spellings(text).into_iter().chain([text.clone()]));
            for name in printed {
                if known.insert((*store, name.to_lowercase())) {
                    stores.push((*store).into());
                    names.push(name);
                }
            }
        }
        Ok(Self {
            names: KeywordMatcher::new(&names)?,
            stores,
        })
    }
}

/// Texts of a line of the list.
fn texts_of(store: &str, notation: &str) -> Result<Vec<String>, BuildError> {
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
        let lines = match ocr.text.full() {
            "" => ocr.text.default_text(),
            full => full,
        };
        let hits = self.names.find(ocr.text.case_folded());
        let mut found = Vec::new();
        // Several names of one place are next to each other.
        for same in hits.chunk_by(|one, other| one.range == other.range) {
            let place = NamePlace::of(lines, &same[0].range);
            let mut stores: Vec<&str> = same.iter().map(|hit| &*self.stores[hit.keyword]).collect();
            stores.dedup();
            for store in &stores {
                let Some(trust) = trust(store, &place) else {
                    continue;
                };
                // Which of several chains sold it is not known.
                let is_automatic = stores.len() == 1 && trust == Trust::Automatic;
                let is_unsure = !is_automatic || is_event(lines, &same[0].range);
                found.push(prediction(ocr, text, &same[0].range, store, is_unsure));
            }
        }
        found
    }
}

/// Use of a name at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trust {
    /// A person decides.
    Question,
    /// May be applied without a person.
    Automatic,
}

/// The trust in a name: automatic alone on its line, behind words of making and as a firm;
/// a question at the head of a line or inside a sentence; `None` in lower case inside a line,
/// and for words of everyday language, own brands of one word and persons in sentences.
fn trust(store: &str, place: &NamePlace<'_>) -> Option<Trust> {
    let is_everyday = EVERYDAY_WORDS
        .iter()
        .any(|word| word.eq_ignore_ascii_case(store));
    if place.is_made_by() || place.is_firm(FIRM_WORDS) {
        return match place.case() {
            Case::Lower if is_everyday && !place.name().contains(' ') => None,
            Case::Lower => Some(Trust::Question),
            Case::Capitals | Case::Title => Some(Trust::Automatic),
        };
    }
    if place.is_alone() {
        let is_certain = !is_everyday && place.case() != Case::Lower;
        return Some(if is_certain {
            Trust::Automatic
        } else {
            Trust::Question
        });
    }
    let is_own_brand = !place.is_called(store) && !place.name().contains([' ', '-', '\'', '’']);
    let is_person = PERSONS.contains(&place.previous_word().to_lowercase().as_str());
    let is_found = match place.case() {
        Case::Lower => false,
        Case::Capitals | Case::Title if is_everyday || is_person => false,
        Case::Capitals if place.is_first() => true,
        Case::Capitals | Case::Title => place.is_heading() || place.is_on_label() || !is_own_brand,
    };
    is_found.then_some(Trust::Question)
}

/// True beside words of a game or an offer, whoever organises it.
fn is_event(text: &str, range: &Range<usize>) -> bool {
    let surroundings = Surroundings::of(text, range.clone());
    surroundings.objection(None, &[Topic::Event]).is_some()
}

/// Words behind a name among which a legal form makes it a firm.
const FIRM_WORDS: usize = 6;

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
mod tests;
