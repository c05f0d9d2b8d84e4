//! Annotations of logos by people: which are valid, and what they predict
//! (`docs/reference/api.md` 2.27, 3.11, 5.8).

use std::borrow::Cow;

use chrono::NaiveDateTime;
use serde_json::{Value, json};
use thiserror::Error;

use crate::image::{Logo, LogoAnnotation, LogoId};
use crate::knowledge::{Knowledge, Part, TaxonomyKind};
use crate::prediction::{Prediction, PredictionId, PredictionKind, StoredPrediction};
use crate::product::{Barcode, ProductId};
use crate::taxonomy::{Taxonomy, is_prefixed_value};
use crate::text::tag::tag;

/// Predictor of predictions from logos.
pub const PREDICTOR: &str = "universal-logo-detector";

/// Types of annotations that need a value.
const WITH_VALUE: [&str; 4] = ["brand", "category", "label", "store"];

/// Error: an annotation that cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidAnnotation {
    #[error("a label needs a value with a language, such as en:organic, not {0:?}")]
    LabelWithoutLanguage(String),
    #[error("a logo of type {0} needs a value")]
    ValueMissing(String),
}

/// Type and value of an annotation, as given by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenAnnotation {
    kind: String,
    value: Option<String>,
}

impl GivenAnnotation {
    /// Valid annotation. A blank value is none.
    ///
    /// ```
    /// use robotoff_core::logo::GivenAnnotation;
    ///
    /// assert!(GivenAnnotation::new("label", Some("en:organic".to_owned())).is_ok());
    /// assert!(GivenAnnotation::new("label", Some("organic".to_owned())).is_err());
    /// assert!(GivenAnnotation::new("no_logo", None).is_ok());
    /// ```
    pub fn new(kind: &str, value: Option<String>) -> Result<Self, InvalidAnnotation> {
        let value = value.filter(|value| !value.is_empty());
        match &value {
            Some(value) if kind == "label" && !is_prefixed_value(value) => {
                return Err(InvalidAnnotation::LabelWithoutLanguage(value.clone()));
            }
            None if WITH_VALUE.contains(&kind) => {
                return Err(InvalidAnnotation::ValueMissing(kind.to_owned()));
            }
            Some(_) | None => {}
        }
        let kind = kind.to_owned();
        Ok(Self { kind, value })
    }

    /// True when the logo already has this annotation.
    pub fn is_that_of(&self, logo: &Logo) -> bool {
        logo.annotation_kind.as_ref() == Some(&self.kind) && logo.annotation_value == self.value
    }

    /// Part of the knowledge that the annotation is looked up in.
    pub fn part(&self) -> Option<Part> {
        taxonomy_of(&self.kind).map(Part::Taxonomy)
    }

    /// The row of the annotation, by a user. A former value is replaced, also by none
    /// (`docs/reference/api.md` 9.5, 86 and 87).
    pub fn by(
        &self,
        username: Option<&str>,
        at: NaiveDateTime,
        knowledge: &Knowledge,
    ) -> LogoAnnotation {
        let value_tag = self.value.as_deref().map(tag);
        let taxonomy = taxonomy_of(&self.kind).and_then(|kind| knowledge.taxonomy(kind));
        let taxonomy_value = match (&value_tag, taxonomy) {
            (Some(tag), Some(taxonomy)) => taxonomy_value(&self.kind, tag, taxonomy),
            (Some(_) | None, _) => None,
        };
        LogoAnnotation {
            kind: self.kind.clone(),
            value: self.value.clone(),
            value_tag,
            taxonomy_value,
            username: Some(username.unwrap_or("unknown").to_owned()),
            completed_at: Some(at),
        }
    }
}

fn taxonomy_of(kind: &str) -> Option<TaxonomyKind> {
    match kind {
        "brand" => Some(TaxonomyKind::Brands),
        "category" => Some(TaxonomyKind::Categories),
        "label" => Some(TaxonomyKind::Labels),
        _ => None,
    }
}

/// Id of the node of a tag, or the name of the brand of a tag without language.
fn taxonomy_value(kind: &str, tag: &str, taxonomy: &Taxonomy) -> Option<String> {
    if taxonomy.node(tag).is_some() {
        return Some(tag.to_owned());
    }
    if kind != "brand" {
        return taxonomy.canonical(tag).map(|node| node.id().to_owned());
    }
    let is_named = |id: &str| id.split_once(':').is_some_and(|(_, slug)| slug == tag);
    let node = taxonomy.nodes().find(|node| is_named(node.id()))?;
    let lang = node.id().split(':').next().unwrap_or_default();
    let name = node.name("xx").or_else(|| node.name("en"));
    name.or_else(|| node.name(lang)).map(str::to_owned)
}

/// Product of the image of a logo; `None` for a row without a code.
pub fn product_of(logo: &Logo) -> Option<ProductId> {
    Some(ProductId {
        barcode: Barcode::as_stored(&logo.image.barcode).ok()?,
        server_type: logo.image.server_type.unwrap_or_default(),
    })
}

/// True for a prediction, or an insight, from the logo. Adopted rows hold its id as a number
/// or as a text.
pub fn is_from(
    logo: LogoId,
    predictor: Option<&str>,
    data: &serde_json::Map<String, Value>,
) -> bool {
    let is_id = match data.get("logo_id") {
        Some(Value::Number(id)) => id.as_i64() == Some(i64::from(logo.0)),
        Some(Value::String(id)) => *id == logo.0.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => false,
    };
    is_id && predictor == Some(PREDICTOR)
}

/// Claim of an annotated logo, and the version of the model that found it. Only brands and
/// labels of a taxonomy are claims.
pub fn prediction(logo: &Logo, model_version: &str) -> Option<Prediction> {
    let claim = logo.taxonomy_value.clone()?;
    let (kind, value, value_tag) = match logo.annotation_kind.as_deref()? {
        "brand" => (PredictionKind::Brand, Some(claim.clone()), tag(&claim)),
        "label" => (PredictionKind::Label, None, claim),
        _ => return None,
    };
    let data = json!({
        "logo_id": logo.id.0,
        "bounding_box": logo.bounding_box,
        "username": logo.username,
        "is_annotation": true,
    });
    Some(Prediction {
        value,
        value_tag: Some(value_tag),
        data: data.as_object().cloned().unwrap_or_default(),
        automatic_processing: Some(false),
        predictor: Some(Cow::Borrowed(PREDICTOR)),
        predictor_version: Some(Cow::Owned(model_version.to_owned())),
        confidence: Some(1.0),
        ..Prediction::new(kind)
    })
}

/// Stored predictions of the logo that its annotation no longer makes.
pub fn outdated(
    logo: &Logo,
    claim: Option<&Prediction>,
    stored: &[StoredPrediction],
) -> Vec<PredictionId> {
    let is_claim = |row: &Prediction| {
        claim.is_some_and(|claim| {
            (claim.kind, &claim.value, &claim.value_tag) == (row.kind, &row.value, &row.value_tag)
        })
    };
    let outdated = stored.iter().filter(|row| {
        let prediction = &row.prediction;
        is_from(logo.id, prediction.predictor.as_deref(), &prediction.data) && !is_claim(prediction)
    });
    outdated.map(|row| row.id).collect()
}

#[cfg(test)]
mod tests;
