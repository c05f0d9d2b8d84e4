//! Names that a grammar looks for at one place of a folded text: the longest one
//! that starts there and ends where its last word ends.

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::{Builder, NFA};
use aho_corasick::{Anchored, MatchKind};

use super::folded::OTHER_LETTER;
use super::keyword::TooManyKeywords;
use super::prefix_filter::{PrefixFilter, first_bytes};

/// A set of names in folded form, told by their position.
#[derive(Debug)]
pub struct Phrases {
    trie: NFA,
    start: StateID,
    prefix_filter: PrefixFilter,
}

impl Phrases {
    /// Indexes the names. Empty names are never found; of equal names the first is.
    pub fn new<N: AsRef<str>>(names: &[N]) -> Result<Self, TooManyKeywords> {
        let trie = Builder::new()
            .match_kind(MatchKind::Standard)
            .dense_depth(1)
            .prefilter(false)
            .build(names.iter().map(AsRef::as_ref))
            .map_err(|error| TooManyKeywords::new(&error))?;
        let start = trie
            .start_state(Anchored::Yes)
            .map_err(|error| TooManyKeywords::new(&error))?;
        Ok(Self {
            trie,
            start,
            prefix_filter: PrefixFilter::new(names.iter().map(AsRef::as_ref)),
        })
    }

    /// The longest name that starts at the byte, with its end. Whether a word
    /// starts there is for the caller to know.
    pub fn longest(&self, text: &str, begin: usize) -> Option<(usize, usize)> {
        let mut longest = None;
        self.walk(text, begin, |name, end| longest = Some((name, end)));
        longest
    }

    /// Every name that starts at the byte, with its end, from short to long.
    pub fn walk(&self, text: &str, begin: usize, mut visit: impl FnMut(usize, usize)) {
        let bytes = text.as_bytes();
        if !self.prefix_filter.may_hold(first_bytes(bytes, begin)) {
            return;
        }
        let mut state = self.start;
        for (index, byte) in bytes[begin..].iter().enumerate() {
            state = self.trie.next_state(Anchored::Yes, state, *byte);
            if self.trie.is_dead(state) {
                return;
            }
            let end = begin + index + 1;
            if self.trie.is_match(state) && ends_word(bytes, end) {
                // A state also lists names that are mere endings of what was read.
                let name = (0..self.trie.match_len(state))
                    .map(|index| self.trie.match_pattern(state, index))
                    .find(|name| self.trie.pattern_len(*name) == end - begin);
                if let Some(name) = name {
                    visit(name.as_usize(), end);
                }
            }
        }
    }
}

/// True for what words are made of.
pub const fn is_wordchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == OTHER_LETTER
}

/// True where a word starts: behind anything but a letter or digit.
pub fn starts_word(text: &[u8], at: usize) -> bool {
    at.checked_sub(1)
        .is_none_or(|before| !is_wordchar(text[before]))
}

/// True where a name may end: a letter is not followed by one.
fn ends_word(text: &[u8], end: usize) -> bool {
    !is_wordchar(text[end - 1]) || text.get(end).is_none_or(|byte| !is_wordchar(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_that_fits_is_told() {
        let names = ["pot", "pot a lait", "lait", "pet(e)", "", "pot"];
        let phrases = Phrases::new(&names).unwrap();
        for (text, expected) in [
            ("pot a lait", Some((1, 10))),
            ("pot a laits", Some((0, 3))),
            ("pots", None),
            ("pot", Some((0, 3))),
            ("pet(e)x", Some((3, 6))),
            ("", None),
        ] {
            assert_eq!(phrases.longest(text, 0), expected, "{text:?}");
        }
        assert!(starts_word(b"(pot", 1) && !starts_word(b"\x01pot", 1));
    }
}
