//! Tools for text: folding, tags, keywords, guarded patterns, offsets, units.

pub mod amount;
pub mod analysis;
pub mod case_folded;
pub mod digits;
pub mod entities;
pub mod fold;
mod fold_table;
pub mod folded;
pub mod keyword;
pub mod offsets;
pub mod packager_code;
pub mod pattern;
pub mod phrases;
pub mod prefix_filter;
pub mod surrogate;
pub mod tag;
mod trie;
pub mod units;
pub mod variants;
pub mod words;
