//! Labels and claims (`docs/reference/ocr.md` 4.7): patterns, then keywords, then
//! Google's logos.

mod rows;

use rows::{ORIGINS, Row, Tag, control_body_tag, rows};

use super::evidence::evidence_at;
use super::spans::Spans;
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn, lexicon};
use crate::knowledge::{Knowledge, LexiconKind, Part};
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

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::Label,
    finds: "labels and claims",
    predictors: &[
        Predictor::new("regex", VERSION),
        Predictor::new("flashtext", VERSION),
        Predictor::new("google-cloud-vision", VERSION),
    ],
    languages: &["de", "en", "es", "fr", "it", "nl", "ro", "ru"],
    parts: &[
        Part::Lexicon(LexiconKind::LabelKeywords),
        Part::Lexicon(LexiconKind::LabelLogos),
    ],
    runs_on: RunsOn::ImagesAndProductNames,
    build: |knowledge| Ok(Box::new(LabelExtractor::new(knowledge)?)),
};

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
                let evidence = || evidence_at(ocr, text, &hit.range, None);
                found.extend(tag.map(|tag| from_text(tag, "regex", evidence())));
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
                evidence_at(ocr, text, &hit.range, None),
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
                predictor_version: Some(VERSION.into()),
                confidence: Some(logo.score),
                ..Prediction::new(self.kind())
            }));
        }
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

fn from_text(tag: String, predictor: &'static str, evidence: Evidence) -> Prediction {
    Prediction {
        value_tag: Some(tag),
        predictor: Some(predictor.into()),
        predictor_version: Some(VERSION.into()),
        ..Prediction::from_evidence(PredictionKind::Label, evidence)
    }
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
