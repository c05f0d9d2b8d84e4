//! Any document for `image_lang`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use robotoff_core::prediction::PredictionKind;

fuzz_target!(|document: &[u8]| robotoff_fuzz::document_of(PredictionKind::ImageLang, document));
