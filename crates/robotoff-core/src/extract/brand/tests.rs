//! Tables of texts and the brands that they name.

use std::sync::Arc;

use super::*;
use crate::lexicon::{Lexicon, LexiconShape};

const CURATED: &str = "coca-cola||Coca-Cola||cocacola\nsacla||Sacla||sacla italia\n\
    maison-meneau||Maison Meneau||Meneau\n";
const TAXONOMY: &str = "moulin-vert||Moulin Vert\nnatura||Natura\n42||42\nsacla-italia||Sacla Italia\n\
    ice-tea||Ice Tea\npremier||Premier\nsacla||Sacla\n";

/// Lines `name|tag|predictor[|automatic]`.
fn check(ocr: &OcrResult, expected: &[&str]) {
    let list = |text, shape| Arc::new(Lexicon::parse("test", text, shape).unwrap());
    let pairs = |text| list(text, LexiconShape::KeyKeyword);
    let knowledge = Knowledge::default()
        .with_lexicon(LexiconKind::Brands, pairs(CURATED))
        .with_lexicon(LexiconKind::BrandsOfTaxonomy, pairs(TAXONOMY))
        .with_lexicon(
            LexiconKind::BrandExclusions,
            list("natura\nice tea\n", LexiconShape::Keyword),
        )
        .with_lexicon(
            LexiconKind::BrandLogos,
            pairs("Prés & Bois||Prés & Bois\nruinart||Ruinard\n"),
        );
    let found = BrandExtractor::new(&knowledge).unwrap().find(ocr);
    let seen: Vec<String> = found
        .iter()
        .map(|p| {
            let words = [
                p.value.as_deref(),
                p.value_tag.as_deref(),
                p.predictor.as_deref(),
                p.automatic_processing
                    .filter(|automatic| *automatic)
                    .map(|_| "automatic"),
            ];
            words.into_iter().flatten().collect::<Vec<_>>().join("|")
        })
        .collect();
    assert_eq!(seen, expected);
}

// D-BRA-1, 8.
#[test]
fn brands_are_found_by_name_unless_excluded() {
    let text = OcrResult::from_text(
        "boisson cocacola zero\nMOULIN VERT\nNatura 80 g\n42\nIce Tea\nPremier Cru",
    );
    check(
        &text,
        &[
            "Coca-Cola|coca-cola|curated-list",
            "Moulin Vert|moulin-vert|taxonomy",
        ],
    );
    check(&OcrResult::from_text(""), &[]);
}

// D-BRA-7.
#[test]
fn the_curated_list_wins_on_the_same_words() {
    let text = OcrResult::from_text("Sacla Italia\nSacla");
    check(
        &text,
        &["Sacla|sacla|curated-list|automatic", "Sacla|sacla|taxonomy"],
    );
}

// D-BRA-2.
#[test]
fn a_family_name_is_looked_at() {
    check(
        &OcrResult::from_text("M. Meneau"),
        &["Maison Meneau|maison-meneau|curated-list"],
    );
}

// D-BRA-8.
#[test]
fn a_brand_is_returned_once_with_all_its_places() {
    let text = OcrResult::from_text("Moulin Vert\nmoulin vert");
    check(&text, &["Moulin Vert|moulin-vert|taxonomy"]);
}

// D-BRA-4.
#[test]
fn brands_are_found_by_sure_logos() {
    let json = r#"{"responses":[{"logoAnnotations":[{"description":"Prés & Bois","score":0.4},
        {"description":"prés & bois","score":0.9},{"description":"ruinart","score":0.9},
        {"description":"Prés & Bois","score":0.2}]}]}"#;
    let ocr = OcrResult::from_json(json.as_bytes()).unwrap();
    check(
        &ocr,
        &[
            "Prés & Bois|pres-bois|google-cloud-vision",
            "Ruinart|ruinart|google-cloud-vision",
        ],
    );
}

const EVIDENT: [&str; 13] = [
    "MOULIN VERT",
    "moulin vert",
    "Moulin Vert®, nos idées de recettes pour toute la famille",
    "Moulin Vert 250 g",
    "Moulin Vert Emmental râpé",
    "MOULIN VERT yaourt nature",
    "yaourt nature MOULIN VERT",
    "Moulin Vert S.A., 75001 Paris",
    "Marque Moulin Vert",
    "Beurre doux, Moulin Vert, 250 g",
    "beurre nature Moulin Vert",
    "distribué par Moulin Vert, Paris",
    "Beurre - Moulin Vert - doux",
];

// D-BRA-9.
#[test]
fn a_brand_of_the_taxonomy_stands_for_itself() {
    for text in EVIDENT {
        check(
            &OcrResult::from_text(text),
            &["Moulin Vert|moulin-vert|taxonomy"],
        );
    }
    check(
        &OcrResult::from_text("nos recettes sur www.sacla.fr"),
        &["Sacla|sacla|taxonomy"],
    );
    for text in [
        "la roue du moulin vert tourne au fil de l'eau",
        "Le Moulin Vert se visite toute l'année, sauf le lundi, avec un guide passionné.",
        "moulin vert 2027",
        "Moulin Vert AOP",
        "Moulin Vert, un lieu où il fait bon vivre.",
    ] {
        check(&OcrResult::from_text(text), &[]);
    }
}

// D-BRA-9.
#[test]
fn accents_and_signs_may_be_printed_otherwise() {
    for text in ["Moulín Vert", "MOULIN VERT", "Mòulin Vert Emmental"] {
        check(
            &OcrResult::from_text(text),
            &["Moulin Vert|moulin-vert|taxonomy"],
        );
    }
    check(
        &OcrResult::from_text("Cocacola\nun cocacola bien frais"),
        &["Coca-Cola|coca-cola|curated-list|automatic"],
    );
}
