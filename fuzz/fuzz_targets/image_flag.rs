//! Any text for `image_flag`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use robotoff_core::prediction::PredictionKind;

fuzz_target!(|text: &str| robotoff_fuzz::text(PredictionKind::ImageFlag, text));
