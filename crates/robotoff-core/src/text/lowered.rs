//! A text in lower case and with single spaces, with the way back to the text as
//! printed: the form in which keywords are looked for.

use std::ops::Range;
use std::sync::OnceLock;

use super::words::{Start, starts};

/// The lower-case form of a text as a whole, as Unicode says (a final sigma becomes
/// `ς`); each run of white space is one space.
#[derive(Debug, Clone, Default)]
pub struct Lowered {
    /// As printed.
    text: Box<str>,
    lowered: String,
    /// Pieces whose form has another length: where they start and end in both texts.
    shifts: Vec<Shift>,
    /// Of words in the lower-case form, found when they are first asked for.
    starts: OnceLock<Vec<Start>>,
}

#[derive(Debug, Clone, Copy)]
struct Shift {
    lowered: (usize, usize),
    original: (usize, usize),
}

impl Lowered {
    /// Lower-cases the text.
    pub fn new(text: &str) -> Self {
        let mut lowered = Self {
            text: text.into(),
            lowered: String::with_capacity(text.len()),
            shifts: Vec::new(),
            starts: OnceLock::new(),
        };
        let mut at = 0;
        while at < text.len() {
            let plain = plain_run(&text.as_bytes()[at..]);
            lowered.push_plain(&text[at..at + plain]);
            at += plain;
            let rest = &text[at..];
            let white = rest.find(|c| !is_white(c)).unwrap_or(rest.len());
            if white > 0 {
                lowered.push([' '].into_iter(), at..at + white);
                at += white;
            } else if let Some(character) = rest.chars().next() {
                let end = at + character.len_utf8();
                lowered.push(character.to_lowercase(), at..end);
                at = end;
            }
        }
        // What a sigma becomes depends on its neighbours; its length does not.
        if text.contains('Σ') {
            lowered.end_words_with_final_sigma();
        }
        lowered
    }

    fn push_plain(&mut self, text: &str) {
        let start = self.lowered.len();
        self.lowered.push_str(text);
        self.lowered[start..].make_ascii_lowercase();
    }

    fn push(&mut self, form: impl Iterator<Item = char>, original: Range<usize>) {
        let before = self.lowered.len();
        self.lowered.extend(form);
        if self.lowered.len() - before != original.len() {
            self.shifts.push(Shift {
                lowered: (before, self.lowered.len()),
                original: (original.start, original.end),
            });
        }
    }

    fn end_words_with_final_sigma(&mut self) {
        let words = self.lowered.split_inclusive(|c: char| !c.is_alphabetic());
        let ended = words.map(|word| {
            let letters = word.trim_end_matches(|c: char| !c.is_alphabetic());
            match letters.strip_suffix('σ').filter(|start| !start.is_empty()) {
                Some(start) => format!("{start}ς{}", &word[letters.len()..]),
                None => word.to_owned(),
            }
        });
        self.lowered = ended.collect();
    }

    /// The lower-case form.
    pub fn as_str(&self) -> &str {
        &self.lowered
    }

    /// Where words may begin in the lower-case form.
    pub fn starts(&self) -> &[Start] {
        self.starts.get_or_init(|| starts(&self.lowered))
    }

    /// True when a range of the text as given has no lower-case letter.
    pub fn is_in_capitals(&self, original: Range<usize>) -> bool {
        !self.text[original].chars().any(char::is_lowercase)
    }

    /// The bytes of the text as given that became these bytes of the lower-case
    /// form; pieces cut by the range are taken whole.
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        self.position(range.start, false)..self.position(range.end, true)
    }

    fn position(&self, lowered: usize, is_end: bool) -> usize {
        let after = self
            .shifts
            .partition_point(|shift| shift.lowered.0 < lowered);
        let Some(shift) = after.checked_sub(1).map(|index| self.shifts[index]) else {
            return lowered;
        };
        if lowered < shift.lowered.1 {
            return if is_end {
                shift.original.1
            } else {
                shift.original.0
            };
        }
        shift.original.1 + (lowered - shift.lowered.1)
    }
}

/// How many bytes from the start are printable ASCII with single spaces between:
/// what lower-casing changes by one bit at most.
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

/// White space of any kind, and the separators of ASCII.
pub fn is_white(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1C}'..='\u{1F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_leads_back_to_the_same_words() {
        let text = "AÉ  İncir\n\t\u{212A}g\u{A0}Ⱥb ΣΑΣ ";
        let lowered = Lowered::new(text);
        assert_eq!(lowered.as_str(), "aé i\u{307}ncir kg ⱥb σας ");
        for word in ["i\u{307}ncir", "kg", "ⱥb", "σας"] {
            let start = lowered.as_str().find(word).unwrap();
            let original = &text[lowered.original(start..start + word.len())];
            assert_eq!(original.to_lowercase(), word);
        }
        let whole = lowered.original(0..lowered.as_str().len());
        assert_eq!(whole, 0..text.len());
    }
}
