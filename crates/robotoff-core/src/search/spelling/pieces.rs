//! Ingredient lists in pieces, and corrections from the suggestions of a phrase suggester
//! (`docs/reference/ocr.md` 8.3).

use super::speller::{Edit, Speller, applied, with_case_of};
use super::tokens::{Token, TokenKind, tokens};

/// Signs at which a list is split.
const SPLITTERS: &[char] = &['(', ')', ',', ';', '[', ']', '-', '{', '}'];

/// A piece of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The normalised text, as long as the original in characters.
    pub text: String,
    /// Characters in the list.
    pub start: usize,
    pub end: usize,
}

/// A correction of one word, and whether the rules allow it.
#[derive(Debug, Clone, PartialEq)]
pub struct SuggestedEdit {
    pub edit: Edit,
    pub is_valid: bool,
}

/// A list without additive codes, percentages, numbers and signs, each character of which is
/// a blank instead (8.3.1).
pub fn normalized(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    blank_additives(&mut letters);
    blank_percentages(&mut letters);
    blank_numbers(&mut letters);
    for letter in &mut letters {
        if matches!(letter, '_' | '•' | ':') {
            *letter = ' ';
        }
    }
    letters.into_iter().collect()
}

fn is_word_letter(letter: Option<&char>) -> bool {
    letter.is_some_and(|letter| letter.is_alphanumeric() || *letter == '_')
}

/// `E300`, `E 471`, `E150a`: an upper-case E, a blank at most, 3 to 5 digits, small letters.
fn blank_additives(letters: &mut [char]) {
    let mut at = 0;
    while at < letters.len() {
        let before = at.checked_sub(1).and_then(|before| letters.get(before));
        let is_start = letters[at] == 'E' && !is_word_letter(before);
        let digits_at = at + 1 + usize::from(letters.get(at + 1) == Some(&' '));
        let digits = letters.get(digits_at..).unwrap_or_default().iter();
        let digits = digits.take_while(|letter| letter.is_ascii_digit()).count();
        if !is_start || !(3..=5).contains(&digits) {
            at += 1;
            continue;
        }
        let mut end = digits_at + digits;
        while letters.get(end).is_some_and(|letter| letter.is_lowercase()) {
            end += 1;
        }
        letters[at..end].fill(' ');
        at = end;
    }
}

/// `12 %`, `12,5%`.
fn blank_percentages(letters: &mut [char]) {
    let percents = (0..letters.len()).filter(|at| letters[*at] == '%');
    for percent in percents.collect::<Vec<usize>>() {
        let digits_before = |end: usize| {
            let digits = letters[..end].iter().rev();
            end - digits.take_while(|letter| letter.is_ascii_digit()).count()
        };
        let blanks = letters[..percent].iter().rev();
        let number_end = percent - blanks.take_while(|letter| letter.is_whitespace()).count();
        let mut start = digits_before(number_end);
        if start == number_end {
            continue;
        }
        let has_point = start > 0 && matches!(letters[start - 1], ',' | '.');
        if has_point && digits_before(start - 1) < start - 1 {
            start = digits_before(start - 1);
        }
        letters[start..=percent].fill(' ');
    }
}

/// Digits that neither a letter nor a hyphen follows, from the right.
fn blank_numbers(letters: &mut [char]) {
    for at in (0..letters.len()).rev() {
        let next = letters.get(at + 1);
        if letters[at].is_numeric() && !is_word_letter(next) && next != Some(&'-') {
            letters[at] = ' ';
        }
    }
}

/// The pieces of a list between its signs. An empty one at the end is left out.
pub fn pieces(text: &str) -> Vec<Piece> {
    let letters: Vec<char> = normalized(text).chars().collect();
    let mut found = Vec::new();
    let mut start = 0;
    for at in 0..=letters.len() {
        let is_end = at == letters.len();
        if is_end && start == at || !is_end && !SPLITTERS.contains(&letters[at]) {
            continue;
        }
        found.push(Piece {
            text: letters[start..at].iter().collect(),
            start,
            end: at,
        });
        start = at + 1;
    }
    found
}

impl Speller {
    /// The corrections that a suggestion for a piece makes (8.3.2). `None` where it has
    /// another number of words than the piece.
    pub fn suggested_edits(
        &self,
        lang: &str,
        text: &str,
        piece: &Piece,
        suggestion: &str,
        score: f32,
    ) -> Option<Vec<SuggestedEdit>> {
        let offsets: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let byte = |letter: usize| offsets.get(letter).copied().unwrap_or(text.len());
        let original = &text[byte(piece.start)..byte(piece.end)];
        let (written, suggested) = (words(&piece.text), words(suggestion));
        if written.len() != suggested.len() {
            return None;
        }
        let changed = written.iter().zip(&suggested);
        let changed = changed.filter(|(written, suggested)| written.text != suggested.text);
        let edits = changed.map(|(written, suggested)| {
            // The piece has as many characters as the original, but maybe not as many bytes.
            let letters = |at: usize| piece.text[..at].chars().count();
            let (from, to) = (letters(written.start), letters(written.end));
            let (start, end) = (byte(piece.start + from), byte(piece.start + to));
            let place = start - byte(piece.start)..end - byte(piece.start);
            let word = &original[place];
            SuggestedEdit {
                is_valid: self.is_valid(lang, &written.text, &suggested.text),
                edit: Edit {
                    start,
                    end,
                    original: word.to_owned(),
                    correction: with_case_of(word, &suggested.text),
                    score,
                },
            }
        });
        Some(edits.collect())
    }

    /// The rules of 8.3.2: no final `s` comes or goes, no known word is changed, no digit
    /// appears.
    fn is_valid(&self, lang: &str, written: &str, suggested: &str) -> bool {
        let is_plural = written.strip_suffix('s') == Some(suggested)
            || suggested.strip_suffix('s') == Some(written);
        !is_plural && !self.knows(lang, written) && !suggested.chars().any(char::is_numeric)
    }
}

fn words(text: &str) -> Vec<Token> {
    let tokens = tokens(text).into_iter();
    tokens
        .filter(|token| token.kind != TokenKind::Break)
        .collect()
}

/// The list with its valid corrections.
pub fn with_suggestions(text: &str, suggested: &[SuggestedEdit]) -> String {
    let valid = suggested.iter().filter(|suggested| suggested.is_valid);
    let edits: Vec<Edit> = valid.map(|suggested| suggested.edit.clone()).collect();
    applied(text, &edits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::spelling::SpellingCorpus;

    #[test]
    fn codes_numbers_and_signs_become_blanks() {
        for (text, expected) in [
            ("sucre 12,5%, riz", "sucre      , riz"),
            ("E300, e 300", "    , e    "),
            ("100% EPICES", "     EPICES"),
            ("0lives (20%)", "0lives (   )"),
            ("BE300", "BE   "),
            ("_soja_", " soja "),
            ("2-méthyl", "2-méthyl"),
            ("E150a, E 471", "     ,      "),
            ("", ""),
        ] {
            let found = normalized(text);
            assert_eq!(found, expected, "{text}");
            assert_eq!(found.chars().count(), text.chars().count());
        }
    }

    #[test]
    fn a_list_is_split_at_its_signs() {
        let places = |text: &str| -> Vec<(usize, usize)> {
            let pieces = pieces(text).into_iter();
            pieces.map(|piece| (piece.start, piece.end)).collect()
        };
        let expected = [(0, 3), (4, 10), (11, 13), (14, 14), (15, 19)];
        assert_eq!(places("Riz, miel (3%), sel"), expected);
        assert_eq!(places("2-méthyl"), [(0, 1), (2, 8)]);
        assert_eq!(places("sel,"), [(0, 3)]);
        assert_eq!(places(""), []);
    }

    #[test]
    fn suggestions_obey_the_rules() {
        let mut corpus = SpellingCorpus::default();
        let french = corpus.by_language.entry("fr".to_owned()).or_default();
        french.add("œufs, farine de blé, sucre");
        let speller = Speller::new(&corpus);
        let text = "Œufs, FARIINE de blé, sucres";
        for (piece, suggestion, expected) in [
            (1, "farine de blé", Some(vec![("FARIINE", "FARINE", true)])),
            (1, "farine blé", None),
            (1, "fariine du blé", Some(vec![("de", "du", false)])),
            (2, "sucre", Some(vec![("sucres", "sucre", false)])),
            (2, "sucr3s", Some(vec![("sucres", "sucr3s", false)])),
            (0, "œufs", Some(vec![])),
        ] {
            let piece = &pieces(text)[piece];
            let found = speller.suggested_edits("fr", text, piece, suggestion, 0.1);
            let found = found.map(|edits| {
                let edits = edits.into_iter().map(|found| {
                    assert_eq!(text[found.edit.start..found.edit.end], found.edit.original);
                    (found.edit.original, found.edit.correction, found.is_valid)
                });
                edits.collect::<Vec<(String, String, bool)>>()
            });
            let expected = expected.map(|edits| {
                let edits = edits.into_iter();
                edits
                    .map(|(a, b, is_valid)| (a.to_owned(), b.to_owned(), is_valid))
                    .collect::<Vec<(String, String, bool)>>()
            });
            assert_eq!(found, expected, "{suggestion}");
        }
    }
}
