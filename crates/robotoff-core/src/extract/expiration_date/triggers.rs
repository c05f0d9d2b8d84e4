//! Words before a date that say what happens on it, and which of them govern it.

use std::ops::Range;
use std::sync::LazyLock;

use super::phrases::{EXPIRY, OTHER};
use crate::extract::automatic::{
    Cue, CueSet, Surroundings, Topic, is_break, last_full_stop, without_parentheses,
};

/// Bytes between a trigger and its date on one line, at most.
const DISTANCE: usize = 48;

/// Bytes between two triggers of one heading, at most.
const JOINER_BYTES: usize = 24;

/// Meaning of the date behind a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The product should be eaten before.
    Expiry {
        /// Empty where several languages say so.
        lang: &'static str,
        /// True for words of Americans, who print the month first.
        is_american: bool,
    },
    /// Another date: of packing, harvest, freezing.
    OtherDate,
    /// No date of the product: a lot, a telephone, a promotion.
    Topic(Topic),
}

/// Topics that numbers like dates belong to.
const TOPICS: [Topic; 7] = [
    Topic::Lot,
    Topic::Reference,
    Topic::Law,
    Topic::Telephone,
    Topic::Price,
    Topic::Event,
    Topic::Document,
];

static CUES: LazyLock<CueSet<Meaning>> = LazyLock::new(|| {
    let expiry = EXPIRY.iter().map(|(lang, is_american, phrases)| {
        let meaning = Meaning::Expiry {
            lang,
            is_american: *is_american,
        };
        (meaning, *phrases)
    });
    let other = OTHER.iter().map(|phrases| (Meaning::OtherDate, *phrases));
    let topics = TOPICS
        .iter()
        .map(|topic| (Meaning::Topic(*topic), topic.phrases()));
    CueSet::new(expiry.chain(other).chain(topics))
});

/// Words of expiry that govern a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trigger {
    pub(super) range: Range<usize>,
    pub(super) lang: &'static str,
    pub(super) is_american: bool,
    /// Words of an event or a document stand before it on its line: `Concorso: scade il …`.
    pub(super) is_of_event: bool,
}

/// The words that govern a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Governor {
    Expiry(Trigger),
    /// Words of something else.
    Other,
}

impl Governor {
    fn of(cue: &Cue<Meaning>) -> Self {
        match cue.role {
            Meaning::Expiry { lang, is_american } => Self::Expiry(Trigger {
                range: cue.range.clone(),
                lang,
                is_american,
                is_of_event: false,
            }),
            Meaning::OtherDate | Meaning::Topic(_) => Self::Other,
        }
    }

    /// The trigger, if the words are of expiry.
    pub(super) fn trigger(self) -> Option<Trigger> {
        match self {
            Self::Expiry(trigger) => Some(trigger),
            Self::Other => None,
        }
    }
}

/// The words that govern a date: those of its own or of a heading of several, such as
/// `frozen on / best before:` above two dates. `dates_before` counts the printed dates
/// that end behind a byte; `dates_behind` follow this
/// one without words between.
pub(super) fn governor(
    text: &str,
    around: &Surroundings<'_>,
    dates_since: impl Fn(usize) -> usize,
    dates_behind: usize,
) -> Option<Governor> {
    let cues = around.cues_before(&CUES);
    let last = cues.last()?;
    if let Some(cue) = of_heading(text, around, &cues, dates_since, dates_behind) {
        return Some(Governor::of(cue));
    }
    let is_of_event = cues.iter().any(|cue| {
        matches!(cue.role, Meaning::Topic(Topic::Event | Topic::Document))
            && text
                .get(cue.range.end..last.range.start)
                .is_some_and(|between| {
                    !between.contains(is_break) && last_full_stop(between).is_none()
                })
    });
    if !around.governs(&last.range) || !is_near(text, around, &last.range) {
        return None;
    }
    let before = cues.iter().rev().nth(1);
    let joined = before.filter(|before| {
        matches!(last.role, Meaning::Topic(Topic::Lot | Topic::Reference))
            && matches!(before.role, Meaning::Expiry { .. })
            && is_joined(&text[before.range.end..last.range.start])
    });
    Some(match Governor::of(joined.unwrap_or(last)) {
        Governor::Expiry(trigger) => Governor::Expiry(Trigger {
            is_of_event,
            ..trigger
        }),
        Governor::Other => Governor::Other,
    })
}

/// The words of a date below a heading of two dates or more, in their order.
fn of_heading<'c>(
    text: &str,
    around: &Surroundings<'_>,
    cues: &'c [Cue<Meaning>],
    dates_since: impl Fn(usize) -> usize,
    dates_behind: usize,
) -> Option<&'c Cue<Meaning>> {
    let last = cues.last()?;
    let in_row = dates_since(last.range.end) + 1 + dates_behind;
    let mut first = cues.len() - 1;
    while first > 0 {
        let between = &text[cues[first - 1].range.end..cues[first].range.start];
        // Triggers one below the other are a heading where as many dates follow.
        let is_stacked = is_stacked(between) && in_row > cues.len() - first;
        if !is_joined(between) && !is_stacked {
            break;
        }
        first -= 1;
    }
    let heading: Vec<&Cue<Meaning>> = cues[first..]
        .iter()
        .filter(|cue| !matches!(cue.role, Meaning::Topic(_)))
        .collect();
    let is_above = text[last.range.end..around.value().start].contains(is_break);
    (is_above && heading.len() > 1)
        .then(|| heading.get(dates_since(last.range.end)).copied())
        .flatten()
}

/// True for a line end between triggers, and little else.
fn is_stacked(between: &str) -> bool {
    const LINKS: [&str; 13] = [
        "le", "la", "on", "am", "il", "el", "op", "den", "date", "data", "dato", "datum", "w",
    ];
    let mut words = between
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    between.len() <= JOINER_BYTES
        && between.matches(is_break).count() == 1
        && words.all(|word| LINKS.contains(&word.to_lowercase().as_str()))
}

/// True for what parts the triggers of one heading: a slash, a comma, `and`.
fn is_joined(between: &str) -> bool {
    let is_sign = |c: char| matches!(c, ',' | '&' | '+' | '-');
    let is_and = |word: &str| {
        matches!(
            word.to_lowercase().as_str(),
            "et" | "and"
                | "und"
                | "y"
                | "e"
                | "en"
                | "i"
                | "a"
                | "och"
                | "og"
                | "si"
                | "și"
                | "ja"
                | "és"
        )
    };
    between.len() <= JOINER_BYTES
        && !between.contains(|c: char| c.is_ascii_digit() || is_break(c))
        && (between.contains('/')
            || (!between.contains(':')
                && (between.contains(is_sign) || between.split_whitespace().any(is_and))))
}

/// True where a trigger is near and in the same sentence as the date.
fn is_near(text: &str, around: &Surroundings<'_>, trigger: &Range<usize>) -> bool {
    let between = without_parentheses(&text[trigger.end..around.value().start]);
    let between = between.trim_start_matches(['.', ':', ' ']);
    let is_same_sentence = !between.trim_end_matches(['.', ' ']).contains(". ");
    between.len() <= DISTANCE && is_same_sentence
}
