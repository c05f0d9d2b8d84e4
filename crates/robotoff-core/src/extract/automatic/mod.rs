//! Automatic means positive evidence: whether a value may be applied without a person.
//!
//! Each kind states its [`Support`]: a trigger phrase that governs the value, or the
//! value alone on its line in its usual form. An [objection](Surroundings::objection)
//! is a phrase of another [`Topic`] beside it: a lot, a telephone, a dose. A value is
//! automatic with support and without objection; everything else is a question at most.
//! `docs/extractors/README.md` lists both for each kind.
//!
//! Only the words beside a value are read ([`Window`]), so that any text takes linear
//! time and texts without a value take none.

mod cues;
mod topics;
mod window;

use std::ops::Range;
use std::sync::LazyLock;

pub(super) use cues::{Cue, CueSet};
pub(super) use topics::Topic;
pub(super) use window::Window;

use topics::TOPICS;

/// Bytes before a value that are read, at most.
const BEFORE: usize = 200;

/// Letters of an abbreviation, at most.
const SHORT_WORD: usize = 3;

/// Bytes behind a value that are read, at most.
const AFTER: usize = 100;

static TOPIC_CUES: LazyLock<CueSet<Topic>> = LazyLock::new(|| CueSet::new(TOPICS.iter().copied()));

/// Positive evidence for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Support {
    /// A trigger phrase governs it.
    Trigger,
    /// It stands alone on its line, in its usual form.
    AloneOnLine,
}

/// True with support and without objection.
pub(super) const fn is_automatic(support: Option<Support>, objection: Option<Topic>) -> bool {
    support.is_some() && objection.is_none()
}

/// The words beside a value: its line, the line before, the line behind.
#[derive(Debug)]
pub(super) struct Surroundings<'t> {
    text: &'t str,
    value: Range<usize>,
    /// The value's line, as far as it is read.
    line: Range<usize>,
}

impl<'t> Surroundings<'t> {
    /// The surroundings of a value in a text whose lines end with `\n` or `|`
    /// (`OcrText::lined`).
    pub(super) fn of(text: &'t str, value: Range<usize>) -> Self {
        let first = text.floor_char_boundary(value.start.saturating_sub(BEFORE));
        let last = text.floor_char_boundary((value.end + AFTER).min(text.len()));
        let start = text[first..value.start].rfind(is_break);
        let end = text[value.end..last].find(is_break);
        Self {
            text,
            line: start.map_or(first, |at| first + at + 1)
                ..end.map_or(last, |length| value.end + length),
            value,
        }
    }

    /// Bytes of the value.
    pub(super) fn value(&self) -> Range<usize> {
        self.value.clone()
    }

    /// The line before the value.
    pub(super) fn before_on_line(&self) -> &'t str {
        &self.text[self.line.start..self.value.start]
    }

    /// The line behind the value.
    pub(super) fn after_on_line(&self) -> &'t str {
        &self.text[self.value.end..self.line.end]
    }

    /// True where the value's line holds no other letter or digit.
    pub(super) fn is_alone_on_line(&self) -> bool {
        let is_bare = |part: &str| !part.contains(char::is_alphanumeric);
        is_bare(self.before_on_line()) && is_bare(self.after_on_line())
    }

    /// The line before the value and up to two lines above it, without empty ones.
    pub(super) fn window_before(&self) -> Window {
        let first = self
            .text
            .floor_char_boundary(self.value.start.saturating_sub(BEFORE));
        let above = self.text[first..self.line.start]
            .rmatch_indices(is_break)
            .filter(|(at, _)| {
                let rest = &self.text[first + at + 1..self.line.start];
                rest.contains(char::is_alphanumeric)
            });
        let start = above.map(|(at, _)| first + at + 1).nth(1).unwrap_or(first);
        Window::new(self.text, start..self.value.start)
    }

    /// The line behind the value.
    pub(super) fn window_after(&self) -> Window {
        Window::new(self.text, self.value.end..self.line.end)
    }

    /// The cue that governs the value: the last before it, on the same line or the one
    /// above, with no number between. One in parentheses counts only where there is no
    /// other: `best before (see lid for lot)`.
    pub(super) fn governing<R: Copy>(&self, set: &CueSet<R>) -> Option<Cue<R>> {
        let last = self.cues_before(set).pop()?;
        self.governs(&last.range).then_some(last)
    }

    /// The cues before the value in the order of the text, on its line and up to two
    /// above. Those in parentheses are left out where there are others.
    pub(super) fn cues_before<R: Copy>(&self, set: &CueSet<R>) -> Vec<Cue<R>> {
        let mut cues = set.find(&self.window_before());
        let is_open = |cue: &Cue<R>| !self.is_in_parentheses(&cue.range);
        if cues.iter().any(is_open) {
            cues.retain(is_open);
        }
        cues
    }

    /// True where a parenthesis that holds the phrase ends before the value.
    fn is_in_parentheses(&self, phrase: &Range<usize>) -> bool {
        let between = self.text.get(phrase.end..self.value.start);
        let first = between.and_then(|between| between.find(['(', ')']));
        first.is_some_and(|at| self.text[phrase.end + at..].starts_with(')'))
    }

    /// True where a phrase stands on the value's line or the one above, with no number
    /// between them. What stands in parentheses does not count.
    pub(super) fn governs(&self, phrase: &Range<usize>) -> bool {
        let Some(between) = self.text.get(phrase.end..self.value.start) else {
            return false;
        };
        let between = without_parentheses(between);
        let mut lines = between.split(is_break);
        // The rests of the phrase's line and of the value's line may hold words.
        lines.next();
        lines.next_back();
        lines.all(|line| line.trim().is_empty()) && !between.contains(|c: char| c.is_ascii_digit())
    }

    /// The first of these topics that words beside the value are about.
    pub(super) fn objection(&self, from: Option<usize>, topics: &[Topic]) -> Option<Topic> {
        let mut named = self.topics(from).into_iter();
        named.find(|topic| topics.contains(topic))
    }

    /// The topics of words beside the value: on its line between `from` (the start of its
    /// trigger, or else of its sentence) and the end of the sentence.
    pub(super) fn topics(&self, from: Option<usize>) -> Vec<Topic> {
        let start = from.unwrap_or_else(|| self.sentence_start());
        let start = start.min(self.value.start);
        let rest = self.after_on_line();
        let end = rest.find(". ").or_else(|| rest.find(';'));
        let end = end.map_or(self.line.end, |at| self.value.end + at);
        let sides = [start..self.value.start, self.value.end..end];
        let sides = sides.into_iter().filter(|side| !side.is_empty());
        let cues = sides.flat_map(|side| TOPIC_CUES.find(&Window::new(self.text, side)));
        cues.map(|cue| cue.role).collect()
    }

    /// The place behind the last full stop or semicolon on the line before the value.
    fn sentence_start(&self) -> usize {
        let before = self.before_on_line();
        let end = last_full_stop(before).max(before.rfind("; "));
        self.line.start + end.map_or(0, |at| at + 1)
    }

    /// The topic of the words that govern the value.
    pub(super) fn governing_topic(&self) -> Option<Topic> {
        self.governing(&TOPIC_CUES).map(|cue| cue.role)
    }
}

/// The last point of a text that ends a sentence. One behind a short word is none: `Tél. 01`.
pub(super) fn last_full_stop(text: &str) -> Option<usize> {
    let ends_word = |at: usize| {
        let word = text[..at].chars().rev().take_while(|c| c.is_alphabetic());
        word.count() > SHORT_WORD
    };
    let mut stops = text.rmatch_indices(". ").map(|(at, _)| at);
    stops.find(|at| ends_word(*at))
}

/// True for what ends a line: a newline, or the end of a block or page.
pub(super) const fn is_break(character: char) -> bool {
    matches!(character, '\n' | '|')
}

/// A text without what stands in parentheses: `(see lid for lot)`. An open one is kept.
pub(super) fn without_parentheses(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once('(') {
        kept.push_str(before);
        let Some((_, behind)) = inside.split_once(')') else {
            rest = &rest[before.len()..];
            break;
        };
        rest = behind;
    }
    kept + rest
}

#[cfg(test)]
mod tests;
