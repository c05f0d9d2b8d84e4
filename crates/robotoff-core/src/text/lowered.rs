//! A text and its lower-case form, with the way back to the text as printed.

use std::ops::Range;

/// The lower-case form of a text as a whole, as Unicode says (a final sigma becomes
/// `ς`).
#[derive(Debug, Clone, Default)]
pub struct Lowered {
    lowered: String,
    /// Characters whose lower-case form has another length: where they start and
    /// end in both texts.
    shifts: Vec<Shift>,
}

#[derive(Debug, Clone, Copy)]
struct Shift {
    lowered: (usize, usize),
    original: (usize, usize),
}

impl Lowered {
    /// Lower-cases the text.
    pub fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self {
                lowered: text.to_ascii_lowercase(),
                shifts: Vec::new(),
            };
        }
        let mut lowered = Self {
            lowered: String::with_capacity(text.len()),
            shifts: Vec::new(),
        };
        let mut done = 0;
        for (start, character) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
            lowered.push_ascii(&text[done..start]);
            lowered.push(start, character);
            done = start + character.len_utf8();
        }
        lowered.push_ascii(&text[done..]);
        // What a sigma becomes depends on its neighbours; its length does not.
        if text.contains('Σ') {
            lowered.lowered = text.to_lowercase();
        }
        lowered
    }

    fn push_ascii(&mut self, text: &str) {
        let start = self.lowered.len();
        self.lowered.push_str(text);
        self.lowered[start..].make_ascii_lowercase();
    }

    fn push(&mut self, start: usize, character: char) {
        let before = self.lowered.len();
        self.lowered.extend(character.to_lowercase());
        let width = character.len_utf8();
        if self.lowered.len() - before != width {
            self.shifts.push(Shift {
                lowered: (before, self.lowered.len()),
                original: (start, start + width),
            });
        }
    }

    /// The lower-case form.
    pub fn as_str(&self) -> &str {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_leads_back_to_the_same_words() {
        let text = "AÉ İncir \u{212A}g Ⱥb ΣΑΣ";
        let lowered = Lowered::new(text);
        assert_eq!(lowered.as_str(), "aé i\u{307}ncir kg ⱥb σας");
        for word in ["i\u{307}ncir", "kg", "ⱥb", "σας"] {
            let start = lowered.as_str().find(word).unwrap();
            let original = &text[lowered.original(start..start + word.len())];
            assert_eq!(original.to_lowercase(), word);
        }
    }
}
