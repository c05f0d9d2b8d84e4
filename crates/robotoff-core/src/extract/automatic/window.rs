//! A short piece of a text in the form in which cues are looked for.

use std::ops::Range;

use crate::text::case_folded::is_white;
use crate::text::fold::ascii_form;

/// A piece in lower case, Latin letters without accents, white space as one blank. Other
/// scripts are kept. Each place leads back to the text as printed.
#[derive(Debug, Default)]
pub(in crate::extract) struct Window {
    folded: String,
    /// Where pieces of other than one byte start and end: place in the folded form, place in the text.
    marks: Vec<(usize, usize)>,
}

impl Window {
    /// Folds a range of a text. Line ends become blanks.
    pub(in crate::extract) fn new(text: &str, range: Range<usize>) -> Self {
        let mut window = Self {
            folded: String::with_capacity(range.len()),
            marks: vec![(0, range.start)],
        };
        let mut at = range.start;
        while at < range.end {
            let plain = plain_run(&text.as_bytes()[at..range.end]);
            window.push_plain(&text[at..at + plain]);
            at += plain;
            if let Some(character) = text[at..range.end].chars().next() {
                let end = at + character.len_utf8();
                window.push(character, at..end);
                at = end;
            }
        }
        window
    }

    fn push_plain(&mut self, text: &str) {
        let start = self.folded.len();
        self.folded.push_str(text);
        self.folded[start..].make_ascii_lowercase();
    }

    fn push(&mut self, character: char, origin: Range<usize>) {
        let start = self.folded.len();
        if is_white(character) || character == '|' {
            if !self.folded.ends_with(' ') {
                self.folded.push(' ');
            }
        } else if character == '’' {
            self.folded.push('\'');
        } else if let Some(form) = ascii_form(character) {
            let lower = form.chars().map(|c| c.to_ascii_lowercase());
            self.folded.extend(lower);
        } else {
            self.folded.extend(character.to_lowercase());
        }
        if self.folded.len() - start != 1 || origin.len() != 1 {
            self.marks.push((start, origin.start));
            self.marks.push((self.folded.len(), origin.end));
        }
    }

    /// The folded form.
    pub(in crate::extract) fn as_str(&self) -> &str {
        &self.folded
    }

    /// The bytes of the text that became this range of the folded form; a character that
    /// the range cuts is taken whole.
    pub(in crate::extract) fn original(&self, range: Range<usize>) -> Range<usize> {
        self.place(range.start, false)..self.place(range.end, true)
    }

    fn place(&self, folded: usize, is_end: bool) -> usize {
        let after = self.marks.partition_point(|(mark, _)| *mark <= folded);
        let (mark, origin) = self.marks[after - 1];
        // Every second mark ends a piece of another length.
        let is_inside = after % 2 == 0 && folded > mark;
        match self.marks.get(after) {
            Some((_, end)) if is_inside && is_end => *end,
            _ if is_inside => origin,
            _ => origin + (folded - mark),
        }
    }
}

/// Bytes at the start that are printable ASCII with single blanks between, no blank first.
fn plain_run(bytes: &[u8]) -> usize {
    let is_plain = |at: usize| match bytes[at] {
        b' ' => at > 0 && bytes.get(at + 1).is_some_and(u8::is_ascii_graphic),
        b'|' => false,
        byte => byte.is_ascii_graphic(),
    };
    (0..bytes.len())
        .find(|at| !is_plain(*at))
        .unwrap_or(bytes.len())
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
            ("oe", "Œ"),
            ("euf", "Œuf"),
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
