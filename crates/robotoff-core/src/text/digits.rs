//! Runs of ASCII digits, for everything that needs a number.

use std::ops::Range;

/// All runs of digits, in bytes of the text.
pub fn digit_runs(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(u8::is_ascii_digit)?;
        let length = bytes[start..]
            .iter()
            .position(|byte| !byte.is_ascii_digit());
        at = length.map_or(bytes.len(), |length| start + length);
        Some(start..at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_as_long_as_they_can_be() {
        for (text, expected) in [
            ("12/05 é3", &["12", "05", "3"][..]),
            ("a1", &["1"]),
            ("", &[]),
            ("\u{661}", &[]),
        ] {
            let seen: Vec<&str> = digit_runs(text).map(|run| &text[run]).collect();
            assert_eq!(seen, expected, "{text:?}");
        }
    }
}
