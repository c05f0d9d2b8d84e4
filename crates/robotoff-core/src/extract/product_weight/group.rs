//! Amounts of a text, and those that stand side by side as one.

use std::ops::Range;

use super::is_same;
use crate::extract::automatic::is_break;
use crate::text::amount::{Layout, PrintedAmount, Unit};
use crate::text::digits::digit_runs;

/// Bytes between two amounts that belong together, at most: `300 g + 100 g offerts = 400 g`.
const LINK_BYTES: usize = 24;

/// Bytes between an amount and the one with a share on top: `1 kg + 20% gratuit soit 1,2 kg`.
const SHARE_BYTES: usize = 40;

/// Units that are larger or smaller in Britain than in the United States, and by how much.
const IMPERIAL: [(Unit, f64); 4] = [
    (Unit::FluidOunce, 0.960_760),
    (Unit::Pint, 1.200_950),
    (Unit::Quart, 1.200_950),
    (Unit::Gallon, 1.200_950),
];

/// Amounts that say the same side by side, at most: `64 FL OZ (2 QT) 1.89 L`.
const MAX_MEMBERS: usize = 4;

/// Words and signs between the ends of a range.
const RANGE_WORDS: [&str; 20] = [
    "-", "–", "—", "à", "a", "au", "bis", "to", "až", "do", "tot", "al", "till", "til", "hasta",
    "até", "la", "și", "ja", "og",
];

/// Amounts that say the same, in the order of the text.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) members: Vec<PrintedAmount>,
    /// An amount of the other system says the same: `12 oz (340 g)`.
    pub(super) has_twin: bool,
    /// Parts that are given on top: `300 g + 100 g offerts`.
    pub(super) is_sum: bool,
    /// The sum of the parts is printed too.
    pub(super) has_total: bool,
}

impl Group {
    fn of(amount: PrintedAmount) -> Self {
        Self {
            members: vec![amount],
            has_twin: false,
            is_sum: false,
            has_total: false,
        }
    }

    /// Bytes from the first amount to the last.
    pub(super) fn range(&self) -> Range<usize> {
        let first = self.members.first().map_or(0, |first| first.range.start);
        first..self.members.last().map_or(0, |last| last.range.end)
    }

    /// The first member, or the metric one for compound amounts. Where no words name the
    /// contents, the pack (`360 g 4x90 g`), then the metric one.
    pub(super) fn chosen(&self, is_named: bool) -> Option<&PrintedAmount> {
        let first = self.members.first()?;
        let is_imperial = || {
            let mut others = self.members.iter();
            has_two_sizes(first.unit) || others.any(|other| is_imperial_twin(first, other))
        };
        if is_named && first.layout != Layout::Compound && !is_imperial() {
            return Some(first);
        }
        let pack = self.members.iter().find(|member| member.count.is_some());
        let metric = || self.members.iter().find(|member| member.unit.is_metric());
        pack.or_else(metric).or(Some(first))
    }

    /// True where the parts of a sum are printed, but not the sum.
    pub(super) const fn is_sum_alone(&self) -> bool {
        self.is_sum && !self.has_total
    }

    /// True for more amounts side by side than a label prints of one: a list.
    pub(super) fn is_list(&self) -> bool {
        self.members.len() > MAX_MEMBERS
    }
}

/// Every amount of a text in its order, joined with what stands beside it; ranges
/// (`1,2 - 1,8 kg`) are left out.
pub(super) fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut before: Option<PrintedAmount> = None;
    let mut is_range = false;
    for amount in amounts(text) {
        let link = before.as_ref().and_then(|before| {
            let between = text.get(before.range.end..amount.range.start)?;
            Link::of(before, between, &amount)
        });
        let was_range = std::mem::replace(&mut is_range, link == Some(Link::Range));
        if is_range && !was_range {
            groups.pop();
        }
        is_range |= is_end_of_range(text, &amount);
        before = Some(amount.clone());
        if is_range {
            continue;
        }
        let rest = match (link.filter(|_| !was_range), groups.last_mut()) {
            (Some(link), Some(group)) => group.add(link, amount),
            _ => Some(Group::of(amount)),
        };
        groups.extend(rest);
    }
    groups
}

impl Group {
    /// Adds an amount that is linked to the last one; gives it back as a group of its own
    /// where it says something else.
    fn add(&mut self, link: Link, amount: PrintedAmount) -> Option<Self> {
        let last = self.members.last()?;
        match link {
            Link::Plus => {
                let sum = last.total() + amount.total();
                let is_one_unit =
                    last.unit == amount.unit && last.count.is_none() && amount.count.is_none();
                let value = last
                    .value
                    .parse::<f64>()
                    .ok()
                    .zip(amount.value.parse::<f64>().ok());
                let (a, b) = value.filter(|_| is_one_unit && sum > 0.0)?;
                let range = last.range.start..amount.range.end;
                let value = format!("{:.3}", a + b);
                let value = value.trim_end_matches('0').trim_end_matches('.').to_owned();
                self.members = vec![PrintedAmount {
                    range,
                    value,
                    ..amount
                }];
                self.is_sum = true;
                None
            }
            Link::Sum | Link::Share if self.is_sum || link == Link::Share => {
                let start = last.range.start;
                self.is_sum = true;
                self.has_total = true;
                self.members = vec![PrintedAmount {
                    range: start..amount.range.end,
                    ..amount
                }];
                None
            }
            Link::Sum | Link::Share | Link::Side => {
                let is_one_unit =
                    |other: &PrintedAmount| other.quantity().unit == amount.quantity().unit;
                // A list may be as long as the text: its first amounts tell.
                let first = self.members.iter().take(MAX_MEMBERS);
                let same = first.filter(|other| is_one_unit(other));
                let same = same.filter(|other| {
                    is_same(other.total(), amount.total()) || is_imperial_twin(other, &amount)
                });
                let same: Vec<bool> = same.map(|other| other.unit.is_metric()).collect();
                if same.is_empty() {
                    return Some(Self::of(amount));
                }
                self.has_twin |= same
                    .iter()
                    .any(|is_metric| *is_metric != amount.unit.is_metric());
                if self.is_list() {
                    self.members.pop();
                }
                self.members.push(amount);
                None
            }
            Link::Range => None,
        }
    }
}

/// Relation of an amount to the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// `300 g + 100 g`.
    Plus,
    /// `= 400 g`.
    Sum,
    /// `+ 20% gratuit soit 1,2 kg`.
    Share,
    /// `700 g - 900 g`.
    Range,
    /// `12 oz (340 g)`.
    Side,
}

impl Link {
    fn of(first: &PrintedAmount, between: &str, second: &PrintedAmount) -> Option<Self> {
        if between.len() > SHARE_BYTES || between.contains(is_break) {
            return None;
        }
        if between.trim_start().starts_with('+') && between.contains('%') {
            let is_more = (1.0..=2.0).contains(&(second.total() / first.total()));
            let is_one_unit = first.quantity().unit == second.quantity().unit;
            return (is_one_unit && is_more).then_some(Self::Share);
        }
        if between.len() > LINK_BYTES {
            return None;
        }
        let is_sign = |c: char| {
            c.is_whitespace()
                || matches!(c, '(' | ')' | '/' | ',' | '.' | '·' | '•' | '℮' | '[' | ']')
        };
        let bare = between.trim_matches(is_sign);
        if between.contains('=') {
            return Some(Self::Sum);
        }
        // `500 g +/- 10 g` is a tolerance.
        if bare == "+" || between.trim_start().starts_with('+') && !between.contains('/') {
            return Some(Self::Plus);
        }
        let is_ascending = first.quantity().unit == second.quantity().unit
            && first.total() < second.total()
            && first.count.is_none();
        if RANGE_WORDS.contains(&bare.to_lowercase().as_str())
            && is_ascending
            && !is_same(first.total(), second.total())
        {
            return Some(Self::Range);
        }
        matches!(bare, "" | "e" | "-" | "–" | "ou" | "or").then_some(Self::Side)
    }
}

/// True for a unit that is a fifth larger in Britain than in the United States.
pub(super) const fn has_two_sizes(unit: Unit) -> bool {
    matches!(unit, Unit::Pint | Unit::Quart | Unit::Gallon)
}

/// True where one amount is the other in units of Britain: `1 PINT (568 ml)`.
fn is_imperial_twin(a: &PrintedAmount, b: &PrintedAmount) -> bool {
    let is_of = |one: &PrintedAmount, metric: &PrintedAmount| {
        let size = IMPERIAL.iter().find(|(unit, _)| *unit == one.unit);
        metric.unit.is_metric()
            && size.is_some_and(|(_, size)| is_same(one.total() * size, metric.total()))
    };
    is_of(a, b) || is_of(b, a)
}

/// True behind the first number of a range that shares the unit: `1,2 - 1,8 kg`.
fn is_end_of_range(text: &str, amount: &PrintedAmount) -> bool {
    let before = text[..amount.range.start].trim_end_matches([' ', '\u{A0}']);
    let sign = before.strip_suffix(['-', '–', '—']);
    let word = || {
        let start = before.trim_end_matches(char::is_alphabetic);
        let word = &before[start.len()..];
        (!word.is_empty() && RANGE_WORDS.contains(&word)).then_some(start)
    };
    let Some(first) = sign.or_else(word) else {
        return false;
    };
    let first = first.trim_end_matches([' ', '\u{A0}']);
    let digits = first.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, ',' | '.'));
    let is_number = digits.len() < first.len() && first.ends_with(|c: char| c.is_ascii_digit());
    is_number && !digits.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '-'))
}

/// Every printed amount in the order of the text; none overlaps another.
fn amounts(text: &str) -> Vec<PrintedAmount> {
    let mut found: Vec<PrintedAmount> = Vec::new();
    let mut end = 0;
    for run in digit_runs(text) {
        if run.start < end {
            continue;
        }
        if let Some(amount) = amount_at(text, &run, end) {
            end = amount.range.end;
            found.push(amount);
        }
    }
    if !text.is_ascii() {
        add_fractions(text, &mut found);
    }
    found
}

/// The amount whose first digits are this run.
fn amount_at(text: &str, run: &Range<usize>, end: usize) -> Option<PrintedAmount> {
    let before = &text[..run.start];
    let mut start = run.start;
    if let Some(rest) = before.strip_suffix(['.', ',']) {
        if rest.ends_with(char::is_numeric) {
            return None;
        }
        let is_free = !rest.ends_with(char::is_alphanumeric);
        start -= usize::from(before.ends_with('.') && is_free);
    }
    // The digits of a code are no thousands: `A250 250 g`.
    let after = text[run.end..]
        .strip_prefix([' ', '\u{A0}'])
        .unwrap_or_default();
    let is_code = before.ends_with(|c: char| c.is_ascii_alphabetic())
        && after.starts_with(|c: char| c.is_ascii_digit());
    if is_code {
        return None;
    }
    let amount = PrintedAmount::at(text, start).or_else(|| {
        let is_dot = start < run.start;
        is_dot.then(|| PrintedAmount::at(text, run.start)).flatten()
    });
    let amount = amount.or_else(|| PrintedAmount::unit_first(text, run.start))?;
    (amount.range.start >= end).then(|| with_count_before(text, amount))
}

/// The amount with a count in digits of another script before it: `٣ x 80 g`.
fn with_count_before(text: &str, amount: PrintedAmount) -> PrintedAmount {
    let before = &text[..amount.range.start];
    let trimmed = before.trim_end();
    let Some(rest) = trimmed.strip_suffix(['x', 'X', '×', '*']) else {
        return amount;
    };
    let rest = rest.trim_end();
    let digits = rest
        .trim_end_matches(|c: char| c.is_numeric() && !c.is_ascii())
        .len();
    let whole = PrintedAmount::at(text, digits).filter(|_| digits < rest.len());
    whole
        .filter(|whole| whole.range.end == amount.range.end)
        .unwrap_or(amount)
}

/// Adds amounts that start with a character such as `½`.
fn add_fractions(text: &str, found: &mut Vec<PrintedAmount>) {
    let starts = text
        .match_indices(['½', '¼', '¾', '⅓', '⅔'])
        .map(|(at, _)| at);
    for at in starts.filter(|at| {
        !text[..*at]
            .trim_end()
            .ends_with(|c: char| c.is_ascii_digit())
    }) {
        if let Some(amount) = PrintedAmount::at(text, at) {
            let place = found.partition_point(|other| other.range.start < at);
            found.insert(place, amount);
        }
    }
}
