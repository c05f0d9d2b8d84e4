//! Any text behind an ingredient list: the grammar of traces and organic mentions.
#![no_main]

use libfuzzer_sys::fuzz_target;
use robotoff_core::extract::trace::mention::additional_mentions_end;

fuzz_target!(|text: &str| {
    for start in text.char_indices().map(|(at, _)| at).take(16) {
        let end = additional_mentions_end(text, start);
        assert!(start <= end && text.is_char_boundary(end));
    }
});
