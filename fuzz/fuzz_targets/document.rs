//! Any bytes as a document of the OCR service, for every family.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|document: &[u8]| robotoff_fuzz::document(document));
