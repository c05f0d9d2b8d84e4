//! The full data, where they are beside the checkout.

use std::path::{Path, PathBuf};

use robotoff_core::knowledge::{Part, TaxonomyKind};
use robotoff_off::data::DataSource;

/// `ROBOTOFF_SHARED`, by default `../shared`; absent with `CI=true` is a failure.
fn data() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let shared = std::env::var_os("ROBOTOFF_SHARED").map_or_else(beside, PathBuf::from);
    let data = shared.join("data");
    if data.is_dir() {
        return Some(data);
    }
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "there is no {}",
        data.display()
    );
    eprintln!(
        "not tested: there is no {}; set ROBOTOFF_SHARED",
        data.display()
    );
    None
}

#[test]
fn full_taxonomies_are_loaded_whole() {
    let Some(data) = data() else {
        return;
    };
    let knowledge = DataSource::Folder(data)
        .load(Part::all())
        .expect("the data are whole");
    for (kind, nodes) in [
        (TaxonomyKind::Brands, 22_113),
        (TaxonomyKind::Categories, 12_651),
        (TaxonomyKind::Ingredients, 5_275),
        (TaxonomyKind::Labels, 2_490),
    ] {
        assert_eq!(
            knowledge.taxonomy(kind).map(|taxonomy| taxonomy.len()),
            Some(nodes),
            "{kind:?}"
        );
    }
    let categories = knowledge
        .taxonomy(TaxonomyKind::Categories)
        .expect("all parts are loaded");
    let with_code = categories
        .nodes()
        .filter(|n| n.property("agribalyse_food_code").is_some());
    assert!(with_code.count() > 1000);
    let labels = knowledge
        .taxonomy(TaxonomyKind::Labels)
        .expect("all parts are loaded");
    assert_eq!(
        labels.id_by_tag().get("fr:sans-gluten").copied(),
        Some("en:no-gluten")
    );
}
