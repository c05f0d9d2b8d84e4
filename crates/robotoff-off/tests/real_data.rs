//! Real data: the whole of them, and the part that is in the checkout.

use robotoff_core::extract::{Extractors, required_parts};
use robotoff_core::knowledge::{LexiconKind, Part, TaxonomyKind};
use robotoff_core::ocr::OcrResult;
use robotoff_core::prediction::PredictionKind;
use robotoff_off::data::DataSource;

#[test]
#[ignore = "needs ROBOTOFF_SHARED"]
fn full_taxonomies_are_loaded_whole() {
    let knowledge = DataSource::Folder(robotoff_testbed::shared_data())
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

/// A text that a pattern of the list matches: the first letter of each class, the first
/// of each choice, what may be missing left out.
fn instance(pattern: &str) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let (piece, after) = match first {
            '[' => {
                let (class, after) = rest[1..].split_once(']').expect("the class ends");
                (
                    class.chars().next().expect("no class is empty").to_string(),
                    after,
                )
            }
            '(' => {
                let (choice, after) = rest[1..].split_once(')').expect("the choice ends");
                (
                    choice.split('|').next().unwrap_or_default().to_owned(),
                    after,
                )
            }
            '\\' => (rest[1..2].to_owned(), &rest[2..]),
            other => (other.to_string(), &rest[other.len_utf8()..]),
        };
        match after.strip_prefix('?') {
            Some(after) => rest = after,
            None => {
                text.push_str(&piece);
                rest = after;
            }
        }
    }
    text
}

#[test]
fn every_line_of_the_shops_is_found() {
    let kinds = [PredictionKind::Store];
    let knowledge = DataSource::Folder(robotoff_testbed::test_data())
        .load(required_parts(&kinds))
        .expect("the list is whole");
    let extractors = Extractors::build(&knowledge, &kinds).expect("every pattern compiles");
    let stores = knowledge
        .lexicon(LexiconKind::Stores)
        .expect("it is loaded");
    assert_eq!(stores.len(), 280);
    for entry in stores.entries() {
        let text = instance(entry.keyword);
        let found = extractors.find(&OcrResult::from_text(format!("- {text} -")));
        let shops: Vec<&str> = found.iter().filter_map(|p| p.value.as_deref()).collect();
        assert!(
            shops.contains(&entry.name),
            "{text:?} of {} gave {shops:?}",
            entry.name
        );
    }
}
