//! In which languages the words of an image are (`docs/reference/ocr.md` 4.4). Nothing
//! for bare text.

use serde_json::{Map, Value, json};

use super::{Extractor, ExtractorSpec, Predictor, RunsOn};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::ImageLang,
    finds: "languages of the words of an image",
    predictors: &[Predictor::unnamed("1")],
    languages: &[],
    parts: &[],
    runs_on: RunsOn::Images,
    build: |_| Ok(Box::new(ImageLangExtractor)),
};

pub(super) struct ImageLangExtractor;

impl Extractor for ImageLangExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::ImageLang
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let Some(full_text) = ocr.full_text.as_ref().filter(|full| !full.words.is_empty()) else {
            return Vec::new();
        };
        let words = full_text.words.len();
        let counts = full_text.language_counts.iter();
        let percents = counts
            .clone()
            .map(|(code, count)| (code.clone(), percent(*count, words)));
        let percents: Map<String, Value> = percents.collect();
        let counts = counts.map(|(code, count)| (code.clone(), Value::from(*count)));
        let total = [("words".to_owned(), Value::from(words))];
        let counts: Map<String, Value> = counts.chain(total).collect();
        let mut prediction = Prediction::new(self.kind());
        prediction.data.insert("count".to_owned(), json!(counts));
        prediction
            .data
            .insert("percent".to_owned(), json!(percents));
        vec![prediction]
    }
}

#[expect(clippy::cast_precision_loss, reason = "an image has few words")]
fn percent(count: usize, total: usize) -> Value {
    json!((count * 100) as f64 / total as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_counted_by_word() {
        let word = |languages: &str| {
            format!(
                r#"{{"boundingBox":{{"vertices":[]}},"symbols":[{{"text":"a"}}],"property":{{"detectedLanguages":[{languages}]}}}}"#
            )
        };
        let french = r#"{"languageCode":"fr"}"#;
        let words = [word(french), word(french), word("")].join(",");
        let document = format!(
            r#"{{"responses":[{{"fullTextAnnotation":{{"text":"","pages":[{{"width":1,"height":1,
            "blocks":[{{"blockType":"TEXT","paragraphs":[{{"words":[{words}]}}]}}]}}]}}}}]}}"#
        );
        let ocr = OcrResult::from_json(document.as_bytes()).unwrap();
        let found = ImageLangExtractor.find(&ocr);
        assert_eq!(
            found[0].data["count"],
            json!({"fr": 2, "null": 1, "words": 3})
        );
        let french = found[0].data["percent"]["fr"].as_f64().unwrap();
        assert!((french - 66.667).abs() < 0.01);
        assert!(found[0].data["percent"].get("words").is_none());
        assert!(
            ImageLangExtractor
                .find(&OcrResult::from_text("a"))
                .is_empty()
        );
    }
}
