//! Printed amounts of nutrients: numbers with their units, read character by
//! character. Labels are full of them, and a pattern is slow where nearly every place
//! matches.

use std::ops::Range;

use crate::text::case_folded::is_white;
use crate::text::digits::digit_runs;

/// White space between the pieces of a value, at most; a table leaves some.
const MAX_GAP: usize = 3;

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
        let is_next = |unit: &&&str| {
            let next = bytes.get(start..start + unit.len());
            next.is_some_and(|next| next.eq_ignore_ascii_case(unit.as_bytes()))
        };
        let unit = units.iter().find(is_next)?;
        let unit = start..start + unit.len();
        Some(Self { number, unit })
    }

    /// The end of both, whichever comes first.
    pub(super) fn end(&self) -> usize {
        self.number.end.max(self.unit.end)
    }

    /// A unit in the head of a row with the number behind it: `(g) 18`, `[g]: 18`,
    /// `, g 18`, `kJ 356`. No unit may stand behind the number.
    fn with_unit_first(text: &str, start: usize, units: &[&str]) -> Option<Self> {
        let rest = text[start..].strip_prefix(['(', '[', ',']);
        let unit_start = gap(text, rest.map_or(start, |rest| text.len() - rest.len()));
        let bytes = text.as_bytes();
        let is_next = |unit: &&&str| {
            let next = bytes.get(unit_start..unit_start + unit.len());
            next.is_some_and(|next| next.eq_ignore_ascii_case(unit.as_bytes()))
        };
        let unit = units.iter().find(is_next)?;
        let unit = unit_start..unit_start + unit.len();
        let mut at = unit.end;
        if let Some(rest) = text[at..].strip_prefix([')', ']']) {
            at = text.len() - rest.len();
        }
        if let Some(rest) = text[at..].strip_prefix(':') {
            at = text.len() - rest.len();
        }
        let begin = gap(text, at);
        if begin == unit.end {
            return None;
        }
        let is_part = |b: &&u8| b.is_ascii_digit() || matches!(b, b',' | b'.');
        let length = bytes[begin..].iter().take_while(is_part).count();
        let number = text[begin..begin + length].trim_end_matches([',', '.']);
        let number = begin..begin + number.len();
        let is_number = bytes.get(begin).is_some_and(u8::is_ascii_digit)
            && text[number.clone()].matches([',', '.']).count() <= 1;
        let rest = text[number.end..].trim_start_matches(' ');
        let has_unit_behind = rest.starts_with(is_wordchar) || rest.starts_with('%');
        (is_number && !has_unit_behind).then_some(Self { number, unit })
    }

    /// True where the unit is a word of its own.
    pub(super) fn is_closed(&self, text: &str) -> bool {
        !text[self.unit.end..].starts_with(is_wordchar)
    }
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
    /// Value behind a name that ends here: side by side or one under the other.
    pub(super) fn behind(
        text: &str,
        name_end: usize,
        units: &[&str],
        is_energy: bool,
    ) -> Option<Self> {
        let mut at = place(text, name_end);
        let below = text[at..].strip_prefix(['<', '≤']);
        if let Some(rest) = below {
            at = gap(text, text.len() - rest.len());
        }
        let Some(amount) = Amount::at(text, at, units) else {
            let amount = Amount::with_unit_first(text, at, units)?;
            return Some(Self {
                is_below: false,
                amount,
                second: None,
            });
        };
        let second = if is_energy {
            let mut at = gap(text, amount.unit.end);
            if let Some(rest) = text[at..].strip_prefix(['/', '(', '|', '-', '–']) {
                at = gap(text, text.len() - rest.len());
            }
            Amount::at(text, at, units).filter(|second| second.is_closed(text))
        } else {
            None
        };
        let is_whole = second.is_some() || amount.is_closed(text);
        is_whole.then_some(Self {
            is_below: below.is_some(),
            amount,
            second,
        })
    }
}

/// Where the value of a name that ends here may start; a share in percent before it
/// is passed over (`docs/reference/ocr.md` 9, D-NUT-4).
pub(super) fn place(text: &str, name_end: usize) -> usize {
    let mut at = gap(text, name_end);
    if let Some(rest) = text[at..].strip_prefix([':', '-', '–']) {
        at = gap(text, text.len() - rest.len());
    }
    Amount::at(text, at, &["%"]).map_or(at, |share| gap(text, share.unit.end))
}

/// The place behind a little white space.
pub(super) fn gap(text: &str, at: usize) -> usize {
    let white = text[at..]
        .chars()
        .take(MAX_GAP)
        .take_while(|c| is_white(*c));
    at + white.map(char::len_utf8).sum::<usize>()
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
mod tests {
    use super::*;

    const MASSES: [&str; 2] = ["g", "mg"];

    #[test]
    fn amounts_are_words_of_their_own() {
        for (text, expected) in [
            ("5 g, 20MG 1.5g", &["5 g", "20MG", "1.5g"][..]),
            ("12, g 7.g", &["12, g", "7.g"]),
            ("x5 g 8x12,0 g 1,5,2 g", &[]),
            (".5 g", &["5 g"]),
            ("3 gr 4g5 6 g_ 7  g", &[]),
            ("9 gé 9 g", &["9 g"]),
        ] {
            let seen: Vec<&str> = amounts(text, &MASSES)
                .map(|amount| &text[amount.number.start..amount.unit.end])
                .collect();
            assert_eq!(seen, expected, "{text:?}");
        }
    }

    #[test]
    fn a_value_follows_its_name() {
        for (text, expected) in [
            (" : 5 g", Some((false, "5", None))),
            ("0,5g", Some((false, "0,5", None))),
            ("\n\n- <\u{A0}5 g", Some((true, "5", None))),
            ("≤5 g", Some((true, "5", None))),
            ("    5 g", None),
            (" - : 5 g", None),
            (" 5 g6", None),
            (" 5 g/6 mg.", Some((false, "5", Some("6")))),
            (" 5 g | 6 mgx", Some((false, "5", None))),
            (" 5g6mg", Some((false, "5", Some("6")))),
            (": 12 % <5 g", Some((true, "5", None))),
            (" 12 %", None),
            ("", None),
        ] {
            let value = Value::behind(text, 0, &MASSES, true);
            let seen = value.map(|value| {
                let second = value.second.map(|second| &text[second.number]);
                (value.is_below, &text[value.amount.number], second)
            });
            assert_eq!(seen, expected, "{text:?}");
        }
    }
}
