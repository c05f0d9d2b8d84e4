//! Weights and volumes in their two reference units (`docs/reference/ocr.md` 2.4).

use thiserror::Error;

/// Reference unit of a normalised quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferenceUnit {
    Gram,
    Millilitre,
}

impl ReferenceUnit {
    /// Symbol on the wire.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Gram => "g",
            Self::Millilitre => "ml",
        }
    }
}

/// A quantity in grams or millilitres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantity {
    pub amount: f64,
    pub unit: ReferenceUnit,
}

/// Error: a printed quantity without a normal form.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuantityError {
    #[error("unknown unit {0:?}")]
    UnknownUnit(String),
    #[error("not a number: {0:?}")]
    NotANumber(String),
}

/// Unit, factor, reference unit. Ounce and pound are one step of a double above the exact
/// factor, as in the quantities that are stored already. A fluid ounce is that of the
/// United States, where contents are printed in it; the 30 ml of their nutrition labels
/// are for portions (`docs/reference/ocr.md` 9, D-WEI-9).
const UNITS: [(&str, f64, ReferenceUnit); 15] = [
    ("mg", 0.001, ReferenceUnit::Gram),
    ("g", 1.0, ReferenceUnit::Gram),
    ("kg", 1000.0, ReferenceUnit::Gram),
    ("oz", 28.349_523_125_000_005, ReferenceUnit::Gram),
    ("lb", 453.592_370_000_000_1, ReferenceUnit::Gram),
    ("lbs", 453.592_370_000_000_1, ReferenceUnit::Gram),
    ("ml", 1.0, ReferenceUnit::Millilitre),
    ("cl", 10.0, ReferenceUnit::Millilitre),
    ("dl", 100.0, ReferenceUnit::Millilitre),
    ("l", 1000.0, ReferenceUnit::Millilitre),
    ("hl", 100_000.0, ReferenceUnit::Millilitre),
    ("fl oz", 29.573_529_562_5, ReferenceUnit::Millilitre),
    ("pt", 473.176_473, ReferenceUnit::Millilitre),
    ("qt", 946.352_946, ReferenceUnit::Millilitre),
    ("gal", 3_785.411_784, ReferenceUnit::Millilitre),
];

/// Reads a printed number (comma or dot as decimal mark) and a lower-case unit. An amount
/// within a relative 1e-9 above an integer becomes that integer.
///
/// ```
/// use robotoff_core::text::units::{ReferenceUnit, normalize_quantity};
///
/// let quantity = normalize_quantity("33", "cl")?;
/// assert_eq!(quantity.amount, 330.0);
/// assert_eq!(quantity.unit, ReferenceUnit::Millilitre);
/// # Ok::<(), robotoff_core::text::units::QuantityError>(())
/// ```
pub fn normalize_quantity(value: &str, unit: &str) -> Result<Quantity, QuantityError> {
    let number: f64 = value
        .replace(',', ".")
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
        .ok_or_else(|| QuantityError::NotANumber(value.to_owned()))?;
    let (_, factor, reference) = UNITS
        .into_iter()
        .find(|(name, ..)| *name == unit)
        .ok_or_else(|| QuantityError::UnknownUnit(unit.to_owned()))?;
    Ok(Quantity {
        amount: without_noise(number * factor),
        unit: reference,
    })
}

fn without_noise(amount: f64) -> f64 {
    let floor = amount.floor();
    let tolerance = 1e-9 * amount.abs().max(floor.abs());
    if (amount - floor).abs() <= tolerance {
        floor
    } else {
        amount
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_quantities_become_grams_or_millilitres() {
        for (value, unit, amount, symbol) in [
            ("3", "l", 3000.0, "ml"),
            ("7,5", "dl", 750.0, "ml"),
            ("1.25", "kg", 1250.0, "g"),
            ("4", "fl oz", 118.294_118_25, "ml"),
            ("2", "oz", 56.699_046_250_000_01, "g"),
            ("12", "oz", 340.194_277_500_000_06, "g"),
            ("16", "oz", 453.592_370_000_000_1, "g"),
        ] {
            let quantity = normalize_quantity(value, unit).unwrap();
            assert_eq!(
                (quantity.amount, quantity.unit.symbol()),
                (amount, symbol),
                "{value} {unit}"
            );
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        assert_eq!(
            normalize_quantity("40", "kg/m"),
            Err(QuantityError::UnknownUnit("kg/m".to_owned()))
        );
        assert!(normalize_quantity("abc", "g").is_err());
        assert!(normalize_quantity("inf", "g").is_err());
    }
}
