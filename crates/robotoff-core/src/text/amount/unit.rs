//! Units of weight and volume, and their names on labels.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Layout;
use crate::text::fold::fold;
use crate::text::units::{Quantity, ReferenceUnit, normalize_quantity};

/// A unit that contents are printed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Milligram,
    Gram,
    Kilogram,
    Ounce,
    Pound,
    Millilitre,
    Centilitre,
    Decilitre,
    Litre,
    Hectolitre,
    FluidOunce,
    Pint,
    Quart,
    Gallon,
}

/// Names in lower case without accents, those of other scripts as they are.
const NAMES: &[(Unit, &[&str])] = &[
    (Unit::Milligram, &["mg"]),
    (
        Unit::Gram,
        &[
            "g",
            "gr",
            "grs",
            "gm",
            "gms",
            "gram",
            "grams",
            "gramm",
            "gramme",
            "grammes",
            "grammi",
            "grammo",
            "gramma",
            "grammaa",
            "gramo",
            "gramos",
            "grama",
            "gramas",
            "gramy",
            "gramow",
            "gramu",
            "grame",
            "г",
            "гр",
            "грамм",
            "грамма",
            "γρ",
            "γραμμαρια",
        ],
    ),
    (
        Unit::Kilogram,
        &[
            "kg",
            "kgs",
            "kgr",
            "kilo",
            "kilos",
            "kilogram",
            "kilograms",
            "kilogramm",
            "kilogramme",
            "kilogrammes",
            "kilogrammi",
            "kilogramo",
            "kilogramos",
            "kilograma",
            "kilogramy",
            "kilogramu",
            "quilo",
            "quilos",
            "quilograma",
            "quilogramas",
            "chilo",
            "chili",
            "chilogrammo",
            "chilogrammi",
            "кг",
            "κιλο",
            "κιλα",
        ],
    ),
    (
        Unit::Ounce,
        &["oz", "ozs", "onz", "ounce", "ounces", "onza", "onzas"],
    ),
    (Unit::Pound, &["lb", "lbs", "pound", "pounds"]),
    (
        Unit::Millilitre,
        &[
            "ml",
            "mls",
            "millilitre",
            "millilitres",
            "milliliter",
            "milliliters",
            "millilitro",
            "millilitri",
            "mililitro",
            "mililitros",
            "mililitr",
            "mililitru",
            "mililitri",
            "мл",
        ],
    ),
    (
        Unit::Centilitre,
        &[
            "cl",
            "cls",
            "centilitre",
            "centilitres",
            "centiliter",
            "centiliters",
            "centilitro",
            "centilitros",
            "centilitri",
            "centilitr",
            "zentiliter",
        ],
    ),
    (
        Unit::Decilitre,
        &[
            "dl",
            "decilitre",
            "decilitres",
            "deciliter",
            "decilitro",
            "decilitri",
            "deziliter",
        ],
    ),
    (
        Unit::Litre,
        &[
            "l",
            "lt",
            "ltr",
            "ltrs",
            "litre",
            "litres",
            "liter",
            "liters",
            "litro",
            "litros",
            "litri",
            "litr",
            "litra",
            "litraa",
            "litru",
            "litry",
            "л",
            "литр",
            "литра",
            "λιτρο",
            "λιτρα",
        ],
    ),
    (Unit::Hectolitre, &["hl"]),
    (Unit::Pint, &["pt", "pts", "pint", "pints"]),
    (Unit::Quart, &["qt", "qts", "quart", "quarts"]),
    (Unit::Gallon, &["gal", "gals", "gallon", "gallons"]),
];

/// Units with the estimated sign as their last letter.
const ESTIMATED: [(&str, Unit); 6] = [
    ("ge", Unit::Gram),
    ("kge", Unit::Kilogram),
    ("mge", Unit::Milligram),
    ("mle", Unit::Millilitre),
    ("cle", Unit::Centilitre),
    ("dle", Unit::Decilitre),
];

/// The same, but words of a language too.
const DOUBTFUL: [(&str, Unit); 2] = [("le", Unit::Litre), ("hle", Unit::Hectolitre)];

/// Names in scripts that do not part words.
const UNPARTED: [(&str, Unit); 12] = [
    ("千克", Unit::Kilogram),
    ("公斤", Unit::Kilogram),
    ("毫升", Unit::Millilitre),
    ("公升", Unit::Litre),
    ("公克", Unit::Gram),
    ("毫克", Unit::Milligram),
    ("克", Unit::Gram),
    ("升", Unit::Litre),
    ("ミリリットル", Unit::Millilitre),
    ("リットル", Unit::Litre),
    ("グラム", Unit::Gram),
    ("キログラム", Unit::Kilogram),
];

/// Bytes of the longest name.
const LONGEST: usize = 24;

impl Unit {
    /// The symbol of Product Opener, and of [`normalize_quantity`].
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Milligram => "mg",
            Self::Gram => "g",
            Self::Kilogram => "kg",
            Self::Ounce => "oz",
            Self::Pound => "lbs",
            Self::Millilitre => "ml",
            Self::Centilitre => "cl",
            Self::Decilitre => "dl",
            Self::Litre => "l",
            Self::Hectolitre => "hl",
            Self::FluidOunce => "fl oz",
            Self::Pint => "pt",
            Self::Quart => "qt",
            Self::Gallon => "gal",
        }
    }

    /// True for units of the metric system.
    pub const fn is_metric(self) -> bool {
        match self {
            Self::Ounce
            | Self::Pound
            | Self::FluidOunce
            | Self::Pint
            | Self::Quart
            | Self::Gallon => false,
            Self::Milligram
            | Self::Gram
            | Self::Kilogram
            | Self::Millilitre
            | Self::Centilitre
            | Self::Decilitre
            | Self::Litre
            | Self::Hectolitre => true,
        }
    }

    /// A value in the shortest decimal form as grams or millilitres.
    pub(super) fn quantity(self, value: &str) -> Quantity {
        normalize_quantity(value, self.symbol()).unwrap_or(Quantity {
            amount: 0.0,
            unit: ReferenceUnit::Gram,
        })
    }

    /// True for a byte that a unit in Latin letters starts with.
    pub(super) fn is_initial(byte: u8) -> bool {
        INITIALS.contains(&byte.to_ascii_lowercase())
    }

    /// The unit that a text starts with, and the bytes of its name.
    pub(super) fn read(text: &str) -> Option<(Self, Layout, usize)> {
        let first = *text.as_bytes().first()?;
        if first.is_ascii() && !Self::is_initial(first) {
            return None;
        }
        if !first.is_ascii() {
            let unparted = UNPARTED.iter().find(|(name, _)| text.starts_with(name));
            if let Some((name, unit)) = unparted {
                return Some((*unit, Layout::Plain, name.len()));
            }
        }
        if let Some(length) = fluid_ounce(text) {
            return Some((Self::FluidOunce, Layout::Plain, length));
        }
        let end = text
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(text.len());
        let (unit, layout) = Self::of_word(&text[..end])?;
        Some((unit, layout, end))
    }

    /// The unit that a word names, in any case.
    pub fn of_word(word: &str) -> Option<(Self, Layout)> {
        if word.is_empty() || word.len() > LONGEST {
            return None;
        }
        if word.is_ascii() {
            let mut lower = [0; LONGEST];
            let lower = &mut lower[..word.len()];
            lower.copy_from_slice(word.as_bytes());
            lower.make_ascii_lowercase();
            return INDEX.get(&*lower).copied();
        }
        // The sign of Kelvin is a k.
        INDEX.get(fold(word).to_lowercase().as_bytes()).copied()
    }
}

/// First letters of units in lower case.
const INITIALS: &[u8] = b"cdfghklmopqz";

static INDEX: LazyLock<HashMap<&[u8], (Unit, Layout)>> = LazyLock::new(|| {
    let plain = NAMES.iter().flat_map(|(unit, names)| {
        names
            .iter()
            .map(|name| (name.as_bytes(), (*unit, Layout::Plain)))
    });
    let glued = [
        (&ESTIMATED[..], Layout::Estimated),
        (&DOUBTFUL[..], Layout::Doubtful),
    ];
    let glued = glued.into_iter().flat_map(|(table, layout)| {
        table
            .iter()
            .map(move |(name, unit)| (name.as_bytes(), (*unit, layout)))
    });
    plain.chain(glued).collect()
});

/// Bytes of `fl oz`, `FL. OZ.`, `fluid ounces`.
fn fluid_ounce(text: &str) -> Option<usize> {
    let start = text.get(..2)?;
    if !start.eq_ignore_ascii_case("fl") {
        return None;
    }
    let word = text
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(text.len());
    if text[..word].eq_ignore_ascii_case("floz") {
        return Some(word);
    }
    if !text[..word].eq_ignore_ascii_case("fl") && !text[..word].eq_ignore_ascii_case("fluid") {
        return None;
    }
    let rest = text[word..].trim_start_matches(['.', ' ', '\n', '\u{A0}', '\t']);
    let gap = text.len() - word - rest.len();
    let end = rest
        .find(|c: char| !c.is_ascii_alphabetic())
        .unwrap_or(rest.len());
    let name = rest[..end].to_ascii_lowercase();
    (gap <= 3 && gap > 0 && matches!(name.as_str(), "oz" | "ozs" | "ounce" | "ounces"))
        .then(|| word + gap + end)
}
