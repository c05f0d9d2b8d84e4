//! The category of a product by its name (`docs/reference/ocr.md` 8.2.2, improved).
//!
//! A name is cleaned ([`clean`]), analysed, and compared with the names and synonyms
//! of the categories ([`names`], [`fit`]) and with how often its words stood on products
//! of a category ([`clues`], [`counts`]). Each candidate gets a row of features
//! ([`features`]); a small network ([`network`]) turns the row into the probability that
//! the category is right. Network and counts are learned from products with categories
//! ([`learning`]) and ship as a corpus ([`corpus`]).

pub mod clean;
pub mod clues;
pub mod corpus;
pub mod counts;
pub mod features;
pub mod fit;
pub mod indexed;
pub mod learning;
pub mod matcher;
pub mod names;
pub mod network;
pub mod training;
pub mod tree;

pub use corpus::CategoryCorpus;
pub use matcher::{CategoryMatch, CategoryMatcher};

/// The names that are known of a product.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProductNames<'a> {
    /// ISO 639-1.
    pub lang: &'a str,
    pub product_name: &'a str,
    pub generic_name: &'a str,
    /// Comma separated, as on the wire.
    pub brands: &'a str,
}

impl<'a> ProductNames<'a> {
    /// The brands one by one.
    pub fn brand_list(&self) -> Vec<&'a str> {
        let brands = self.brands.split(',').map(str::trim);
        brands.filter(|brand| !brand.is_empty()).collect()
    }

    /// The product name without weights, brands and marketing words.
    pub fn cleaned_name(&self) -> String {
        clean::cleaned(self.product_name, self.lang, &self.brand_list())
    }

    /// The generic name, cleaned in the same way.
    pub fn cleaned_generic_name(&self) -> String {
        clean::cleaned(self.generic_name, self.lang, &self.brand_list())
    }
}

#[cfg(test)]
mod tests;
