//! Everything that rules may know beside the predictions.

use chrono::{NaiveDateTime, TimeDelta};
use thiserror::Error;

use super::answer::Refusal;
use crate::image::ImagePrediction;
use crate::knowledge::{Knowledge, Part, TaxonomyKind};
use crate::policy::Policy;
use crate::product::{Lookup, Product, ProductId};
use crate::taxonomy::Taxonomy;

/// What is known when insights of a product are planned, asked or answered.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub product_id: &'a ProductId,
    pub product: &'a Lookup,
    pub knowledge: &'a Knowledge,
    pub policy: &'a Policy,
    pub now: NaiveDateTime,
    /// How long an automatic insight rests before it is applied.
    pub wait: TimeDelta,
    /// What vision models saw on the pictures of the product.
    pub detections: &'a [ImagePrediction],
}

/// A word list or taxonomy that must be loaded first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} is not loaded", .0.path())]
pub struct MissingPart(pub Part);

impl<'a> Facts<'a> {
    /// The product, if it was looked for and found.
    pub fn found(&self) -> Option<&'a Product> {
        self.product.product()
    }

    /// The product, for an edit: without one there is nothing to edit.
    pub fn product_to_edit(&self) -> Result<&'a Product, Refusal> {
        self.found().ok_or(Refusal::MissingProduct)
    }

    /// A taxonomy.
    pub fn taxonomy(&self, kind: TaxonomyKind) -> Result<&'a Taxonomy, MissingPart> {
        let taxonomy = self.knowledge.taxonomy(kind);
        taxonomy
            .map(|taxonomy| &**taxonomy)
            .ok_or(MissingPart(Part::Taxonomy(kind)))
    }
}
