//! Text as such: keywords, guarded patterns, offsets, units.

pub mod keyword;
pub mod lowered;
pub mod offsets;
pub mod pattern;
pub mod surrogate;
pub mod units;
