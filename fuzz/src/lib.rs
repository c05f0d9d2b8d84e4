//! What every target shares: extractors built once, and what must hold for any input.

use std::sync::LazyLock;

use robotoff_bench::{extractors, fault};
use robotoff_core::extract::{EXTRACTORS, Extractors};
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::PredictionKind;

static EXTRACTORS_BUILT: LazyLock<Extractors> =
    LazyLock::new(|| extractors().expect("the built-in data are whole"));

/// Any text for one family.
pub fn text(kind: PredictionKind, text: &str) {
    check(kind, &OcrResult::from_text(text));
}

/// Any bytes as a document of the OCR service; what can be read goes through every family.
pub fn document(document: &[u8]) {
    let Ok(ocr) = OcrResult::from_json(document) else {
        return;
    };
    for recipe in EXTRACTORS {
        check(recipe.kind, &ocr);
    }
}

/// The same for one family.
pub fn document_of(kind: PredictionKind, document: &[u8]) {
    if let Ok(ocr) = OcrResult::from_json(document) {
        check(kind, &ocr);
    }
}

fn check(kind: PredictionKind, ocr: &OcrResult) {
    let found = fault(&EXTRACTORS_BUILT, kind, ocr);
    assert_eq!(found, None, "{kind}");
}
