//! A short piece of a text in the form in which cues are looked for.

use std::ops::Range;

use crate::text::case_folded::is_white;
use crate::text::fold::ascii_form;

/// A piece in lower case, Latin letters without accents, white space as one blank. Other
/// scripts are kept. Each byte leads back to the text as printed.
#[derive(Debug, Default)]
pub(in crate::extract) struct Window {
    folded: String,
    /// Where the character of each byte starts in the text; one more for the end.
    origins: Vec<usize>,
}

impl Window {
    /// Folds a range of a text. Line ends become blanks.
    pub(in crate::extract) fn new(text: &str, range: Range<usize>) -> Self {
        let mut window = Self {
            folded: String::with_capacity(range.len()),
            origins: Vec::with_capacity(range.len() + 1),
        };
        for (at, character) in text[range.clone()].char_indices() {
            window.push(character, range.start + at);
        }
        window.origins.push(range.end);
        window
    }

    fn push(&mut self, character: char, origin: usize) {
        if character.is_ascii_graphic() && character != '|' {
            self.folded.push(character.to_ascii_lowercase());
        } else if is_white(character) || character == '|' {
            if !self.folded.ends_with(' ') {
                self.folded.push(' ');
            }
        } else if character == '’' {
            self.folded.push('\'');
        } else if let Some(form) = ascii_form(character) {
            self.folded
                .extend(form.chars().map(|c| c.to_ascii_lowercase()));
        } else {
            self.folded.extend(character.to_lowercase());
        }
        self.origins.resize(self.folded.len(), origin);
    }

    /// The folded form.
    pub(in crate::extract) fn as_str(&self) -> &str {
        &self.folded
    }

    /// The bytes of the text that became this range of the folded form.
    pub(in crate::extract) fn original(&self, range: Range<usize>) -> Range<usize> {
        self.origins[range.start]..self.origins[range.end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_leads_back_to_the_same_words() {
        let text = "-Œuf’s  ÉTUI\n賞味 fin";
        let window = Window::new(text, 1..text.len());
        assert_eq!(window.as_str(), "oeuf's etui 賞味 fin");
        for (form, original) in [
            ("oeuf", "Œuf"),
            ("etui", "ÉTUI"),
            ("賞味", "賞味"),
            ("fin", "fin"),
        ] {
            let start = window.as_str().find(form).unwrap();
            assert_eq!(&text[window.original(start..start + form.len())], original);
        }
    }
}
