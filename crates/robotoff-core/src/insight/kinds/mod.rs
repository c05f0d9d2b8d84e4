//! The rules of each kind of insight, one file each.

mod label;
mod product_weight;
mod questions;
mod tags;

use super::rules::{InsightRules, Shown};
use super::{Insight, InsightKind};
use crate::knowledge::{Knowledge, Part};

/// The rules of a kind.
pub fn rules(kind: InsightKind) -> Option<&'static dyn InsightRules> {
    match kind {
        InsightKind::Label => Some(&label::LabelRules),
        InsightKind::ProductWeight => Some(&product_weight::ProductWeightRules),
        _ => None,
    }
}

/// True when people without a name may vote on insights of the kind (`api.md` 3.9).
pub(super) fn can_vote(kind: InsightKind) -> bool {
    match rules(kind) {
        Some(rules) => rules.can_vote(),
        None => !matches!(
            kind,
            InsightKind::NutrientExtraction | InsightKind::IngredientDetection
        ),
    }
}

/// What the question of an insight shows, in a language.
pub fn shown(kind: InsightKind, insight: &Insight, knowledge: &Knowledge, lang: &str) -> Shown {
    if let Some(rules) = rules(kind) {
        return rules.shown(insight, knowledge, lang);
    }
    match kind {
        InsightKind::Category => questions::category(insight, knowledge, lang),
        InsightKind::Brand => questions::brand(insight),
        InsightKind::Packaging => questions::packaging(insight, knowledge, lang),
        InsightKind::NutritionImage | InsightKind::IsUpcImage => questions::plain_tag(insight),
        InsightKind::ImageOrientation => questions::image_orientation(insight),
        InsightKind::PackagerCode
        | InsightKind::Label
        | InsightKind::ProductWeight
        | InsightKind::ExpirationDate
        | InsightKind::Store
        | InsightKind::IngredientSpellcheck
        | InsightKind::NutrientExtraction
        | InsightKind::IngredientDetection => questions::value(insight),
    }
}

/// What must be loaded to word the questions of a kind.
pub fn question_parts(kind: InsightKind) -> &'static [Part] {
    match kind {
        InsightKind::Category => questions::CATEGORY_PARTS,
        InsightKind::Packaging => questions::PACKAGING_PARTS,
        InsightKind::PackagerCode
        | InsightKind::Label
        | InsightKind::ProductWeight
        | InsightKind::ExpirationDate
        | InsightKind::Brand
        | InsightKind::Store
        | InsightKind::IsUpcImage
        | InsightKind::NutritionImage
        | InsightKind::IngredientSpellcheck
        | InsightKind::NutrientExtraction
        | InsightKind::ImageOrientation
        | InsightKind::IngredientDetection => rules(kind).map_or(&[], |rules| rules.parts()),
    }
}
