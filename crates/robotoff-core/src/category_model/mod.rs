//! A category model of our own, small enough to ship: predictor `local`.
//!
//! Words, pairs of words and character n-grams of the names of a product, its brands, labels
//! and ingredients, and the categories of the taxonomy that the names mention, are features
//! ([`features`]). Each has a vector; their weighted sum is compared with the vector of each
//! category ([`vectors`]). The probabilities become candidates at every height of the
//! taxonomy, and a small network says how likely each of them is what a person would choose
//! ([`candidates`]): where the narrow category is in doubt, a wider one wins.
//!
//! Everything is learned from products with categories ([`training`], [`learning`]) and is
//! stored in one file with a checksum ([`mod@file`]). The alternative, one weight for each pair of
//! feature and category, was a third larger and 2 points worse.

pub mod candidates;
pub mod combined;
pub mod features;
pub mod file;
pub mod learning;
pub mod model;
pub mod training;
pub mod vectors;

pub use file::ModelFileError;
pub use model::CategoryModel;

use crate::search::category::ProductNames;

/// The name on the wire.
pub const PREDICTOR: &str = "local";

/// The texts of a product that the model reads.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProductTexts<'a> {
    pub names: ProductNames<'a>,
    pub labels_tags: &'a [String],
    /// The ingredient list, in the language of the names.
    pub ingredients: &'a str,
}

#[cfg(test)]
mod tests;
