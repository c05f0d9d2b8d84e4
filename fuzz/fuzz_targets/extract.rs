//! Any text for one family of extractors, which the first byte chooses.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use robotoff_bench::{extractors, fault};
use robotoff_core::extract::{EXTRACTORS, Extractors};
use robotoff_core::ocr::OcrResult;

static BUILT: LazyLock<Extractors> =
    LazyLock::new(|| extractors().expect("the built-in data are whole"));

fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let kind = EXTRACTORS[usize::from(choice) % EXTRACTORS.len()].kind;
    let found = fault(&BUILT, kind, &OcrResult::from_text(text));
    assert_eq!(found, None, "{kind}");
});
