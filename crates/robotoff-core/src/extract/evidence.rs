//! Evidence of a prediction: the matched words, their span and their box.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::geometry::PixelBox;
use crate::ocr::OcrResult;
use crate::prediction::{Evidence, Prediction, PredictionKind};

/// Evidence for a match in one of the views of the text.
pub(super) fn evidence_at(
    ocr: &OcrResult,
    text: &str,
    range: &Range<usize>,
    lc: Option<&'static str>,
) -> Evidence {
    Evidence {
        text: text[range.clone()].to_owned(),
        span: ocr.text.code_points(range),
        area: ocr
            .full_text
            .as_ref()
            .and_then(|full_text| full_text.area(range.clone())),
        lc: lc.map(Into::into),
    }
}

/// Writes the box under its recorded name, where there is one.
pub(super) fn put_box(data: &mut Map<String, Value>, area: Option<PixelBox>) {
    if let Some(area) = area {
        data.insert(
            "bounding_box_absolute".to_owned(),
            area.to_array().to_vec().into(),
        );
    }
}

impl Prediction {
    /// A prediction that rests on one match: `data` gets the matched text and its box.
    pub(super) fn from_evidence(kind: PredictionKind, evidence: Evidence) -> Self {
        let mut prediction = Self::new(kind);
        prediction
            .data
            .insert("text".to_owned(), evidence.text.as_str().into());
        put_box(&mut prediction.data, evidence.area);
        prediction.evidence.push(evidence);
        prediction
    }
}
