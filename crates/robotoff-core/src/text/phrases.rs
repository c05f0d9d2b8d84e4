//! Names at one place of a folded text, for grammars: the longest name that starts there
//! and ends at the end of a word.

use aho_corasick::Anchored;
use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::NFA;

use super::folded::OTHER_LETTER;
use super::prefix_filter::{Prefix, PrefixFilter};
use super::trie::{TooManyKeywords, trie};

/// A set of names in folded form; matches name one by its position.
#[derive(Debug)]
pub struct Phrases {
    trie: NFA,
    start: StateID,
    prefix_filter: PrefixFilter,
}

impl Phrases {
    /// Builds the trie. Empty names never match; of equal names the first matches.
    pub fn new<N: AsRef<str>>(names: &[N]) -> Result<Self, TooManyKeywords> {
        let (trie, start) = trie(names.iter().map(AsRef::as_ref), 1)?;
        Ok(Self {
            trie,
            start,
            prefix_filter: PrefixFilter::new(names.iter().map(AsRef::as_ref)),
        })
    }

    /// False where no name begins.
    #[inline]
    pub fn may_begin(&self, prefix: Prefix) -> bool {
        self.prefix_filter.may_hold(prefix)
    }

    /// Longest name that starts at the byte, with its end. The caller checks that a word
    /// starts there.
    pub fn longest(&self, text: &str, begin: usize) -> Option<(usize, usize)> {
        let mut longest = None;
        self.walk(text, begin, |name, end| longest = Some((name, end)));
        longest
    }

    /// Visits all names that start at the byte, with their ends, from short to long.
    pub fn walk(&self, text: &str, begin: usize, mut visit: impl FnMut(usize, usize)) {
        let bytes = text.as_bytes();
        if !self.prefix_filter.may_hold(Prefix::of(bytes, begin)) {
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
                // A state also lists names that are mere suffixes of the walked text.
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

/// True for characters of words.
pub const fn is_wordchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == OTHER_LETTER
}

/// True where a word starts: not behind a letter or digit.
pub fn starts_word(text: &[u8], at: usize) -> bool {
    at.checked_sub(1)
        .is_none_or(|before| !is_wordchar(text[before]))
}

/// True where a name may end: a letter is not followed by a letter.
fn ends_word(text: &[u8], end: usize) -> bool {
    !is_wordchar(text[end - 1]) || text.get(end).is_none_or(|byte| !is_wordchar(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_that_fits_is_returned() {
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
