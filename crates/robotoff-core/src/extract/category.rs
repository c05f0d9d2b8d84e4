//! Categories with a protected designation (`docs/reference/ocr.md` 4.2, corrected by section 9, D-CAT): the words
//! right before or after the designation, if they name a category.

mod designations;
mod keys;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use designations::{DESIGNATIONS, Designation, Place};
use keys::{key, names, without_generic_word};

use super::evidence::evidence_at;
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn, taxonomy};
use crate::knowledge::{Knowledge, Part, TaxonomyKind};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::taxonomy::Taxonomy;
use crate::text::keyword::KeywordMatcher;
use crate::text::pattern::{Form, Guard, Pattern};
use crate::text::tag::category_tag;
use crate::text::variants::variants;

/// Rises when other categories are found in the same text.
const VERSION: &str = "4";

/// Words and bytes that a name has at most.
const MAX_WORDS: usize = 8;
const MAX_BYTES: usize = 160;

/// Closing sign of a designation around a name, and its distance in characters.
const CLOSING: &str = "(?i)(?:contr[oô]l[eé]e|prot[eé]g[eé]e)";
const MAX_WITHIN: usize = 80;
const MAX_CLOSING: usize = 12;

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::Category,
    finds: "categories with a protected designation of origin",
    predictors: &[Predictor::new("regex", VERSION)],
    languages: &[
        "cs", "da", "de", "el", "en", "es", "fi", "fr", "hu", "it", "nl", "pl", "pt", "ro", "sv",
    ],
    parts: &[Part::Taxonomy(TaxonomyKind::Categories)],
    runs_on: RunsOn::Images,
    build: |knowledge| Ok(Box::new(CategoryExtractor::new(knowledge)?)),
};

pub(super) struct CategoryExtractor {
    designations: KeywordMatcher,
    /// Of each of their names, the position in [`DESIGNATIONS`].
    positions: Vec<usize>,
    closing: Pattern,
    categories: Arc<Taxonomy>,
    /// Ids of categories whose name is protected, by each of their names.
    protected: HashMap<String, Box<str>>,
    /// Names in the ids of all categories, as [`key`] writes them. Most words beside a
    /// designation are in none, which one look here says.
    keys: HashSet<Box<str>>,
}

impl CategoryExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let mut words: Vec<String> = Vec::new();
        let mut positions = Vec::new();
        for (position, designation) in DESIGNATIONS.iter().enumerate() {
            let texts = variants(designation.words);
            let texts = texts.map_err(|error| BuildError::BrokenPattern(error.to_string()))?;
            positions.extend(texts.iter().map(|_| position));
            words.extend(texts);
        }
        let categories = taxonomy(knowledge, TaxonomyKind::Categories)?;
        let mut protected = HashMap::new();
        for node in categories
            .nodes()
            .filter(|node| node.property("protected_name_type").is_some())
        {
            for name in names(node) {
                protected
                    .entry(key(name))
                    .or_insert_with(|| node.id().into());
            }
        }
        // A name without its generic word counts where no other name is so.
        for node in categories
            .nodes()
            .filter(|node| node.property("protected_name_type").is_some())
        {
            for short in names(node).filter_map(|name| without_generic_word(&key(name))) {
                protected.entry(short).or_insert_with(|| node.id().into());
            }
        }
        let slugs = categories
            .nodes()
            .filter_map(|node| node.id().split_once(':'));
        let keys = slugs.map(|(_, slug)| key(slug).into()).collect();
        Ok(Self {
            keys,
            designations: KeywordMatcher::new(&words)?,
            positions,
            closing: Pattern::new([Form::new(CLOSING).before_guard(Guard::NoWordchar)]),
            categories,
            protected,
        })
    }

    /// The category that the words name.
    fn id(&self, ids: &[&str], words: &str) -> Option<String> {
        let key = key(words);
        if !ids.is_empty() && self.keys.contains(key.as_str()) {
            // Ids have accents or none.
            let tags = [category_tag(words), key.clone()];
            let printed = ids
                .iter()
                .flat_map(|lang| tags.iter().map(move |tag| format!("{lang}:{tag}")));
            let known = printed.filter(|id| self.categories.node(id).is_some());
            if let Some(id) = known.into_iter().next() {
                return Some(id);
            }
        }
        self.protected.get(&key).map(ToString::to_string)
    }

    /// Designations in the order of the list, each with its places in the text.
    fn designations(&self, ocr: &OcrResult) -> Vec<(&'static Designation, Vec<Range<usize>>)> {
        let mut places: Vec<(usize, Range<usize>)> = Vec::new();
        for hit in self.designations.find(ocr.text.case_folded()) {
            let position = self.positions[hit.keyword];
            if is_word(&ocr.text.contiguous()[hit.range.clone()]) {
                continue;
            }
            // "Appellation d'origine contrôlée" may also stand around a name.
            let opening = hit.range.start..hit.range.start + OPENING.len();
            if position != 0 && is_opening(&ocr.text.contiguous()[hit.range.clone()]) {
                places.push((0, opening));
            }
            places.push((position, hit.range));
        }
        places.sort_by_key(|(position, _)| *position);
        let same = places.chunk_by(|(one, _), (other, _)| one == other);
        let grouped = same.map(|group| {
            let ranges = group.iter().map(|(_, range)| range.clone());
            (&DESIGNATIONS[group[0].0], ranges.collect())
        });
        grouped.collect()
    }

    /// The longest name at a place beside the designation, with the range of both.
    fn named(
        &self,
        text: &str,
        designation: &Designation,
        range: &Range<usize>,
        place: Place,
    ) -> Option<(String, Range<usize>)> {
        let Range { start, end } = *range;
        let words = match place {
            Place::Within => {
                let (rest, end) = self.closed(text, end)?;
                let rest = text[rest].trim_matches(|c: char| !c.is_alphanumeric());
                let plain = without_origin(rest);
                return self.id(designation.ids, plain).map(|id| (id, start..end));
            }
            Place::Before => words_before(text, start),
            Place::After => words_after(text, end),
        };
        let named = |words: &Range<usize>| {
            let id = self.id(designation.ids, &text[words.clone()])?;
            Some((id, start.min(words.start)..end.max(words.end)))
        };
        words
            .iter()
            .find_map(named)
            .or_else(|| self.without_last_word(text, designation, range, &words, place))
    }

    /// The longest name before a designation without the last word between them: `Feta med
    /// skyddad ursprungsbeteckning`, `Gorgonzola dolce` on the line above.
    fn without_last_word(
        &self,
        text: &str,
        designation: &Designation,
        range: &Range<usize>,
        words: &[Range<usize>],
        place: Place,
    ) -> Option<(String, Range<usize>)> {
        let last = words.last().filter(|_| place == Place::Before)?;
        let shorter = words.iter().filter(|words| words.start < last.start);
        shorter.into_iter().find_map(|words| {
            let name = text[words.start..last.start].trim_end_matches(is_gap);
            let id = self.id(designation.ids, name)?;
            Some((id, words.start..range.end))
        })
    }

    /// Text between the first word of a designation, which ends here, and its
    /// last; with the end of that.
    fn closed(&self, text: &str, opening_end: usize) -> Option<(Range<usize>, usize)> {
        let white = text[opening_end..].len() - text[opening_end..].trim_start().len();
        let start = opening_end + white;
        let rest = &text[start..];
        let reach = rest.char_indices().nth(MAX_WITHIN + MAX_CLOSING);
        let window = &rest[..reach.map_or(rest.len(), |(at, _)| at)];
        let hit = self.closing.hits(window).find(|hit| hit.range.start > 0)?;
        let name = window[..hit.range.start].trim_end();
        let is_near = white > 0 && name.chars().count() <= MAX_WITHIN && !name.contains('\n');
        is_near.then(|| (start..start + name.len(), start + hit.range.end))
    }
}

/// Abbreviations that are words too, unless they are printed in capitals.
const WORDS: [&str; 6] = ["bob", "chop", "doc", "doca", "oem", "sub"];

fn is_word(printed: &str) -> bool {
    printed.contains(char::is_lowercase) && WORDS.contains(&printed.to_lowercase().as_str())
}

/// The first word of a designation that stands around a name.
const OPENING: &str = "appellation";

fn is_opening(words: &str) -> bool {
    let first = words.get(..OPENING.len());
    first.is_some_and(|first| first.eq_ignore_ascii_case(OPENING))
}

/// `d'origine bourgogne` without its first word.
fn without_origin(rest: &str) -> &str {
    let lower = rest.to_lowercase();
    let is_origin = lower.starts_with("d'origine ") || lower.starts_with("d’origine ");
    match rest.split_once(' ') {
        Some((_, name)) if is_origin => name.trim(),
        _ => rest,
    }
}

/// White space and signs that may stand between a name and its designation.
fn is_gap(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            ',' | '(' | ')' | '-' | '–' | ':' | '"' | '«' | '»' | '\u{1C}'..='\u{1F}'
        )
}

/// A sentence or a block ends here.
const fn is_end(c: char) -> bool {
    matches!(c, '.' | ';' | '|' | '!' | '?' | ':')
}

/// One to eight words that end right before a place, the most words first.
fn words_before(text: &str, end: usize) -> Vec<Range<usize>> {
    let from = text.floor_char_boundary(end.saturating_sub(MAX_BYTES));
    let window = &text[from..end];
    let before = window.trim_end_matches(is_gap);
    let mut found = Vec::new();
    let mut at = before.len();
    while at > 0 && found.len() < MAX_WORDS {
        let word = before[..at].rfind(char::is_whitespace).map_or(0, |space| {
            space + before[space..].chars().next().map_or(1, char::len_utf8)
        });
        if before[word..at].ends_with(is_end) {
            break;
        }
        let start =
            word + before[word..at].len() - before[word..at].trim_start_matches(is_gap).len();
        found.push(from + start..from + before.len());
        at = before[..word].trim_end_matches(char::is_whitespace).len();
    }
    found.reverse();
    found
}

/// One to eight words that start right after a place, the most words first.
fn words_after(text: &str, start: usize) -> Vec<Range<usize>> {
    let text = &text[..text.floor_char_boundary((start + MAX_BYTES).min(text.len()))];
    let first = text.len() - text[start..].trim_start_matches(is_gap).len();
    let mut found = Vec::new();
    let mut at = first;
    while at < text.len() && found.len() < MAX_WORDS {
        let end = text[at..]
            .find(char::is_whitespace)
            .map_or(text.len(), |space| at + space);
        let word = text[at..end].trim_end_matches(|c| is_end(c) || is_gap(c));
        found.push(first..at + word.len());
        if text[at..end].ends_with(is_end) {
            break;
        }
        at = text.len() - text[end..].trim_start().len();
    }
    found.reverse();
    found
}

impl Extractor for CategoryExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Category
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let text = ocr.text.contiguous();
        if text.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut seen = HashSet::new();
        for (designation, ranges) in self.designations(ocr) {
            for place in designation.places {
                let named = ranges
                    .iter()
                    .filter_map(|range| self.named(text, designation, range, *place));
                for (id, range) in named {
                    if seen.insert(id.clone()) {
                        found.push(prediction(ocr, id, &range, designation.lang));
                    }
                }
            }
        }
        found
    }
}

fn prediction(ocr: &OcrResult, id: String, range: &Range<usize>, lang: &'static str) -> Prediction {
    let lang = Some(lang).filter(|lang| !lang.is_empty());
    let evidence = evidence_at(ocr, ocr.text.contiguous(), range, lang);
    Prediction {
        value_tag: Some(id),
        automatic_processing: Some(false),
        predictor: Some("regex".into()),
        predictor_version: Some(VERSION.into()),
        ..Prediction::from_evidence(PredictionKind::Category, evidence)
    }
}

#[cfg(test)]
mod tests;
