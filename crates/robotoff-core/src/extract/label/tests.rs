//! Tables of texts and the tags that they give.

use std::sync::Arc;

use super::*;
use crate::knowledge::Knowledge;
use crate::lexicon::{Lexicon, LexiconShape};

const KEYWORDS: &str = "en:vegan||vegan\nen:no-gluten||sans gluten\nen:no-gluten||gluten-free\n";
const LOGOS: &str = "label rouge||fr:label-rouge\n";

fn extractor() -> LabelExtractor {
    let lexicon = |text| Arc::new(Lexicon::parse("test", text, LexiconShape::KeyKeyword).unwrap());
    let knowledge = Knowledge::default()
        .with_lexicon(LexiconKind::LabelKeywords, lexicon(KEYWORDS))
        .with_lexicon(LexiconKind::LabelLogos, lexicon(LOGOS));
    LabelExtractor::new(&knowledge).unwrap()
}

fn tags(text: &str) -> Vec<String> {
    let found = extractor().find(&OcrResult::from_text(text));
    found.into_iter().filter_map(|p| p.value_tag).collect()
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(tags(text), expected, "{text:?}");
}

#[test]
fn every_row_compiles() {
    for row in rows() {
        assert_eq!(row.pattern.hits("nothing").count(), 0);
    }
}

// D-LAB-1, 6, 11.
#[test]
fn control_body_codes_become_tags() {
    check("PT-BIO-10", &["en:pt-bio-10"]);
    for text in [
        "LU BIO 04",
        "LU.BIO.04",
        "LU-Bio-04",
        "LU\nBIO\n04",
        "LU\u{1C}BIO\u{1F}04",
    ] {
        check(text, &["en:lu-bio-04"]);
    }
    check("DE-OKO-064 DE-ÖKO-006", &["en:de-oko-064", "en:de-oko-006"]);
    check("DK-ØKO-100", &["en:dk-øko-100"]);
    check("ES-ECO-020-CV", &["en:es-eco-020-cv"]);
    check("ES ECO 026 VAS", &["en:es-eco-026-vas"]);
    for text in [
        "lu-bio-04",
        "XLU-BIO-04",
        "DE-ÖKO-64",
        "ES-ECO-020",
        "ES-ECO-020-",
    ] {
        check(text, &[]);
    }
    check("LU-BIO-0456 XX-BIO-123", &[]);
    check("BE-EKO-123 CH-ØKO-01 FR-EKO-01", &[]);
    check(
        "PL-EKO-01 TR-BIO-123 US-ORG-001",
        &["en:pl-eko-01", "en:tr-bio-123", "en:us-org-001"],
    );
}

// D-LAB-4.
#[test]
fn organic_forms_end_like_words() {
    check("ingrédients bio,", &["en:organic"]);
    check("INGREDIENTS BIOLOGIQUES", &["en:organic"]);
    check(
        "agriculture UE/non UE biologique",
        &["en:organic", "en:eu-non-eu-agriculture"],
    );
    check("Agriculture biologique", &["en:organic"]);
    check("ingrédients biodynamiques", &[]);
    check("certifié ab,", &["fr:ab-agriculture-biologique"]);
    check("certifié AB", &["fr:ab-agriculture-biologique"]);
    check("certifié absent", &[]);
}

// D-LAB-7.
#[test]
fn quality_marks_stand_alone() {
    for text in [
        "Homologation n° LA 07/99",
        "homologation LA 07/99",
        "Homologation n°LA07/99",
    ] {
        check(text, &["fr:label-rouge"]);
    }
    check("homologation la 07/991", &[]);
    check("(AOC)", &["fr:aoc"]);
    check("aoc", &["fr:aoc"]);
    check("AOCs", &[]);
    check(
        "NUTRI-SCORE Nutri-Score",
        &["en:nutriscore", "en:nutriscore"],
    );
}

// D-LAB-2, 3.
#[test]
fn origins_of_farming_are_distinguished() {
    check("Agriculture UE/non-UE", &["en:eu-non-eu-agriculture"]);
    check("Agriculture UE", &["en:eu-agriculture"]);
    check("Agriculture UE /", &[]);
    check("Agriculture UE .", &["en:eu-agriculture"]);
    check("non-EU agriculture", &["en:non-eu-agriculture"]);
    check("non EU agriculture", &["en:non-eu-agriculture"]);
    check("EU/non EU Agriculture", &["en:eu-non-eu-agriculture"]);
    check(
        "EU agriculture, non EU agriculture",
        &["en:eu-agriculture", "en:non-eu-agriculture"],
    );
    check("- eu agriculture", &["en:eu-agriculture"]);
    check("-eu agriculture", &[]);
    check("neu agriculture", &[]);
}

// D-LAB-5, 10.
#[test]
fn artificial_is_not_none_at_all() {
    check("sans conservateurs", &["en:no-preservatives"]);
    for text in [
        "SANS CONSERVATEURS ARTIFICIELS",
        "sans conservateur artificiel",
    ] {
        check(text, &["en:no-artificial-preservatives"]);
    }
    check("xsans conservateur", &[]);
    check("sin aromas artificiales", &["en:no-artificial-flavors"]);
    check("sans colorant artificiel", &["en:no-artificial-colors"]);
    check("sans colorants", &["en:no-colorings"]);
    check(
        "no artificial flavours, no flavours",
        &["en:no-flavors", "en:no-artificial-flavors"],
    );
    check("ni additifs", &["en:no-additives"]);
    check(
        "senza conservanti artificiali, senza conservanti",
        &["en:no-preservatives", "en:no-artificial-preservatives"],
    );
}

// D-LAB-13.
#[test]
fn control_bodies_are_read_in_every_spelling() {
    for text in [
        "FR–BIO–01",
        "FR - BIO - 01",
        "FR‑BIO‑01",
        "FR-BI0-01",
        "FR-BIO-O1",
    ] {
        check(text, &["en:fr-bio-01"]);
    }
    for text in ["DE-ÖKO-\n007", "DE-OEKO-007", "DE-Öko-007"] {
        check(text, &["en:de-oko-007"]);
    }
    check("RO-ECO-007 CZ-BIO-002", &["en:ro-eco-007", "en:cz-bio-002"]);
    check(
        "IT BIO 006 IT-BIO-002-BZ",
        &["en:it-bio-006", "en:it-bio-002-bz"],
    );
    for text in [
        "DE-ÖKO-999",
        "FR-BIO-001",
        "NL-EKO-01",
        "XX-BIO-123",
        "TR-BIO-12",
    ] {
        check(text, &[]);
    }
}

// D-LAB-13.
#[test]
fn origins_are_joined_by_any_sign_or_word() {
    for text in [
        "Agriculture UE - non UE",
        "AGRICULTURE UE & NON UE",
        "agriculture UE et non-UE",
        "Agriculture UE/\nnon UE",
        "Non-EU/EU Agriculture",
        "EU- und Nicht-EU-Landwirtschaft",
        "EU-/icke EU-jordbruk",
        "Agricultura UE y no UE",
        "agricoltura UE e non UE",
        "Rolnictwo UE / spoza UE",
        "Zemědělská produkce EU/mimo EU",
        "Agricultură UE/non-UE",
        "EU- en niet-EU-landbouw",
        "EU-/ikke-EU-jordbrug",
        "agricultura UE e não UE",
        "EU-/ei-EU-maatalous",
    ] {
        check(text, &["en:eu-non-eu-agriculture"]);
    }
    check("Zemědělská produkce mimo EU", &["en:non-eu-agriculture"]);
    check("Icke-EU-jordbruk", &["en:non-eu-agriculture"]);
    check("EU-mezőgazdaság", &["en:eu-agriculture"]);
    check("Agriculture France, UE", &[]);
}

// D-LAB-13.
#[test]
fn joined_claims_give_each() {
    for text in [
        "sans colorant ni conservateur",
        "no colours or preservatives",
        "ohne Farbstoffe und Konservierungsstoffe",
        "sin colorantes ni conservantes",
        "senza coloranti né conservanti",
        "zonder kleurstoffen of conserveermiddelen",
        "sem corantes nem conservantes",
        "bez barwników i konserwantów",
        "utan färgämnen eller konserveringsmedel",
        "uden farvestoffer eller konserveringsmidler",
        "bez barviv a konzervantů",
        "fără coloranți și conservanți",
        "free from colours and preservatives",
    ] {
        let mut tags = tags(text);
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags, ["en:no-colorings", "en:no-preservatives"], "{text:?}");
    }
    check(
        "no artificial flavours, colours or preservatives",
        &[
            "en:no-artificial-flavors",
            "en:no-artificial-colors",
            "en:no-artificial-preservatives",
        ],
    );
    check("sans gluten, arôme vanille", &["en:no-gluten"]);
    check(
        "sans conservateurs et arômes naturels",
        &["en:no-preservatives"],
    );
    check("gluten free flavours", &[]);
    check("contient colorant ou conservateur", &[]);
}

// D-LAB-13.
#[test]
fn claims_are_taken_back_by_the_words_around_them() {
    for text in [
        "n'est absolument pas vegan",
        "Ce n'est pas un produit vegan",
        "ni vegan ni sans gluten",
        "neither vegan nor gluten-free",
        "NOT SUITABLE\nFOR VEGAN DIETS",
        "non-vegan",
        "this product isn't vegan",
        "nicht für eine vegan lebende Familie",
        "Für vegan nicht geeignet",
        "weder vegan noch lecker",
        "no es vegan",
        "non è vegan",
        "nu este vegan",
        "produkt nie jest vegan",
        "není vegan",
        "inte är vegan",
        "varken vegan",
        "www.vegan-shop.de",
        "info@vegan.com",
        "vegan.fr",
        "#vegan",
        "De Vegan Slager",
        "Vegan & Co",
        "Vegan Rezepte",
    ] {
        check(text, &[]);
    }
    for text in [
        "nicht nur vegan",
        "Ne pas recongeler. Vegan",
        "do not refreeze\nVegan",
        "ne contient pas de lait, vegan",
        "Vegan. Laktosefrei",
    ] {
        check(text, &["en:vegan"]);
    }
    for text in [
        "en conversion vers l'agriculture biologique",
        "ne sont pas issus de l'agriculture biologique",
    ] {
        check(text, &[]);
    }
}

// D-LAB-8, 9; D-KW-1, 3.
#[test]
fn keywords_and_logos_are_looked_up() {
    check("100% Vegan !", &["en:vegan"]);
    check("SANS GLUTEN", &["en:no-gluten"]);
    check("gluten-free", &["en:no-gluten"]);
    check("sansgluten", &[]);
    check(
        "not vegan, pas vegan, kein vegan, ikke vegan, geen vegan",
        &[],
    );
    check("nicht nur vegan", &["en:vegan"]);
    let json = r#"{"responses":[{"logoAnnotations":[{"description":"label rouge","score":0.5},
        {"description":"Label Rouge","score":0.9},
        {"description":"label rouge","score":0.2}]}]}"#;
    let found = extractor().find(&OcrResult::from_json(json.as_bytes()).unwrap());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].value_tag.as_deref(), Some("fr:label-rouge"));
    assert_eq!(
        (found[0].confidence, found[0].automatic_processing),
        (Some(0.5), Some(false))
    );
}
