//! The deletes index: known words within one error of a written one.
//!
//! Each word is filed under its folded form and under each form with one letter left out;
//! a look-up tries the same forms of the written word. That finds letters replaced,
//! dropped, added and swapped, and lost accents, without trying an alphabet.

use std::collections::{BTreeSet, HashMap};

use super::model::{LanguageModel, WordNumber};
use crate::text::fold::fold;

/// Shorter words are not corrected, nor corrected to.
pub const MIN_LETTERS: usize = 3;

/// Longer words are compounds or not words at all.
const MAX_LETTERS: usize = 40;

/// Letters and pairs of letters that OCR takes for each other: read, printed.
pub const CONFUSIONS: &[(&str, &str)] = &[
    ("m", "rn"),
    ("rn", "m"),
    ("i", "l"),
    ("l", "i"),
    ("0", "o"),
    ("e", "c"),
    ("c", "e"),
    ("v", "u"),
    ("1", "l"),
    ("1", "i"),
    ("cl", "d"),
    ("d", "cl"),
    ("vv", "w"),
    ("ii", "ü"),
    ("5", "s"),
    ("8", "b"),
];

/// Words by their forms.
#[derive(Debug)]
pub struct DeletesIndex {
    by_form: HashMap<Box<str>, Vec<WordNumber>>,
}

impl DeletesIndex {
    /// Files the words of a model.
    pub fn new(model: &LanguageModel) -> Self {
        let mut by_form: HashMap<Box<str>, Vec<WordNumber>> = HashMap::new();
        for (number, word) in model.words() {
            for form in stored_forms(word) {
                by_form.entry(form.into()).or_default().push(number);
            }
        }
        Self { by_form }
    }

    /// The words that a written one may stand for, each once.
    pub fn near(&self, written: &str) -> BTreeSet<WordNumber> {
        let forms = searched_forms(written);
        let words = forms.iter().filter_map(|form| self.by_form.get(&**form));
        words.flatten().copied().collect()
    }
}

/// The forms under which a known word is filed; empty for one that is not corrected to.
pub fn stored_forms(word: &str) -> BTreeSet<String> {
    let len = word.chars().count();
    let has_digit = word.chars().any(char::is_numeric);
    if has_digit || !(MIN_LETTERS..=MAX_LETTERS).contains(&len) {
        return BTreeSet::new();
    }
    forms(&fold(word))
}

/// The forms under which the known words near a written one are filed.
pub fn searched_forms(written: &str) -> BTreeSet<String> {
    if written.len() > 4 * MAX_LETTERS {
        return BTreeSet::new();
    }
    let mut found = forms(&fold(written));
    for (read, printed) in CONFUSIONS {
        for (at, _) in written.match_indices(read) {
            let restored = [&written[..at], printed, &written[at + read.len()..]].concat();
            found.insert(fold(&restored).into_owned());
        }
    }
    found.remove("");
    found
}

/// A word, and the word with each of its letters left out.
fn forms(word: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::from([word.to_owned()]);
    for (at, letter) in word.char_indices() {
        forms.insert([&word[..at], &word[at + letter.len_utf8()..]].concat());
    }
    forms
}
