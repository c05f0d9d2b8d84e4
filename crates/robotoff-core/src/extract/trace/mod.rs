//! Traces of allergens: what is said to be in it perhaps (`docs/reference/ocr.md` 4.14).
//!
//! The grammar that follows the end of an ingredient list is in [`mention`].

mod allergens;
pub mod mention;
mod patterns;
#[cfg(test)]
mod tests;
mod triggers;

use std::ops::Range;

use self::allergens::{TEXT_BY_LANGUAGE, names};
use self::triggers::{TraceTrigger, Triggers};
use super::evidence::{evidence_at, put_box};
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn, lexicon};
use crate::knowledge::{Knowledge, LexiconKind, Part};
use crate::lexicon::Lexicon;
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::case_folded::CaseFolded;
use crate::text::fold::fold;
use crate::text::keyword::KeywordMatcher;

/// Rises when other traces are found in the same text.
const VERSION: &str = "4";

/// Largest distance of an allergen behind its trigger, in code points.
const WINDOW_CHARS: usize = 100;

/// Words of the list that mean other things where their language is not spoken:
/// halal meat, screws, a drink, waves (D-TRA-2).
const ONLY_IN: [(&str, &str); 7] = [
    ("hal", "hu"),
    ("vis", "nl"),
    ("raki", "pl"),
    ("tej", "hu"),
    ("olas", "lv"),
    ("kala", "fi"),
    ("ribe", "sl"),
];

/// Names with fewer characters are only found with their accents.
const MIN_PLAIN_CHARS: usize = 5;

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::Trace,
    finds: "allergens of which there may be traces",
    predictors: &[Predictor::new("regex", VERSION)],
    languages: &[
        "cs", "da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "pl", "pt", "ro", "sv",
    ],
    parts: &[Part::Lexicon(LexiconKind::TraceAllergens)],
    runs_on: RunsOn::OnRequest {
        reason: "no insight reads traces; docs/reference/pipeline.md 1.10 leaves them out",
    },
    build: |knowledge| Ok(Box::new(TraceExtractor::new(knowledge)?)),
};

pub(super) struct TraceExtractor {
    triggers: Triggers,
    names_by_language: Vec<(&'static str, Names)>,
}

/// The names that count behind the triggers of one language.
struct Names {
    matcher: KeywordMatcher,
    /// Allergen of each name; `None` for a name that only looks like one.
    allergens: Vec<Option<Box<str>>>,
}

impl TraceExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let list = lexicon(knowledge, LexiconKind::TraceAllergens)?;
        let recorded = Names::of_list(list, None)?;
        let tables = TEXT_BY_LANGUAGE.iter();
        let names_by_language = tables.map(|(lc, text)| {
            let names = Names::of_list(list, Some((lc, text, &recorded)))?;
            Ok((*lc, names))
        });
        Ok(Self {
            triggers: Triggers::new()?,
            names_by_language: names_by_language.collect::<Result<_, BuildError>>()?,
        })
    }

    fn names(&self, lc: &str) -> Option<&Names> {
        let mut pairs = self.names_by_language.iter();
        pairs
            .find(|(language, _)| *language == lc)
            .map(|(_, names)| names)
    }
}

impl Names {
    /// The list, with the table of a language where one is given. A longer name of
    /// the table that says the same as the list does inside of it is left out, so
    /// that the text of a prediction stays as recorded.
    fn of_list(
        list: &Lexicon,
        language: Option<(&str, &'static str, &Self)>,
    ) -> Result<Self, BuildError> {
        let mut pairs: Vec<(String, Option<Box<str>>)> = Vec::new();
        for entry in list.entries() {
            let owner = ONLY_IN.iter().find(|(word, _)| *word == entry.keyword);
            let is_foreign = |lc: &str| owner.is_some_and(|(_, owner)| *owner != lc);
            if language.is_none_or(|(lc, ..)| !is_foreign(lc)) {
                pairs.push((entry.keyword.to_owned(), Some(entry.key.into())));
            }
        }
        if let Some((_, text, recorded)) = language {
            for name in names(text).filter(|name| !name.is_ambiguous) {
                let is_recorded = |text: &str| {
                    name.allergen.is_some() && recorded.first_allergen(text) == name.allergen
                };
                let plain = fold(name.name);
                let is_plain = plain != name.name && plain.chars().count() >= MIN_PLAIN_CHARS;
                if is_plain && !is_recorded(&plain) {
                    pairs.push((plain.into_owned(), name.allergen.map(Into::into)));
                }
                if is_recorded(name.name) {
                    continue;
                }
                pairs.push((name.name.to_owned(), name.allergen.map(Into::into)));
            }
        }
        let (keywords, allergens): (Vec<String>, Vec<_>) = pairs.into_iter().unzip();
        Ok(Self {
            matcher: KeywordMatcher::new(&keywords)?,
            allergens,
        })
    }

    /// The first allergen that is named in a text.
    fn first_allergen(&self, text: &str) -> Option<&str> {
        let found = self.matcher.find(&CaseFolded::new(text));
        self.allergens[found.first()?.keyword].as_deref()
    }
}

impl Extractor for TraceExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Trace
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let text = ocr.text.contiguous();
        if text.is_empty() {
            return Vec::new();
        }
        let folded = ocr.text.folded();
        let triggers = self.triggers.find(folded.as_str());
        let mut found: Vec<Prediction> = Vec::new();
        let mut behind_last = 0;
        for (index, trigger) in triggers.iter().enumerate() {
            let Some(names) = self.names(trigger.lc).filter(|_| !trigger.is_negated) else {
                continue;
            };
            let range = folded.original(trigger.range.clone());
            let window = match &trigger.window {
                Some(window) => folded.original(window.clone()),
                None if trigger.looks_back => window_before(text, behind_last..range.start),
                None => {
                    let next = triggers.get(index + 1).map(|next| next.range.start);
                    let end = next.map_or(text.len(), |next| folded.original(next..next).start);
                    window(text, range.end..end.max(range.end))
                }
            };
            behind_last = range.end;
            for hit in names.matcher.find(&CaseFolded::new(&text[window.clone()])) {
                let Some(allergen) = &names.allergens[hit.keyword] else {
                    continue;
                };
                let hit = window.start + hit.range.start..window.start + hit.range.end;
                let is_known = |p: &Prediction| p.value_tag.as_deref() == Some(allergen);
                if !found.iter().any(is_known) && !is_denied(text, &window, &hit) {
                    found.push(prediction(ocr, trigger, &range, &hit, allergen));
                }
            }
        }
        found
    }
}

fn prediction(
    ocr: &OcrResult,
    trigger: &TraceTrigger,
    trigger_range: &Range<usize>,
    hit: &Range<usize>,
    allergen: &str,
) -> Prediction {
    let text = ocr.text.contiguous();
    let evidence = evidence_at(ocr, text, hit, Some(trigger.lc));
    let said = evidence_at(ocr, text, trigger_range, Some(trigger.lc));
    let mut prediction = Prediction {
        value_tag: Some(allergen.to_owned()),
        predictor: Some("regex".into()),
        predictor_version: Some(VERSION.into()),
        ..Prediction::new(PredictionKind::Trace)
    };
    let data = &mut prediction.data;
    data.insert("text".to_owned(), evidence.text.as_str().into());
    data.insert("prompt".to_owned(), said.text.as_str().into());
    put_box(data, evidence.area);
    prediction.evidence = vec![evidence, said];
    prediction
}

/// Text that is read behind a trigger: the rest of the sentence, up to the next
/// trigger, at most so many characters, no word cut.
fn window(text: &str, rest: Range<usize>) -> Range<usize> {
    let Range { start, end } = rest;
    let mut stop = end;
    let mut word_start = start;
    let mut before = ' ';
    for (count, (at, character)) in text[start..end].char_indices().enumerate() {
        if count == WINDOW_CHARS {
            stop = if character.is_alphanumeric() {
                word_start
            } else {
                start + at
            };
            break;
        }
        if !before.is_alphanumeric() {
            word_start = start + at;
        }
        let ends_sentence = match character {
            '!' | '?' => true,
            // "St. Jacques" goes on.
            '.' => start + at - word_start > 3 || !before.is_alphabetic(),
            '\n' => true,
            _ => false,
        };
        let behind = text[start + at + character.len_utf8()..end].chars().next();
        let is_over = match character {
            // One line break may stand inside of a list, a blank line may not.
            '\n' => behind == Some('\n'),
            _ => behind.is_none_or(char::is_whitespace),
        };
        if ends_sentence && is_over {
            stop = start + at;
            break;
        }
        before = character;
    }
    start..stop
}

/// The same before a trigger: the sentence that it ends.
fn window_before(text: &str, rest: Range<usize>) -> Range<usize> {
    let Range { start, end } = rest;
    let rest = &text[start.min(end)..end];
    let ends_sentence = |c: char| matches!(c, '.' | '!' | '?' | ';' | ':' | '|');
    let mut begin = rest.rfind(ends_sentence).map_or(0, |at| at + 1);
    let cut = rest.char_indices().rev().nth(WINDOW_CHARS);
    if let Some((cut, _)) = cut.filter(|(cut, _)| *cut > begin) {
        // The word that is cut is left out.
        let word_end = rest[cut..].find(char::is_whitespace);
        begin = word_end.map_or(rest.len(), |at| cut + at);
    }
    start.min(end) + begin..end
}

/// True for "sans gluten", "gluten-free" and the like.
fn is_denied(text: &str, window: &Range<usize>, hit: &Range<usize>) -> bool {
    const BEFORE: [&str; 13] = [
        "sans", "without", "ohne", "sin", "senza", "zonder", "no", "sem", "bez", "utan", "uden",
        "fără", "nem",
    ];
    const BEHIND: [&str; 7] = ["free", "frei", "vrij", "libre", "fri", "mentes", "mentesen"];
    let is_one = |words: &[&str], word: Option<&str>| {
        word.is_some_and(|word| words.iter().any(|other| word.eq_ignore_ascii_case(other)))
    };
    let mut before = text[window.start..hit.start].split_whitespace();
    let behind = text[hit.end..window.end].trim_start_matches(['-', ' ']);
    let mut behind = behind.split(|c: char| !c.is_alphanumeric());
    is_one(&BEFORE, before.next_back()) || is_one(&BEHIND, behind.next())
}
