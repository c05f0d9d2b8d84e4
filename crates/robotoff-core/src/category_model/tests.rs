//! The category model: what a small set of products teaches, and how it is stored.

use std::sync::{Arc, LazyLock};

use super::combined::combined;
use super::learning::{TrainingProduct, learn};
use super::model::{Learned, sure_answer};
use super::*;
use crate::search::category::CategoryMatch;
use crate::search::category::matcher::CategoryKnowledge;
use crate::taxonomy::{Keep, Taxonomy};

const TAXONOMY: &str = r#"{
    "en:pies": {"name": {"en": "Pies", "fr": "Tartes", "de": "Kuchen"}},
    "en:apple-pies": {"name": {"en": "Apple pies", "fr": "Tartes aux pommes", "de": "Apfelkuchen"}, "parents": ["en:pies"]},
    "en:pear-pies": {"name": {"en": "Pear pies", "fr": "Tartes aux poires"}, "parents": ["en:pies"]},
    "en:fruits": {"name": {"en": "Fruits", "fr": "Fruits", "de": "Obst"}},
    "en:apples": {"name": {"en": "Apples", "fr": "Pommes", "de": "Apfel"}, "parents": ["en:fruits"]},
    "en:honeys": {"name": {"en": "Honeys", "fr": "Miels", "de": "Honig"}}
}"#;

const PRODUCTS: [(&str, &str, &str); 14] = [
    ("en", "apple pie with cinnamon", "en:apple-pies"),
    ("en", "granny's apple pie", "en:apple-pies"),
    ("en", "family apple pie", "en:apple-pies"),
    ("fr", "tarte fine aux pommes", "en:apple-pies"),
    ("fr", "tarte aux poires", "en:pear-pies"),
    ("en", "pear pie", "en:pear-pies"),
    ("en", "red apples", "en:apples"),
    ("en", "royal gala apples", "en:apples"),
    ("en", "royal gala", "en:apples"),
    ("fr", "pommes golden", "en:apples"),
    ("en", "forest honey", "en:honeys"),
    ("en", "honey of the mountains", "en:honeys"),
    ("fr", "miel de lavande", "en:honeys"),
    ("fr", "miel toutes fleurs", "en:honeys"),
];

fn taxonomy() -> Taxonomy {
    Taxonomy::from_json(TAXONOMY.as_bytes(), Keep::Only(&[])).unwrap()
}

fn texts<'a>(lang: &'a str, product_name: &'a str) -> ProductTexts<'a> {
    ProductTexts {
        names: ProductNames {
            lang,
            product_name,
            ..ProductNames::default()
        },
        ..ProductTexts::default()
    }
}

fn learned(knowledge: &CategoryKnowledge) -> Learned {
    // Numbered, so that the products of a name are not all in one part.
    let names: Vec<(usize, String)> = (0..5)
        .flat_map(|copy| (0..PRODUCTS.len()).map(move |at| (copy, at)))
        .map(|(copy, at)| (at, format!("{} {copy}", PRODUCTS[at].1)))
        .collect();
    let products = names.iter().map(|(at, name)| {
        let (lang, _, category) = PRODUCTS[*at];
        TrainingProduct {
            texts: texts(lang, name),
            categories: knowledge.tree.number(category).into_iter().collect(),
        }
    });
    learn(
        knowledge,
        &taxonomy(),
        &products.collect::<Vec<_>>(),
        &|_, _| {},
    )
}

/// The file of the model, trained once for all tests.
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let knowledge = CategoryKnowledge::new(&taxonomy());
    learned(&knowledge).to_bytes(&knowledge.tree)
});

fn model() -> CategoryModel {
    let knowledge = Arc::new(CategoryKnowledge::new(&taxonomy()));
    let learned = Learned::from_bytes(&BYTES, &knowledge.tree).unwrap();
    CategoryModel::new(knowledge, learned)
}

#[test]
fn names_that_were_not_learned_are_categorised() {
    let model = model();
    for (lang, name, expected) in [
        ("fr", "Tarte aux pommes de Normandie 400 g", "en:apple-pies"),
        ("en", "Royal Gala class 1", "en:apples"),
        ("en", "Wild honey", "en:honeys"),
        ("fr", "MIEL D'ACACIA", "en:honeys"),
        // Of a language without products: by the names of the taxonomy.
        ("de", "Honig", "en:honeys"),
    ] {
        let found = model.predict(&texts(lang, name), 1);
        assert_eq!(found[0].value_tag, expected, "{name}");
        assert_eq!(found[0].predictor, "local");
        assert!((0.0..=1.0).contains(&found[0].confidence), "{found:?}");
    }
}

#[test]
fn texts_that_say_nothing_have_no_category() {
    let model = model();
    for name in ["", "   ", "()", "\u{0}", "qzkxw"] {
        assert_eq!(model.predict(&texts("en", name), 3), [], "{name:?}");
    }
    let long = "honey ".repeat(20_000);
    assert_eq!(
        model.predict(&texts("en", &long), 3)[0].value_tag,
        "en:honeys"
    );
}

#[test]
fn the_same_products_give_the_same_bytes_and_bytes_the_same_model() {
    let knowledge = CategoryKnowledge::new(&taxonomy());
    assert_eq!(learned(&knowledge).to_bytes(&knowledge.tree), *BYTES);
    let read = Learned::from_bytes(&BYTES, &knowledge.tree).unwrap();
    assert_eq!(read.to_bytes(&knowledge.tree), *BYTES);
}

#[test]
fn damaged_files_are_refused() {
    let knowledge = CategoryKnowledge::new(&taxonomy());
    let bytes = BYTES.clone();
    let read = |bytes: &[u8]| Learned::from_bytes(bytes, &knowledge.tree).map(|_| ());
    assert_eq!(read(b"something else"), Err(ModelFileError::OtherVersion));
    assert_eq!(read(b""), Err(ModelFileError::OtherVersion));
    for at in [30, bytes.len() / 3, bytes.len() / 2, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 4;
        assert_eq!(read(&damaged), Err(ModelFileError::Damaged), "byte {at}");
        assert_eq!(
            read(&bytes[..at]),
            Err(ModelFileError::Damaged),
            "cut at {at}"
        );
    }
}

#[test]
fn a_model_outlives_categories() {
    let newer = TAXONOMY.replace("en:honeys", "en:bee-honeys");
    let newer = Taxonomy::from_json(newer.as_bytes(), Keep::Only(&[])).unwrap();
    let knowledge = Arc::new(CategoryKnowledge::new(&newer));
    let learned = Learned::from_bytes(&BYTES, &knowledge.tree).unwrap();
    let model = CategoryModel::new(knowledge, learned);
    let found = model.predict(&texts("en", "forest honey"), 3);
    assert!(
        found.iter().all(|found| found.confidence < 0.5),
        "{found:?}"
    );
    let found = model.predict(&texts("en", "apple pie"), 1);
    assert_eq!(found[0].value_tag, "en:apple-pies");
}

fn found(value_tag: &str, confidence: f32, threshold: f32) -> CategoryMatch {
    CategoryMatch {
        value_tag: value_tag.to_owned(),
        confidence,
        threshold,
        predictor: PREDICTOR,
    }
}

#[test]
fn the_deepest_category_that_is_sure_enough_is_the_answer() {
    let knowledge = CategoryKnowledge::new(&taxonomy());
    let answer =
        |found: &[CategoryMatch]| sure_answer(&knowledge, found).map(|found| found.value_tag);
    let pies = |confidence| found("en:pies", confidence, 0.8);
    let apple_pies = |confidence, threshold| found("en:apple-pies", confidence, threshold);
    let cases = [
        (
            vec![apple_pies(0.9, 0.8), pies(0.95)],
            Some("en:apple-pies"),
        ),
        (vec![apple_pies(0.7, 0.8), pies(0.85)], Some("en:pies")),
        // Its own threshold is higher.
        (vec![apple_pies(0.9, 0.95), pies(0.85)], Some("en:pies")),
        (vec![apple_pies(0.7, 0.8), pies(0.75)], None),
        // Not above the first answer.
        (
            vec![apple_pies(0.5, 0.8), found("en:honeys", 0.9, 0.8)],
            None,
        ),
        (vec![], None),
    ];
    for (found, expected) in cases {
        assert_eq!(answer(&found).as_deref(), expected, "{found:?}");
    }
}

#[test]
fn a_narrower_category_that_is_nearly_as_sure_goes_first() {
    let knowledge = CategoryKnowledge::new(&taxonomy());
    let first = |narrow: f32, other: &str| {
        let pies = [found("en:pies", 0.8, 0.8), found(other, narrow, 0.8)];
        combined(&knowledge.tree, &pies, &[])[0].value_tag.clone()
    };
    assert_eq!(first(0.72, "en:apple-pies"), "en:apple-pies");
    assert_eq!(first(0.68, "en:apple-pies"), "en:pies");
    assert_eq!(first(0.79, "en:honeys"), "en:pies");
}

#[test]
fn two_predictors_that_agree_are_surer_than_one() {
    let matcher = |tag, confidence| CategoryMatch {
        predictor: "matcher",
        ..found(tag, confidence, 0.8)
    };
    let knowledge = CategoryKnowledge::new(&taxonomy());
    let together = combined(
        &knowledge.tree,
        &[matcher("en:pies", 0.8), matcher("en:honeys", 0.6)],
        &[found("en:honeys", 0.7, 0.9), found("en:apples", 0.2, 0.8)],
    );
    let shown = together.iter().map(|found| {
        let CategoryMatch {
            value_tag,
            confidence,
            threshold,
            predictor,
        } = found;
        format!("{value_tag} {confidence:.2} {threshold} {predictor}")
    });
    assert_eq!(
        shown.collect::<Vec<String>>(),
        [
            "en:honeys 0.65 0.9 local",
            "en:pies 0.40 0.8 matcher",
            "en:apples 0.10 0.8 local"
        ]
    );
}
