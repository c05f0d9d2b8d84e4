//! A text and its lower-case form, with the way back to the text as printed.

use std::borrow::Cow;
use std::ops::Range;

/// Lower-cased as a whole, as Unicode says (a final sigma becomes `ς`).
#[derive(Debug, Clone)]
pub struct Lowered<'a> {
    text: &'a str,
    lowered: Cow<'a, str>,
    /// Starts of characters whose lower-case form has another length, in both
    /// texts, and the first byte after them.
    shifts: Vec<Shift>,
}

#[derive(Debug, Clone, Copy)]
struct Shift {
    lowered: (usize, usize),
    original: (usize, usize),
}

impl<'a> Lowered<'a> {
    /// Lower-cases the text; free of allocation when it is lower-case ASCII.
    pub fn new(text: &'a str) -> Self {
        if text.is_ascii() {
            let has_upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
            let lowered = if has_upper {
                text.to_ascii_lowercase().into()
            } else {
                text.into()
            };
            return Self {
                text,
                lowered,
                shifts: Vec::new(),
            };
        }
        Self {
            text,
            lowered: text.to_lowercase().into(),
            shifts: shifts(text),
        }
    }

    /// The text as given.
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// The lower-case form.
    pub fn lowered(&self) -> &str {
        &self.lowered
    }

    /// The bytes of the text as given that became these bytes of the lower-case
    /// form; characters cut by the range are taken whole.
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

fn shifts(text: &str) -> Vec<Shift> {
    let mut shifts = Vec::new();
    let mut lowered = 0;
    for (start, character) in text.char_indices() {
        let width = character.len_utf8();
        let lowered_width = if character.is_ascii() {
            1
        } else {
            character.to_lowercase().map(char::len_utf8).sum()
        };
        if lowered_width != width {
            shifts.push(Shift {
                lowered: (lowered, lowered + lowered_width),
                original: (start, start + width),
            });
        }
        lowered += lowered_width;
    }
    shifts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_leads_back_to_the_same_words() {
        let text = "AÉ İncir \u{212A}g Ⱥb ΣΑΣ";
        let lowered = Lowered::new(text);
        assert_eq!(lowered.lowered(), "aé i\u{307}ncir kg ⱥb σας");
        for word in ["i\u{307}ncir", "kg", "ⱥb", "σας"] {
            let start = lowered.lowered().find(word).unwrap();
            let original = &text[lowered.original(start..start + word.len())];
            assert_eq!(original.to_lowercase(), word);
        }
    }
}
