//! A date as it is printed: its form, and its numbers before their order is known.

use std::ops::Range;

/// A way to print a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DateForm {
    /// `03/11/26`.
    FullDigitsShort,
    /// `03/11/2026`.
    FullDigitsLong,
    /// `2026-11-03`.
    YearFirst,
    /// `3 NOV 2026`, `NOV 3, 2026`, `2026 NOV 03`.
    MonthName,
    /// `11/2026`, `NOV 2026`.
    MonthYear,
    /// `03 11 26`.
    Spaced,
    /// `031126`, `20261103`.
    Compact,
}

impl DateForm {
    /// The name on the wire: `data.type`.
    pub(super) const fn wire_name(self) -> &'static str {
        match self {
            Self::FullDigitsShort => "full_digits_short",
            Self::FullDigitsLong => "full_digits_long",
            Self::YearFirst => "year_first",
            Self::MonthName => "month_name",
            Self::MonthYear => "month_year",
            Self::Spaced => "spaced",
            Self::Compact => "compact",
        }
    }

    /// True where the form is a date without any words before it.
    pub(super) const fn stands_alone(self) -> bool {
        match self {
            Self::FullDigitsShort | Self::FullDigitsLong | Self::YearFirst | Self::MonthName => {
                true
            }
            Self::MonthYear | Self::Spaced | Self::Compact => false,
        }
    }
}

/// The numbers of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// The form tells the order; no day means the whole month.
    Ordered {
        year: u32,
        month: u32,
        day: Option<u32>,
    },
    /// Three numbers with signs or blanks between; the last is a year of four digits.
    LongYearLast {
        first: u32,
        second: u32,
        year: u32,
        sign: char,
    },
    /// A month's name and two digits: a year rather than a day.
    NameAndPair { month: u32, year: u32 },
    /// Three numbers of two digits at most.
    Short { numbers: [u32; 3], sign: char },
}

/// A printed date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PrintedDate {
    pub(super) range: Range<usize>,
    pub(super) form: DateForm,
    pub(super) numbers: Numbers,
    /// False for a year of two digits beside a month's name, and for two letters.
    pub(super) stands_alone: bool,
}

/// True for a year of this century in four digits.
pub(super) const fn is_year(number: u32) -> bool {
    number / 100 == 20
}
