//! Lone surrogates in JSON strings: half a character, written by programs that cut texts
//! by UTF-16 units. Each is replaced by U+FFFD before the document is parsed.

use std::borrow::Cow;

use memchr::{memchr_iter, memmem};

/// Escape of the replacement character, as long as the escape that it replaces.
const REPLACEMENT: &[u8; 6] = b"\\ufffd";

/// Replaces lone surrogates; returns the document itself when no escape can be one.
pub fn fix(document: &[u8]) -> Cow<'_, [u8]> {
    let suspicious = [&b"\\ud"[..], b"\\uD"];
    if suspicious
        .iter()
        .all(|escape| memmem::find(document, escape).is_none())
    {
        return Cow::Borrowed(document);
    }
    let mut corrected = document.to_vec();
    let mut done = 0;
    for at in memchr_iter(b'\\', document) {
        if at < done {
            continue;
        }
        done = at + 2;
        match (unit(document, at), unit(document, at + 6)) {
            (Some(0xD800..0xDC00), Some(0xDC00..0xE000)) => done = at + 12,
            (Some(0xD800..0xE000), _) => {
                corrected[at..at + 6].copy_from_slice(REPLACEMENT);
                done = at + 6;
            }
            (Some(_), _) => done = at + 6,
            (None, _) => {}
        }
    }
    Cow::Owned(corrected)
}

/// UTF-16 unit of the escape at this byte.
fn unit(document: &[u8], at: usize) -> Option<u16> {
    let digits = document.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_characters_become_replacement_characters() {
        for (json, expected) in [
            (r#""a\ud83db""#, "a\u{FFFD}b"),
            (r#""\udc00\ud83d\ude00\uD83D""#, "\u{FFFD}😀\u{FFFD}"),
            (r#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"),
            (r#""\\ud83d""#, "\\ud83d"),
            (r#""\\\ud83d\\""#, "\\\u{FFFD}\\"),
            (r#""é\u00e9\ud7ff""#, "éé\u{D7FF}"),
        ] {
            let corrected = fix(json.as_bytes());
            assert_eq!(
                serde_json::from_slice::<String>(&corrected).unwrap(),
                expected,
                "{json}"
            );
        }
    }
}
