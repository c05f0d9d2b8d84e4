//! The rules of each kind of insight, one file each.

mod label;
mod product_weight;
mod tags;

use super::InsightKind;
use super::rules::InsightRules;

/// The rules of a kind.
pub fn rules(kind: InsightKind) -> Option<&'static dyn InsightRules> {
    match kind {
        InsightKind::Label => Some(&label::LabelRules),
        InsightKind::ProductWeight => Some(&product_weight::ProductWeightRules),
        _ => None,
    }
}
