//! What a machine saw, and what it saw it by. The record of `docs/reference/ocr.md` 0.2.
//!
//! Whose product it is, which picture and when are added by whoever stores it.

mod scope;
mod stored;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

pub use scope::{Differences, Method, Scope, same_claim};
pub use stored::{PredictionId, StoredPrediction};

use crate::geometry::PixelBox;

/// The kinds of prediction, of this service and of the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredictionKind {
    IngredientSpellcheck,
    PackagerCode,
    Label,
    Category,
    ImageFlag,
    ProductWeight,
    ExpirationDate,
    Brand,
    ImageOrientation,
    Store,
    Nutrient,
    Trace,
    /// Legacy: stored rows only.
    PackagingText,
    Packaging,
    Location,
    NutrientMention,
    ImageLang,
    NutritionImage,
    IsUpcImage,
    NutrientExtraction,
    IngredientDetection,
}

/// A name that is none of [`PredictionKind::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown prediction type {0:?}")]
pub struct UnknownPredictionKind(pub String);

impl PredictionKind {
    /// Every kind, in the order of the specification.
    pub const ALL: [Self; 21] = [
        Self::IngredientSpellcheck,
        Self::PackagerCode,
        Self::Label,
        Self::Category,
        Self::ImageFlag,
        Self::ProductWeight,
        Self::ExpirationDate,
        Self::Brand,
        Self::ImageOrientation,
        Self::Store,
        Self::Nutrient,
        Self::Trace,
        Self::PackagingText,
        Self::Packaging,
        Self::Location,
        Self::NutrientMention,
        Self::ImageLang,
        Self::NutritionImage,
        Self::IsUpcImage,
        Self::NutrientExtraction,
        Self::IngredientDetection,
    ];

    /// The name on the wire (`type`) and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IngredientSpellcheck => "ingredient_spellcheck",
            Self::PackagerCode => "packager_code",
            Self::Label => "label",
            Self::Category => "category",
            Self::ImageFlag => "image_flag",
            Self::ProductWeight => "product_weight",
            Self::ExpirationDate => "expiration_date",
            Self::Brand => "brand",
            Self::ImageOrientation => "image_orientation",
            Self::Store => "store",
            Self::Nutrient => "nutrient",
            Self::Trace => "trace",
            Self::PackagingText => "packaging_text",
            Self::Packaging => "packaging",
            Self::Location => "location",
            Self::NutrientMention => "nutrient_mention",
            Self::ImageLang => "image_lang",
            Self::NutritionImage => "nutrition_image",
            Self::IsUpcImage => "is_upc_image",
            Self::NutrientExtraction => "nutrient_extraction",
            Self::IngredientDetection => "ingredient_detection",
        }
    }
}

impl fmt::Display for PredictionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PredictionKind {
    type Err = UnknownPredictionKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownPredictionKind(name.to_owned()))
    }
}

/// `data.source` of what the name of a product says.
pub(crate) const PRODUCT_NAME: &str = "product_name";

/// The words that a prediction rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The matched text, as printed.
    pub text: String,
    /// Start and end in the text that was searched, in code points.
    pub span: [usize; 2],
    /// Where the words stand, in pixels of the picture that was read.
    #[serde(rename = "box", skip_serializing_if = "Option::is_none", default)]
    pub area: Option<PixelBox>,
    /// The language of the text, where the match tells it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lc: Option<Cow<'static, str>>,
}

/// What a machine saw, kept as evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    #[serde(rename = "type")]
    pub kind: PredictionKind,
    pub value: Option<String>,
    pub value_tag: Option<String>,
    /// The members that the specification lists for the kind, and no others.
    #[serde(default)]
    pub data: Map<String, Value>,
    /// `Some(true)`: may be applied without a person; `None`: the insight rules decide.
    pub automatic_processing: Option<bool>,
    /// Which method saw it: `regex`, `flashtext`, the name of a model.
    pub predictor: Option<Cow<'static, str>>,
    /// Rises when the method changes what it says, so that older rows are replaced.
    pub predictor_version: Option<Cow<'static, str>>,
    /// Between 0 and 1, only where the source gives a score.
    pub confidence: Option<f64>,
    /// What it rests on; stored beside the recorded members, never inside `data`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

impl Prediction {
    /// A prediction of one kind with nothing else said, version `1`.
    pub fn new(kind: PredictionKind) -> Self {
        Self {
            kind,
            value: None,
            value_tag: None,
            data: Map::new(),
            automatic_processing: None,
            predictor: None,
            predictor_version: Some(Cow::Borrowed("1")),
            confidence: None,
            evidence: Vec::new(),
        }
    }

    /// True for what was read in the name of the product.
    pub fn is_from_product_name(&self) -> bool {
        self.data.get("source").and_then(Value::as_str) == Some(PRODUCT_NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_wire() {
        for kind in PredictionKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert!("image_text".parse::<PredictionKind>().is_err());
    }
}
