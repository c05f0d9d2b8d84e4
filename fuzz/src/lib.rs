//! Shared by the targets: extractors built once, and the invariants for any input.

use std::env;
use std::sync::LazyLock;

use robotoff_bench::{extractors, fault};
use robotoff_core::extract::{EXTRACTORS, Extractors};
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::PredictionKind;

/// Names the kind that the target `extractor` runs; it runs all kinds without it.
const KIND: &str = "ROBOTOFF_FUZZ_KIND";

static EXTRACTORS_BUILT: LazyLock<Extractors> =
    LazyLock::new(|| extractors().expect("the built-in data are complete"));

static KINDS: LazyLock<Vec<PredictionKind>> = LazyLock::new(|| match env::var(KIND) {
    Ok(name) => vec![name.parse().expect("ROBOTOFF_FUZZ_KIND is a kind of prediction")],
    Err(_) => EXTRACTORS.iter().map(|spec| spec.kind).collect(),
});

/// Bytes as a document of the OCR service, or else as a bare text. Extractors that read
/// the layout see documents only, all others see both.
pub fn extractor(bytes: &[u8]) {
    let ocr = match (OcrResult::from_json(bytes), str::from_utf8(bytes)) {
        (Ok(document), _) => document,
        (Err(_), Ok(text)) => OcrResult::from_text(text),
        (Err(_), Err(_)) => return,
    };
    for kind in KINDS.iter() {
        check(*kind, &ocr);
    }
}

/// Bytes as a document of the OCR service, for every extractor.
pub fn document(document: &[u8]) {
    let Ok(ocr) = OcrResult::from_json(document) else {
        return;
    };
    for spec in EXTRACTORS {
        check(spec.kind, &ocr);
    }
}

fn check(kind: PredictionKind, ocr: &OcrResult) {
    let found = fault(&EXTRACTORS_BUILT, kind, ocr);
    assert_eq!(found, None, "{kind}");
}
