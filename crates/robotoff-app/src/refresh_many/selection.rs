//! Selections of products.

use std::collections::{BTreeSet, HashSet};

use robotoff_core::insight::InsightKind;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{ProductId, ServerType};
use robotoff_ports::store::ProductFilter;
use uuid::Uuid;

/// Selection of products.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These, in this order, each once.
    Listed(Vec<ProductId>),
    /// Products with stored predictions or insights.
    Stored(ProductFilter),
}

impl Selection {
    /// The products of a list, each once.
    pub fn of_list(products: impl IntoIterator<Item = ProductId>) -> Self {
        let all: Vec<ProductId> = products.into_iter().collect();
        let mut seen = HashSet::new();
        let is_first: Vec<bool> = all.iter().map(|product| seen.insert(product)).collect();
        let firsts = all.into_iter().zip(is_first);
        let once = firsts.filter_map(|(product, is_first)| is_first.then_some(product));
        Self::Listed(once.collect())
    }

    /// The products of a project with predictions of these kinds, with predictions
    /// that insights of those kinds are made of, or with open insights of them.
    pub fn of_kinds(
        server_type: ServerType,
        insights: &[InsightKind],
        predictions: &[PredictionKind],
    ) -> Self {
        let read = insights.iter().flat_map(|kind| kind.rules().reads());
        Self::Stored(ProductFilter {
            server_type,
            predictions: read.chain(predictions).copied().collect(),
            insights: insights.iter().map(|kind| kind.prediction_kind()).collect(),
        })
    }

    /// The products of a project with any prediction or open insight.
    pub fn of_all(server_type: ServerType) -> Self {
        Self::Stored(ProductFilter {
            server_type,
            predictions: PredictionKind::ALL.into(),
            insights: PredictionKind::ALL.into(),
        })
    }

    /// Name in checkpoints: the same for the same products.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Listed(products) => {
                let hash = products.iter().fold(Uuid::NAMESPACE_OID, |hash, product| {
                    Uuid::new_v5(&hash, product.to_string().as_bytes())
                });
                format!("list {hash}")
            }
            Self::Stored(filter) => format!(
                "{} predictions {} insights {}",
                filter.server_type,
                names(&filter.predictions),
                names(&filter.insights)
            ),
        }
    }
}

fn names(kinds: &BTreeSet<PredictionKind>) -> String {
    if kinds.len() == PredictionKind::ALL.len() {
        return "all".to_owned();
    }
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(",")
}

#[cfg(test)]
mod tests {
    use robotoff_core::product::Barcode;

    use super::*;

    fn listed(codes: &[&str]) -> Selection {
        Selection::of_list(codes.iter().map(|code| ProductId {
            barcode: Barcode::as_stored(code).unwrap(),
            server_type: ServerType::Off,
        }))
    }

    #[test]
    fn a_list_has_each_product_once_in_its_order() {
        assert_eq!(listed(&["2", "1", "2"]), listed(&["2", "1"]));
        assert_ne!(listed(&["2", "1"]), listed(&["1", "2"]));
    }

    #[test]
    fn different_products_have_different_names() {
        use InsightKind::{Label, NutritionImage};
        let off = ServerType::Off;
        let selections = [
            listed(&["1", "2"]),
            listed(&["12"]),
            listed(&["2", "1"]),
            Selection::of_all(off),
            Selection::of_all(ServerType::Obf),
            Selection::of_kinds(off, &[Label], &[]),
            Selection::of_kinds(off, &[], &[PredictionKind::Label]),
            Selection::of_kinds(off, &[NutritionImage], &[]),
        ];
        let names: BTreeSet<String> = selections.iter().map(Selection::name).collect();
        assert_eq!(names.len(), selections.len(), "{names:?}");
    }

    #[test]
    fn a_kind_is_refreshed_where_what_it_reads_is_stored() {
        let kinds = [InsightKind::NutritionImage];
        let Selection::Stored(filter) = Selection::of_kinds(ServerType::Off, &kinds, &[]) else {
            panic!("not stored");
        };
        assert!(
            filter
                .predictions
                .contains(&PredictionKind::NutrientMention)
        );
        assert_eq!(names(&filter.insights), "nutrition_image");
    }
}
