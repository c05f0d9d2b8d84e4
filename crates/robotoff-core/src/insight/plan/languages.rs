//! Languages of the evidence of a candidate, so that people can be asked in theirs: those of
//! the matched words, else those of the image that they are on.

use std::collections::BTreeSet;

use crate::insight::claim::Candidate;
use crate::prediction::{LanguageCounts, PredictionKind, StoredPrediction};

/// Share of the words of an image, in percent, from which it is in a language: a label that is
/// printed in two languages is in both, and some foreign words do not count.
const MIN_SHARE: f64 = 25.0;

/// Words that no language is known of, in the counts of an image.
const UNKNOWN: &str = "null";

/// Codes in order; `None` when no language is known.
pub(super) fn of_evidence(
    candidate: &Candidate,
    predictions: &[StoredPrediction],
) -> Option<Vec<String>> {
    let origins = predictions
        .iter()
        .filter(|stored| candidate.origins.contains(&stored.id));
    let evidence = origins.flat_map(|stored| &stored.prediction.evidence);
    let words: BTreeSet<&str> = evidence.filter_map(|words| words.lc.as_deref()).collect();
    if !words.is_empty() {
        return Some(words.into_iter().map(str::to_owned).collect());
    }
    let image = candidate.source_image.as_ref()?;
    let of_image: Vec<StoredPrediction> = predictions
        .iter()
        .filter(|stored| stored.prediction.kind == PredictionKind::ImageLang)
        .filter(|stored| stored.source_image.as_ref() == Some(image))
        .cloned()
        .collect();
    let counts = LanguageCounts::of(&of_image);
    let languages = counts.counts.iter().filter(|(lc, words)| {
        lc != UNKNOWN && *words > 0 && counts.share_in_percent(*words) >= MIN_SHARE
    });
    let languages: BTreeSet<String> = languages.map(|(lc, _)| lc.clone()).collect();
    (!languages.is_empty()).then(|| languages.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::insight::InsightKind;
    use crate::insight::fixture::Fixture;
    use crate::prediction::PredictionKind;

    #[test]
    fn languages_are_those_of_the_words_or_of_the_image() {
        let fixture = Fixture::unchecked();
        let evidence = |lc: Value| json!([{"text": "bio", "span": [0, 3], "lc": lc}]);
        for (evidence, counts, expected) in [
            (json!([]), json!({}), None),
            (
                json!([]),
                json!({"fr": 80, "en": 20, "words": 100}),
                Some(vec!["fr"]),
            ),
            (
                json!([]),
                json!({"fr": 40, "de": 30, "null": 30, "words": 100}),
                Some(vec!["de", "fr"]),
            ),
            (json!([]), json!({"null": 100, "words": 100}), None),
            (json!([]), json!({"fr": 0, "words": 0}), None),
            (
                evidence(json!("it")),
                json!({"fr": 80, "words": 100}),
                Some(vec!["it"]),
            ),
        ] {
            let members = json!({"value_tag": "en:organic", "evidence": evidence});
            let languages = json!({"data": {"count": counts}});
            let predictions = [
                fixture.prediction(1, PredictionKind::Label, 1, members),
                fixture.prediction(2, PredictionKind::ImageLang, 1, languages),
                // Another image.
                fixture.prediction(
                    3,
                    PredictionKind::ImageLang,
                    2,
                    json!({"data": {"count": {"es": 9, "words": 9}}}),
                ),
            ];
            let plan = fixture.plan(InsightKind::Label, &[], &predictions);
            let lc = plan.create[0].insight().lc.clone();
            let expected = expected.map(|codes| codes.into_iter().map(str::to_owned).collect());
            assert_eq!(lc, expected, "{evidence} {counts}");
            let mut stored = plan.create[0].insight().clone();
            stored.id.0 = uuid::Uuid::from_u128(1);
            let again = fixture.plan(InsightKind::Label, &[stored], &predictions);
            assert!(again.is_empty(), "{evidence} {counts}");
        }
    }
}
