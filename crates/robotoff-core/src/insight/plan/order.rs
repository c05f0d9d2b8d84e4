//! Order of predictions and candidates (`docs/reference/pipeline.md` 1.4.1, 1.4.2). Ties
//! are broken by identifier, so that the order of reading does not matter.

use std::cmp::Reverse;

use serde_json::{Map, Value};

use crate::insight::claim::Candidate;
use crate::insight::rules::InsightRules;
use crate::prediction::StoredPrediction;
use crate::product::SourceImage;

/// Priority of data that have none; smaller is more important.
const DEFAULT_PRIORITY: i64 = 1;

/// Rank of an unknown predictor, behind the known ones.
const NO_PREDICTOR: &str = "z";

pub(super) fn sort_predictions(rules: &dyn InsightRules, predictions: &mut [&StoredPrediction]) {
    predictions.sort_by(|a, b| {
        let key = |stored: &StoredPrediction| {
            let data = &stored.prediction.data;
            (
                Reverse(rules.weight(data)),
                priority(data),
                Reverse(number(stored.source_image.as_ref())),
            )
        };
        let predictor = |stored: &StoredPrediction| {
            let predictor = stored.prediction.predictor.as_deref();
            predictor.unwrap_or(NO_PREDICTOR).to_owned()
        };
        (key(a), predictor(a), a.id).cmp(&(key(b), predictor(b), b.id))
    });
}

pub(super) fn sort_candidates(rules: &dyn InsightRules, candidates: &mut [Candidate]) {
    candidates.sort_by(|a, b| {
        let key = |candidate: &Candidate| {
            (
                Reverse(rules.weight(&candidate.data)),
                priority(&candidate.data),
                Reverse(number(candidate.source_image.as_ref())),
                Reverse(candidate.automatic),
            )
        };
        fn predictor(candidate: &Candidate) -> &str {
            candidate.predictor.as_deref().unwrap_or(NO_PREDICTOR)
        }
        (key(a), predictor(a), a.origin()).cmp(&(key(b), predictor(b), b.origin()))
    });
}

fn priority(data: &Map<String, Value>) -> i64 {
    let priority = data.get("priority").and_then(Value::as_i64);
    priority.unwrap_or(DEFAULT_PRIORITY)
}

/// Number of the image, 0 without one.
fn number(image: Option<&SourceImage>) -> u64 {
    let number = image.and_then(SourceImage::image_id);
    number.and_then(|number| number.parse().ok()).unwrap_or(0)
}
