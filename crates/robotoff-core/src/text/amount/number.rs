//! Printed numbers: thousands, decimals, fractions.

use super::Unit;
use super::cursor::{Cursor, vulgar_fraction};

/// A number as printed.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Number {
    /// Digits before and behind the first comma or point; blanks between thousands are
    /// left out.
    Decimal { whole: String, fraction: String },
    /// `1/2`, `10 1/2`, `1½`.
    Fraction(f64),
}

/// Digits of a number, at most: more are a bar code.
const MAX_DIGITS: usize = 9;

impl Number {
    /// Takes a number; the place is anywhere where it gives `None`.
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Option<Self> {
        let mut whole = cursor.digits().to_owned();
        if let Some(fraction) = fraction_sign(cursor) {
            return Some(Self::Fraction(whole.parse().unwrap_or(0.0) + fraction));
        }
        let after = cursor.at;
        if !whole.is_empty() {
            if let Some(fraction) = fraction_digits(cursor, &whole) {
                return Some(Self::Fraction(fraction));
            }
            cursor.at = after;
        }
        if (1..=3).contains(&whole.len()) {
            while let Some(thousands) = thousands(cursor) {
                whole += thousands;
            }
        }
        let has_mark = cursor.rest().starts_with(['.', ',']);
        let before_mark = cursor.at;
        let mut fraction = "";
        if has_mark {
            cursor.at += 1;
            fraction = cursor.digits();
        }
        if whole.is_empty() && fraction.is_empty() || whole.len() + fraction.len() > MAX_DIGITS {
            return None;
        }
        if whole.is_empty() && !cursor.text[before_mark..].starts_with('.') {
            return None;
        }
        Some(Self::Decimal {
            whole,
            fraction: fraction.to_owned(),
        })
    }

    pub(super) const fn is_whole(&self) -> bool {
        matches!(self, Self::Decimal { fraction, .. } if fraction.is_empty())
    }

    /// The value, where a comma or point is a decimal mark.
    pub(super) fn amount(&self) -> Option<f64> {
        match self {
            Self::Decimal { whole, fraction } => format!("0{whole}.{fraction}0").parse().ok(),
            Self::Fraction(value) => Some(*value),
        }
    }

    /// The shortest form that means the same: `1 500` and, of grams, `1.500` are `1500`,
    /// `1,50` is `1.5`. `None` for zero and for numbers that start with a needless zero,
    /// which are parts of codes.
    pub(super) fn shortest(&self, unit: Unit) -> Option<String> {
        let (whole, fraction) = match self {
            Self::Decimal { whole, fraction } => (whole, fraction),
            Self::Fraction(value) => return (*value > 0.0).then(|| decimal(*value)),
        };
        if whole.len() > 1 && whole.starts_with('0') {
            return None;
        }
        // No scale weighs thousandths of a gram.
        let is_thousands = fraction.len() == 3
            && !matches!(whole.as_str(), "" | "0")
            && matches!(unit, Unit::Gram | Unit::Millilitre);
        let number = match is_thousands {
            true => format!("{whole}{fraction}"),
            false => shortest_decimal(&format!("{whole}.{fraction}")),
        };
        number
            .contains(|c: char| ('1'..='9').contains(&c))
            .then_some(number)
    }
}

/// Takes a blank and three digits that no digit follows.
fn thousands<'t>(cursor: &mut Cursor<'t>) -> Option<&'t str> {
    let before = cursor.at;
    let is_blank = [' ', '\u{A0}', '\u{202F}']
        .into_iter()
        .any(|blank| cursor.skip(blank));
    let digits = cursor.digits();
    if is_blank && digits.len() == 3 {
        return Some(digits);
    }
    cursor.at = before;
    None
}

/// Takes `½` and the like, with a blank before it.
fn fraction_sign(cursor: &mut Cursor<'_>) -> Option<f64> {
    let before = cursor.at;
    cursor.blanks();
    let sign = cursor.rest().chars().next();
    let Some((value, sign)) = sign.and_then(|sign| Some((vulgar_fraction(sign)?, sign))) else {
        cursor.at = before;
        return None;
    };
    cursor.at += sign.len_utf8();
    Some(value)
}

/// Takes `/2` behind a digit, or ` 1/2` behind a whole number.
fn fraction_digits(cursor: &mut Cursor<'_>, whole: &str) -> Option<f64> {
    let of = |top: &str, cursor: &mut Cursor<'_>| {
        let top: u32 = top.parse().ok()?;
        let is_slash = cursor.skip('/') || cursor.skip('⁄');
        let bottom: u32 = cursor.digits().parse().ok()?;
        let is_usual = top < bottom && matches!(bottom, 2 | 3 | 4 | 5 | 8 | 10 | 16);
        (is_slash && is_usual).then(|| f64::from(top) / f64::from(bottom))
    };
    let after_whole = cursor.at;
    if let Some(value) = of(whole, cursor) {
        return Some(value);
    }
    cursor.at = after_whole;
    let gap = cursor.blanks();
    if gap == 0 && !cursor.skip('-') {
        return None;
    }
    let top = cursor.digits();
    Some(whole.parse::<f64>().ok()? + of(top, cursor)?)
}

/// A number in three decimals at most.
pub(super) fn decimal(value: f64) -> String {
    shortest_decimal(&format!("{value:.3}"))
}

/// Decimals without needless zeros, with one zero before the point.
pub(super) fn shortest_decimal(number: &str) -> String {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    match fraction {
        "" => whole.to_owned(),
        _ => format!("{whole}.{fraction}"),
    }
}

impl Cursor<'_> {
    /// Takes a number with thousands, a decimal mark or a fraction.
    pub(super) fn number(&mut self) -> Option<Number> {
        let start = self.at;
        let number = Number::read(self);
        if number.is_none() {
            self.at = start;
        }
        number
    }
}
