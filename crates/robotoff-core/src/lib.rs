//! The decisions of robotoff, as pure functions over values.
//!
//! Nothing here opens a file, a socket or a database, reads a clock, the
//! environment or a random source: the caller passes bytes, `now` and lists in,
//! and acts on the values that come out.

pub mod access;
pub mod backoff;
pub mod brand_list;
pub mod brand_prefix;
pub mod category_model;
pub mod commune;
pub mod country;
pub mod detection;
pub mod dump;
pub mod edit;
pub mod event;
pub mod extract;
pub mod facet;
pub mod geometry;
pub mod image;
pub mod insight;
mod json;
pub mod knowledge;
pub mod label_logo;
pub mod language;
pub mod lexicon;
pub mod logo;
pub mod measurements;
pub mod model;
pub mod moderation;
pub mod ocr;
pub mod policy;
pub mod prediction;
pub mod prefill;
pub mod product;
pub mod search;
pub mod taxonomy;
pub mod text;
pub mod vote;
