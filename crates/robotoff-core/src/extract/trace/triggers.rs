//! Words that say that traces may be in it, and what they say it of.

use std::ops::Range;

use regex_automata::meta::Regex;
use regex_automata::util::captures::Captures;

use super::patterns::PATTERNS;
use crate::extract::BuildError;

/// Languages whose triggers may be glued to the word before, as recorded: OCR loses
/// spaces ("possibilité detraces de lait").
const UNGUARDED: [&str; 2] = ["fr", "en"];

/// Words that negate a trigger that follows it.
const NEGATIONS: [&str; 60] = [
    "sans",
    "sans aucune",
    "aucune",
    "pas de",
    "exempt de",
    "exempts de",
    "no",
    "without",
    "without any",
    "free from",
    "free of",
    "not contain",
    "ohne",
    "keine",
    "keinerlei",
    "frei von",
    "sin",
    "no contiene",
    "libre de",
    "senza",
    "non contiene",
    "privo di",
    "priva di",
    "zonder",
    "geen",
    "vrij van",
    "neither",
    "ni",
    "sem",
    "nao contem",
    "isento de",
    "livre de",
    "bez",
    "nie zawiera",
    "ani",
    "utan",
    "fri fran",
    "inte",
    "inga",
    "uden",
    "fri for",
    "ikke",
    "ingen",
    "neobsahuje",
    "nesmi",
    "fara",
    "nu contine",
    "nem",
    "absence de",
    "absence totale de",
    "absence d'",
    "absence of",
    "abwesenheit von",
    "ausencia de",
    "assenza di",
    "afwezigheid van",
    "brak",
    "absenta",
    "avsaknad av",
    "fravaer af",
];

/// A trigger in a folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TraceTrigger {
    pub(super) lc: &'static str,
    pub(super) range: Range<usize>,
    /// The end of everything that belongs to it.
    pub(super) end: usize,
    /// Allergens, where they do not just follow.
    pub(super) window: Option<Range<usize>>,
    /// True where what is spoken of stands before the trigger.
    pub(super) looks_back: bool,
    /// True where the text says the contrary.
    pub(super) is_negated: bool,
}

/// Finds triggers of all languages in one pass.
#[derive(Debug)]
pub(super) struct Triggers {
    regex: Regex,
}

impl Triggers {
    pub(super) fn new() -> Result<Self, BuildError> {
        let patterns: Vec<String> = PATTERNS
            .iter()
            .map(|(lc, pattern)| match UNGUARDED.contains(lc) {
                true => (*pattern).to_owned(),
                false => format!(r"(?-u:\b)(?:{pattern})"),
            })
            .collect();
        let regex = Regex::new_many(&patterns);
        let regex = regex.map_err(|error| BuildError::BrokenPattern(error.to_string()))?;
        Ok(Self { regex })
    }

    /// Every trigger in the order of the text.
    pub(super) fn find(&self, text: &str) -> Vec<TraceTrigger> {
        let mut found = Vec::new();
        let mut end = 0;
        for captures in self.regex.captures_iter(text) {
            let (Some(whole), Some(pattern)) = (captures.get_match(), captures.pattern()) else {
                continue;
            };
            let behind = group(&captures, "b");
            found.push(TraceTrigger {
                lc: PATTERNS[pattern.as_usize()].0,
                range: behind
                    .clone()
                    .or_else(|| group(&captures, "p"))
                    .unwrap_or(whole.range()),
                end: whole.end(),
                window: group(&captures, "w"),
                looks_back: behind.is_some(),
                // `cannot guarantee absence of` is a trigger itself.
                is_negated: is_negated(&text[end..whole.start()]),
            });
            end = whole.end();
        }
        found
    }
}

fn group(captures: &Captures, name: &str) -> Option<Range<usize>> {
    captures.get_group_by_name(name).map(|span| span.range())
}

/// True when the text ends with a word that negates what follows.
fn is_negated(before: &str) -> bool {
    let before = before.trim_end();
    NEGATIONS.iter().any(|negation| {
        let rest = before.strip_suffix(negation);
        rest.is_some_and(|rest| !rest.ends_with(|c: char| c.is_ascii_alphanumeric()))
    })
}
