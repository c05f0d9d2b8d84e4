//! Pictures that a moderator should see (`ocr.md` 4.5): by their text, Google's
//! safe search, labels and faces.

use serde_json::{Map, Value, json};

use super::evidence::evidence;
use super::{BuildError, Extractor, lexicon};
use crate::knowledge::{Knowledge, LexiconKind};
use crate::ocr::{Likelihood, OcrResult};
use crate::prediction::{Prediction, PredictionKind};
use crate::text::keyword::KeywordMatcher;

/// Labels of Google that show something else than a product. Hands that hold the
/// product are none of them.
const FLAGGED_LABELS: [&str; 29] = [
    "Face",
    "Head",
    "Selfie",
    "Hair",
    "Forehead",
    "Chin",
    "Cheek",
    "Arm",
    "Tooth",
    "Human Leg",
    "Ankle",
    "Eyebrow",
    "Ear",
    "Neck",
    "Jaw",
    "Nose",
    "Facial Expression",
    "Glasses",
    "Eyewear",
    "Jeans",
    "Shoe",
    "Child",
    "Baby",
    "Human",
    "Dog",
    "Cat",
    "Computer",
    "Laptop",
    "Refrigerator",
];

/// Labels and faces below this are passed over.
const MIN_SCORE: f64 = 0.6;

pub(super) struct ImageFlagExtractor {
    keywords: KeywordMatcher,
    /// The first so many keywords are about beauty products, the others are not.
    beauty_words: usize,
}

impl ImageFlagExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let beauty = lexicon(knowledge, LexiconKind::ImageFlagBeauty)?;
        let others = lexicon(knowledge, LexiconKind::ImageFlagMiscellaneous)?;
        let entries = beauty.entries().chain(others.entries());
        let words: Vec<&str> = entries.map(|entry| entry.keyword).collect();
        Ok(Self {
            keywords: KeywordMatcher::new(&words)?,
            beauty_words: beauty.len(),
        })
    }

    fn by_text(&self, ocr: &OcrResult) -> Option<Prediction> {
        let text = ocr.text.default_text();
        let hit = self.keywords.find(ocr.text.lowered()).into_iter().next()?;
        let is_beauty = hit.keyword < self.beauty_words;
        let label = if is_beauty { "beauty" } else { "miscellaneous" };
        let matched = &text[hit.range.clone()];
        let mut flag = flag(
            json!({"text": matched, "type": "text", "label": label}),
            None,
        );
        flag.evidence.push(evidence(ocr, text, &hit.range, None));
        Some(flag)
    }
}

fn flag(data: Value, confidence: Option<f64>) -> Prediction {
    let data = match data {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    Prediction {
        data,
        confidence,
        ..Prediction::new(PredictionKind::ImageFlag)
    }
}

fn by_safe_search(ocr: &OcrResult) -> impl Iterator<Item = Prediction> {
    let answers = ocr
        .safe_search
        .map(|s| [("adult", s.adult), ("violence", s.violence)]);
    let certain = answers
        .into_iter()
        .flatten()
        .filter(|(_, l)| *l >= Likelihood::VeryLikely);
    certain.map(|(label, likelihood)| {
        let kind = "safe_search_annotation";
        flag(
            json!({"type": kind, "label": label, "likelihood": likelihood}),
            None,
        )
    })
}

fn by_label(ocr: &OcrResult) -> Option<Prediction> {
    let label = ocr.labels.iter().find(|label| {
        label.score >= MIN_SCORE && FLAGGED_LABELS.contains(&label.description.as_str())
    })?;
    let name = label.description.to_lowercase();
    let data = json!({"type": "label_annotation", "label": name, "likelihood": label.score});
    Some(flag(data, Some(label.score)))
}

fn by_face(ocr: &OcrResult) -> Option<Prediction> {
    let surest = ocr
        .faces
        .iter()
        .copied()
        .max_by(f64::total_cmp)
        .filter(|c| *c >= MIN_SCORE)?;
    let data = json!({"type": "face_annotation", "label": "face", "likelihood": surest});
    Some(flag(data, Some(surest)))
}

impl Extractor for ImageFlagExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::ImageFlag
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let mut found: Vec<Prediction> = self.by_text(ocr).into_iter().collect();
        found.extend(by_safe_search(ocr));
        found.extend(by_label(ocr));
        found.extend(by_face(ocr));
        found
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lexicon::{Lexicon, LexiconShape};

    fn check(ocr: &OcrResult, expected: &[&str]) {
        let lexicon = |text| Arc::new(Lexicon::parse("t", text, LexiconShape::Keyword).unwrap());
        let knowledge = Knowledge::default()
            .with_lexicon(LexiconKind::ImageFlagBeauty, lexicon("ci 77491\n"))
            .with_lexicon(LexiconKind::ImageFlagMiscellaneous, lexicon("fumer tue\n"));
        let found = ImageFlagExtractor::new(&knowledge).unwrap().find(ocr);
        let labels: Vec<&str> = found
            .iter()
            .map(|p| p.data["label"].as_str().unwrap())
            .collect();
        assert_eq!(labels, expected);
    }

    fn picture(response: &str) -> OcrResult {
        OcrResult::from_json(format!(r#"{{"responses":[{{{response}}}]}}"#).as_bytes()).unwrap()
    }

    #[test]
    fn the_first_keyword_flags() {
        check(
            &OcrResult::from_text("Fumer tue. CI 77491"),
            &["miscellaneous"],
        );
        check(&OcrResult::from_text("CI 77491"), &["beauty"]);
    }

    #[test]
    fn the_first_sure_label_and_the_surest_face_flag() {
        let labels = |all: &[(&str, f64)]| {
            let item = |(name, score): &(&str, f64)| {
                format!(r#"{{"description":"{name}","score":{score}}}"#)
            };
            let items: Vec<String> = all.iter().map(item).collect();
            picture(&format!(r#""labelAnnotations":[{}]"#, items.join(",")))
        };
        check(
            &labels(&[("Bottle", 0.9), ("Dog", 0.61), ("Cat", 0.99)]),
            &["dog"],
        );
        check(&labels(&[("Dog", 0.59)]), &[]);
        check(
            &picture(r#""faceAnnotations":[{"detectionConfidence":0.81},{}]"#),
            &["face"],
        );
        check(
            &picture(r#""faceAnnotations":[{"detectionConfidence":0.5}]"#),
            &[],
        );
    }

    #[test]
    fn only_very_likely_answers_of_safe_search_flag() {
        let answers = |adult: &str| {
            picture(&format!(
                r#""safeSearchAnnotation":{{"adult":"{adult}","spoof":"VERY_LIKELY",
                "medical":"VERY_LIKELY","violence":"VERY_LIKELY","racy":"VERY_LIKELY"}}"#
            ))
        };
        check(&answers("LIKELY"), &["violence"]);
        check(&answers("VERY_LIKELY"), &["adult", "violence"]);
    }
}
