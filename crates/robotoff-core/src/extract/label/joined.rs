//! Claims of absence that share one word: `sans colorant ni conservateur` makes two.

use std::ops::Range;

use super::substances::SUBSTANCES;
use crate::extract::automatic::Window;
use crate::text::case_folded::CaseFolded;
use crate::text::keyword::{KeywordMatcher, TooManyKeywords};

/// Words of absence. All words below are in the form of a [`Window`]: lower case, without
/// accents.
const WITHOUT: [&str; 33] = [
    "sans",
    "without",
    "ohne",
    "no",
    "sin",
    "senza",
    "zonder",
    "sem",
    "bez",
    "utan",
    "uden",
    "fara",
    "ilman",
    "ei",
    "kein",
    "keine",
    "keinen",
    "keinerlei",
    "geen",
    "inga",
    "inget",
    "ingen",
    "inte",
    "ikke",
    "neither",
    "weder",
    "ne",
    "nem",
    "ani",
    "nici",
    "varken",
    "hverken",
    "neobsahuje",
];

/// Verbs of containing, which a negation before them denies: `ne contient ni … ni`.
const CONTAINING: [&str; 12] = [
    "contain",
    "contient",
    "contiene",
    "contem",
    "zawiera",
    "contine",
    "sisalla",
    "obsahuje",
    "bevat",
    "enthalt",
    "innehaller",
    "indeholder",
];

/// Negations before those verbs.
const NEGATIONS: [&str; 10] = [
    "not", "ne", "no", "non", "nao", "nie", "nu", "ei", "inte", "ikke",
];

/// Stems of words that mean absence with `from` behind them.
const FREE: [&str; 10] = [
    "free", "frei", "vrij", "fri", "libre", "isent", "livre", "woln", "exempt", "priv",
];

/// Words for `from` behind them.
const FROM: [&str; 9] = ["from", "of", "von", "van", "fran", "for", "de", "di", "od"];

/// Stems of words for what is put in, which make another claim of an absence: `sans sucres
/// ajoutés`.
const ADDED: [&str; 14] = [
    "added",
    "ajout",
    "zusatz",
    "zugesetzt",
    "anadid",
    "aggiunt",
    "toegevoegd",
    "adicionad",
    "adicao",
    "dodatku",
    "dodan",
    "tillsatt",
    "tilsat",
    "adaugat",
];

/// Words that join substances.
const JOINERS: [&str; 28] = [
    "ni", "et", "ou", "or", "and", "nor", "oder", "und", "noch", "y", "o", "e", "ne", "of", "en",
    "nem", "ani", "i", "lub", "a", "eller", "och", "og", "sau", "si", "nici", "eika", "tai",
];

/// Words that may stand before a substance or behind it and change nothing.
const FILLERS: [&str; 28] = [
    "d",
    "de",
    "des",
    "du",
    "von",
    "vom",
    "van",
    "any",
    "added",
    "ajoute",
    "ajoutes",
    "zusatz",
    "zugesetzte",
    "agent",
    "agents",
    "di",
    "dei",
    "toegevoegde",
    "from",
    "ningun",
    "dodatku",
    "tilsat",
    "tilsatte",
    "tillsatta",
    "pridanych",
    "geur",
    "reuk",
    "pas",
];

/// Stems of words for "artificial".
const ARTIFICIAL: [&str; 9] = [
    "artific",
    "kunstlich",
    "kunstmatig",
    "sztuczn",
    "konstgjord",
    "kunstig",
    "umel",
    "synth",
    "keinoteko",
];

/// Stems of words for "natural", which end a list: the substance is there.
const NATURAL: [&str; 4] = ["natur", "przyrod", "prirod", "luonn"];

/// Bytes before a substance in which the word of absence stands, and between two of a list.
const REACH: usize = 40;

pub(super) struct JoinedClaims {
    words: KeywordMatcher,
    /// The position in [`SUBSTANCES`] of each word.
    substances: Vec<usize>,
}

/// A claim with the bytes of its words.
pub(super) struct JoinedClaim {
    pub(super) tag: &'static str,
    pub(super) range: Range<usize>,
    /// The start of the list that it belongs to.
    pub(super) list_start: usize,
}

/// One substance of a list.
struct Item {
    substance: usize,
    is_artificial: bool,
    /// Joined to the one before by a comma alone.
    is_behind_comma: bool,
    /// A word for what is put in stands before it or behind it.
    is_of_added: bool,
    range: Range<usize>,
}

impl JoinedClaims {
    pub(super) fn new() -> Result<Self, TooManyKeywords> {
        let mut words = Vec::new();
        let mut substances = Vec::new();
        for (position, substance) in SUBSTANCES.iter().enumerate() {
            for word in substance.words.split_whitespace() {
                words.push(word.replace('_', " "));
                substances.push(position);
            }
        }
        Ok(Self {
            words: KeywordMatcher::new(&words)?,
            substances,
        })
    }

    /// The claims of all lists, in the order of the text.
    pub(super) fn find(&self, text: &str, case_folded: &CaseFolded) -> Vec<JoinedClaim> {
        let mut found = Vec::new();
        let mut list: Vec<Item> = Vec::new();
        let mut leading_artificial = false;
        for hit in self.words.find(case_folded) {
            let substance = self.substances[hit.keyword];
            // The same word twice in one list of words.
            if list
                .last()
                .is_some_and(|last| last.range.end > hit.range.start)
            {
                continue;
            }
            let joint = list
                .last()
                .and_then(|last| Joint::of(text, last.range.end..hit.range.start));
            let start = match &joint {
                Some(_) => list.last().map_or(hit.range.start, |last| last.range.end),
                None => {
                    flush(&mut list, &mut found);
                    let Some((start, is_artificial)) = absence_before(text, hit.range.start) else {
                        continue;
                    };
                    leading_artificial = is_artificial;
                    start
                }
            };
            let (end, quality) = quality_behind(text, hit.range.end);
            if quality == Quality::Natural {
                flush(&mut list, &mut found);
                continue;
            }
            let blank = text[start..].len() - text[start..].trim_start().len();
            list.push(Item {
                substance,
                is_artificial: leading_artificial
                    || quality == Quality::Artificial
                    || joint.as_ref().is_some_and(|joint| joint.is_artificial),
                is_behind_comma: joint.is_some_and(|joint| joint.is_comma),
                is_of_added: is_beside_added(text, start..hit.range.start, hit.range.end),
                range: start + blank..end,
            });
        }
        flush(&mut list, &mut found);
        found
    }
}

/// Moves the claims of a list that has ended. What follows a comma belongs to it only where a
/// word joins a later one: `no colours, flavours or preservatives`.
fn flush(list: &mut Vec<Item>, found: &mut Vec<JoinedClaim>) {
    let last_joined = list.iter().rposition(|item| !item.is_behind_comma);
    let kept = last_joined.map_or(0, |last| last + 1);
    let list_start = list.first().map_or(0, |first| first.range.start);
    let mut listed = list
        .iter()
        .take(kept)
        .map(|item| &SUBSTANCES[item.substance]);
    let has_plain = kept > 1 && listed.any(|substance| !substance.is_only_joined);
    for item in list.drain(..).take(kept) {
        let substance = &SUBSTANCES[item.substance];
        if substance.is_only_joined && (!has_plain || item.is_of_added) {
            continue;
        }
        let tag = match item.is_artificial {
            true => substance.artificial,
            false => substance.tag,
        };
        if !tag.is_empty() {
            found.push(JoinedClaim {
                tag,
                range: item.range,
                list_start,
            });
        }
    }
}

/// True where a word for what is put in stands in a range or right behind a place.
fn is_beside_added(text: &str, before: Range<usize>, behind: usize) -> bool {
    let last = text.floor_char_boundary((behind + REACH).min(text.len()));
    let is_added = |word: &str| starts_with_any(word, &ADDED);
    words(Window::new(text, before).as_str()).any(is_added)
        || words(Window::new(text, behind..last).as_str())
            .take(1)
            .any(is_added)
}

/// The words between two substances of one list.
struct Joint {
    is_comma: bool,
    is_artificial: bool,
}

impl Joint {
    fn of(text: &str, between: Range<usize>) -> Option<Self> {
        if between.len() > REACH {
            return None;
        }
        let printed = &text[between.clone()];
        let is_sign = |c: char| c.is_alphanumeric() || c.is_whitespace() || "'’,/&+-*".contains(c);
        let window = Window::new(text, between);
        let words: Vec<&str> = words(window.as_str()).collect();
        let is_artificial = |word: &&str| starts_with_any(word, &ARTIFICIAL);
        let is_known =
            |word: &&str| JOINERS.contains(word) || FILLERS.contains(word) || is_artificial(word);
        let is_joined =
            words.iter().any(|word| JOINERS.contains(word)) || printed.contains(['&', '/', '+']);
        let is_comma = printed.contains(',');
        let is_list = printed.chars().all(is_sign) && words.iter().all(is_known);
        (is_list && (is_joined || is_comma)).then(|| Self {
            is_comma: !is_joined,
            is_artificial: words.iter().any(is_artificial),
        })
    }
}

/// The start of the word of absence right before a substance, and whether "artificial" stands
/// between them.
fn absence_before(text: &str, at: usize) -> Option<(usize, bool)> {
    // Most names stand in lists of ingredients, behind a comma or at the start of a line.
    let before = text[..at].trim_end_matches([' ', '\'', '’', '-', '\n', '\u{A0}']);
    if !before.ends_with(char::is_alphanumeric) {
        return None;
    }
    let first = text.floor_char_boundary(at.saturating_sub(REACH));
    let window = Window::new(text, first..at);
    let folded = window.as_str();
    let mut is_artificial = false;
    let mut end = folded.len();
    loop {
        let rest = folded[..end].trim_end_matches([' ', '\'', '-']);
        let start = rest.rfind(|c: char| !c.is_alphanumeric()).map_or(0, |at| {
            at + rest[at..].chars().next().map_or(1, char::len_utf8)
        });
        let word = &rest[start..];
        let is_free_from = FROM.contains(&word) && is_free(rest[..start].trim_end());
        if WITHOUT.contains(&word) || is_free_from {
            return Some((window.original(start..rest.len()).start, is_artificial));
        }
        if CONTAINING.contains(&word) {
            let before = rest[..start].trim_end_matches([' ', '\'', '’']);
            let negation = before.trim_end_matches(char::is_alphanumeric).len();
            let is_negated = NEGATIONS.contains(&&before[negation..]);
            return is_negated
                .then(|| (window.original(negation..before.len()).start, is_artificial));
        }
        let is_quality = starts_with_any(word, &ARTIFICIAL);
        if word.is_empty() || !is_quality && !FILLERS.contains(&word) {
            return None;
        }
        is_artificial |= is_quality;
        end = start;
    }
}

/// True where a text ends with a word for "free".
fn is_free(before: &str) -> bool {
    let start = before.trim_end_matches(char::is_alphanumeric).len();
    starts_with_any(&before[start..], &FREE)
}

#[derive(PartialEq, Eq)]
enum Quality {
    Any,
    Artificial,
    Natural,
}

/// The adjective right behind a substance, with the end of both.
fn quality_behind(text: &str, at: usize) -> (usize, Quality) {
    let last = text.floor_char_boundary((at + REACH).min(text.len()));
    let behind = &text[at..last];
    let word = behind.trim_start();
    let start = behind.len() - word.len();
    let length = word
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(word.len());
    let window = Window::new(text, at + start..at + start + length);
    if start > 0 && starts_with_any(window.as_str(), &ARTIFICIAL) {
        return (at + start + length, Quality::Artificial);
    }
    match start > 0 && starts_with_any(window.as_str(), &NATURAL) {
        true => (at, Quality::Natural),
        false => (at, Quality::Any),
    }
}

fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

fn starts_with_any(word: &str, stems: &[&str]) -> bool {
    stems.iter().any(|stem| word.starts_with(stem))
}
