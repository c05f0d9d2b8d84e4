//! Words, numbers and breaks of an ingredient list, with their places.

use unicode_normalization::char::is_combining_mark;

/// Tokens that the language model sees instead of a number, and instead of signs.
pub const NUMBER: &str = "0";
pub const COMMA: &str = ",";
pub const OPEN: &str = "(";
pub const CLOSE: &str = ")";
pub const COLON: &str = ":";

/// A piece of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// In lower case; a sign for breaks and numbers.
    pub text: String,
    /// Bytes in the list; empty for a break.
    pub start: usize,
    pub end: usize,
    pub kind: TokenKind,
    /// True when one blank alone parts it from the token before.
    pub after_blank: bool,
    /// True when a per cent sign stands behind it.
    pub before_percent: bool,
}

/// The kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters, perhaps with digits among them.
    Word,
    Number,
    /// One or more signs between words.
    Break,
}

/// The tokens of a list.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut start = None;
    let mut gap_start = 0;
    for (at, character) in text.char_indices().chain([(text.len(), '\0')]) {
        let is_of_word = character.is_alphanumeric() || is_combining_mark(character);
        if is_of_word {
            start.get_or_insert(at);
        } else if let Some(start) = start.take() {
            push_gap(&mut found, &text[gap_start..start], gap_start);
            found.push(word(text, start, at, &text[gap_start..start]));
            gap_start = at;
        }
    }
    push_gap(&mut found, &text[gap_start..], gap_start);
    found
}

fn word(text: &str, start: usize, end: usize, gap: &str) -> Token {
    let written = &text[start..end];
    let is_number = written.chars().all(|c| c.is_numeric());
    Token {
        text: if is_number {
            NUMBER.to_owned()
        } else {
            written.to_lowercase()
        },
        start,
        end,
        kind: if is_number {
            TokenKind::Number
        } else {
            TokenKind::Word
        },
        after_blank: gap == " ",
        before_percent: text[end..].trim_start().starts_with('%'),
    }
}

/// The break that a gap between words is, unless it is a blank, a hyphen or an apostrophe.
fn push_gap(found: &mut Vec<Token>, gap: &str, at: usize) {
    let sign = gap.chars().find_map(|sign| match sign {
        ',' | ';' | '.' | '*' | '•' | '·' | '/' | '+' => Some(COMMA),
        '(' | '[' | '{' => Some(OPEN),
        ')' | ']' | '}' => Some(CLOSE),
        ':' => Some(COLON),
        _ => None,
    });
    found.extend(sign.map(|sign| Token {
        text: sign.to_owned(),
        start: at,
        end: at,
        kind: TokenKind::Break,
        after_blank: false,
        before_percent: false,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_words_numbers_and_breaks() {
        for (text, expected) in [
            ("Sucre (12,5%), riz.", "sucre ( 0 , 0 ) riz ,"),
            ("huile d'olive", "huile d olive"),
            ("E300, b12", "e300 , b12"),
            ("", ""),
            (" ,", ","),
        ] {
            let texts: Vec<String> = tokens(text).into_iter().map(|token| token.text).collect();
            assert_eq!(texts.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn places_are_those_of_the_words() {
        let text = "Blé, Œufs frais";
        let words: Vec<(String, bool)> = tokens(text)
            .iter()
            .filter(|token| token.kind == TokenKind::Word)
            .map(|token| (text[token.start..token.end].to_owned(), token.after_blank))
            .collect();
        let expected = [("Blé", false), ("Œufs", false), ("frais", true)];
        assert_eq!(
            words,
            expected.map(|(word, blank)| (word.to_owned(), blank))
        );
    }
}
