//! The text of an address in plain letters, with the way back to the text as printed.

use std::ops::Range;

use crate::text::fold::ascii_form;

/// Lower-case ASCII: accents are gone, apostrophes and hyphens are spaces, so is what has
/// no such letter. Beside it the same with digits and letters apart, to be searched for
/// names.
pub(super) struct Plain {
    pub(super) text: String,
    /// Where each byte of `text` comes from.
    origins: Vec<usize>,
    pub(super) parted: String,
    /// Where each byte of `parted` stands in `text`.
    places: Vec<usize>,
}

impl Plain {
    pub(super) fn new(printed: &str) -> Self {
        let mut plain = Self {
            text: String::with_capacity(printed.len()),
            origins: Vec::with_capacity(printed.len()),
            parted: String::with_capacity(printed.len()),
            places: Vec::with_capacity(printed.len()),
        };
        for (origin, character) in printed.char_indices() {
            if character.is_ascii() {
                plain.push(printed.as_bytes()[origin], origin);
                continue;
            }
            let letters: &str = match ascii_form(character) {
                Some(letters) => letters,
                // Accents of their own.
                None if ('\u{300}'..='\u{36F}').contains(&character) => "",
                None => " ",
            };
            letters
                .bytes()
                .for_each(|letter| plain.push(letter, origin));
        }
        plain
    }

    fn push(&mut self, letter: u8, origin: usize) {
        let letter = match letter.to_ascii_lowercase() {
            b'\'' | b'-' => b' ',
            other => other,
        };
        let previous = self.text.as_bytes().last().copied().unwrap_or(b' ');
        let is_seam = (previous.is_ascii_digit() && letter.is_ascii_alphabetic())
            || (previous.is_ascii_alphabetic() && letter.is_ascii_digit());
        if is_seam {
            self.parted.push(' ');
            self.places.push(self.text.len());
        }
        self.parted.push(char::from(letter));
        self.places.push(self.text.len());
        self.text.push(char::from(letter));
        self.origins.push(origin);
    }

    /// A range of `parted` as one of `text`.
    pub(super) fn place(&self, parted: &Range<usize>) -> Range<usize> {
        let end = parted
            .end
            .checked_sub(1)
            .map_or(0, |last| self.places[last] + 1);
        self.places.get(parted.start).copied().unwrap_or(end)..end
    }

    /// A range of `text` as one of the text as printed, cut at whole characters.
    pub(super) fn origin(&self, plain: &Range<usize>, printed: &str) -> Range<usize> {
        let start = self
            .origins
            .get(plain.start)
            .copied()
            .unwrap_or(printed.len());
        let last = plain
            .end
            .checked_sub(1)
            .and_then(|last| self.origins.get(last));
        let end = last.map_or(start, |last| {
            last + printed[*last..].chars().next().map_or(0, char::len_utf8)
        });
        start..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_leads_back() {
        let printed = "L’Œuilly-59000Lille e\u{301}\u{A0}牛x";
        let plain = Plain::new(printed);
        assert_eq!(plain.text, "l oeuilly 59000lille e  x");
        assert_eq!(plain.parted, "l oeuilly 59000 lille e  x");
        for (word, original) in [
            ("oeuilly", "Œuilly"),
            ("lille", "Lille"),
            ("59000", "59000"),
        ] {
            let at = plain.parted.find(word).unwrap();
            let place = plain.place(&(at..at + word.len()));
            assert_eq!(&plain.text[place.clone()], word);
            assert_eq!(&printed[plain.origin(&place, printed)], original);
        }
    }
}
