//! Any bytes as a document of the OCR service; what can be read goes through every
//! extractor.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use robotoff_bench::{extractors, fault};
use robotoff_core::extract::{EXTRACTORS, Extractors};
use robotoff_core::ocr::OcrResult;

static BUILT: LazyLock<Extractors> =
    LazyLock::new(|| extractors().expect("the built-in data are whole"));

fuzz_target!(|document: &[u8]| {
    let Ok(ocr) = OcrResult::from_json(document) else {
        return;
    };
    for recipe in EXTRACTORS {
        assert_eq!(fault(&BUILT, recipe.kind, &ocr), None, "{}", recipe.kind);
    }
});
