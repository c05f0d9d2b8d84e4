//! Case-folded text: lower case with single spaces, and the way back to the printed text.
//! Keywords are searched in this form.

use std::ops::Range;
use std::sync::OnceLock;

use super::words::{WordStart, starts};

/// Lower-case form of a whole text, as Unicode defines it (a final sigma becomes `ς`);
/// each run of white space is one space.
///
/// ```
/// use robotoff_core::text::case_folded::CaseFolded;
///
/// let text = CaseFolded::new("Sans\u{a0} GLUTEN");
/// assert_eq!(text.as_str(), "sans gluten");
/// assert_eq!(text.original(5..11), 7..13);
/// ```
#[derive(Debug, Clone, Default)]
pub struct CaseFolded {
    /// Printed text.
    text: Box<str>,
    case_folded: String,
    /// Pieces whose two forms differ in length: their bounds in both texts.
    shifts: Vec<Shift>,
    /// Starts of words in the lower-case form, computed on first use.
    starts: OnceLock<Vec<WordStart>>,
}

#[derive(Debug, Clone, Copy)]
struct Shift {
    case_folded: (usize, usize),
    original: (usize, usize),
}

impl CaseFolded {
    /// Case-folds a text.
    pub fn new(text: &str) -> Self {
        let mut case_folded = Self {
            text: text.into(),
            case_folded: String::with_capacity(text.len()),
            shifts: Vec::new(),
            starts: OnceLock::new(),
        };
        let mut at = 0;
        while at < text.len() {
            let plain = plain_run(&text.as_bytes()[at..]);
            case_folded.push_plain(&text[at..at + plain]);
            at += plain;
            let rest = &text[at..];
            let white = rest.find(|c| !is_white(c)).unwrap_or(rest.len());
            if white > 0 {
                case_folded.push([' '].into_iter(), at..at + white);
                at += white;
            } else if let Some(character) = rest.chars().next() {
                let end = at + character.len_utf8();
                case_folded.push(character.to_lowercase(), at..end);
                at = end;
            }
        }
        // The form of a sigma depends on its neighbours; its length does not.
        if text.contains('Σ') {
            case_folded.end_words_with_final_sigma();
        }
        case_folded
    }

    fn push_plain(&mut self, text: &str) {
        let start = self.case_folded.len();
        self.case_folded.push_str(text);
        self.case_folded[start..].make_ascii_lowercase();
    }

    fn push(&mut self, form: impl Iterator<Item = char>, original: Range<usize>) {
        let before = self.case_folded.len();
        self.case_folded.extend(form);
        if self.case_folded.len() - before != original.len() {
            self.shifts.push(Shift {
                case_folded: (before, self.case_folded.len()),
                original: (original.start, original.end),
            });
        }
    }

    fn end_words_with_final_sigma(&mut self) {
        let words = self
            .case_folded
            .split_inclusive(|c: char| !c.is_alphabetic());
        let ended = words.map(|word| {
            let letters = word.trim_end_matches(|c: char| !c.is_alphabetic());
            match letters.strip_suffix('σ').filter(|start| !start.is_empty()) {
                Some(start) => format!("{start}ς{}", &word[letters.len()..]),
                None => word.to_owned(),
            }
        });
        self.case_folded = ended.collect();
    }

    /// Lower-case form.
    pub fn as_str(&self) -> &str {
        &self.case_folded
    }

    /// Places in the lower-case form where words may begin.
    pub fn starts(&self) -> &[WordStart] {
        self.starts.get_or_init(|| starts(&self.case_folded))
    }

    /// True when a range of the printed text has no lower-case letter.
    pub fn is_in_capitals(&self, original: Range<usize>) -> bool {
        !self.text[original].chars().any(char::is_lowercase)
    }

    /// Range of the printed text for a range of the lower-case form; pieces that the
    /// range cuts are included whole.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        self.position(range.start, false)..self.position(range.end, true)
    }

    fn position(&self, case_folded: usize, touches_nothing_after: bool) -> usize {
        let after = self
            .shifts
            .partition_point(|shift| shift.case_folded.0 < case_folded);
        let Some(shift) = after.checked_sub(1).map(|index| self.shifts[index]) else {
            return case_folded;
        };
        if case_folded < shift.case_folded.1 {
            return if touches_nothing_after {
                shift.original.1
            } else {
                shift.original.0
            };
        }
        shift.original.1 + (case_folded - shift.case_folded.1)
    }
}

/// Length of the ASCII prefix with single spaces. Lower-casing changes at most one bit of
/// each of its bytes, so that it is copied in one go.
fn plain_run(bytes: &[u8]) -> usize {
    let is_special = |at: usize| match bytes[at] {
        b' ' => bytes
            .get(at + 1)
            .is_some_and(|next| !next.is_ascii_graphic()),
        byte => !byte.is_ascii_graphic(),
    };
    (0..bytes.len())
        .find(|at| is_special(*at))
        .unwrap_or(bytes.len())
}

/// True for white space of any kind, and for the separators of ASCII.
pub fn is_white(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1C}'..='\u{1F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_maps_back_to_the_same_words() {
        let text = "AÉ  İncir\n\t\u{212A}g\u{A0}Ⱥb ΣΑΣ ";
        let case_folded = CaseFolded::new(text);
        assert_eq!(case_folded.as_str(), "aé i\u{307}ncir kg ⱥb σας ");
        for word in ["i\u{307}ncir", "kg", "ⱥb", "σας"] {
            let start = case_folded.as_str().find(word).unwrap();
            let original = &text[case_folded.original(start..start + word.len())];
            assert_eq!(original.to_lowercase(), word);
        }
        let whole = case_folded.original(0..case_folded.as_str().len());
        assert_eq!(whole, 0..text.len());
    }
}
