//! Any bytes, as an OCR document or else as text, for one extractor or for all.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| robotoff_fuzz::extractor(bytes));
