//! Decisions of search: categories by product name, corrected ingredient lists.
//!
//! Indexes live in the adapters; what they store, the ranking and the rules live here.

pub mod category;
pub mod spelling;

/// A document for an index: terms that are searched, and a payload that comes back with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexEntry {
    pub lang: String,
    /// With single blanks between them.
    pub terms: String,
    pub payload: String,
}
