//! Amounts as labels print them and people write them: `1,5 kg`, `1kg500`, `10 1/2 OZ`,
//! `1 lb 2 oz`, `10+2 x 50 cl`, `6 pots de 125 g`, `g 500`.
//!
//! [`PrintedAmount::at`] reads one where a number starts; [`PrintedAmount::whole`] reads
//! a text that is nothing but an amount. Extraction and the answers of people share them,
//! so that both know the same spellings and limits. Written by hand: it gives up at the
//! first character that does not fit, in time linear in what it reads.

mod cursor;
mod number;
mod unit;

use std::ops::Range;

use cursor::Cursor;
use number::Number;
pub use unit::Unit;

use super::units::Quantity;

/// A pack of more than a gross is no pack.
pub const MAX_COUNT: u32 = 144;

/// Grams or millilitres that a pack of food weighs at least and at most.
pub const LIMITS: [f64; 2] = [0.1, 50_000.0];

/// An amount that is printed somewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct PrintedAmount {
    /// Bytes of the text, with the count.
    pub range: Range<usize>,
    /// Number of pieces; `None` where no count is printed.
    pub count: Option<u32>,
    /// Shortest decimal form with a point: `1500`, `0.33`.
    pub value: String,
    pub unit: Unit,
    pub layout: Layout,
}

/// Layout of a printed amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// `250 g`.
    Plain,
    /// With the estimated sign as a letter of the unit: `250ge`.
    Estimated,
    /// The unit is read only behind words: `2 le`, or on the next line.
    Doubtful,
    /// Pounds and ounces, `1kg500`.
    Compound,
    /// `g 500`.
    UnitFirst,
    /// `6 pots de 125 g`.
    Pieces,
    /// With pieces on top: `10+2 x 50 cl`.
    Extras,
}

impl PrintedAmount {
    /// The amount whose first number starts at a byte, or whose decimal point stands
    /// before it (`.33 l`).
    pub fn at(text: &str, start: usize) -> Option<Self> {
        let mut cursor = Cursor { text, at: start };
        if let Some((count, has_extras)) = cursor.factors() {
            let one = one_amount(&mut cursor)?;
            return Some(Self {
                count: Some(count),
                range: start..cursor.at,
                layout: if has_extras {
                    Layout::Extras
                } else {
                    one.layout
                },
                ..one
            });
        }
        if let Some(pieces) = pieces(text, start) {
            return Some(pieces);
        }
        let mut one = one_amount(&mut cursor)?;
        if let Some(count) = cursor.factor_behind() {
            one.count = Some(count);
        }
        one.range = start..cursor.at;
        Some(one)
    }

    /// The amount whose unit stands right before a number: `g 500`, `Kg 1`.
    pub fn unit_first(text: &str, number_start: usize) -> Option<Self> {
        let before = text[..number_start].trim_end_matches([' ', '\u{A0}', '.', ':']);
        let letters = before
            .trim_end_matches(|c: char| c.is_ascii_alphabetic())
            .len();
        let (unit, layout) = Unit::of_word(&before[letters..])?;
        let is_word = !before[..letters].ends_with(char::is_alphanumeric);
        let is_near =
            number_start - before.len() <= 2 && unit.is_metric() && layout == Layout::Plain;
        // `12 g 500` is rather an amount before a number.
        let is_free = !before[..letters]
            .trim_end()
            .ends_with(|c: char| c.is_ascii_digit());
        let mut cursor = Cursor {
            text,
            at: number_start,
        };
        let value = cursor.number()?.shortest(unit)?;
        (is_word && is_near && is_free).then_some(Self {
            range: letters..cursor.at,
            count: None,
            value,
            unit,
            layout: Layout::UnitFirst,
        })
    }

    /// The amount that a text is, as a person writes it; what stands in parentheses
    /// behind it does not count.
    pub fn whole(text: &str) -> Option<Self> {
        let text = text.trim();
        let bare = match text.split_once('(') {
            Some((before, rest)) if rest.trim_end().ends_with(')') => before.trim_end(),
            _ => text,
        };
        let bare = bare.trim_matches(['℮', ' ']).trim_end_matches('.');
        let first =
            bare.find(|c: char| c.is_ascii_digit() || cursor::vulgar_fraction(c).is_some())?;
        let start = if bare[..first].ends_with('.') {
            first - 1
        } else {
            first
        };
        let read = Self::at(bare, start).or_else(|| Self::unit_first(bare, first))?;
        (read.range == (0..bare.len()) && read.is_plausible()).then_some(read)
    }

    /// Amount of one piece in grams or millilitres.
    pub fn quantity(&self) -> Quantity {
        self.unit.quantity(&self.value)
    }

    /// Amount of all pieces in grams or millilitres.
    pub fn total(&self) -> f64 {
        self.quantity().amount * f64::from(self.count.unwrap_or(1))
    }

    /// True for what a package of food can hold.
    pub fn is_plausible(&self) -> bool {
        let [least, most] = LIMITS;
        (1..=MAX_COUNT).contains(&self.count.unwrap_or(1))
            && self.quantity().amount >= least
            && self.total() <= most
    }

    /// The form that Product Opener cannot misread: `6 x 33 cl`, `1.5 kg`. It takes a
    /// comma for a decimal point and blanks for nothing, and knows no pints and quarts.
    pub fn canonical(&self) -> String {
        let (value, unit) = self.canonical_piece();
        match self.count {
            Some(count) => format!("{count} x {value} {}", unit.symbol()),
            None => format!("{value} {}", unit.symbol()),
        }
    }

    /// Value and unit of one piece in the canonical form.
    pub fn canonical_piece(&self) -> (String, Unit) {
        match self.unit {
            Unit::Pint | Unit::Quart => {
                (format!("{:.0}", self.quantity().amount), Unit::Millilitre)
            }
            Unit::Hectolitre => (
                number::decimal(self.quantity().amount / 1000.0),
                Unit::Litre,
            ),
            unit => (self.value.clone(), unit),
        }
    }
}

/// A number and its unit, with what goes on behind the unit.
fn one_amount(cursor: &mut Cursor<'_>) -> Option<PrintedAmount> {
    let start = cursor.at;
    if !cursor.is_number_with_unit() {
        return None;
    }
    let number = cursor.number()?;
    let is_broken = cursor.blanks_and_line();
    let (unit, layout) = cursor.unit()?;
    let value = number.shortest(unit)?;
    let layout = if is_broken { Layout::Doubtful } else { layout };
    let plain = PrintedAmount {
        range: start..cursor.at,
        count: None,
        value,
        unit,
        layout,
    };
    if let Some(compound) = compound(cursor, &plain, &number) {
        return Some(compound);
    }
    // `3.0 litré5` is noise.
    let is_end = !cursor.rest().starts_with(|c: char| c.is_ascii_digit());
    is_end.then_some(plain)
}

/// `1kg500`, `2 kg 500`, `1 L 500 ml`, `1L5`, `1 lb 2 oz`, `1 PT 8 FL OZ`.
fn compound(
    cursor: &mut Cursor<'_>,
    first: &PrintedAmount,
    number: &Number,
) -> Option<PrintedAmount> {
    let before = cursor.at;
    let amount = second_part(cursor, first, number);
    if amount.is_none() {
        cursor.at = before;
    }
    let (value, unit) = amount?;
    Some(PrintedAmount {
        range: first.range.start..cursor.at,
        value,
        unit,
        count: None,
        layout: Layout::Compound,
    })
}

fn second_part(
    cursor: &mut Cursor<'_>,
    first: &PrintedAmount,
    number: &Number,
) -> Option<(String, Unit)> {
    let glued = cursor.at;
    cursor.skip('.');
    cursor.skip(',');
    cursor.blanks();
    let is_glued = cursor.at == glued;
    let is_apart = &cursor.text[glued..cursor.at] == " ";
    let digits = cursor.digits().to_owned();
    match (first.unit, digits.len()) {
        (Unit::Kilogram, 3) if number.is_whole() => {
            let after = cursor.at;
            cursor.blanks();
            let is_gram = matches!(cursor.unit(), Some((Unit::Gram, _)));
            if !is_gram {
                cursor.at = after;
            }
            let is_end = cursor.is_end_of_word();
            let is_named = is_glued || is_gram || is_apart && cursor.is_end_of_line();
            let value = number::shortest_decimal(&format!("{}.{digits}", first.value));
            (is_end && is_named).then_some((value, Unit::Kilogram))
        }
        (Unit::Litre, length) if is_apart && number.is_whole() => {
            cursor.blanks();
            let unit = cursor.unit()?.0;
            let is_part = matches!(
                (unit, length),
                (Unit::Millilitre, 3) | (Unit::Centilitre, 2)
            );
            let value = number::shortest_decimal(&format!("{}.{digits}", first.value));
            is_part.then_some((value, Unit::Litre))
        }
        (Unit::Litre, 1..=2) if is_glued && number.is_whole() && cursor.is_end_of_word() => Some((
            number::shortest_decimal(&format!("{}.{digits}", first.value)),
            Unit::Litre,
        )),
        (Unit::Pound | Unit::Pint | Unit::Quart, 1..=2) => {
            cursor.at -= digits.len();
            let rest = cursor.number()?;
            cursor.blanks();
            let (unit, _) = cursor.unit()?;
            let sixteenths: f64 = match (first.unit, unit) {
                (Unit::Pound, Unit::Ounce) | (Unit::Pint, Unit::FluidOunce) => 16.0,
                (Unit::Quart, Unit::FluidOunce) => 32.0,
                _ => return None,
            };
            let ounces = first.value.parse::<f64>().ok()? * sixteenths + rest.amount()?;
            Some((number::decimal(ounces), unit))
        }
        _ => None,
    }
}

/// Words between a number of pieces and the amount of one.
const OF_EACH: [&str; 20] = [
    "de", "d", "of", "da", "di", "à", "À", "a", "av", "von", "po", "van", "je", "zu", "til", "cu",
    "x", "×", "per", "od",
];

/// Words between a number and the amount of each piece, at most.
const PIECE_WORDS: usize = 3;

/// `6 pots de 125 g`, `5 Riegel à 20 g`, `3 brick x 200 g`.
fn pieces(text: &str, start: usize) -> Option<PrintedAmount> {
    let mut cursor = Cursor { text, at: start };
    let count = cursor.digits();
    if count.is_empty() || count.len() > 4 {
        return None;
    }
    for _ in 0..PIECE_WORDS {
        let has_blank = cursor.blanks() > 0;
        let word = cursor.word();
        cursor.skip('.');
        // `5 kg à 9 kg` is a range.
        if !has_blank || word.is_empty() || Unit::of_word(word).is_some() {
            return None;
        }
        if let Some(one) = amount_of_each(Cursor { ..cursor }) {
            return Some(PrintedAmount {
                range: start..one.range.end,
                count: count.parse().ok(),
                layout: Layout::Pieces,
                ..one
            });
        }
    }
    None
}

/// ` de 125 g`.
fn amount_of_each(mut cursor: Cursor<'_>) -> Option<PrintedAmount> {
    cursor.blanks();
    let joiner = cursor.joiner();
    if !OF_EACH.iter().any(|of| of.eq_ignore_ascii_case(joiner)) {
        return None;
    }
    let _ = cursor.skip('\'') || cursor.skip('’');
    cursor.blanks();
    cursor.is_digit().then(|| one_amount(&mut cursor)).flatten()
}

#[cfg(test)]
mod tests;
