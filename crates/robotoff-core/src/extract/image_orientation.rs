//! Which way the text of an image stands (`docs/reference/ocr.md` 4.6). Nothing for bare
//! text.

use serde_json::{Map, Value};

use super::{Extractor, ExtractorSpec, Predictor, RunsOn};
use crate::ocr::{OcrResult, OrientationCount};
use crate::prediction::{Prediction, PredictionKind};

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::ImageOrientation,
    finds: "rotation of the text of an image",
    predictors: &[Predictor::unnamed("1")],
    languages: &[],
    parts: &[],
    runs_on: RunsOn::Images,
    build: |_| Ok(Box::new(ImageOrientationExtractor)),
};

pub(super) struct ImageOrientationExtractor;

impl Extractor for ImageOrientationExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::ImageOrientation
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let Some(full_text) = &ocr.full_text else {
            return Vec::new();
        };
        let count = OrientationCount::of_words(full_text.words.iter().map(|word| word.orientation));
        let mut prediction = Prediction::new(self.kind());
        let counts: Map<String, Value> = count
            .counts
            .iter()
            .map(|(orientation, words)| (orientation.name().to_owned(), Value::from(*words)))
            .collect();
        prediction.data = Map::from_iter([
            ("count".to_owned(), Value::Object(counts)),
            ("orientation".to_owned(), count.majority.name().into()),
            ("rotation".to_owned(), count.majority.rotation().into()),
        ]);
        vec![prediction]
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(document: &str, expected: &[Value]) {
        let ocr = OcrResult::from_json(document.as_bytes()).unwrap();
        let found = ImageOrientationExtractor.find(&ocr);
        let data: Vec<Value> = found.into_iter().map(|p| Value::Object(p.data)).collect();
        assert_eq!(data, expected, "{document}");
    }

    #[test]
    fn a_image_without_words_has_no_orientation() {
        let unknown = json!({"count": {}, "orientation": "unknown", "rotation": 0});
        let document = r#"{"responses":[{"fullTextAnnotation":{"text":"","pages":[]}}]}"#;
        check(document, &[unknown]);
        check(r#"{"responses":[{}]}"#, &[]);
    }

    #[test]
    fn words_without_corners_are_counted_as_unknown() {
        let word = r#"{"boundingBox":{"vertices":[]},"symbols":[]}"#;
        let document = format!(
            r#"{{"responses":[{{"fullTextAnnotation":{{"text":"","pages":[{{"width":1,"height":1,
            "blocks":[{{"blockType":"TEXT","paragraphs":[{{"words":[{word},{word}]}}]}}]}}]}}}}]}}"#
        );
        let two = json!({"count": {"unknown": 2}, "orientation": "unknown", "rotation": 0});
        check(&document, &[two]);
    }
}
