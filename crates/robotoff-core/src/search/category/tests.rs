//! Categories by product name: what a small corpus teaches, and how it is stored.

use super::learning::{LearnedProduct, learn};
use super::matcher::CategoryKnowledge;
use super::*;
use crate::taxonomy::{Keep, Taxonomy};

const TAXONOMY: &str = r#"{
    "en:pies": {"name": {"en": "Pies", "fr": "Tartes", "de": "Kuchen"}},
    "en:apple-pies": {"name": {"en": "Apple pies", "fr": "Tartes aux pommes", "de": "Apfelkuchen"}, "parents": ["en:pies"]},
    "en:fruits": {"name": {"en": "Fruits", "fr": "Fruits", "de": "Obst"}},
    "en:apples": {"name": {"en": "Apples", "fr": "Pommes", "de": "Apfel"}, "synonyms": {"fr": ["Pomme golden"]}, "parents": ["en:fruits"]},
    "en:honeys": {"name": {"en": "Honeys", "fr": "Miels", "de": "Honig"}}
}"#;

fn knowledge() -> CategoryKnowledge {
    let taxonomy = Taxonomy::from_json(TAXONOMY.as_bytes(), Keep::Only(&[])).unwrap();
    CategoryKnowledge::new(&taxonomy)
}

const fn named<'a>(lang: &'a str, product_name: &'a str) -> ProductNames<'a> {
    ProductNames {
        lang,
        product_name,
        generic_name: "",
        brands: "",
    }
}

/// Products whose names say their category in other words than the taxonomy.
fn products(knowledge: &CategoryKnowledge) -> Vec<LearnedProduct<'static>> {
    let names = [
        ("en", "apple pie with cinnamon", "en:apple-pies"),
        ("en", "granny's apple pie", "en:apple-pies"),
        ("en", "family apple pie", "en:apple-pies"),
        ("fr", "tarte fine aux pommes", "en:apple-pies"),
        ("fr", "tarte aux pommes rustique", "en:apple-pies"),
        ("en", "red apples", "en:apples"),
        ("en", "royal gala apples", "en:apples"),
        ("en", "royal gala", "en:apples"),
        ("fr", "pommes golden", "en:apples"),
        ("fr", "pommes royal gala", "en:apples"),
        ("en", "forest honey", "en:honeys"),
        ("en", "honey of the mountains", "en:honeys"),
        ("fr", "miel de lavande", "en:honeys"),
        ("fr", "miel toutes fleurs", "en:honeys"),
    ];
    let one = |(lang, name, category)| LearnedProduct {
        names: named(lang, name),
        categories: knowledge.tree.number(category).into_iter().collect(),
    };
    // Six times, so that the network has something to learn from.
    names
        .into_iter()
        .cycle()
        .take(names.len() * 6)
        .map(one)
        .collect()
}

fn matcher() -> CategoryMatcher {
    let knowledge = knowledge();
    let corpus = learn(&knowledge, &products(&knowledge));
    CategoryMatcher::new(knowledge, corpus)
}

fn best(matcher: &CategoryMatcher, lang: &str, name: &str) -> Option<String> {
    let found = matcher.predict(&named(lang, name), 1);
    found.into_iter().next().map(|found| found.value_tag)
}

#[test]
fn the_head_of_a_name_decides() {
    let matcher = matcher();
    for (lang, name, expected) in [
        ("fr", "Tarte aux pommes 400g", "en:apple-pies"),
        ("fr", "Pommes", "en:apples"),
        ("en", "Organic apple pie", "en:apple-pies"),
        ("fr", "Miel", "en:honeys"),
    ] {
        assert_eq!(
            best(&matcher, lang, name).as_deref(),
            Some(expected),
            "{name}"
        );
    }
}

#[test]
fn words_that_no_category_has_are_learned() {
    let matcher = matcher();
    assert_eq!(
        best(&matcher, "en", "royal gala").as_deref(),
        Some("en:apples")
    );
}

#[test]
fn a_name_that_says_nothing_has_no_category() {
    let matcher = matcher();
    for name in ["", "   ", "xyzzy", "250 g", "()"] {
        assert_eq!(best(&matcher, "en", name), None, "{name:?}");
    }
}

#[test]
fn a_corpus_that_was_written_and_read_predicts_the_same() {
    let knowledge = knowledge();
    let corpus = learn(&knowledge, &products(&knowledge));
    let text = corpus.to_text(&knowledge.tree);
    let read = CategoryCorpus::from_text(&text, &knowledge.tree).unwrap();
    assert_eq!(read.to_text(&knowledge.tree), text);
}

#[test]
fn a_broken_corpus_is_refused_with_its_line() {
    let knowledge = knowledge();
    let text = learn(&knowledge, &products(&knowledge)).to_text(&knowledge.tree);
    let read = |text: &str| CategoryCorpus::from_text(text, &knowledge.tree).map(|_| ());
    assert_eq!(
        read("something else"),
        Err(corpus::CorpusError::OtherVersion)
    );
    for cut in [60, text.len() / 3, text.len() - 3] {
        let is_broken = matches!(read(&text[..cut]), Err(corpus::CorpusError::Broken(_)));
        assert!(is_broken || cut > text.len() / 2, "cut at {cut}");
    }
    assert_eq!(read(&text.replace("\tx", "\t")), Ok(()));
    assert!(read(&format!("{text}broken line\n")).is_err());
}

#[test]
fn candidates_by_index_are_those_of_every_name() {
    let knowledge = knowledge();
    let queries = knowledge.queries(&named("fr", "tarte pommes"));
    assert_eq!(
        queries
            .iter()
            .map(|query| query.lang)
            .collect::<Vec<&str>>(),
        ["fr", "en"]
    );
    let found = knowledge.answer(&queries[0]);
    let ids: Vec<&str> = found
        .iter()
        .map(|name| knowledge.tree.id(name.category))
        .collect();
    assert_eq!(ids[0], "en:apple-pies");
    assert_eq!(ids.len(), 4, "{ids:?}");
}

#[test]
fn names_come_back_from_their_documents() {
    let knowledge = knowledge();
    let mut entries = knowledge.index_entries();
    for (lang, names) in knowledge.names.languages() {
        for name in &names.names {
            let entry = entries.next().unwrap();
            assert_eq!(entry.lang, lang);
            let found = knowledge.indexed_name(&entry.terms, &entry.payload);
            assert_eq!(found.as_ref(), Some(name));
        }
    }
    assert_eq!(entries.next(), None);
    for (terms, payload) in [
        ("miel", "en:gone\t0\tmain"),
        ("miel", "en:honeys\t1\tmain"),
        ("miel", "en:honeys"),
        ("miel", ""),
    ] {
        assert_eq!(knowledge.indexed_name(terms, payload), None, "{payload}");
    }
}
