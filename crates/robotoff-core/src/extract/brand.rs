//! Brands by name and by logo (`docs/reference/ocr.md` 4.1).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::iter;
use std::ops::Range;

use super::automatic::{Window, is_break};
use super::evidence::evidence_at;
use super::name::{Case, NamePlace, spellings};
use super::spans::Spans;
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn, lexicon};
use crate::knowledge::{Knowledge, LexiconKind, Part};
use crate::lexicon::Entry;
use crate::ocr::OcrResult;
use crate::prediction::{Evidence, Prediction, PredictionKind};
use crate::text::case_folded::CaseFolded;
use crate::text::keyword::{KeywordMatch, KeywordMatcher};
use crate::text::tag::{tag, taxonomy_tag};

/// Rises when other brands are found in the same text.
const VERSION: &str = "4";

/// Logos below this are guesses.
const MIN_LOGO_SCORE: f64 = 0.3;

/// Names of the list of logos that are misspelt there, and as they should be.
const LOGO_NAMES: [(&str, &str); 2] = [("Ruinard", "Ruinart"), ("Spécial K", "Special K")];

/// Tags of brands that are shops, or words of wine lists and streets.
const EVERYDAY_WORDS: [&str; 6] = [
    "cotes-du-rhone",
    "deli",
    "leclerc",
    "mission",
    "premier",
    "target",
];

/// One list of names, and how far it is trusted.
struct NameList {
    predictor: &'static str,
    /// Each name is a brand wherever it stands.
    is_curated: bool,
    keywords: KeywordMatcher,
    brands: Vec<Brand>,
}

struct Brand {
    tag: Box<str>,
    name: Box<str>,
    /// May be applied without a person.
    automatic: bool,
}

/// The brands of one list that have been found in a text.
struct Names<'s> {
    /// The position of the first of them among all predictions.
    first: usize,
    place_by_tag: HashMap<&'s str, usize>,
}

impl NameList {
    fn new(
        knowledge: &Knowledge,
        kind: LexiconKind,
        predictor: &'static str,
        is_curated: bool,
    ) -> Result<Self, BuildError> {
        let excluded = lexicon(knowledge, LexiconKind::BrandExclusions)?;
        // Some are written as names.
        let excluded: BTreeSet<String> = excluded
            .entries()
            .flat_map(|entry| [entry.keyword.to_owned(), tag(entry.keyword)])
            .chain(EVERYDAY_WORDS.map(str::to_owned))
            .collect();
        let list = lexicon(knowledge, kind)?;
        let is_number = |name: &str| !name.is_empty() && name.chars().all(char::is_numeric);
        let kept = list
            .entries()
            .filter(|e| !is_number(e.name) && !is_number(e.key) && !excluded.contains(e.key));
        let kept: Vec<Entry<'_>> = kept.collect();
        let printed: HashSet<String> = kept.iter().map(|e| e.keyword.to_lowercase()).collect();
        let (mut words, mut brands) = (Vec::new(), Vec::new());
        for entry in kept {
            // A spelling that is the name of another brand is that brand's.
            let others = spellings(entry.keyword);
            let others = others
                .into_iter()
                .filter(|other| !printed.contains(&other.to_lowercase()));
            for word in iter::once(entry.keyword.to_owned()).chain(others) {
                words.push(word);
                brands.push(Brand {
                    tag: entry.key.into(),
                    name: entry.name.into(),
                    automatic: is_curated && is_certain(entry.keyword, entry.name),
                });
            }
        }
        Ok(Self {
            predictor,
            is_curated,
            keywords: KeywordMatcher::new(&words)?,
            brands,
        })
    }

    /// One prediction for each brand; further places of its name are evidence. Words in
    /// `read` are another brand's.
    fn find(&self, ocr: &OcrResult, read: &mut Spans, found: &mut Vec<Prediction>) {
        let text = ocr.text.default_text();
        let lines = match ocr.text.full() {
            "" => text,
            full => full,
        };
        let mut names = Names {
            first: found.len(),
            place_by_tag: HashMap::new(),
        };
        for hit in self.keywords.find(ocr.text.case_folded()) {
            if !read.touches(&hit.range) {
                self.add(ocr, lines, &hit, &mut names, read, found);
            }
        }
        read.settle();
        for head in accented_heads(lines) {
            let window = Window::new(lines, head.clone());
            let hits = self.keywords.find(&CaseFolded::new(window.as_str()));
            let Some(hit) = hits.into_iter().find(|hit| hit.range.start == 0) else {
                continue;
            };
            let range = window.original(hit.range);
            let keyword = hit.keyword;
            // Further down a heading may be any word.
            let is_top = !lines[..range.start].contains(char::is_alphanumeric);
            if !is_top && !NamePlace::of(lines, &range).is_alone() {
                continue;
            }
            if range.len() >= MIN_FOLDED_BYTES && !read.touches(&range) {
                let hit = KeywordMatch { keyword, range };
                self.add(ocr, lines, &hit, &mut names, read, found);
            }
        }
    }

    /// Adds a name if it is a brand at its place, as evidence of one that is there already.
    fn add<'s>(
        &'s self,
        ocr: &OcrResult,
        lines: &str,
        hit: &KeywordMatch,
        names: &mut Names<'s>,
        read: &mut Spans,
        found: &mut Vec<Prediction>,
    ) {
        let is_evident = is_evident(&NamePlace::of(lines, &hit.range));
        if !is_evident && !self.is_curated {
            return;
        }
        let brand = &self.brands[hit.keyword];
        let evidence = evidence_at(ocr, ocr.text.default_text(), &hit.range, None);
        read.add(hit.range.clone());
        let is_automatic = brand.automatic && is_evident;
        match names.place_by_tag.get(&*brand.tag) {
            Some(place) => {
                let known = &mut found[names.first + place];
                known.evidence.push(evidence);
                if is_automatic {
                    known.automatic_processing = Some(true);
                }
            }
            None => {
                names
                    .place_by_tag
                    .insert(&brand.tag, found.len() - names.first);
                found.push(self.prediction(brand, is_automatic, evidence));
            }
        }
    }

    fn prediction(&self, brand: &Brand, is_automatic: bool, evidence: Evidence) -> Prediction {
        Prediction {
            value: Some(brand.name.to_string()),
            value_tag: Some(brand.tag.to_string()),
            automatic_processing: Some(is_automatic),
            predictor: Some(self.predictor.into()),
            predictor_version: Some(VERSION.into()),
            ..Prediction::from_evidence(PredictionKind::Brand, evidence)
        }
    }
}

/// Words behind a name that make it a designation of origin, as they are printed without
/// points.
const DESIGNATIONS: [&str; 12] = [
    "aoc", "aop", "bob", "chop", "doc", "docg", "dop", "igp", "pdo", "pgi", "stg", "tsg",
];

/// Shorter names are other words without their accents.
const MIN_FOLDED_BYTES: usize = 5;

/// Words before a brand.
const CUES: [&str; 14] = [
    "brand", "by", "la", "le", "les", "marca", "marka", "marke", "marque", "merk", "märke",
    "mærke", "original", "značka",
];

/// Letters that a name in lower case has at least.
const MIN_SMALL_LETTERS: usize = 4;

/// Words behind a name among which a legal form makes it a firm: `Bella Foods Inc.` is not
/// called Bella.
const FIRM_WORDS: usize = 1;

/// Bytes at the head of a line in which a name with accents that the list lacks may stand.
const HEAD: usize = 40;

/// Heads of lines whose first words have letters with accents, each with its place.
fn accented_heads(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    text.split(is_break).filter_map(move |line| {
        let first = start + line.len() - line.trim_start().len();
        start += line.len() + 1;
        let rest = line.trim_start();
        let length = rest.floor_char_boundary(HEAD.min(rest.len()));
        let has_accent = rest[..length]
            .chars()
            .any(|c| !c.is_ascii() && c.is_alphabetic());
        has_accent.then_some(first..first + length)
    })
}

/// True where a name is a brand by its place: alone on its line, with the sign of a trade
/// mark, at the head of a heading, set off in capitals, or as a firm. Inside of a sentence it
/// may be a word, a person or a place.
fn is_evident(place: &NamePlace<'_>) -> bool {
    let mut next = place.next_word().to_lowercase();
    next.retain(char::is_alphanumeric);
    if DESIGNATIONS.contains(&next.as_str()) {
        return false;
    }
    if place.is_person() || place.is_article_and_adjective() {
        return false;
    }
    let letters = place.name().chars().filter(|c| c.is_alphabetic()).count();
    if place.is_marked() || place.is_host() || place.is_firm(FIRM_WORDS) {
        return true;
    }
    if place.case() == Case::Lower {
        return place.is_bare() && letters >= MIN_SMALL_LETTERS;
    }
    place.is_alone() && !place.is_sentence()
        || place.is_heading()
        || place.is_set_off() && letters >= MIN_SMALL_LETTERS
        || place.is_on_label() && (place.is_joined() || has_cue(place))
        || (place.is_made_by() || place.is_item()) && place.name().contains(' ')
        || place.is_last() && letters > MIN_SMALL_LETTERS
}

/// True behind a word such as `marque`.
fn has_cue(place: &NamePlace<'_>) -> bool {
    CUES.contains(&place.previous_word().to_lowercase().as_str())
}

/// True for words that are nobody else's: several, or the letters of the name itself. A
/// family name or three letters alone are not.
fn is_certain(keyword: &str, name: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    keyword.trim().contains(' ') || letters(keyword) == letters(name)
}

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::Brand,
    finds: "brands, by name and by logo",
    predictors: &[
        Predictor::new("curated-list", VERSION),
        Predictor::new("taxonomy", VERSION),
        Predictor::new("google-cloud-vision", VERSION),
    ],
    languages: &[],
    parts: &[
        Part::Lexicon(LexiconKind::Brands),
        Part::Lexicon(LexiconKind::BrandsOfTaxonomy),
        Part::Lexicon(LexiconKind::BrandExclusions),
        Part::Lexicon(LexiconKind::BrandLogos),
    ],
    runs_on: RunsOn::ImagesAndProductNames,
    build: |knowledge| Ok(Box::new(BrandExtractor::new(knowledge)?)),
};

pub(super) struct BrandExtractor {
    /// An earlier list wins where both know the words.
    lists: [NameList; 2],
    /// Brands by Google's name of their logo.
    name_by_logo: BTreeMap<Box<str>, Box<str>>,
}

impl BrandExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let logos = lexicon(knowledge, LexiconKind::BrandLogos)?;
        let right = |name: &str| {
            let known = LOGO_NAMES.iter().find(|(wrong, _)| *wrong == name);
            known.map_or(name, |(_, right)| right).into()
        };
        Ok(Self {
            lists: [
                NameList::new(knowledge, LexiconKind::Brands, "curated-list", true)?,
                NameList::new(knowledge, LexiconKind::BrandsOfTaxonomy, "taxonomy", false)?,
            ],
            name_by_logo: logos
                .entries()
                .map(|e| (e.key.into(), right(e.keyword)))
                .collect(),
        })
    }
}

impl Extractor for BrandExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Brand
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let mut found = Vec::new();
        let mut read = Spans::default();
        for list in &self.lists {
            list.find(ocr, &mut read, &mut found);
            read.settle();
        }
        for logo in ocr.logos.iter().filter(|logo| logo.score >= MIN_LOGO_SCORE) {
            let name = self.name_by_logo.get(&*logo.description);
            found.extend(name.map(|name| Prediction {
                value: Some(name.to_string()),
                value_tag: Some(taxonomy_tag(name)),
                automatic_processing: Some(false),
                predictor: Some("google-cloud-vision".into()),
                predictor_version: Some(VERSION.into()),
                confidence: Some(logo.score),
                ..Prediction::new(self.kind())
            }));
        }
        found
    }
}

#[cfg(test)]
mod tests;
