//! A place in a text and the steps from there.

use super::{Layout, Unit};
use crate::text::case_folded::is_white;

/// A place in a text, in bytes.
pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
}

/// Signs of multiplication between counts.
const TIMES: [char; 4] = ['x', 'X', '×', '*'];

impl<'t> Cursor<'t> {
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn is_digit(&self) -> bool {
        self.next()
            .is_some_and(|c| c.is_ascii_digit() || c == '.' || vulgar_fraction(c).is_some())
    }

    /// True where no letter or digit follows.
    pub(super) fn is_end_of_word(&self) -> bool {
        !self.next().is_some_and(char::is_alphanumeric)
    }

    /// True where only blanks and closing signs stand before the end of the line.
    pub(super) fn is_end_of_line(&self) -> bool {
        let rest = self.rest();
        let line = rest.find(['\n', '|']).map_or(rest, |end| &rest[..end]);
        !line.contains(char::is_alphanumeric)
    }

    pub(super) fn skip(&mut self, character: char) -> bool {
        let is_there = self.rest().starts_with(character);
        if is_there {
            self.at += character.len_utf8();
        }
        is_there
    }

    /// Takes up to two blanks of a line; gives how many bytes.
    pub(super) fn blanks(&mut self) -> usize {
        let start = self.at;
        for _ in 0..2 {
            if let Some(blank) = self.next().filter(|c| is_white(*c) && *c != '\n') {
                self.at += blank.len_utf8();
            }
        }
        self.at - start
    }

    /// Takes blanks, and one line end among them; true where there was one.
    pub(super) fn blanks_and_line(&mut self) -> bool {
        self.blanks();
        let is_broken = self.skip('\n');
        if is_broken {
            self.blanks();
        }
        is_broken
    }

    /// Takes a run of ASCII digits.
    pub(super) fn digits(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.bytes().take_while(u8::is_ascii_digit).count();
        self.at += end;
        &rest[..end]
    }

    /// Takes a run of letters.
    pub(super) fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Takes a run of letters or one sign of multiplication.
    pub(super) fn joiner(&mut self) -> &'t str {
        if self.rest().starts_with('×') {
            let start = self.at;
            self.at += '×'.len_utf8();
            return &self.text[start..self.at];
        }
        self.word()
    }

    /// True where digits, marks and blanks lead to a unit: a quick look before a number
    /// is read.
    pub(super) fn is_number_with_unit(&self) -> bool {
        let bytes = self.rest().as_bytes();
        let is_of_number = |byte: &u8| {
            byte.is_ascii_digit()
                || byte.is_ascii_whitespace()
                || matches!(byte, b'.' | b',' | b'/' | b'-')
        };
        let end = bytes.iter().position(|byte| !is_of_number(byte));
        let Some(next) = end.map(|end| bytes[end]) else {
            return false;
        };
        // A fraction, an odd blank or a letter of another script.
        !next.is_ascii() || Unit::is_initial(next)
    }

    /// Takes counts with signs of multiplication behind each: `6 x`, `2 x 6 x`, `10+2 x`.
    /// Gives their product, `u32::MAX` where it is larger, and whether pieces come on top.
    pub(super) fn factors(&mut self) -> Option<(u32, bool)> {
        let start = self.at;
        let mut product: Option<u32> = None;
        loop {
            let before = self.at;
            let Some(factor) = self.factor() else {
                self.at = before;
                break;
            };
            product = Some(product.unwrap_or(1).saturating_mul(factor));
        }
        if product.is_none() {
            self.at = start;
        }
        let has_extras = self.text[start..self.at].contains('+');
        product.map(|product| (product, has_extras))
    }

    /// `6 x`, `10+2 x`.
    fn factor(&mut self) -> Option<u32> {
        let mut count = count_of(self.any_digits())?;
        self.blanks_and_line();
        if self.skip('+') {
            self.blanks();
            count = count.saturating_add(count_of(self.any_digits())?);
            self.blanks();
        }
        let is_times = TIMES.into_iter().any(|sign| self.skip(sign));
        self.blanks_and_line();
        is_times.then_some(count)
    }

    /// Takes a run of digits of any script.
    fn any_digits(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest
            .find(|c: char| digit_value(c).is_none())
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// Takes `x 3` behind an amount.
    pub(super) fn factor_behind(&mut self) -> Option<u32> {
        let start = self.at;
        self.blanks();
        let is_times = TIMES.into_iter().any(|sign| self.skip(sign));
        self.blanks();
        let count = if is_times {
            count_of(self.digits())
        } else {
            None
        };
        let is_last = self.is_end_of_word() && !self.rest().starts_with([',', '.']);
        self.blanks();
        let count = count.filter(|_| is_last && self.unit().is_none());
        self.at = start;
        if count.is_some() {
            self.blanks();
            self.at += self.next().map_or(0, char::len_utf8);
            self.blanks();
            self.digits();
        }
        count
    }

    /// Takes a unit that no Latin letter follows.
    pub(super) fn unit(&mut self) -> Option<(Unit, Layout)> {
        let (unit, layout, length) = Unit::read(self.rest())?;
        let is_whole = !self.rest()[length..].starts_with(|c: char| c.is_ascii_alphabetic());
        if is_whole {
            self.at += length;
        }
        is_whole.then_some((unit, layout))
    }
}

/// The value of digits of any script; `None` without digits, `u32::MAX` above it.
fn count_of(digits: &str) -> Option<u32> {
    let mut count: Option<u32> = None;
    for digit in digits.chars() {
        let value = digit_value(digit)?;
        count = Some(count.unwrap_or(0).saturating_mul(10).saturating_add(value));
    }
    count
}

/// Decimal digits stand in runs of ten, zero first, in each script.
pub(super) fn digit_value(digit: char) -> Option<u32> {
    if digit.is_ascii() {
        return digit.to_digit(10);
    }
    let zero = DIGIT_ZEROS
        .partition_point(|zero| *zero <= digit)
        .checked_sub(1)?;
    let value = u32::from(digit) - u32::from(DIGIT_ZEROS[zero]);
    (value < 10).then_some(value)
}

/// The zeros of Unicode's decimal digits outside ASCII that labels use.
const DIGIT_ZEROS: [char; 15] = [
    '\u{660}', '\u{6F0}', '\u{7C0}', '\u{966}', '\u{9E6}', '\u{A66}', '\u{AE6}', '\u{B66}',
    '\u{BE6}', '\u{C66}', '\u{CE6}', '\u{D66}', '\u{E50}', '\u{ED0}', '\u{FF10}',
];

/// The value of a character that is a fraction.
pub(super) const fn vulgar_fraction(character: char) -> Option<f64> {
    Some(match character {
        '½' => 0.5,
        '¼' => 0.25,
        '¾' => 0.75,
        '⅓' => 1.0 / 3.0,
        '⅔' => 2.0 / 3.0,
        '⅛' => 0.125,
        '⅜' => 0.375,
        '⅝' => 0.625,
        '⅞' => 0.875,
        _ => return None,
    })
}
