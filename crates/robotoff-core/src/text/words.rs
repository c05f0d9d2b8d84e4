//! Boundaries of words, in scripts that separate words and in those that do not.

use unicode_normalization::char::is_combining_mark;

use super::prefix_filter::Prefix;

/// A place where a word may begin.
#[derive(Debug, Clone, Copy)]
pub struct WordStart {
    /// The byte.
    pub at: u32,
    /// Prefix of the word.
    pub prefix: Prefix,
}

/// All places of a text where a word may begin, except spaces. Places behind the first
/// four thousand million bytes are ignored.
pub fn starts(text: &str) -> Vec<WordStart> {
    let bytes = text.as_bytes();
    let mut found = Vec::with_capacity(bytes.len() / 5);
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b' ' && starts_word(text, at) {
            let prefix = Prefix::of(bytes, at);
            found.extend(u32::try_from(at).map(|at| WordStart { at, prefix }));
        }
        at = next_start(bytes, at);
    }
    found
}

/// Next place behind a character, or behind a run of letters that belong together.
fn next_start(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at + 1..];
    if is_ascii_word(bytes[at]) {
        return at + 1 + rest.iter().take_while(|byte| is_ascii_word(**byte)).count();
    }
    at + 1 + rest.iter().take_while(|byte| **byte & 0xC0 == 0x80).count()
}

const fn is_ascii_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// True where a word may begin: no letter precedes it, unless it begins with a letter of
/// a script that does not separate words.
pub fn starts_word(text: &str, at: usize) -> bool {
    match text.as_bytes()[..at].last() {
        None => true,
        Some(byte) if byte.is_ascii() => {
            !is_ascii_word(*byte) || letter_from(text, at) == Letter::Unparted
        }
        Some(_) => text.get(..at).is_some_and(|before| {
            let last = before.chars().next_back().map_or(Letter::None, letter);
            last != Letter::OfWord || letter_from(text, at) == Letter::Unparted
        }),
    }
}

/// True where a word may end, by the same rule.
pub fn touches_nothing_after(text: &str, at: usize) -> bool {
    match text.as_bytes().get(at) {
        None => true,
        Some(byte) if byte.is_ascii() && !is_ascii_word(*byte) => true,
        Some(_) => text.get(..at).is_some_and(|before| {
            let last = before.chars().next_back().map_or(Letter::None, letter);
            letter_from(text, at) != Letter::OfWord || last == Letter::Unparted
        }),
    }
}

fn letter_from(text: &str, at: usize) -> Letter {
    text.get(at..)
        .and_then(|rest| rest.chars().next())
        .map_or(Letter::None, letter)
}

/// Class of a character for the boundaries of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letter {
    None,
    OfWord,
    /// A letter of a script that does not separate words.
    Unparted,
}

fn letter(character: char) -> Letter {
    match character {
        // Thai, Lao, Tibetan, Burmese, Khmer, Hangul syllables with particles,
        // kana, Chinese, half-width kana.
        '\u{E00}'..='\u{109F}'
        | '\u{1780}'..='\u{17FF}'
        | '\u{3005}'..='\u{30FF}'
        | '\u{31F0}'..='\u{31FF}'
        | '\u{3400}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}'
        | '\u{FF66}'..='\u{FF9F}'
        | '\u{20000}'..='\u{3FFFF}' => Letter::Unparted,
        '_' => Letter::OfWord,
        c if c.is_alphanumeric() || is_combining_mark(c) => Letter::OfWord,
        _ => Letter::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_behind_what_is_no_letter() {
        for (text, expected) in [
            ("ab  c_d, é1 x", &[0, 4, 9, 13][..]),
            ("détail (ab)", &[0, 8, 9]),
            ("x牛乳y", &[0, 1, 4, 7]),
            ("", &[]),
        ] {
            let seen: Vec<u32> = starts(text).iter().map(|start| start.at).collect();
            assert_eq!(seen, expected, "{text:?}");
        }
    }
}
