//! Everything that rules may know beside the predictions.

use chrono::{NaiveDateTime, TimeDelta};
use serde_json::Value;

use super::record::Insight;
use super::refusal::{MissingPart, Refusal};
use crate::image::ImagePrediction;
use crate::knowledge::{Knowledge, Part, TaxonomyKind};
use crate::policy::Policy;
use crate::product::{Lookup, Product, ProductId, SourceImage, UploadedImage};
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

/// The model that finds nutrition tables, and its word for them.
const TABLE_MODEL: &str = "nutrition_table";
const TABLE_LABEL: &str = "nutrition-table";

/// Something that a model found on a picture.
#[derive(Debug, Clone, Copy)]
pub struct Detected<'a> {
    pub score: f64,
    /// `[y_min, x_min, y_max, x_max]`, relative.
    pub area: &'a Value,
}

impl<'a> Facts<'a> {
    /// The product, if it was looked for and found.
    pub fn found(&self) -> Option<&'a Product> {
        self.product.product()
    }

    /// The product, for an edit: without one there is nothing to edit.
    pub fn product_to_edit(&self) -> Result<&'a Product, Refusal> {
        self.found().ok_or(Refusal::MissingProduct)
    }

    /// True when products are looked at and this one has what is asked for.
    pub fn product_has(&self, has: impl Fn(&Product) -> bool) -> bool {
        self.found().is_some_and(has)
    }

    /// The picture that the insight was read from, if it is one of the product's
    /// uploaded ones.
    pub fn photo(&self, insight: &Insight) -> Option<&'a UploadedImage> {
        let number = insight.source_image.as_ref()?.image_id()?;
        self.found()?.images.uploaded(number)
    }

    /// What a model that finds nutrition tables saw on a picture: the boxes of
    /// the tables that it is sure of.
    pub fn nutrition_tables(&self, picture: &SourceImage, min_score: f64) -> Vec<Detected<'a>> {
        let of_picture = self.detections.iter().filter(|detection| {
            detection.model_name == TABLE_MODEL && detection.image.source_image == *picture
        });
        let objects = of_picture.flat_map(|detection| {
            let objects = detection.data.get("objects").and_then(Value::as_array);
            objects.into_iter().flatten()
        });
        let table = |object: &'a Value| {
            let score = object.get("score")?.as_f64()?;
            let is_table = object.get("label")?.as_str()? == TABLE_LABEL;
            let area = object.get("bounding_box")?;
            (is_table && score >= min_score).then_some(Detected { score, area })
        };
        objects.filter_map(table).collect()
    }

    /// A taxonomy.
    pub fn taxonomy(&self, kind: TaxonomyKind) -> Result<&'a Taxonomy, MissingPart> {
        let taxonomy = self.knowledge.taxonomy(kind);
        taxonomy
            .map(|taxonomy| &**taxonomy)
            .ok_or(MissingPart(Part::Taxonomy(kind)))
    }
}
