//! Printed amounts of nutrients: numbers with their units, read character by
//! character. Labels are full of them, and a pattern is slow where nearly every place
//! matches.

use std::ops::Range;

use crate::text::case_folded::is_white;
use crate::text::digits::digit_runs;

/// White space between the pieces of a value, at most; an aligned table leaves much.
const MAX_GAP: usize = 24;

/// Line ends among it, at most.
const MAX_LINE_ENDS: usize = 2;

/// Signs between a name and its value, at most: ` : - `.
const MAX_SIGNS: usize = 3;

/// Words for an amount that is too small to be measured, in lower case.
const TRACES: [&str; 22] = [
    "traces",
    "trace",
    "in spuren",
    "spuren",
    "spur",
    "trazas",
    "tracce",
    "sporen",
    "spoor",
    "vestígios",
    "vestigios",
    "traços",
    "spår",
    "spor",
    "stopy",
    "stopové množství",
    "urme",
    "śladowe ilości",
    "ślad",
    "sladowe ilosci",
    "jäämiä",
    "nyomokban",
];

/// Words behind such a word that make it a warning of allergens: `traces de lait`.
const OF: [&str; 11] = [
    "de", "d", "des", "du", "of", "von", "an", "di", "van", "av", "af",
];

/// Words for "less than", in lower case.
const BELOW: [&str; 27] = [
    "inférieure à",
    "inférieur à",
    "inferieur a",
    "moins de",
    "less than",
    "weniger als",
    "unter",
    "inferior a",
    "menos de",
    "inferiore a",
    "meno di",
    "minder dan",
    "mindre än",
    "under",
    "mindre end",
    "poniżej",
    "mniej niż",
    "méně než",
    "menej ako",
    "sub",
    "mai puțin de",
    "mai puţin de",
    "alle",
    "kevesebb mint",
    "max.",
    "<",
    "≤",
];

/// Words before a unit in the head of a row.
const IN: [&str; 8] = ["in", "en", "i", "w", "v", "em", "în", "per"];

/// A number and the unit behind it, in bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) number: Range<usize>,
    pub(super) unit: Range<usize>,
}

impl Amount {
    /// A number at this place with a unit behind it, a space between at most. What
    /// follows is for the caller to look at.
    pub(super) fn at(text: &str, start: usize, units: &[&str]) -> Option<Self> {
        let bytes = text.as_bytes();
        let digits = |from: usize| {
            bytes[from..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count()
        };
        let mut end = start + digits(start);
        if end == start {
            return None;
        }
        if matches!(bytes.get(end), Some(b',' | b'.')) {
            end += 1 + digits(end + 1);
        }
        let number = start..end;
        let start = end + usize::from(bytes.get(end) == Some(&b' '));
        let unit = unit_at(text, start, units)?;
        Some(Self { number, unit })
    }

    /// The end of both, whichever comes first.
    pub(super) fn end(&self) -> usize {
        self.number.end.max(self.unit.end)
    }

    /// True where the unit is a word of its own.
    pub(super) fn is_closed(&self, text: &str) -> bool {
        !text[self.unit.end..].starts_with(is_wordchar)
    }
}

fn unit_at(text: &str, start: usize, units: &[&str]) -> Option<Range<usize>> {
    let is_next = |unit: &&&str| {
        let next = text.as_bytes().get(start..start + unit.len());
        next.is_some_and(|next| next.eq_ignore_ascii_case(unit.as_bytes()))
    };
    let unit = units.iter().find(is_next)?;
    Some(start..start + unit.len())
}

fn is_wordchar(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The value that follows a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// Printed as "less than".
    pub(super) is_below: bool,
    pub(super) amount: Amount,
    /// The same in another unit: `900 kJ / 215 kcal`.
    pub(super) second: Option<Amount>,
}

impl Value {
    pub(super) const fn of(amount: Amount, is_below: bool) -> Self {
        Self {
            is_below,
            amount,
            second: None,
        }
    }
}

/// Words for an amount that is too small to be measured, at a place: `traces`.
pub(super) fn traces_at(text: &str, at: usize) -> Option<Range<usize>> {
    let end = word_at(text, at, &TRACES)?;
    let rest = text[end..].trim_start();
    let next = rest.split(|c: char| !c.is_alphanumeric()).next();
    let is_warning = next.is_some_and(|next| OF.contains(&next.to_lowercase().as_str()));
    (!is_warning).then_some(at..end)
}

/// The place behind words or a sign for "less than", and whether there are any.
pub(super) fn behind_below(text: &str, at: usize) -> (usize, bool) {
    match word_at(text, at, &BELOW) {
        Some(end) => (gap(text, end), true),
        None => (at, false),
    }
}

/// End of the first of these words that a place begins with, as a word of its own.
fn word_at(text: &str, at: usize, words: &[&str]) -> Option<usize> {
    let rest = &text[at..];
    let begin = rest.chars().next().filter(|c| !c.is_ascii_digit())?;
    let first: char = begin.to_lowercase().next()?;
    let mut likely = words.iter().filter(|word| word.starts_with(first));
    let end = likely.find_map(|word| {
        let mut letters = rest.char_indices();
        for letter in word.chars() {
            let (_, printed) = letters.next()?;
            if !printed.to_lowercase().eq(letter.to_lowercase()) {
                return None;
            }
        }
        let end = letters.next().map_or(rest.len(), |(end, _)| end);
        let is_whole =
            !word.ends_with(char::is_alphabetic) || !rest[end..].starts_with(is_wordchar);
        is_whole.then_some(end)
    })?;
    Some(at + end)
}

/// A unit in the head of a row with the numbers behind it: `(g) 18`, `[g]: <0,5`, `, g 18`,
/// `kJ 356 107`, `(kJ/kcal) 2247/539`. No unit may stand behind a number.
pub(super) fn values_with_unit_first(text: &str, start: usize, units: &[&str]) -> Vec<Value> {
    let rest = text[start..].strip_prefix(['(', '[', ',']);
    let mut begin = gap(text, rest.map_or(start, |rest| text.len() - rest.len()));
    // `(in g)`: in parentheses only.
    if rest.is_some() {
        begin = word_at(text, begin, &IN).map_or(begin, |end| gap(text, end));
    }
    let Some(unit) = unit_at(text, begin, units) else {
        return Vec::new();
    };
    if let Some(pair) = energy_pair(text, &unit) {
        return vec![pair];
    }
    let slash = strip(text, gap(text, unit.end), &['/']);
    let second = slash.and_then(|at| unit_at(text, gap(text, at), units));
    let mut at = second.as_ref().map_or(unit.end, |second| second.end);
    let unit_end = at;
    at = strip(text, at, &[')', ']']).unwrap_or(at);
    at = strip(text, at, &[':']).unwrap_or(at);
    if gap(text, at) == unit_end {
        return Vec::new();
    }
    let mut values = Vec::new();
    loop {
        let (begin, is_below) = behind_below(text, gap(text, at));
        let Some(number) = bare_number(text, begin) else {
            return values;
        };
        at = number.end;
        let amount = Amount {
            number,
            unit: unit.clone(),
        };
        let mut value = Value::of(amount, is_below);
        if let Some(unit) = &second {
            let slash = strip(text, gap(text, at), &['/']);
            let number = slash.and_then(|at| bare_number(text, gap(text, at)));
            let Some(number) = number else {
                return values;
            };
            at = number.end;
            value.second = Some(Amount {
                number,
                unit: unit.clone(),
            });
        }
        values.push(value);
        // Columns are parted on their line, and a new line has another name.
        let is_parted = text[at..].starts_with([' ', '\t', '|']);
        if !is_parted || values.len() > MAX_SIGNS {
            return values;
        }
        at = strip(text, inline_gap(text, at), &['|']).unwrap_or(at);
        if text[inline_gap(text, at)..].starts_with(['\n', '\r']) {
            return values;
        }
    }
}

/// The two units of energy, each before its number: `kJ 1046 / kcal 250`.
fn energy_pair(text: &str, unit: &Range<usize>) -> Option<Value> {
    let energy = &UNITS_BEHIND[4..6];
    let is_energy = |unit: &str| energy.iter().any(|known| known.eq_ignore_ascii_case(unit));
    let printed = &text[unit.clone()];
    let first = gap(text, unit.end);
    let digits = text[first..].bytes().take_while(u8::is_ascii_digit).count();
    if !is_energy(printed) || digits == 0 {
        return None;
    }
    let number = first..first + digits;
    let at = gap(text, number.end);
    let at = strip(text, at, &['/', '-', '–', '|']).map_or(at, |at| gap(text, at));
    let other = unit_at(text, at, energy)?;
    let second = bare_number(text, gap(text, other.end))?;
    let is_other = !text[other.clone()].eq_ignore_ascii_case(printed);
    let unit = unit.clone();
    (is_other && second.start > other.end).then(|| Value {
        second: Some(Amount {
            number: second,
            unit: other,
        }),
        ..Value::of(Amount { number, unit }, false)
    })
}

fn strip(text: &str, at: usize, signs: &[char]) -> Option<usize> {
    let rest = text[at..].strip_prefix(signs)?;
    Some(text.len() - rest.len())
}

/// A number without a unit or the sign of a share behind it.
fn bare_number(text: &str, begin: usize) -> Option<Range<usize>> {
    let is_part = |b: &u8| b.is_ascii_digit() || matches!(b, b',' | b'.');
    let length = text.as_bytes()[begin..]
        .iter()
        .take_while(|b| is_part(b))
        .count();
    let number = text[begin..begin + length].trim_end_matches([',', '.']);
    let is_number =
        number.starts_with(|c: char| c.is_ascii_digit()) && number.matches([',', '.']).count() <= 1;
    let end = begin + number.len();
    let rest = text[end..].trim_start_matches(' ');
    // A word behind it is the next name, but a unit is not.
    let word = rest
        .split(|c: char| !is_wordchar(c))
        .next()
        .unwrap_or_default();
    let is_unit = UNITS_BEHIND
        .iter()
        .any(|unit| word.eq_ignore_ascii_case(unit));
    let is_glued = text[end..].starts_with(is_wordchar);
    (is_number && !is_unit && !is_glued && !rest.starts_with('%')).then_some(begin..end)
}

/// Units that a number without one has not.
const UNITS_BEHIND: [&str; 9] = ["g", "mg", "µg", "mcg", "kj", "kcal", "ml", "kg", "x"];

/// Where the value of a name that ends here may start; a share in percent before it
/// is passed over (`docs/reference/ocr.md` 9, D-NUT-4).
pub(super) fn place(text: &str, name_end: usize) -> usize {
    let mut at = gap(text, name_end);
    // Leaders: `Sel ....... 3 g`.
    let dots = text[at..].bytes().take_while(|byte| *byte == b'.').count();
    if dots > 1 {
        at = gap(text, at + dots);
    }
    for _ in 0..MAX_SIGNS {
        match strip(text, at, &[':', '-', '–', '—', '|', '=']) {
            Some(behind) => at = gap(text, behind),
            None => break,
        }
    }
    Amount::at(text, at, &["%"]).map_or(at, |share| gap(text, share.unit.end))
}

/// The place behind white space.
pub(super) fn gap(text: &str, at: usize) -> usize {
    let mut line_ends = 0;
    let white = text[at..].chars().take(MAX_GAP).take_while(|c| {
        line_ends += usize::from(*c == '\n');
        is_white(*c) && line_ends <= MAX_LINE_ENDS
    });
    at + white.map(char::len_utf8).sum::<usize>()
}

fn inline_gap(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    at + rest.len() - rest.trim_start_matches([' ', '\t']).len()
}

/// Every amount in one of the units that is no part of a word or a longer number.
pub(super) fn amounts<'t>(text: &'t str, units: &'t [&str]) -> impl Iterator<Item = Amount> + 't {
    digit_runs(text)
        .filter(|run| starts_number(text, run.start))
        .filter_map(|run| Amount::at(text, run.start, units))
        .filter(|amount| amount.is_closed(text))
}

/// True where neither a word nor the whole part of a decimal stands before.
fn starts_number(text: &str, at: usize) -> bool {
    let mut before = text[..at].chars().rev();
    match before.next() {
        Some('.' | ',') => !before.next().is_some_and(char::is_numeric),
        Some(character) => !is_wordchar(character),
        None => true,
    }
}

#[cfg(test)]
mod tests;
