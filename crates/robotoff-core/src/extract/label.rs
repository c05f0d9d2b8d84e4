//! Labels and claims (`docs/reference/ocr.md` 4.7): patterns, then keywords, then
//! Google's logos.

mod control_body;
mod denial;
mod joined;
mod origins;
mod other_products;
mod row;
mod rows;
mod substances;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use denial::{is_denied, is_in_conversion};
use joined::JoinedClaims;
use origins::ORIGINS;
use row::{Row, Tag};
use rows::rows;

use super::evidence::evidence_at;
use super::spans::Spans;
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn, lexicon};
use crate::knowledge::{Knowledge, LexiconKind, Part};
use crate::ocr::OcrResult;
use crate::prediction::{Evidence, Prediction, PredictionKind};
use crate::text::keyword::KeywordMatcher;
use crate::text::pattern::Prefilter;

/// Rises when other labels are found in the same text.
const VERSION: &str = "4";

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
    languages: &[
        "cs", "da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "pl", "pt", "ro", "ru", "sv",
    ],
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
    joined: JoinedClaims,
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
            joined: JoinedClaims::new()?,
            logos: logos
                .map(|entry| (entry.key.into(), entry.keyword.into()))
                .collect(),
        })
    }

    fn by_patterns(&self, ocr: &OcrResult, read: &mut Read, found: &mut Vec<Prediction>) {
        let candidates = self
            .prefilter
            .candidates_in(&[ocr.text.full(), ocr.text.contiguous()]);
        for row in candidates.into_iter().map(|position| &self.rows[position]) {
            let text = row.view.of(&ocr.text);
            for hit in row.pattern.hits(text) {
                let tag = match row.tag {
                    Tag::Fixed(tag) => Some(tag.to_owned()),
                    Tag::ControlBody => control_body::tag(&text[hit.range.clone()]),
                };
                let evidence = || evidence_at(ocr, text, &hit.range, None);
                let tag = tag.filter(|tag| {
                    let is_code = matches!(row.tag, Tag::ControlBody);
                    is_code || is_claimed(ocr, tag, &hit.range)
                });
                if let Some(tag) = &tag {
                    read.add(tag, hit.range.clone());
                }
                found.extend(tag.map(|tag| from_text(tag, "regex", evidence())));
            }
        }
    }

    fn by_keywords(&self, ocr: &OcrResult, read: &mut Read, found: &mut Vec<Prediction>) {
        let text = ocr.text.default_text();
        for hit in self.keywords.find(ocr.text.case_folded()) {
            let tag = self.keyword_tags[hit.keyword].to_string();
            if read.has(&tag, &hit.range) || !is_claimed(ocr, &tag, &hit.range) {
                continue;
            }
            read.all.add(hit.range.clone());
            found.push(from_text(
                tag,
                "flashtext",
                evidence_at(ocr, text, &hit.range, None),
            ));
        }
    }

    /// Claims of a list such as `sans colorant ni conservateur` that no pattern or keyword
    /// has found.
    fn by_joined_claims(&self, ocr: &OcrResult, read: &Read, found: &mut Vec<Prediction>) {
        let text = ocr.text.default_text();
        let known: HashSet<String> = found.iter().filter_map(|p| p.value_tag.clone()).collect();
        for claim in self.joined.find(text, ocr.text.case_folded()) {
            let is_new = !known.contains(claim.tag) && !read.all.touches(&claim.range);
            let list = claim.list_start..claim.range.end;
            if is_new && is_claimed(ocr, claim.tag, &list) {
                let evidence = evidence_at(ocr, text, &claim.range, None);
                found.push(from_text(claim.tag.to_owned(), "regex", evidence));
            }
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

/// Places of the text that have a label already.
#[derive(Default)]
struct Read {
    all: Spans,
    by_tag: HashMap<String, Spans>,
}

impl Read {
    fn add(&mut self, tag: &str, range: Range<usize>) {
        self.all.add(range.clone());
        self.by_tag.entry(tag.to_owned()).or_default().add(range);
    }

    fn settle(&mut self) {
        self.all.settle();
        self.by_tag.values_mut().for_each(Spans::settle);
    }

    /// True where a pattern has found the tag in these words.
    fn has(&self, tag: &str, range: &Range<usize>) -> bool {
        let spans = self.by_tag.get(tag);
        spans.is_some_and(|spans| spans.touches(range))
    }
}

/// Tags of products of organic farming.
const ORGANIC: [&str; 2] = ["en:organic", "fr:ab-agriculture-biologique"];

/// True unless the words around a claim take it back.
fn is_claimed(ocr: &OcrResult, tag: &str, range: &Range<usize>) -> bool {
    let text = match ocr.text.full() {
        "" => ocr.text.default_text(),
        full => full,
    };
    ORIGINS.contains(&tag)
        || !(is_denied(text, range) || ORGANIC.contains(&tag) && is_in_conversion(text, range))
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
        let mut read = Read::default();
        self.by_patterns(ocr, &mut read, &mut found);
        read.settle();
        self.by_keywords(ocr, &mut read, &mut found);
        read.settle();
        found = without_narrower_origins(found);
        self.by_joined_claims(ocr, &read, &mut found);
        self.by_logos(ocr, &mut found);
        found
    }
}

#[cfg(test)]
mod claims;
#[cfg(test)]
mod tests;
