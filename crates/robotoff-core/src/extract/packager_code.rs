//! Codes of packagers and of chains of custody (`docs/reference/ocr.md` 4.10, corrected by section 9, D-PCK).

mod code_form;
mod codes;
mod countries;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde_json::{Map, Value};

use codes::{
    CANADIAN_ESTABLISHMENT, CODES, canadian, canadian_context, part, usda_codes, usda_context,
};

use super::automatic::{Surroundings, Topic};
use super::evidence::{evidence_at, put_box};
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn, lexicon};
use crate::knowledge::{Knowledge, LexiconKind, Part};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::keyword::KeywordMatcher;
use crate::text::pattern::{Pattern, Prefilter};

/// Rises when other codes are found in the same text.
const VERSION: &str = "4";

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::PackagerCode,
    finds: "codes of packagers and of chains of custody",
    predictors: &[
        Predictor::new("regex", VERSION),
        Predictor::new("flashtext", VERSION),
    ],
    languages: &[],
    parts: &[
        Part::Lexicon(LexiconKind::FishingCodes),
        Part::Lexicon(LexiconKind::UsdaCodes),
    ],
    runs_on: RunsOn::Images,
    build: |knowledge| Ok(Box::new(PackagerCodeExtractor::new(knowledge)?)),
};

pub(super) struct PackagerCodeExtractor {
    patterns: Vec<Pattern>,
    prefilter: Prefilter,
    fishing: KeywordMatcher,
    fishing_codes: Vec<Box<str>>,
    usda: Pattern,
    usda_context: Pattern,
    usda_prefilter: Prefilter,
    canadian: Pattern,
    canadian_context: Pattern,
    /// The code of the USDA by its letters and digits.
    usda_by_compact: HashMap<Box<str>, Box<str>>,
}

impl PackagerCodeExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let patterns: Vec<Pattern> = CODES
            .iter()
            .map(|code| Pattern::new((code.forms)()))
            .collect();
        let fishing = lexicon(knowledge, LexiconKind::FishingCodes)?;
        let mut known = HashSet::new();
        let words = fishing.entries().map(|entry| entry.keyword.trim());
        let words: Vec<&str> = words.filter(|word| known.insert(*word)).collect();
        let usda = lexicon(knowledge, LexiconKind::UsdaCodes)?;
        let usda_context = Pattern::new([usda_context()]);
        Ok(Self {
            prefilter: Prefilter::new(&patterns),
            patterns,
            fishing: KeywordMatcher::new(&words)?,
            fishing_codes: words
                .iter()
                .map(|code| code.to_uppercase().into())
                .collect(),
            usda: Pattern::new(usda_codes()),
            usda_prefilter: Prefilter::new([&usda_context]),
            usda_context,
            canadian: Pattern::new(canadian()),
            canadian_context: Pattern::new([canadian_context()]),
            usda_by_compact: usda
                .entries()
                .map(|entry| (entry.keyword.into(), entry.key.into()))
                .collect(),
        })
    }

    fn by_patterns(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        let views = [ocr.text.full(), ocr.text.contiguous()];
        for position in self.prefilter.candidates_in(&views) {
            let code = &CODES[position];
            let text = (code.text)(&ocr.text);
            for hit in self.patterns[position].hits(text) {
                let Some(reading) = (code.value)(text, &hit) else {
                    continue;
                };
                let is_certain =
                    reading.is_certain && !(code.is_short && is_in_sentence(ocr, &hit.range));
                found.push(Prediction {
                    predictor: Some("regex".into()),
                    automatic_processing: Some(is_certain),
                    ..prediction(ocr, text, &hit.range, code.name, reading.value)
                });
            }
        }
    }

    /// Codes of the lists; one that the patterns have found too counts as found here.
    fn by_fishing_codes(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        let text = ocr.text.default_text();
        let mut listed = Vec::new();
        for hit in self.fishing.find(ocr.text.case_folded()) {
            // Part of a longer code that the list does not know.
            if is_continued(text, &hit.range) {
                continue;
            }
            let value = self.fishing_codes[hit.keyword].to_string();
            listed.push(Prediction {
                predictor: Some("flashtext".into()),
                ..prediction(ocr, text, &hit.range, "fishing", value)
            });
        }
        found.retain(|one| listed.iter().all(|other| one.value != other.value));
        found.append(&mut listed);
    }

    /// Numbers of Canadian establishments: on lines of their own only beside words of
    /// inspection, and behind `EST.` without them for a person to decide.
    fn by_canadian_codes(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        let text = ocr.text.full();
        if !text.contains("CANADA") {
            return;
        }
        for hit in self.canadian.hits(text) {
            let value = format!("CANADA {}", part(text, &hit, "digits"));
            let is_inspected = self.canadian_context.hits(text).next().is_some();
            if hit.form != CANADIAN_ESTABLISHMENT && !is_inspected {
                continue;
            }
            found.push(Prediction {
                predictor: Some("regex".into()),
                automatic_processing: Some(is_inspected),
                ..prediction(ocr, text, &hit.range, "canada", value)
            });
        }
    }

    /// Letters with a few digits are everywhere: only beside words of the USDA, only
    /// known ones, and never without a person.
    fn by_usda_codes(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        let text = ocr.text.contiguous();
        let may_be = !self.usda_prefilter.candidates(text).is_empty();
        if !may_be || self.usda_context.hits(text).next().is_none() {
            return;
        }
        for hit in self.usda.hits(text) {
            let letter = match hit.group("letter") {
                Some(range) => &text[range],
                None => "EST",
            };
            let compact = format!("{letter}{}", part(text, &hit, "number"));
            let code = self.usda_by_compact.get(compact.as_str());
            found.extend(code.map(|code| Prediction {
                predictor: Some("regex".into()),
                automatic_processing: Some(false),
                ..prediction(ocr, text, &hit.range, "usda", code.to_string())
            }));
        }
    }
}

/// True where a word in lower case goes on with the line of a code, or the words before it
/// are of a law: `IT 2024 EU project`.
fn is_in_sentence(ocr: &OcrResult, range: &Range<usize>) -> bool {
    let lined = ocr.text.lined();
    let next = lined[range.end..].strip_prefix(' ').unwrap_or_default();
    let around = Surroundings::of(lined, range.clone());
    next.starts_with(char::is_lowercase) || around.objection(None, &[Topic::Law]).is_some()
}

/// True where letters or digits go on behind a hyphen, on either side.
fn is_continued(text: &str, range: &Range<usize>) -> bool {
    let before = text[..range.start].strip_suffix('-');
    let after = text[range.end..].strip_prefix('-');
    before.is_some_and(|rest| rest.ends_with(char::is_alphanumeric))
        || after.is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
}

impl Extractor for PackagerCodeExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::PackagerCode
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let mut found = Vec::new();
        // Every code but some of fishing harbours has a digit.
        let has_digit = ocr.text.full().bytes().any(|byte| byte.is_ascii_digit());
        if has_digit {
            self.by_patterns(ocr, &mut found);
        }
        self.by_fishing_codes(ocr, &mut found);
        if has_digit {
            self.by_usda_codes(ocr, &mut found);
            self.by_canadian_codes(ocr, &mut found);
        }
        found
    }
}

fn prediction(
    ocr: &OcrResult,
    text: &str,
    range: &Range<usize>,
    name: &str,
    value: String,
) -> Prediction {
    let evidence = evidence_at(ocr, text, range, None);
    let mut data: Map<String, Value> = Map::new();
    data.insert("raw".to_owned(), evidence.text.as_str().into());
    data.insert("type".to_owned(), name.into());
    put_box(&mut data, evidence.area);
    Prediction {
        value: Some(value),
        data,
        automatic_processing: Some(true),
        predictor_version: Some(VERSION.into()),
        evidence: vec![evidence],
        ..Prediction::new(PredictionKind::PackagerCode)
    }
}

#[cfg(test)]
mod tests;
