//! Search for thousands of keywords in one pass.
//!
//! A keyword matches between boundaries: a letter, digit or `_` may not be adjacent to
//! it, in any script that separates words. Scripts that do not (Chinese, Japanese, Thai)
//! match inside runs. White space of any kind and length is one space. In a text printed
//! in capitals, the accents of a keyword may be missing. The longest keyword wins,
//! matches do not overlap. This differs from the matcher of the recorded answers
//! (`docs/reference/ocr.md` 3) where that one was wrong (9, D-KW).
//!
//! The search walks a trie from each place where a word may begin, instead of running an
//! Aho-Corasick automaton over the whole text. The automaton would report the longest
//! match that *starts first*, and that match may fail its boundary: for `oat` and `oat
//! milk` in `oat milkshake` it reports `oat milk`, the boundary rejects it, and `oat` is
//! lost. A walk from one place sees every keyword that begins there and keeps the longest
//! one with a boundary. It also needs no look at places inside words, which are most
//! places. The price is a step into the trie at each word; the prefix filter avoids it
//! for most words.

use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::Anchored;
use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::contiguous::NFA;

use super::case_folded::CaseFolded;
use super::fold::fold;
use super::prefix_filter::PrefixFilter;
pub use super::trie::TooManyKeywords;
use super::trie::trie;
use super::words::touches_nothing_after;

/// Length below which keywords match with their accents only.
const MIN_FOLDED_CHARS: usize = 4;

/// A set of keywords. Matches name a keyword by its position in the given list; if a
/// keyword is listed several times, there is a match for each.
///
/// ```
/// use robotoff_core::text::case_folded::CaseFolded;
/// use robotoff_core::text::keyword::KeywordMatcher;
///
/// let keywords = ["oat", "oat milk"];
/// let matcher = KeywordMatcher::new(&keywords)?;
/// let find = |text: &str| -> Vec<&str> {
///     let matches = matcher.find(&CaseFolded::new(text));
///     matches.iter().map(|found| keywords[found.keyword]).collect()
/// };
/// assert_eq!(find("Oat  MILK, oat milkshake"), ["oat milk", "oat"]);
/// assert!(find("goat milk").is_empty());
/// # Ok::<(), robotoff_core::text::keyword::TooManyKeywords>(())
/// ```
#[derive(Debug)]
pub struct KeywordMatcher {
    trie: NFA,
    start: StateID,
    prefix_filter: PrefixFilter,
    keywords: usize,
    /// Keyword of each form without accents; these forms follow the keywords in the trie.
    keyword_of_folded: Vec<u32>,
    /// For the last of equal keywords, the earlier ones.
    equals: HashMap<usize, Vec<usize>>,
    /// True where a number may follow a keyword without a space.
    may_precede_numbers: bool,
}

/// A match of a keyword in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeywordMatch {
    /// Position of the keyword in the given list.
    pub keyword: usize,
    /// Bytes in the printed text.
    pub range: Range<usize>,
}

impl KeywordMatcher {
    /// Builds the trie. Empty keywords never match.
    pub fn new<K: AsRef<str>>(keywords: &[K]) -> Result<Self, TooManyKeywords> {
        let case_folded =
            |keyword: &K| CaseFolded::new(keyword.as_ref().trim()).as_str().to_owned();
        let mut forms: Vec<String> = keywords.iter().map(case_folded).collect();
        let mut keyword_of_folded = Vec::new();
        for position in 0..keywords.len() {
            let folded = fold(&forms[position]);
            if folded != forms[position] && folded.chars().count() >= MIN_FOLDED_CHARS {
                let position = u32::try_from(position);
                keyword_of_folded.push(position.map_err(|e| TooManyKeywords::new(&e))?);
                let folded = folded.into_owned();
                forms.push(folded);
            }
        }
        let (trie, start) = trie(&forms, 2)?;
        Ok(Self {
            trie,
            start,
            prefix_filter: PrefixFilter::new(forms.iter().map(String::as_str)),
            keywords: keywords.len(),
            keyword_of_folded,
            equals: equals(&forms[..keywords.len()]),
            may_precede_numbers: false,
        })
    }

    /// A matcher where a digit may follow a keyword: `sel0,5 g`.
    #[must_use]
    pub const fn followed_by_numbers(mut self) -> Self {
        self.may_precede_numbers = true;
        self
    }

    /// All matches in the order of the text.
    pub fn find(&self, text: &CaseFolded) -> Vec<KeywordMatch> {
        let mut found = Vec::new();
        let mut at = 0;
        for start in text.starts() {
            let begin = start.at as usize;
            if begin < at || !self.prefix_filter.may_hold(start.prefix) {
                continue;
            }
            let Some((keyword, end)) = self.longest(text, begin) else {
                continue;
            };
            at = end;
            let range = text.original(begin..end);
            let others = self.equals.get(&keyword).into_iter().flatten().copied();
            found.extend(others.chain([keyword]).map(|keyword| KeywordMatch {
                keyword,
                range: range.clone(),
            }));
        }
        found
    }

    /// Longest keyword that starts here and ends at a boundary. The walk continues behind
    /// a match that ends at a boundary, since a longer keyword may follow, and behind one
    /// that does not, since that says nothing about longer ones.
    fn longest(&self, text: &CaseFolded, begin: usize) -> Option<(usize, usize)> {
        let case_folded = text.as_str();
        let mut longest = None;
        let mut state = self.start;
        for (index, byte) in case_folded.as_bytes()[begin..].iter().enumerate() {
            state = self.trie.next_state(Anchored::Yes, state, *byte);
            if self.trie.is_dead(state) {
                break;
            }
            let end = begin + index + 1;
            if self.trie.is_match(state) && self.can_end(case_folded, end) {
                longest = self.keyword(state, begin..end, text).or(longest);
            }
        }
        longest
    }

    fn can_end(&self, case_folded: &str, end: usize) -> bool {
        let next = case_folded.as_bytes().get(end);
        touches_nothing_after(case_folded, end)
            || (self.may_precede_numbers && next.is_some_and(u8::is_ascii_digit))
    }

    /// Keyword of the range, with its end: the form with accents before that without, the
    /// last of equal ones. A state of the automaton also lists keywords that are mere
    /// suffixes of the walked text; they are shorter than the range and are ignored.
    fn keyword(
        &self,
        state: StateID,
        range: Range<usize>,
        text: &CaseFolded,
    ) -> Option<(usize, usize)> {
        let whole = (0..self.trie.match_len(state))
            .map(|index| self.trie.match_pattern(state, index))
            .filter(|pattern| self.trie.pattern_len(*pattern) == range.len())
            .map(|pattern| pattern.as_usize());
        let form = whole.max_by_key(|form| (*form < self.keywords, *form))?;
        let Some(folded) = form.checked_sub(self.keywords) else {
            return Some((form, range.end));
        };
        let is_in_capitals = text.is_in_capitals(text.original(range.clone()));
        is_in_capitals.then(|| (self.keyword_of_folded[folded] as usize, range.end))
    }
}

/// For the last of equal forms, the earlier ones in order; empty forms have no entry.
fn equals(forms: &[String]) -> HashMap<usize, Vec<usize>> {
    let mut positions: HashMap<&str, Vec<usize>> = HashMap::new();
    for (position, form) in forms
        .iter()
        .enumerate()
        .filter(|(_, form)| !form.is_empty())
    {
        positions.entry(form).or_default().push(position);
    }
    let groups = positions.into_values().filter(|group| group.len() > 1);
    let by_last = groups.filter_map(|mut group| Some((group.pop()?, group)));
    by_last.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(keywords: &[&str], text: &str, expected: &[(&str, usize)]) {
        let matcher = KeywordMatcher::new(keywords).unwrap();
        let found = matcher.find(&CaseFolded::new(text));
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
        for text in [
            "abc",
            "1ab",
            "ab_",
            "ab1",
            "",
            "é",
            "abé",
            "éab",
            "ab\u{301}",
        ] {
            check(&["ab"], text, &[]);
        }
        check(&["M&M"], "m&m", &[("M&M", 0)]);
        check(&["M&M"], "M&M1", &[]);
        check(&[".net"], "x.net", &[]);
        check(&["co."], "co.s co. co.", &[("co.", 5), ("co.", 9)]);
    }

    #[test]
    fn the_longest_keyword_wins() {
        let both = ["sans riz", "sans"];
        check(&both, "sans riz", &[("sans riz", 0)]);
        for text in ["sans rizé", "sans rizz"] {
            check(&both, text, &[("sans", 0)]);
        }
        check(&["riz", "riz long noir"], "riz long blanc", &[("riz", 0)]);
        check(&["abc d", "b", "ab"], "ab abc", &[("ab", 0)]);
        check(&["a b c", "b"], "a b", &[("b", 2)]);
        check(&["sans riz"], "sans sans riz", &[("sans riz", 5)]);
        check(&["a b", "b c"], "a b c", &[("a b", 0)]);
    }

    // D-KW-3.
    #[test]
    fn white_space_of_any_kind_is_one_space() {
        for text in ["sans  riz", "sans\nriz", "sans\u{A0}\t riz"] {
            check(&[" sans  riz "], text, &[(" sans  riz ", 0)]);
        }
    }

    // D-KW-1.
    #[test]
    fn letters_of_every_script_are_letters() {
        check(&["lait"], "laité", &[]);
        check(&["tail"], "détail", &[]);
        check(&["сыр"], "сырник насыр сыр", &[("сыр", 13)]);
    }

    // D-KW-2, 6.
    #[test]
    fn scripts_without_spaces_are_matched_inside() {
        check(&["乳"], "x乳y", &[("乳", 1)]);
        check(&["牛乳", "卵"], "牛乳卵", &[("牛乳", 0), ("卵", 2)]);
        check(&["ไข่"], "มีไข่ไก่", &[("ไข่", 2)]);
    }

    // D-KW-4.
    #[test]
    fn accents_may_be_missing_in_capitals() {
        check(&["sésame"], "SESAME", &[("sésame", 0)]);
        check(
            &["sésame", "sesame"],
            "sesame sésame",
            &[("sesame", 0), ("sésame", 7)],
        );
        check(&["mais"], "maïs", &[]);
        check(&["œuf"], "OEUF œuf", &[("œuf", 0), ("œuf", 5)]);
        check(&["blé"], "ble", &[]);
    }

    #[test]
    fn spans_are_those_of_the_text_as_printed() {
        let text = "yaş İncir reçeli";
        let matcher = KeywordMatcher::new(&["İncir"]).unwrap();
        let found = matcher.find(&CaseFolded::new(text));
        assert_eq!(&text[found[0].range.clone()], "İncir");
        let kelvin = KeywordMatcher::new(&["kg"]).unwrap();
        assert_eq!(kelvin.find(&CaseFolded::new("é \u{212A}g"))[0].range, 3..7);
    }

    // D-KW-5.
    #[test]
    fn numbers_may_follow_where_that_is_allowed() {
        let matcher = KeywordMatcher::new(&["sel"]).unwrap().followed_by_numbers();
        for (text, count) in [("sel0,5", 1), ("sel", 1), ("sels", 0), ("9sel0", 0)] {
            assert_eq!(matcher.find(&CaseFolded::new(text)).len(), count, "{text}");
        }
    }

    #[test]
    fn each_of_equal_keywords_is_returned() {
        let matcher = KeywordMatcher::new(&["riz", "RIZ", "iz", ""]).unwrap();
        let found = matcher.find(&CaseFolded::new("riz"));
        let keywords: Vec<usize> = found.iter().map(|hit| hit.keyword).collect();
        assert_eq!(keywords, [0, 1]);
        assert_eq!(matcher.find(&CaseFolded::new("")), []);
    }
}
