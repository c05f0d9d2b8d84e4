//! Patterns with conditions on the characters around them, in linear time.
//!
//! The engine has no look-around, so a condition is consumed: each form is
//! compiled as *one character before* (or the start of the text), the form as
//! group `m`, and *what must follow*. The search resumes at the end of `m`, with
//! the character before it visible again. Shorter optional parts and later forms
//! are therefore tried when a condition fails, as `docs/reference/ocr.md` 0.1 asks.

use std::ops::Range;
use std::sync::OnceLock;

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;
use regex_automata::{Input, PatternSet};

/// `wordchar` of `docs/reference/ocr.md` 0.1, to stand inside brackets.
pub const WORD_CLASS: &str = r"\p{L}\p{Nd}\p{Nl}\p{No}_";

/// One white space (`WS`): Unicode's and the four separators that Rust's `\s` lacks.
pub const WS: &str = r"[\s\x1C-\x1F]";

/// What must stand on one side of a form. `Matches` is a pattern that consumes
/// one character, or matches at the edge of the text.
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

    /// A guard for the right side: none of the phrases follows, in any case.
    pub fn none_of(phrases: &[&str]) -> Self {
        Self::Matches(format!("(?i:{})", none_follows(phrases)))
    }
}

/// A pattern that matches at every place where none of the phrases begins.
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

/// One way to say a thing, with its conditions. The pattern takes two characters or
/// more; it may use the named groups of the caller, but not `m`.
#[derive(Debug, Clone)]
pub struct Form {
    pub pattern: String,
    pub before: Guard,
    pub after: Guard,
}

impl Form {
    /// A form without conditions.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self {
            pattern: pattern.into(),
            before: Guard::Any,
            after: Guard::Any,
        }
    }

    /// The same with a condition on the left.
    pub fn after_guard(mut self, guard: Guard) -> Self {
        self.before = guard;
        self
    }

    /// The same with a condition on the right.
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

/// Forms tried in order at each place, as one alternation. Compiled on first
/// use: most texts never need most patterns.
#[derive(Debug)]
pub struct Pattern {
    forms: Vec<Form>,
    regex: OnceLock<Regex>,
}

/// The pattern with its named groups unnamed: forms use the same names.
fn without_names(pattern: &str) -> String {
    let mut parts = pattern.split("(?<");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |unnamed, part| {
        let (_, rest) = part.split_once('>').unwrap_or(("", part));
        unnamed + "(?:" + rest
    })
}

/// A place where a pattern matched.
#[derive(Debug, Clone)]
pub struct Hit {
    /// Bytes of the match in the text.
    pub range: Range<usize>,
    /// The position of the form that matched.
    pub form: usize,
    captures: Captures,
}

impl Hit {
    /// The bytes of a named group, if it took part.
    pub fn group(&self, name: &str) -> Option<Range<usize>> {
        self.captures
            .get_group_by_name(name)
            .map(|span| span.range())
    }
}

impl Pattern {
    /// An alternation of the forms in the order given.
    pub fn new(forms: impl IntoIterator<Item = Form>) -> Self {
        Self {
            forms: forms.into_iter().collect(),
            regex: OnceLock::new(),
        }
    }

    /// The forms without their conditions: wherever the pattern matches, this does.
    pub fn relaxed(&self) -> String {
        let forms = self.forms.iter();
        let forms = forms.map(|form| format!("(?:{})", without_names(&form.pattern)));
        forms.collect::<Vec<_>>().join("|")
    }

    fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| {
            let patterns: Vec<String> = self.forms.iter().map(Form::compiled).collect();
            Regex::new_many(&patterns).expect("patterns are constants, compiled by a test each")
        })
    }

    /// Every match, in text order, none overlapping another.
    pub fn hits<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Hit> + 'a {
        let regex = self.regex();
        let mut captures = regex.create_captures();
        let mut at = 0;
        std::iter::from_fn(move || {
            let from = text[..at]
                .char_indices()
                .next_back()
                .map_or(0, |(start, _)| start);
            captures.clear();
            regex.search_captures(&Input::new(text).range(from..), &mut captures);
            let form = captures.pattern()?.as_usize();
            let range = captures.get_group_by_name("m")?.range();
            // A single character at the start of the text would be found for ever.
            if range.end <= at {
                return None;
            }
            at = range.end;
            Some(Hit {
                range,
                form,
                captures: captures.clone(),
            })
        })
    }
}

/// A quick look that tells which of several patterns can match at all.
#[derive(Debug)]
pub struct Prefilter {
    regex: Regex,
}

impl Prefilter {
    /// Compiles the relaxed forms of the patterns together.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a Pattern>) -> Self {
        let relaxed: Vec<String> = patterns.into_iter().map(Pattern::relaxed).collect();
        let config = Regex::config().match_kind(regex_automata::MatchKind::All);
        let regex = Regex::builder().configure(config).build_many(&relaxed);
        Self {
            regex: regex.expect("patterns are constants, compiled by a test each"),
        }
    }

    /// The positions of the patterns that may match, ascending.
    pub fn candidates(&self, text: &str) -> impl Iterator<Item = usize> + use<> {
        self.candidates_in(&[text])
    }

    /// The same for several views of a text; equal views are looked at once.
    pub fn candidates_in(&self, views: &[&str]) -> impl Iterator<Item = usize> + use<> {
        let mut found = None;
        for (index, view) in views.iter().enumerate() {
            // Most texts have nothing, and that is told faster than what they have.
            if !views[..index].contains(view) && self.regex.is_match(view) {
                let found = found.get_or_insert_with(|| PatternSet::new(self.regex.pattern_len()));
                self.regex
                    .which_overlapping_matches(&Input::new(view), found);
            }
        }
        let positions = found.iter().flat_map(PatternSet::iter);
        let positions: Vec<usize> = positions.map(|pattern| pattern.as_usize()).collect();
        positions.into_iter()
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
        assert_eq!(prefilter.candidates("AOC bio").collect::<Vec<_>>(), [0, 1]);
        assert_eq!(prefilter.candidates("BIO").count(), 0);
    }
}
