//! ImageFiles that a moderator should see (`docs/reference/ocr.md` 4.5): by their text,
//! Google's safe search, labels and faces.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::evidence::evidence_at;
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn, lexicon};
use crate::knowledge::{Knowledge, LexiconKind, Part};
use crate::ocr::{Annotation, Likelihood, OcrResult};
use crate::prediction::{Prediction, PredictionKind};
use crate::text::keyword::{KeywordMatch, KeywordMatcher};

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

/// Rises when other images are flagged.
const VERSION: &str = "3";

/// Words of cosmetics that are additives of food as well.
const FOOD_WORDS: [&str; 2] = ["benzoic acid", "dimethicone"];

/// Labels and faces below this are passed over.
const MIN_SCORE: f64 = 0.6;

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::ImageFlag,
    finds: "images that a moderator should see",
    predictors: &[Predictor::unnamed(VERSION)],
    languages: &[],
    parts: &[
        Part::Lexicon(LexiconKind::ImageFlagBeauty),
        Part::Lexicon(LexiconKind::ImageFlagMiscellaneous),
    ],
    runs_on: RunsOn::Images,
    build: |knowledge| Ok(Box::new(ImageFlagExtractor::new(knowledge)?)),
};

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

    /// The first word about beauty and the first other one.
    fn by_text(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let text = ocr.text.default_text();
        let hits = self.keywords.find(ocr.text.case_folded());
        let (beauty, others): (Vec<KeywordMatch>, Vec<KeywordMatch>) = hits
            .into_iter()
            .partition(|hit| hit.keyword < self.beauty_words);
        let word = |hit: &KeywordMatch| text[hit.range.clone()].to_lowercase();
        // Words of food do not make a cosmetic, unless there are several.
        let is_food = beauty
            .iter()
            .all(|hit| FOOD_WORDS.contains(&word(hit).as_str()) && word(hit) == word(&beauty[0]));
        let beauty = beauty.first().filter(|_| !is_food);
        let labelled = [(beauty, "beauty"), (others.first(), "miscellaneous")];
        let mut found: Vec<(&KeywordMatch, &str)> = labelled
            .into_iter()
            .filter_map(|(hit, label)| Some((hit?, label)))
            .collect();
        found.sort_by_key(|(hit, _)| hit.range.start);
        let flags = found.into_iter().map(|(hit, label)| {
            let data = json!({"text": &text[hit.range.clone()], "type": "text", "label": label});
            let mut flag = flag(data, None);
            flag.evidence.push(evidence_at(ocr, text, &hit.range, None));
            flag
        });
        flags.collect()
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
        predictor_version: Some(VERSION.into()),
        ..Prediction::new(PredictionKind::ImageFlag)
    }
}

fn by_safe_search(ocr: &OcrResult) -> impl Iterator<Item = Prediction> {
    // Drawings on packages are often taken for spoofs, and vitamins for medicine.
    let answers = ocr.safe_search.map(|s| {
        [
            ("adult", s.adult, Likelihood::Likely),
            ("violence", s.violence, Likelihood::VeryLikely),
            ("racy", s.racy, Likelihood::VeryLikely),
        ]
    });
    let certain = answers
        .into_iter()
        .flatten()
        .filter(|(_, likelihood, least)| likelihood >= least);
    certain.map(|(label, likelihood, _)| {
        let kind = "safe_search_annotation";
        flag(
            json!({"type": kind, "label": label, "likelihood": likelihood}),
            None,
        )
    })
}

/// Every flagged label once, the surest first: Google's order says nothing.
fn by_label(ocr: &OcrResult) -> Vec<Prediction> {
    let flagged = ocr.labels.iter().filter(|label| {
        label.score >= MIN_SCORE && FLAGGED_LABELS.contains(&label.description.as_str())
    });
    let mut flagged: Vec<&Annotation> = flagged.collect();
    flagged.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut seen = HashSet::new();
    flagged.retain(|label| seen.insert(label.description.as_str()));
    let flags = flagged.into_iter().map(|label| {
        let name = label.description.to_lowercase();
        let data = json!({"type": "label_annotation", "label": name, "likelihood": label.score});
        flag(data, Some(label.score))
    });
    flags.collect()
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
        let mut found = self.by_text(ocr);
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
            .with_lexicon(
                LexiconKind::ImageFlagBeauty,
                lexicon("ci 77491\nbenzoic acid\n"),
            )
            .with_lexicon(LexiconKind::ImageFlagMiscellaneous, lexicon("fumer tue\n"));
        let found = ImageFlagExtractor::new(&knowledge).unwrap().find(ocr);
        let labels: Vec<&str> = found
            .iter()
            .map(|p| p.data["label"].as_str().unwrap())
            .collect();
        assert_eq!(labels, expected);
    }

    // D-FLA-4.
    #[test]
    fn the_built_in_lists_know_warnings_of_many_languages() {
        let list = |text| Arc::new(Lexicon::parse("t", text, LexiconShape::Keyword).unwrap());
        let knowledge = Knowledge::default()
            .with_lexicon(
                LexiconKind::ImageFlagBeauty,
                list(include_str!("../../../../data/lists/image_flag_beauty.txt")),
            )
            .with_lexicon(
                LexiconKind::ImageFlagMiscellaneous,
                list(include_str!(
                    "../../../../data/lists/image_flag_miscellaneous.txt"
                )),
            );
        let extractor = ImageFlagExtractor::new(&knowledge).unwrap();
        for (text, label) in [
            ("Smoking kills; fumer tue", Some("miscellaneous")),
            ("Rauchen ist tödlich", Some("miscellaneous")),
            ("ROKEN IS DODELIJK", Some("miscellaneous")),
            ("Il fumo uccide", Some("miscellaneous")),
            ("Fumar mata", Some("miscellaneous")),
            ("Palenie zabija", Some("miscellaneous")),
            ("Rökning dödar", Some("miscellaneous")),
            ("Rygning dræber", Some("miscellaneous")),
            ("Kouření může zabíjet", Some("miscellaneous")),
            ("Fumatul ucide", Some("miscellaneous")),
            ("Tupakointi tappaa", Some("miscellaneous")),
            ("A dohányzás halálos", Some("miscellaneous")),
            ("crema ipoallergenica", Some("beauty")),
            ("do użytku zewnętrznego", Some("beauty")),
            ("saumon fumé, sel", None),
            ("aroma di fumo", None),
            ("Rauch aus Buchenholz", None),
            ("Säuglingsnahrung HA (hypoallergen)", None),
        ] {
            let found = extractor.find(&OcrResult::from_text(text));
            let first = found.first().and_then(|p| p.data["label"].as_str());
            assert_eq!(first, label, "{text}");
        }
    }

    fn image(response: &str) -> OcrResult {
        OcrResult::from_json(format!(r#"{{"responses":[{{{response}}}]}}"#).as_bytes()).unwrap()
    }

    // D-FLA-1.
    #[test]
    fn the_first_keyword_of_each_kind_flags() {
        check(
            &OcrResult::from_text("Fumer tue. CI 77491, CI 77491"),
            &["miscellaneous", "beauty"],
        );
        check(&OcrResult::from_text("CI 77491"), &["beauty"]);
    }

    // D-FLA-1.
    #[test]
    fn an_additive_of_food_is_no_cosmetic() {
        check(&OcrResult::from_text("benzoic acid, Benzoic acid"), &[]);
        check(&OcrResult::from_text("benzoic acid, CI 77491"), &["beauty"]);
    }

    // D-FLA-1; D-OCR-5.
    #[test]
    fn every_sure_label_and_the_surest_face_flag() {
        let labels = |all: &[(&str, f64)]| {
            let item = |(name, score): &(&str, f64)| {
                format!(r#"{{"description":"{name}","score":{score}}}"#)
            };
            let items: Vec<String> = all.iter().map(item).collect();
            image(&format!(r#""labelAnnotations":[{}]"#, items.join(",")))
        };
        check(
            &labels(&[("Bottle", 0.9), ("Dog", 0.61), ("Cat", 0.99)]),
            &["cat", "dog"],
        );
        check(&labels(&[("Dog", 0.7), ("Dog", 0.8)]), &["dog"]);
        check(&labels(&[("Dog", 0.59)]), &[]);
        check(
            &image(r#""faceAnnotations":[{"detectionConfidence":0.81},{}]"#),
            &["face"],
        );
        check(
            &image(r#""faceAnnotations":[{"detectionConfidence":0.5}]"#),
            &[],
        );
    }

    // D-FLA-3.
    #[test]
    fn likely_nudity_and_certain_violence_flag() {
        let answers = |adult: &str, others: &str| {
            image(&format!(
                r#""safeSearchAnnotation":{{"adult":"{adult}","spoof":"VERY_LIKELY",
                "medical":"VERY_LIKELY","violence":"{others}","racy":"{others}"}}"#
            ))
        };
        check(&answers("POSSIBLE", "VERY_LIKELY"), &["violence", "racy"]);
        check(&answers("LIKELY", "LIKELY"), &["adult"]);
        check(&answers("VERY_LIKELY", "UNLIKELY"), &["adult"]);
    }
}
