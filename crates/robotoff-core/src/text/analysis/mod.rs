//! Text analysis for search: the one way in which names become terms, for the
//! embedded index and for Elasticsearch alike.
//!
//! Both engines store and query the terms made here (field analyzer `whitespace`), so
//! they agree term for term and need no plugin. Steps: words, elision, case and
//! accents, stop words (removed without gaps, so that phrases pass over them),
//! compounds, stems.

mod compounds;
mod languages;
mod stem;

use std::sync::Arc;

pub use compounds::Parts;
pub use languages::{Head, Language};

use super::fold::fold;

/// A term of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Folded, stemmed; never empty, never with white space.
    pub text: String,
    /// Bytes of the word in the analysed text; parts of a compound share it.
    pub start: usize,
    pub end: usize,
    /// A preposition, a comma or a bracket stands between this term and the one before.
    pub opens_phrase: bool,
}

/// Turns texts of one language into terms.
///
/// ```
/// use robotoff_core::text::analysis::Analyzer;
/// let french = Analyzer::new("fr");
/// assert_eq!(french.text("Tartes aux pommes d'Été"), "tart pom ete");
/// assert_eq!(french.text("tarte pomme été"), french.text("TARTE AUX POMMES, ÉTÉ"));
/// ```
#[derive(Debug, Clone)]
pub struct Analyzer {
    language: &'static Language,
    parts: Option<Arc<Parts>>,
}

impl Analyzer {
    /// The analyzer of a language; for a language without rules one that folds and
    /// splits only.
    pub fn new(code: &str) -> Self {
        Self {
            language: Language::of(code),
            parts: None,
        }
    }

    /// The same with the words that compounds are split into.
    pub fn with_parts(self, parts: Arc<Parts>) -> Self {
        Self {
            parts: Some(parts),
            ..self
        }
    }

    /// The rules of the language.
    pub const fn language(&self) -> &'static Language {
        self.language
    }

    /// The terms of a text, in order.
    pub fn terms(&self, text: &str) -> Vec<Term> {
        let mut terms = Vec::new();
        let mut opens_phrase = false;
        for word in words(text) {
            opens_phrase |= word.after_sign;
            let written = &text[word.start..word.end];
            let folded = fold(&written.to_lowercase()).into_owned();
            if word.before_apostrophe && self.language.elisions.contains(&&*folded) {
                continue;
            }
            if self.language.prepositions.contains(&&*folded) {
                opens_phrase = true;
                continue;
            }
            if self.language.stop_words.contains(&&*folded) || is_one_letter(&folded) {
                continue;
            }
            for part in self.split(&folded) {
                terms.push(Term {
                    text: stem::stem(self.language, part),
                    start: word.start,
                    end: word.end,
                    opens_phrase: std::mem::take(&mut opens_phrase),
                });
            }
        }
        terms
    }

    /// The terms with a blank between them, as indexes store them.
    pub fn text(&self, text: &str) -> String {
        let terms = self.terms(text);
        let texts: Vec<&str> = terms.iter().map(|term| &*term.text).collect();
        texts.join(" ")
    }

    fn split<'a>(&self, folded: &'a str) -> Vec<&'a str> {
        match &self.parts {
            Some(parts) if !self.language.linkers.is_empty() => {
                parts.split(folded, self.language.linkers)
            }
            _ => vec![folded],
        }
    }
}

/// Lone letters are rests of elisions, units and abbreviations.
fn is_one_letter(word: &str) -> bool {
    word.len() == 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

struct Word {
    start: usize,
    end: usize,
    before_apostrophe: bool,
    /// A comma, a bracket or another sign that ends a phrase.
    after_sign: bool,
}

/// Runs of letters and digits.
fn words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut start = None;
    let mut after_sign = false;
    for (at, character) in text.char_indices().chain([(text.len(), ' ')]) {
        if character.is_alphanumeric() || is_mark(character) {
            start.get_or_insert(at);
            continue;
        }
        if let Some(start) = start.take() {
            found.push(Word {
                start,
                end: at,
                before_apostrophe: matches!(character, '\'' | '\u{2019}' | '\u{B4}' | '`'),
                after_sign: std::mem::take(&mut after_sign),
            });
        }
        after_sign |= matches!(character, ',' | ';' | '(' | '[' | ':' | '|' | '/');
    }
    found
}

/// Combining marks belong to the letter before them.
fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

#[cfg(test)]
mod tests;
