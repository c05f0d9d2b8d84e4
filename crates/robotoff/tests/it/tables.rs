//! Tables of facts in core, beside the real data that they must agree with.

use std::collections::{BTreeMap, BTreeSet};

use robotoff_core::country::TAG_BY_CODE;
use robotoff_core::knowledge::{LexiconKind, Part, TaxonomyKind};
use robotoff_core::label_logo::PATH_BY_LABEL;
use robotoff_off::data::DataSource;
use serde_json::Value;

#[test]
#[ignore = "needs ROBOTOFF_SHARED"]
fn country_codes_are_those_of_the_taxonomy() {
    let part = Part::Taxonomy(TaxonomyKind::Countries);
    let folder = DataSource::Folder(robotoff_testbed::shared_data());
    let knowledge = folder.load([part]).unwrap();
    let countries = knowledge.taxonomy(TaxonomyKind::Countries).unwrap();
    let code_of = |property: Value| {
        let code = property.get("en").or(property.get("xx"))?;
        Some(code.as_str()?.to_lowercase())
    };
    let known: BTreeMap<String, &str> = countries
        .nodes()
        .filter_map(|node| Some((code_of(node.property("country_code_2")?)?, node.id())))
        .collect();
    let ours = TAG_BY_CODE.map(|(code, tag)| (code.to_owned(), tag));
    assert_eq!(BTreeMap::from(ours), known);
}

#[test]
fn images_of_label_logos_are_where_the_static_server_keeps_them() {
    let list = robotoff_testbed::test_data().join("lists/label_logos.json");
    let list = std::fs::read(list).unwrap();
    let known: BTreeMap<String, String> = serde_json::from_slice(&list).unwrap();
    let address = |path| format!("https://static.openfoodfacts.org{path}");
    let ours = PATH_BY_LABEL.map(|(tag, path)| (tag.to_owned(), address(path)));
    assert_eq!(BTreeMap::from(ours), known);
}

#[test]
fn every_label_that_the_built_in_lists_find_is_a_node_of_the_built_in_labels() {
    let parts = [
        Part::Lexicon(LexiconKind::LabelKeywords),
        Part::Lexicon(LexiconKind::LabelLogos),
        Part::Taxonomy(TaxonomyKind::Labels),
    ];
    let knowledge = DataSource::BuiltIn.load(parts).unwrap();
    let labels = knowledge.taxonomy(TaxonomyKind::Labels).unwrap();
    let keywords = knowledge.lexicon(LexiconKind::LabelKeywords).unwrap();
    let logos = knowledge.lexicon(LexiconKind::LabelLogos).unwrap();
    let tags = keywords.entries().map(|entry| entry.key);
    let tags = tags.chain(logos.entries().map(|entry| entry.keyword));
    let unknown: BTreeSet<&str> = tags.filter(|tag| labels.node(tag).is_none()).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
