//! Sets of cues: phrases with the role that they give to the value beside them.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::Window;
use crate::text::words::{starts_word, touches_nothing_after};

/// Phrases of some roles. A phrase is written as a [`Window`] folds it; one that ends
/// with `*` is a stem, which may go on with letters.
#[derive(Debug)]
pub(in crate::extract) struct CueSet<R> {
    automaton: AhoCorasick,
    /// Role, and whether it is a stem.
    roles: Vec<(R, bool)>,
}

/// A phrase that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::extract) struct Cue<R> {
    pub(in crate::extract) role: R,
    /// Bytes of the text as printed.
    pub(in crate::extract) range: Range<usize>,
}

impl<R: Copy> CueSet<R> {
    /// Indexes phrases by role; `;` parts the phrases of one.
    pub(in crate::extract) fn new(table: impl IntoIterator<Item = (R, &'static str)>) -> Self {
        let phrases = table.into_iter().flat_map(|(role, phrases)| {
            let phrases = phrases.split(';').map(str::trim);
            phrases.map(move |phrase| (role, phrase))
        });
        let (phrases, roles): (Vec<&str>, Vec<(R, bool)>) = phrases
            .map(|(role, phrase)| match phrase.strip_suffix('*') {
                Some(stem) => (stem, (role, true)),
                None => (phrase, (role, false)),
            })
            .unzip();
        // A window costs a third of the time that the smaller automaton takes.
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::DFA))
            .build(phrases)
            .expect("the tables are constants, built by a test");
        Self { automaton, roles }
    }

    /// Every cue in the order of the text; of two that overlap the one that starts
    /// first, then the longer one.
    pub(in crate::extract) fn find(&self, window: &Window) -> Vec<Cue<R>> {
        let text = window.as_str();
        let mut all: Vec<(Range<usize>, R)> = self
            .automaton
            .find_overlapping_iter(text)
            .filter_map(|hit| {
                let (role, is_stem) = self.roles[hit.pattern().as_usize()];
                let end = match is_stem {
                    true => hit.end() + letters_from(&text[hit.end()..]),
                    false => hit.end(),
                };
                let is_word = starts_word(text, hit.start()) && touches_nothing_after(text, end);
                is_word.then_some((hit.start()..end, role))
            })
            .collect();
        all.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut end = 0;
        all.retain(|(range, _)| {
            let is_free = range.start >= end;
            if is_free {
                end = range.end;
            }
            is_free
        });
        let cue = |(range, role)| Cue {
            role,
            range: window.original(range),
        };
        all.into_iter().map(cue).collect()
    }
}

/// Bytes of the letters that a text starts with.
fn letters_from(text: &str) -> usize {
    text.find(|c: char| !c.is_alphabetic())
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_whole_words_or_stems_and_the_longest_counts() {
        let set = CueSet::new([
            (1, "best before; use*; 賞味期限"),
            (2, "before; lot; n'oubliez"),
        ]);
        for (text, expected) in [
            ("Best  BEFORE: x", &[(1, "Best  BEFORE")][..]),
            ("before", &[(2, "before")]),
            ("useful lots", &[(1, "useful")]),
            ("misuse lot", &[(2, "lot")]),
            ("品賞味期限2027", &[(1, "賞味期限")]),
            ("N’oubliez", &[(2, "N’oubliez")]),
            ("", &[]),
        ] {
            let found = set.find(&Window::new(text, 0..text.len()));
            let seen: Vec<(i32, &str)> = found
                .iter()
                .map(|cue| (cue.role, &text[cue.range.clone()]))
                .collect();
            assert_eq!(seen, expected, "{text}");
        }
    }
}
