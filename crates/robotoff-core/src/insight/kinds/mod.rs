//! Rules of each kind of insight, one file each, and the list that names them.

mod brand;
mod category;
mod expiration_date;
mod given;
mod image_orientation;
mod ingredient_detection;
mod ingredient_spellcheck;
mod is_upc_image;
mod label;
mod nutrient_extraction;
mod nutrition_image;
mod packager_code;
mod packaging;
mod photo;
mod product_weight;
mod reasons;
mod store;
mod tags;

use super::record::InsightKind;
use super::rules::InsightRules;

pub use brand::is_refused_brand;

impl InsightKind {
    /// Rules of the kind.
    pub fn rules(self) -> &'static dyn InsightRules {
        match self {
            Self::PackagerCode => &packager_code::PackagerCodeRules,
            Self::Label => &label::LabelRules,
            Self::Category => &category::CategoryRules,
            Self::ProductWeight => &product_weight::ProductWeightRules,
            Self::ExpirationDate => &expiration_date::ExpirationDateRules,
            Self::Brand => &brand::BrandRules,
            Self::Store => &store::StoreRules,
            Self::Packaging => &packaging::PackagingRules,
            Self::IsUpcImage => &is_upc_image::IsUpcImageRules,
            Self::NutritionImage => &nutrition_image::NutritionImageRules,
            Self::IngredientSpellcheck => &ingredient_spellcheck::IngredientSpellcheckRules,
            Self::NutrientExtraction => &nutrient_extraction::NutrientExtractionRules,
            Self::ImageOrientation => &image_orientation::ImageOrientationRules,
            Self::IngredientDetection => &ingredient_detection::IngredientDetectionRules,
        }
    }
}
