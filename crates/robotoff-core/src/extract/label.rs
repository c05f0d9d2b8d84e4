//! Labels and claims (`docs/reference/ocr.md` 4.7): patterns, then keywords, then
//! Google's logos.

mod rows;

use std::borrow::Cow;

use rows::{ORIGINS, Row, Tag, control_body_tag, rows};

use super::evidence::{evidence, put_box};
use super::spans::Spans;
use super::{BuildError, Extractor, lexicon};
use crate::knowledge::{Knowledge, LexiconKind};
use crate::ocr::OcrResult;
use crate::prediction::{Evidence, Prediction, PredictionKind};
use crate::text::keyword::KeywordMatcher;
use crate::text::pattern::Prefilter;

/// Rises when other labels are found in the same text.
const VERSION: &str = "2";

/// A word right before a keyword that turns it around.
const NEGATIONS: [&str; 15] = [
    "not", "non", "nicht", "kein", "keine", "pas", "niet", "geen", "nie", "no", "não", "ikke",
    "inte", "nem", "не",
];

/// Logos below this are guesses.
const MIN_LOGO_SCORE: f64 = 0.3;

pub(super) struct LabelExtractor {
    rows: Vec<Row>,
    prefilter: Prefilter,
    keywords: KeywordMatcher,
    /// The tag of each keyword.
    keyword_tags: Vec<Box<str>>,
    /// Google's name of a logo, and its tag.
    logos: Vec<(Box<str>, Box<str>)>,
}

impl LabelExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let keywords = lexicon(knowledge, LexiconKind::LabelKeywords)?;
        let words: Vec<&str> = keywords.entries().map(|entry| entry.keyword).collect();
        let logos = lexicon(knowledge, LexiconKind::LabelLogos)?.entries();
        let rows = rows();
        Ok(Self {
            prefilter: Prefilter::new(rows.iter().map(|row| &row.pattern)),
            rows,
            keywords: KeywordMatcher::new(&words)?,
            keyword_tags: keywords.entries().map(|entry| entry.key.into()).collect(),
            logos: logos
                .map(|entry| (entry.key.into(), entry.keyword.into()))
                .collect(),
        })
    }

    fn by_patterns(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        let first = found.len();
        let candidates = self
            .prefilter
            .candidates_in(&[ocr.text.full(), ocr.text.contiguous()]);
        for row in candidates.map(|position| &self.rows[position]) {
            let text = row.view.of(&ocr.text);
            for hit in row.pattern.hits(text) {
                let tag = match row.tag {
                    Tag::Fixed(tag) => Some(tag.to_owned()),
                    Tag::ControlBody => control_body_tag(&text[hit.range.clone()]),
                };
                let ground = || evidence(ocr, text, &hit.range, None);
                found.extend(tag.map(|tag| from_text(tag, "regex", ground())));
            }
        }
        let read = found.split_off(first);
        found.extend(without_narrower_origins(read));
    }

    fn by_keywords(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        let text = ocr.text.default_text();
        for hit in self.keywords.find(ocr.text.case_folded()) {
            if is_negated(&text[..hit.range.start]) {
                continue;
            }
            let tag = self.keyword_tags[hit.keyword].to_string();
            found.push(from_text(
                tag,
                "flashtext",
                evidence(ocr, text, &hit.range, None),
            ));
        }
    }

    fn by_logos(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        for logo in ocr.logos.iter().filter(|logo| logo.score >= MIN_LOGO_SCORE) {
            let known = self
                .logos
                .iter()
                .find(|(name, _)| **name == *logo.description);
            found.extend(known.map(|(_, tag)| Prediction {
                value_tag: Some(tag.to_string()),
                automatic_processing: Some(false),
                predictor: Some("google-cloud-vision".into()),
                confidence: Some(logo.score),
                ..label()
            }));
        }
    }
}

/// A prediction of this version without anything said.
fn label() -> Prediction {
    Prediction {
        predictor_version: Some(Cow::Borrowed(VERSION)),
        ..Prediction::new(PredictionKind::Label)
    }
}

/// True when the text before a keyword ends in a word like "not".
fn is_negated(before: &str) -> bool {
    let Some(before) = before.strip_suffix(char::is_whitespace) else {
        return false;
    };
    let word = before
        .rsplit(|c: char| !c.is_alphabetic())
        .next()
        .unwrap_or_default();
    NEGATIONS.contains(&word.to_lowercase().as_str())
}

/// Drops what is said of the EU inside of a wider claim: "EU/non-EU agriculture"
/// says neither "EU agriculture" nor "non-EU agriculture".
fn without_narrower_origins(mut found: Vec<Prediction>) -> Vec<Prediction> {
    let origin = |prediction: &Prediction| {
        let rank = ORIGINS
            .iter()
            .position(|tag| prediction.value_tag.as_deref() == Some(tag))?;
        let [start, end] = prediction.evidence.first()?.span;
        Some((rank, start..end))
    };
    let mut places: [Spans; ORIGINS.len()] = Default::default();
    for (rank, range) in found.iter().filter_map(origin) {
        places[rank].add(range);
    }
    places.iter_mut().for_each(Spans::settle);
    found.retain(|prediction| {
        origin(prediction).is_none_or(|(rank, range)| {
            let is_narrower = places[..rank].iter().any(|wider| wider.touches(&range));
            !is_narrower
        })
    });
    found
}

fn from_text(tag: String, predictor: &'static str, ground: Evidence) -> Prediction {
    let mut prediction = Prediction {
        value_tag: Some(tag),
        predictor: Some(predictor.into()),
        ..label()
    };
    prediction
        .data
        .insert("text".to_owned(), ground.text.as_str().into());
    put_box(&mut prediction.data, ground.area);
    prediction.evidence.push(ground);
    prediction
}

impl Extractor for LabelExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Label
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let mut found = Vec::new();
        self.by_patterns(ocr, &mut found);
        self.by_keywords(ocr, &mut found);
        self.by_logos(ocr, &mut found);
        found
    }
}

#[cfg(test)]
mod claims;
#[cfg(test)]
mod tests;
