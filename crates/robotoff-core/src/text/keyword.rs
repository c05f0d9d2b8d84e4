//! Thousands of keywords found in one pass (`ocr.md` 3).
//!
//! Word characters are ASCII letters, digits and `_` only; every other character
//! is a boundary. A trie is entered at boundaries and walked along the lower-cased
//! text; the longest keyword wins, matches do not overlap, and the character after
//! a match is consumed. These rules are those of the recorded answers.

use std::ops::Range;

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::{Builder, NFA};
use aho_corasick::{Anchored, MatchKind};

use super::lowered::Lowered;

/// A set of keywords; what is found is told by the position of the keyword in
/// the order of adding, the last one when the same keyword was added twice.
#[derive(Debug)]
pub struct KeywordMatcher {
    trie: NFA,
    start: StateID,
    /// Bytes that can follow the start of an attempt.
    first: Box<[bool; 256]>,
}

/// A keyword found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeywordMatch {
    /// The position of the keyword.
    pub keyword: usize,
    /// Bytes in the text as given.
    pub range: Range<usize>,
}

/// The keywords are too many for the automaton (more than two thousand million states).
#[derive(Debug, thiserror::Error)]
#[error("cannot index the keywords: {0}")]
pub struct TooManyKeywords(String);

impl KeywordMatcher {
    /// Indexes the keywords, lower-cased. Empty keywords are never found.
    pub fn new<K: AsRef<str>>(keywords: &[K]) -> Result<Self, TooManyKeywords> {
        let lowered: Vec<String> = keywords.iter().map(|k| k.as_ref().to_lowercase()).collect();
        let trie = Builder::new()
            .match_kind(MatchKind::Standard)
            .byte_classes(true)
            .dense_depth(2)
            .prefilter(false)
            .build(&lowered)
            .map_err(|error| TooManyKeywords(error.to_string()))?;
        let start = trie
            .start_state(Anchored::Yes)
            .map_err(|error| TooManyKeywords(error.to_string()))?;
        let mut first = Box::new([false; 256]);
        for keyword in &lowered {
            if let Some(&byte) = keyword.as_bytes().first() {
                first[usize::from(byte)] = true;
            }
        }
        Ok(Self { trie, start, first })
    }

    /// Every match in the order of the text.
    pub fn find(&self, text: &Lowered) -> Vec<KeywordMatch> {
        let mut found = Vec::new();
        let mut at = 0;
        while at < text.as_str().len() {
            at = self.attempt(text, at, &mut found);
        }
        found
    }

    /// Tries to match from `begin`; gives where the next attempt starts.
    fn attempt(&self, text: &Lowered, begin: usize, found: &mut Vec<KeywordMatch>) -> usize {
        let bytes = text.as_str().as_bytes();
        let first = bytes[begin];
        if !self.first[usize::from(first)] {
            return if is_word(first) {
                after_word(bytes, begin)
            } else {
                begin + width(first)
            };
        }
        let mut state = self.start;
        let mut at = begin;
        while at < bytes.len() && is_word(bytes[at]) {
            state = self.step(state, bytes[at]);
            if self.trie.is_dead(state) {
                return after_word(bytes, at);
            }
            at += 1;
        }
        let mut longest = self
            .terminal(state, at - begin)
            .map(|keyword| (keyword, at));
        let boundary = at;
        while at < bytes.len() {
            let end = at + width(bytes[at]);
            state = bytes[at..end]
                .iter()
                .fold(state, |state, byte| self.step(state, *byte));
            if self.trie.is_dead(state) {
                break;
            }
            at = end;
            if at == bytes.len() || !is_word(bytes[at]) {
                longest = self
                    .terminal(state, at - begin)
                    .map(|keyword| (keyword, at))
                    .or(longest);
            }
        }
        let Some((keyword, end)) = longest else {
            return bytes
                .get(boundary)
                .map_or(boundary, |byte| boundary + width(*byte));
        };
        found.push(KeywordMatch {
            keyword,
            range: text.original(begin..end),
        });
        bytes.get(end).map_or(end, |byte| end + width(*byte))
    }

    fn step(&self, state: StateID, byte: u8) -> StateID {
        self.trie.next_state(Anchored::Yes, state, byte)
    }

    /// The keyword of `len` bytes that ends in the state, the last added of equal
    /// ones. A state also lists keywords that are mere endings of what was read.
    fn terminal(&self, state: StateID, len: usize) -> Option<usize> {
        if len == 0 || !self.trie.is_match(state) {
            return None;
        }
        (0..self.trie.match_len(state))
            .map(|index| self.trie.match_pattern(state, index))
            .filter(|pattern| self.trie.pattern_len(*pattern) == len)
            .map(|pattern| pattern.as_usize())
            .max()
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Bytes of the character that starts with this one.
fn width(first: u8) -> usize {
    match first {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0.. => 4,
    }
}

/// Where an attempt that failed inside a word resumes: after the boundary
/// character that ends the word.
fn after_word(bytes: &[u8], from: usize) -> usize {
    let run = bytes[from..]
        .iter()
        .take_while(|byte| is_word(**byte))
        .count();
    let end = from + run;
    bytes.get(end).map_or(end, |byte| end + width(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keywords: &[&str], text: &str, expected: &[(&str, usize)]) {
        let matcher = KeywordMatcher::new(keywords).unwrap();
        let found = matcher.find(&Lowered::new(text));
        let seen: Vec<(&str, usize)> = found
            .iter()
            .map(|m| (keywords[m.keyword], text[..m.range.start].chars().count()))
            .collect();
        assert_eq!(seen, expected, "{keywords:?} in {text:?}");
    }

    #[test]
    fn keywords_stand_between_boundaries() {
        for text in ["ab.", "ab-x", "AB"] {
            check(&["ab"], text, &[("ab", 0)]);
        }
        check(&["ab"], "(ab)", &[("ab", 1)]);
        for text in ["abc", "1ab", "ab_", "ab1", "", "é"] {
            check(&["ab"], text, &[]);
        }
    }

    #[test]
    fn the_longest_keyword_wins() {
        let both = ["sans riz", "sans"];
        check(&both, "sans riz", &[("sans riz", 0)]);
        check(&both, "sans rizé", &[("sans riz", 0)]);
        check(&both, "sans rizz", &[("sans", 0)]);
        check(&["riz", "riz long noir"], "riz long blanc", &[("riz", 0)]);
        check(&["abc d", "b", "ab"], "ab abc", &[("ab", 0)]);
        check(&["a b c", "b"], "a b", &[("b", 2)]);
        check(&["sans riz"], "sans sans riz", &[("sans riz", 5)]);
        check(&["sans riz"], "sans  riz", &[]);
        check(&["sans riz"], "sans\nriz", &[]);
    }

    #[test]
    fn matches_do_not_overlap_and_consume_the_next_character() {
        check(&["a b", "b c"], "a b c", &[("a b", 0)]);
        check(&["牛乳", "卵"], "牛乳卵", &[("牛乳", 0)]);
    }

    #[test]
    fn letters_outside_ascii_are_boundaries() {
        check(&["lait"], "laité", &[("lait", 0)]);
        check(&["tail"], "détail", &[("tail", 2)]);
        check(&["сыр"], "сырник насыр", &[("сыр", 0), ("сыр", 9)]);
        check(&["乳"], "x乳", &[]);
        check(&["乳"], "乳x", &[]);
        check(&["M&M"], "m&m", &[("M&M", 0)]);
        check(&["M&M"], "M&M1", &[]);
        check(&[".net"], "x.net", &[]);
    }

    #[test]
    fn spans_are_those_of_the_text_as_printed() {
        let text = "yaş İncir reçeli";
        let matcher = KeywordMatcher::new(&["İncir"]).unwrap();
        let found = matcher.find(&Lowered::new(text));
        assert_eq!(&text[found[0].range.clone()], "İncir");
        let kelvin = KeywordMatcher::new(&["kg"]).unwrap();
        assert_eq!(kelvin.find(&Lowered::new("é \u{212A}g"))[0].range, 3..7);
    }

    #[test]
    fn the_last_of_equal_keywords_is_told() {
        let matcher = KeywordMatcher::new(&["riz", "RIZ", "iz", ""]).unwrap();
        assert_eq!(matcher.find(&Lowered::new("riz"))[0].keyword, 1);
        assert_eq!(matcher.find(&Lowered::new("")), []);
    }
}
