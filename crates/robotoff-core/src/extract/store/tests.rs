//! Tables of texts and the stores that they name.

use std::sync::Arc;

use super::*;
use crate::lexicon::{Lexicon, LexiconShape};

const LINES: &str = "Monoprix\nMonoprix||monoprix gourmet\nMarks & Spencer\nAldi\nAldi||gold[aä]hren\n\
    El Corte Inglés\nSainsbury's\nG20||les delices de belle france\nDiagonal||les delices de belle france\n\
    Edeka\nEdeka||gut[- \\n]g[uü]nstig\nCasino\nPenny\nPenny||Penny Market\nE.Leclerc||e.leclerc\n";

/// Lines `tag[ looked at]`.
fn check(text: &str, expected: &[&str]) {
    let stores = Lexicon::parse("test", LINES, LexiconShape::NameKeyword).unwrap();
    let knowledge = Knowledge::default().with_lexicon(LexiconKind::Stores, Arc::new(stores));
    let found = StoreExtractor::new(&knowledge)
        .unwrap()
        .find(&OcrResult::from_text(text));
    let seen: Vec<String> = found
        .iter()
        .map(|p| {
            let looked_at = if p.automatic_processing == Some(false) {
                " looked at"
            } else {
                ""
            };
            format!("{}{looked_at}", p.value_tag.as_deref().unwrap())
        })
        .collect();
    assert_eq!(seen, expected, "{text:?}");
}

// D-STO-1.
#[test]
fn stores_are_found_by_each_of_their_lines() {
    check("Monoprix Gourmet\nMONOPRIX", &["monoprix", "monoprix"]);
    check("MARKS & SPENCER\nGoldähren", &["marks-spencer", "aldi"]);
    check(
        "Aldi\nPenny Market\nPenny",
        &["aldi", "penny looked at", "penny looked at"],
    );
    check(
        "Monoprix Gourmetx\nMonoprixx\nxAldi",
        &["monoprix looked at"],
    );
    check(
        "E.Leclerc\nE LECLERC\nE. Leclerc",
        &["e-leclerc", "e-leclerc"],
    );
}

// D-STO-6.
#[test]
fn a_store_is_automatic_alone_or_as_a_firm_or_behind_words_of_making() {
    for text in [
        "Aldi",
        "ALDI®\n250 g",
        "Bio - Aldi - 250 g",
        "Vertrieb: ALDI SÜD, Postfach 10",
        "Hergestellt in Deutschland für Aldi",
        "distribué par ALDI, 77230 Dammartin",
        "Lait Aldi Einkauf GmbH",
        "Aldi Sverige KB, Box 12",
    ] {
        check(text, &["aldi"]);
    }
    for text in [
        "aldi",
        "ALDI lait entier",
        "Aldi Sverige",
        "retrouvez-nous chez Aldi et ailleurs",
        "Grand jeu organisé par Aldi Einkauf GmbH, tirage au sort",
        "vendu par aldi",
        "Aldi Mehl 5 KG",
    ] {
        check(text, &["aldi looked at"]);
    }
}

// D-STO-6.
#[test]
fn words_in_lower_case_inside_a_line_are_no_store() {
    for text in [
        "mit aldi und lidl",
        "des penny en plus",
        "les monoprix du coin",
    ] {
        check(text, &[]);
    }
    check("ein Goldähren im Feld", &[]);
    check("Monsieur Aldi habite ici", &[]);
}

// D-STO-6.
#[test]
fn signs_and_accents_may_be_printed_otherwise() {
    check("MARKS&SPENCER", &["marks-spencer"]);
    check("Sainsbury’s\nSainsbury´s", &["sainsbury-s", "sainsbury-s"]);
    check("El corte ingles", &["el-corte-ingles"]);
}

#[test]
fn a_line_that_says_nothing_is_named() {
    let stores = Lexicon::parse("test", "Aldi||ald(i", LexiconShape::NameKeyword).unwrap();
    let knowledge = Knowledge::default().with_lexicon(LexiconKind::Stores, Arc::new(stores));
    let error = StoreExtractor::new(&knowledge).err().unwrap();
    assert!(error.to_string().contains("ald(i"), "{error}");
}

// D-STO-2.
#[test]
fn a_brand_of_several_chains_names_them_all() {
    check(
        "Les delices de belle france\nFlan",
        &["diagonal looked at", "g20 looked at"],
    );
}

// D-STO-3.
#[test]
fn a_name_that_is_a_word_is_looked_at() {
    check("Casino\nFlan", &["casino looked at"]);
    check("le casino de la plage, le Casino", &[]);
    check("distribué par CASINO", &["casino"]);
}

// D-STO-4.
#[test]
fn tags_are_those_of_the_server() {
    check("EL CORTE INGLÉS", &["el-corte-ingles"]);
}

// D-STO-5.
#[test]
fn an_ampersand_may_stand_between() {
    check(
        "GUT & GÜNSTIG\nGut&Günstig\nGut gunstig",
        &["edeka", "edeka", "edeka"],
    );
}
