//! Patterns with conditions on the characters around them, in linear time.
//!
//! The engine has no look-around, because that would give up linear time on hostile
//! texts. So a condition is consumed: each form is compiled as *one character before* (or
//! the start of the text), the form as group `m`, and *the guard after it*. The search
//! resumes at the end of `m`, with the character before it visible again. Shorter
//! optional parts and later forms are therefore tried when a condition fails, as
//! `docs/reference/ocr.md` 0.1 requires.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::{Input, Match, PatternSet};

/// `wordchar` of `docs/reference/ocr.md` 0.1, to stand inside brackets.
pub const WORD_CLASS: &str = r"\p{L}\p{Nd}\p{Nl}\p{No}_";

/// One white space (`WS`): Unicode's and the four separators that Rust's `\s` lacks.
pub const WS: &str = r"[\s\x1C-\x1F]";

/// Condition on one side of a form. `Matches` is a pattern that consumes one character,
/// or matches at the edge of the text.
#[derive(Debug, Clone)]
pub enum Guard {
    Any,
    NoWordchar,
    NoLatin,
    Matches(String),
}

impl Guard {
    fn before(&self) -> String {
        match self {
            Self::Any => r"(?:\A|(?s:.))".to_owned(),
            Self::NoWordchar => format!(r"(?:\A|[^{WORD_CLASS}])"),
            Self::NoLatin => r"(?:\A|(?-i:[^A-Za-z]))".to_owned(),
            Self::Matches(pattern) => format!("(?:{pattern})"),
        }
    }

    fn after(&self) -> String {
        match self {
            Self::Any => String::new(),
            Self::NoWordchar => format!(r"(?:\z|[^{WORD_CLASS}])"),
            Self::NoLatin => r"(?:\z|(?-i:[^A-Za-z]))".to_owned(),
            Self::Matches(pattern) => format!("(?:{pattern})"),
        }
    }

    /// Guard for the right side: none of the phrases follows, in any case.
    pub fn none_of(phrases: &[&str]) -> Self {
        Self::Matches(format!("(?i:{})", none_follows(phrases)))
    }
}

/// Pattern that matches at every place where none of the phrases begins.
fn none_follows(phrases: &[&str]) -> String {
    if phrases.iter().any(|phrase| phrase.is_empty()) {
        return r"(?-i:[^\s\S])".to_owned();
    }
    let mut firsts: Vec<char> = phrases
        .iter()
        .filter_map(|phrase| phrase.chars().next())
        .collect();
    firsts.sort_unstable();
    firsts.dedup();
    let class: String = firsts
        .iter()
        .map(|first| format!(r"\x{{{:X}}}", u32::from(*first)))
        .collect();
    let longer = firsts.iter().map(|first| {
        let rests: Vec<&str> = phrases
            .iter()
            .filter_map(|phrase| phrase.strip_prefix(*first))
            .collect();
        format!(
            r"|\x{{{:X}}}(?:{})",
            u32::from(*first),
            none_follows(&rests)
        )
    });
    format!(r"\z|[^{class}]{}", longer.collect::<String>())
}

/// One alternative of a pattern, with its guards. The pattern takes two characters or
/// more; it may use the named groups of the caller, but not `m`.
#[derive(Debug, Clone)]
pub struct Form {
    pub pattern: String,
    pub before: Guard,
    pub after: Guard,
}

impl Form {
    /// A form without guards.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self {
            pattern: pattern.into(),
            before: Guard::Any,
            after: Guard::Any,
        }
    }

    /// The form with a guard on the left.
    pub fn after_guard(mut self, guard: Guard) -> Self {
        self.before = guard;
        self
    }

    /// The form with a guard on the right.
    pub fn before_guard(mut self, guard: Guard) -> Self {
        self.after = guard;
        self
    }

    fn compiled(&self) -> String {
        format!(
            "{}(?<m>{}){}",
            self.before.before(),
            self.pattern,
            self.after.after()
        )
    }
}

/// Forms tried in order at each place, as one alternation. Compiled on first use: most
/// texts need few patterns.
///
/// ```
/// use robotoff_core::text::pattern::{Form, Guard, Pattern};
///
/// let percent = Form::new("[0-9]+ ?%").after_guard(Guard::NoWordchar);
/// let pattern = Pattern::new([percent]);
/// let text = "100 % bio, x50%";
/// let found: Vec<&str> = pattern.hits(text).map(|hit| &text[hit.range]).collect();
/// assert_eq!(found, ["100 %"]);
/// ```
#[derive(Debug)]
pub struct Pattern {
    forms: Vec<Form>,
    regex: OnceLock<Regex>,
    /// Without named groups the bounds of most matches tell where the form is, and the engine
    /// with groups, which is the slowest, need not run.
    has_groups: bool,
}

/// The pattern with its groups unnamed: the forms use the same names.
fn without_names(pattern: &str) -> String {
    let mut parts = pattern.split("(?<");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |unnamed, part| {
        let (_, rest) = part.split_once('>').unwrap_or(("", part));
        unnamed + "(?:" + rest
    })
}

/// A match of a pattern.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Bytes of the match in the text.
    pub range: Range<usize>,
    /// Position of the form that matched.
    pub form: usize,
    captures: Option<Captures>,
}

impl Hit {
    /// Bytes of a named group, if it matched.
    pub fn group(&self, name: &str) -> Option<Range<usize>> {
        let span = self.captures.as_ref()?.get_group_by_name(name)?;
        Some(span.range())
    }
}

impl Pattern {
    /// An alternation of forms.
    pub fn new(forms: impl IntoIterator<Item = Form>) -> Self {
        let forms: Vec<Form> = forms.into_iter().collect();
        Self {
            has_groups: forms.iter().any(|form| form.pattern.contains("(?<")),
            forms,
            regex: OnceLock::new(),
        }
    }

    /// The pattern without its guards. It matches wherever the pattern matches, and at
    /// more places.
    pub fn relaxed(&self) -> String {
        let forms = self.forms.iter();
        let forms = forms.map(|form| format!("(?:{})", without_names(&form.pattern)));
        forms.collect::<Vec<_>>().join("|")
    }

    fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            let patterns: Vec<String> = self.forms.iter().map(Form::compiled).collect();
            let config = Regex::config();
            let config = if patterns.len() < MANY_FORMS {
                config
            } else {
                config.hybrid_cache_capacity(CACHE_BYTES)
            };
            let regex = Regex::builder().configure(config).build_many(&patterns);
            regex.expect("patterns are constants, compiled by a test each")
        })
    }

    /// All matches in the order of the text, without overlap.
    pub fn hits<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Hit> + 'a {
        let mut at = 0_usize;
        std::iter::from_fn(move || {
            let hit = self.hit(text, text.floor_char_boundary(at.saturating_sub(1)))?;
            // A single character at the start of the text would match again and again.
            if hit.range.end <= at {
                return None;
            }
            at = hit.range.end;
            Some(hit)
        })
    }

    /// The first match whose left guard is at this place or behind it.
    fn hit(&self, text: &str, from: usize) -> Option<Hit> {
        let regex = self.regex();
        let input = Input::new(text).range(from..);
        if !self.has_groups {
            let found = regex.search(&input)?;
            if let Some(range) = self.bounds(text, &found) {
                return Some(Hit {
                    range,
                    form: found.pattern().as_usize(),
                    captures: None,
                });
            }
        }
        let mut captures = regex.create_captures();
        regex.search_captures(&input, &mut captures);
        Some(Hit {
            range: captures.get_group_by_name("m")?.range(),
            form: captures.pattern()?.as_usize(),
            captures: Some(captures),
        })
    }

    /// Bytes of the form in a match with its guards; `None` where a guard may have met the edge
    /// of the text instead of a character, or takes several.
    fn bounds(&self, text: &str, found: &Match) -> Option<Range<usize>> {
        let form = &self.forms[found.pattern().as_usize()];
        let before = match form.before {
            Guard::Matches(_) => return None,
            Guard::Any | Guard::NoWordchar | Guard::NoLatin => {
                text[found.start()..].chars().next()?
            }
        };
        let end = match form.after {
            Guard::Any => found.end(),
            Guard::NoWordchar | Guard::NoLatin if found.end() < text.len() => {
                found.end() - text[..found.end()].chars().next_back()?.len_utf8()
            }
            Guard::NoWordchar | Guard::NoLatin | Guard::Matches(_) => return None,
        };
        (found.start() > 0).then_some(found.start() + before.len_utf8()..end)
    }
}

/// Cache of the lazy automaton of a large set of patterns, in bytes, at most. The default of
/// 2 MB is too small for the codes of all countries: it was cleared again and again, and
/// their search took 37 µs a text instead of 1.6.
const CACHE_BYTES: usize = 16 << 20;

/// A pattern with as many forms gets the large cache.
const MANY_FORMS: usize = 16;

/// A filter that excludes most of several patterns in one pass over a text. It searches
/// their relaxed forms together. Invariant: it never excludes a pattern that matches; it
/// may keep one whose guard then fails. The guards are left out because each consumes a
/// character and would multiply the states of the common automaton, and because a
/// candidate is verified by its own pattern anyway.
///
/// It asks `is_match` first, which stops at the first match, and then for the set of
/// patterns: most texts have no match at all.
#[derive(Debug)]
pub struct Prefilter {
    regex: Regex,
}

impl Prefilter {
    /// Compiles the relaxed forms together.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a Pattern>) -> Self {
        let relaxed: Vec<String> = patterns.into_iter().map(Pattern::relaxed).collect();
        // Sought letters of many patterns are found at nearly every word, and the automaton alone
        // is faster.
        let config = Regex::config()
            .match_kind(regex_automata::MatchKind::All)
            .auto_prefilter(relaxed.len() < MANY_FORMS)
            .hybrid_cache_capacity(CACHE_BYTES);
        let regex = Regex::builder().configure(config).build_many(&relaxed);
        Self {
            regex: regex.expect("patterns are constants, compiled by a test each"),
        }
    }

    /// Positions of the patterns that may match, ascending.
    pub fn candidates(&self, text: &str) -> Vec<usize> {
        self.candidates_in(&[text])
    }

    /// Positions of the patterns that may match in one of several views of a text; equal
    /// views are read once.
    pub fn candidates_in(&self, views: &[&str]) -> Vec<usize> {
        let mut found = None;
        for (index, view) in views.iter().enumerate() {
            // `is_match` stops early, and most texts match no pattern.
            if !views[..index].contains(view) && self.regex.is_match(view) {
                let found = found.get_or_insert_with(|| PatternSet::new(self.regex.pattern_len()));
                self.regex
                    .which_overlapping_matches(&Input::new(view), found);
            }
        }
        let positions = found.iter().flat_map(PatternSet::iter);
        positions.map(|pattern| pattern.as_usize()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &Pattern, text: &str) -> Vec<String> {
        pattern
            .hits(text)
            .map(|hit| text[hit.range].to_owned())
            .collect()
    }

    #[test]
    fn a_refused_place_does_not_hide_the_next() {
        let number = Pattern::new([Form::new("[0-9]+[.,]?[0-9]* ?g")
            .after_guard(Guard::NoWordchar)
            .before_guard(Guard::NoWordchar)]);
        assert_eq!(found(&number, "8x12,0 g"), ["0 g"]);
        assert_eq!(found(&number, "2 g3 g 4 g"), ["4 g"]);
        assert_eq!(found(&number, "1g,2g"), ["1g", "2g"]);
    }

    #[test]
    fn optional_parts_are_given_up_for_a_guard() {
        let code =
            Pattern::new([Form::new("(?i)emb [0-9]{5} ?[a-z]?").before_guard(Guard::NoLatin)]);
        assert_eq!(found(&code, "EMB 35288 AB"), ["EMB 35288"]);
        assert!(found(&code, "EMB 35288AB").is_empty());
    }

    #[test]
    fn later_forms_are_tried_at_the_same_place() {
        let fibre = Pattern::new([
            Form::new("(?i)fibres?").after_guard(Guard::NoWordchar),
            Form::new("(?i)fibres? alimentaires?"),
        ]);
        assert_eq!(
            found(&fibre, "xfibres alimentaires fibres"),
            ["fibres alimentaires", "fibres"]
        );
    }

    #[test]
    fn phrases_can_be_forbidden_on_the_right() {
        let claim = Pattern::new([
            Form::new("(?i)additif").before_guard(Guard::none_of(&["s arti", " arti"]))
        ]);
        assert_eq!(
            found(
                &claim,
                "additif, additif arti, additifs artificiels, additif art"
            ),
            ["additif", "additif"]
        );
        assert_eq!(found(&claim, "additif"), ["additif"]);
    }

    #[test]
    fn the_prefilter_names_patterns_that_may_match() {
        let patterns = [
            Pattern::new([Form::new("(?i)aoc")]),
            Pattern::new([Form::new("bio")]),
        ];
        let prefilter = Prefilter::new(&patterns);
        assert_eq!(prefilter.candidates("AOC bio"), [0, 1]);
        assert!(prefilter.candidates("BIO").is_empty());
    }
}
