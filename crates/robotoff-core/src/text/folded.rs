//! Folded text: lower case, ASCII, single spaces, and the way back to the printed text.
//! Grammars read this form.
//!
//! Letters lose their accents (`docs/reference/ocr.md` 2.1, V2). White space of any kind,
//! controls and signs without an ASCII form separate words; a letter of another script is
//! [`OTHER_LETTER`]. Combining marks and invisible characters are dropped.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use super::fold::ascii_form;

/// Placeholder of a letter or digit without an ASCII form.
pub const OTHER_LETTER: u8 = 1;

/// Folded form of a text. It is ASCII, so ranges are bytes and characters at once.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    text: String,
    /// Pieces that are longer than one byte in either text, in the order of the text.
    shifts: Vec<Shift>,
}

/// Bounds of a piece in both texts.
#[derive(Debug, Clone, Copy)]
struct Shift {
    folded: (usize, usize),
    original: (usize, usize),
}

impl Folded {
    /// Folds a text.
    pub fn new(text: &str) -> Self {
        let mut folded = Self {
            text: String::with_capacity(text.len()),
            shifts: Vec::new(),
        };
        let mut at = 0;
        while at < text.len() {
            let plain = plain_run(&text.as_bytes()[at..]);
            folded.push_plain(&text[at..at + plain]);
            at += plain;
            if let Some(character) = text[at..].chars().next() {
                let end = at + character.len_utf8();
                folded.push(character, at..end);
                at = end;
            }
        }
        folded
    }

    fn push_plain(&mut self, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        self.text[start..].make_ascii_lowercase();
    }

    fn push(&mut self, character: char, original: Range<usize>) {
        let before = self.text.len();
        if character.is_ascii() || character.is_whitespace() {
            self.push_space();
        } else if let Some(form) = ascii_form(character) {
            let lower = form.chars().map(|c| c.to_ascii_lowercase());
            self.text.extend(lower);
        } else {
            for lower in character.to_lowercase() {
                self.push_unknown(lower);
            }
        }
        if self.text.len() - before != 1 || original.len() != 1 {
            self.shifts.push(Shift {
                folded: (before, self.text.len()),
                original: (original.start, original.end),
            });
        }
    }

    /// Folds a character through its lower case.
    fn push_unknown(&mut self, character: char) {
        if let Some(form) = ascii_form(character) {
            self.text.push_str(form);
        } else if character.is_ascii() {
            self.text.push(character);
        } else if is_combining_mark(character) || is_unseen(character) {
            // The character is dropped.
        } else if character.is_alphanumeric() {
            self.text.push(char::from(OTHER_LETTER));
        } else {
            self.push_space();
        }
    }

    fn push_space(&mut self) {
        if !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    /// Folded form.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Range of the printed text for a range of the folded form; pieces that the range
    /// cuts are included whole.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let start = self.position(range.start, false);
        start..self.position(range.end, true).max(start)
    }

    fn position(&self, folded: usize, touches_nothing_after: bool) -> usize {
        // Dropped characters after the end stay outside; those before the start too.
        let before = self
            .shifts
            .partition_point(|shift| match touches_nothing_after {
                true => shift.folded.0 < folded,
                false => shift.folded.1 <= folded,
            });
        if !touches_nothing_after {
            let cut = self.shifts.get(before);
            if let Some(cut) = cut.filter(|shift| shift.folded.0 < folded) {
                return cut.original.0;
            }
        }
        let Some(shift) = before.checked_sub(1).map(|index| self.shifts[index]) else {
            return folded;
        };
        if folded < shift.folded.1 {
            return shift.original.1;
        }
        shift.original.1 + (folded - shift.folded.1)
    }
}

/// Bytes at the start that are printable ASCII with single blanks between.
fn plain_run(bytes: &[u8]) -> usize {
    let is_plain = |at: usize| match bytes[at] {
        b' ' => at > 0 && bytes.get(at + 1).is_some_and(u8::is_ascii_graphic),
        byte => byte.is_ascii_graphic(),
    };
    (0..bytes.len())
        .find(|at| !is_plain(*at))
        .unwrap_or(bytes.len())
}

/// Characters that only control the layout of others: soft hyphens, joiners, marks of
/// direction, byte order marks.
const fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_ascii_and_white_space_is_one_space() {
        for (text, expected) in [
            ("", ""),
            ("Étui\u{A0}CARTON", "etui carton"),
            ("a \n\t\u{B}\u{1C}b", "a b"),
            ("œufs – ß", "oeufs - ss"),
            ("pot😀verre 🙂 x", "pot verre x"),
            ("Ｐｏｔ e\u{301}", "pot e"),
            ("co\u{AD}ton", "coton"),
            ("牛pot", "\u{1}pot"),
            ("\u{1}a", " a"),
            ("\u{212A}g İ", "kg i"),
        ] {
            assert_eq!(Folded::new(text).as_str(), expected, "{text:?}");
        }
    }

    #[test]
    fn every_place_maps_back_to_the_same_words() {
        let text = "«Œuf»\u{301}  É\u{AD}tui 牛 \u{212A}g😀fin ";
        let folded = Folded::new(text);
        for (form, original) in [
            ("oeuf", "Œuf"),
            ("etui", "É\u{AD}tui"),
            ("kg", "\u{212A}g"),
            ("fin", "fin"),
            ("euf", "Œuf"),
        ] {
            let start = folded.as_str().find(form).unwrap();
            let range = folded.original(start..start + form.len());
            assert_eq!(&text[range], original, "{form}");
        }
        assert_eq!(folded.original(0..folded.as_str().len()), 0..text.len());
    }
}
