//! Decisions of search: categories by product name, corrected ingredient lists.
//!
//! Indexes live in the adapters; the ranking and the rules live here.

pub mod category;
pub mod spelling;
