//! Corrected ingredient lists (`docs/reference/ocr.md` 8.3, improved).
//!
//! A list is split into words, numbers and breaks ([`tokens`]). For each word the known
//! words within one error are looked up ([`deletes`]); the likeliest list is searched for
//! ([`decode`]), where a language model ([`model`]) says how likely words follow each
//! other and a channel ([`channel`]) how likely each error is.

pub mod channel;
pub mod corpus;
pub mod decode;
pub mod deletes;
pub mod model;
pub mod phrases;
pub mod pieces;
pub mod speller;
pub mod tokens;

pub use corpus::{LanguageCorpus, SpellingCorpus};
pub use speller::{Corrected, Edit, Speller};
