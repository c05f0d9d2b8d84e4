//! Predictions: claims of extractors and models, with their evidence. The record of
//! `docs/reference/ocr.md` 0.2.
//!
//! The caller adds product, image and time when it stores a prediction.

mod languages;
mod scope;
mod stored;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

pub use languages::LanguageCounts;
pub use scope::{Differences, Method, Scope, same_claim};
pub use stored::{PredictionId, StoredPrediction};

use crate::geometry::PixelBox;

/// Kinds of prediction, of this service and of the existing one.
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

/// Error: a name that is not in [`PredictionKind::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown prediction type {0:?}")]
pub struct UnknownPredictionKind(pub String);

impl PredictionKind {
    /// All kinds, in the order of the specification.
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

    /// True where the claim is about food, so that only food has it
    /// (`docs/reference/pipeline.md` 4.4.2). The other kinds describe an image of any
    /// product.
    pub const fn is_about_food(self) -> bool {
        match self {
            Self::ImageFlag | Self::ImageLang | Self::ImageOrientation | Self::IsUpcImage => false,
            Self::IngredientSpellcheck
            | Self::PackagerCode
            | Self::Label
            | Self::Category
            | Self::ProductWeight
            | Self::ExpirationDate
            | Self::Brand
            | Self::Store
            | Self::Nutrient
            | Self::Trace
            | Self::PackagingText
            | Self::Packaging
            | Self::Location
            | Self::NutrientMention
            | Self::NutritionImage
            | Self::NutrientExtraction
            | Self::IngredientDetection => true,
        }
    }

    /// Name on the wire (`type`) and in the database.
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

/// Value of `data.source` for predictions from the name of a product.
pub(crate) const PRODUCT_NAME: &str = "product_name";

/// Evidence of a prediction: the words that it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Matched text, as printed.
    pub text: String,
    /// Start and end in the text that was searched, in code points.
    pub span: [usize; 2],
    /// Box of the words, in pixels of the image.
    #[serde(rename = "box", skip_serializing_if = "Option::is_none", default)]
    pub area: Option<PixelBox>,
    /// Language of the text, where the match implies one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lc: Option<Cow<'static, str>>,
}

/// A claim of an extractor or model about a product.
///
/// ```
/// use robotoff_core::prediction::{Prediction, PredictionKind};
///
/// let label = Prediction {
///     value_tag: Some("en:organic".to_owned()),
///     ..Prediction::new(PredictionKind::Label)
/// };
/// let wire = serde_json::to_value(&label)?;
/// assert_eq!(wire["type"], "label");
/// assert_eq!(wire["predictor_version"], "1");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    #[serde(rename = "type")]
    pub kind: PredictionKind,
    pub value: Option<String>,
    pub value_tag: Option<String>,
    /// Members that the specification lists for the kind, and no others.
    #[serde(default)]
    pub data: Map<String, Value>,
    /// `Some(true)`: may be applied automatically; `None`: the insight rules decide.
    pub automatic_processing: Option<bool>,
    /// Method that made it: `regex`, `flashtext`, the name of a model.
    pub predictor: Option<Cow<'static, str>>,
    /// Raised when the method returns other predictions, so that older rows are replaced.
    pub predictor_version: Option<Cow<'static, str>>,
    /// Between 0 and 1, only where the source gives a score.
    pub confidence: Option<f64>,
    /// Evidence; stored beside the recorded members, never inside `data`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

impl Prediction {
    /// An empty prediction of a kind, version `1`.
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

    /// True for a prediction from the name of the product.
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
