//! Facts that rules may use beside the predictions.

use chrono::{NaiveDateTime, TimeDelta};

use super::record::Insight;
use super::refusal::{MissingPart, Refusal};
use crate::image::ImagePrediction;
use crate::knowledge::{Knowledge, Part, TaxonomyKind};
use crate::policy::Policy;
use crate::product::{Lookup, Product, ProductId, UploadedImage};
use crate::taxonomy::Taxonomy;

/// Facts about a product for planning, asking and answering its insights.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    pub product_id: &'a ProductId,
    pub product: &'a Lookup,
    pub knowledge: &'a Knowledge,
    pub policy: &'a Policy,
    pub now: NaiveDateTime,
    /// Delay between planning an automatic insight and applying it.
    pub wait: TimeDelta,
    /// Detections of the vision models that [`InsightRules::detection_models`] names.
    ///
    /// [`InsightRules::detection_models`]: super::InsightRules::detection_models
    pub detections: &'a [ImagePrediction],
}

impl<'a> Facts<'a> {
    /// The product, if it was requested and found.
    pub fn found(&self) -> Option<&'a Product> {
        self.product.product()
    }

    /// True for food: by the type of the product, or by its project where it is unknown.
    pub fn is_food(&self) -> bool {
        let by_project = self.product_id.server_type.is_food();
        self.found().map_or(by_project, Product::is_food)
    }

    /// The product, for an edit; refused without one.
    pub fn product_to_edit(&self) -> Result<&'a Product, Refusal> {
        self.found().ok_or(Refusal::MissingProduct)
    }

    /// True when the product was found and fulfils the condition.
    pub fn product_has(&self, has: impl Fn(&Product) -> bool) -> bool {
        self.found().is_some_and(has)
    }

    /// The image that the insight was read from, if the product still has it.
    pub fn photo(&self, insight: &Insight) -> Option<&'a UploadedImage> {
        let number = insight.source_image.as_ref()?.image_id()?;
        self.found()?.images.uploaded(number)
    }

    /// A taxonomy.
    pub fn taxonomy(&self, kind: TaxonomyKind) -> Result<&'a Taxonomy, MissingPart> {
        let taxonomy = self.knowledge.taxonomy(kind);
        taxonomy
            .map(|taxonomy| &**taxonomy)
            .ok_or(MissingPart(Part::Taxonomy(kind)))
    }
}
