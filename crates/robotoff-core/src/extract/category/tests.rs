//! Tables of designations and of what is none.

use super::*;
use crate::taxonomy::Keep;

const CATEGORIES: &str = r#"{"fr:cotes-du-rhone":{"name":{"fr":"Côtes du Rhône"}},"en:bordeaux":{},"en:pork":{},
    "it:barolo":{"name":{"it":"Barolo"},"protected_name_type":{"en":"pdo"}},
    "en:blue-stilton-cheese":{"name":{"en":"Blue Stilton cheese"},"protected_name_type":{"en":"pdo"}},
    "en:gorgonzolas":{"name":{"it":"Gorgonzola"},"protected_name_type":{"en":"pdo"}},
    "da:danablu":{"name":{"da":"Danablu"},"protected_name_type":{"en":"pgi"}},
    "es:rioja":{"name":{"es":"Rioja"},"protected_name_type":{"en":"pdo"}},"fr:fleurie":{},"fr:morgon":{},"es:queso-zamorano":{},"en:feta":{},
    "en:olive-oils-from-baena":{"name":{"es":"Aceite de Baena"},"protected_name_type":{"en":"pdo"}},
    "en:milks":{"name":{"en":"Milks","fr":"Laits"}},
    "en:beaufort":{"name":{"fr":"Beaufort"},"protected_name_type":{"en":"pdo"}},
    "fr:bourgogne":{"name":{"fr":"Bourgogne"},"protected_name_type":{"en":"pdo"}},
    "en:kasseri":{"name":{"el":"Κασέρι","en":"Kasseri"},"protected_name_type":{"en":"pdo"}},
    "it:parmigiano-reggiano":{"name":{"it":"Parmigiano Reggiano"},"synonyms":{"en":["Parmesan"]},
        "protected_name_type":{"en":"pdo"}},
    "de:nurnberger-rostbratwurst":{"name":{"de":"Nürnberger Rostbratwurst"},"protected_name_type":{"en":"pgi"}}}"#;

/// Lines `tag: text`.
fn check(text: &str, expected: &[&str]) {
    let categories = Taxonomy::from_json(CATEGORIES.as_bytes(), Keep::All).unwrap();
    let knowledge =
        Knowledge::default().with_taxonomy(TaxonomyKind::Categories, Arc::new(categories));
    let found = CategoryExtractor::new(&knowledge)
        .unwrap()
        .find(&OcrResult::from_text(text));
    let seen: Vec<String> = found
        .iter()
        .map(|p| {
            format!(
                "{}: {}",
                p.value_tag.as_deref().unwrap(),
                p.data["text"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(seen, expected, "{text:?}");
}

#[test]
fn an_oil_is_named_by_its_place_alone() {
    for text in ["D.O.P. Baena", "Aceite de Baena D.O.P."] {
        check(text, &[&format!("en:olive-oils-from-baena: {text}")]);
    }
    check("Baena, Córdoba. IGP Cabra", &[]);
}

#[test]
fn designations_stand_before_or_after_the_name() {
    check(
        "Appellation Fleurie Contrôlée",
        &["fr:fleurie: Appellation Fleurie Contrôlée"],
    );
    check(
        "appellation   Fleurie\n controlee",
        &["fr:fleurie: appellation   Fleurie\n controlee"],
    );
    check(
        "Morgon appellation d'origine protégée",
        &["fr:morgon: Morgon appellation d'origine protégée"],
    );
    check("PDO Feta", &["en:feta: PDO Feta"]);
    check("Feta    pdo", &["en:feta: Feta    pdo"]);
    check(
        "Vin rouge - Appellation Fleurie Contrôlée - 75 cl",
        &["fr:fleurie: Appellation Fleurie Contrôlée"],
    );
}

// D-CAT-1, 5.
#[test]
fn names_are_found_in_running_text() {
    check("Délicieuse Feta PDO 200 g", &["en:feta: Feta PDO"]);
    check(
        "Feta PDO et Kasseri PDO.",
        &["en:feta: Feta PDO", "en:kasseri: Kasseri PDO"],
    );
    check("Ingrédients : lait. Fleurie (AOP), 75 cl", &[]);
    check("au beaufort (AOP), lait", &["en:beaufort: beaufort (AOP"]);
    check("Feta PDO, Feta PDO", &["en:feta: Feta PDO"]);
    check(
        "Parmesan PDO râpé",
        &["it:parmigiano-reggiano: Parmesan PDO"],
    );
    check("Laits AOP, milk. PDO; Feta.\nDOP", &[]);
}

// D-CAT-2.
#[test]
fn abbreviations_are_words() {
    for text in ["laDOPte feta", "fetaDOP", "popdop feta", "dopo feta"] {
        check(text, &[]);
    }
}

// D-CAT-5.
#[test]
fn the_name_may_follow_the_words() {
    check(
        "Appellation d'Origine Protégée Beaufort",
        &["en:beaufort: Appellation d'Origine Protégée Beaufort"],
    );
    check(
        "appellation d'origine bourgogne controlee",
        &["fr:bourgogne: appellation d'origine bourgogne controlee"],
    );
}

// D-CAT-3, 4.
#[test]
fn designations_are_read_in_more_languages() {
    check(
        "DENOMINACIÓN DE ORIGEN PROTEGIDA QUESO Zamorano",
        &["es:queso-zamorano: DENOMINACIÓN DE ORIGEN PROTEGIDA QUESO Zamorano"],
    );
    check(
        "Parmigiano Reggiano denominazione di origine protetta",
        &["it:parmigiano-reggiano: Parmigiano Reggiano denominazione di origine protetta"],
    );
    check(
        "Nürnberger Rostbratwurst g.g.A.",
        &["de:nurnberger-rostbratwurst: Nürnberger Rostbratwurst g.g.A."],
    );
    check(
        "NURNBERGER ROSTBRATWURST geschützte geografische Angabe",
        &["de:nurnberger-rostbratwurst: NURNBERGER ROSTBRATWURST geschützte geografische Angabe"],
    );
    check(
        "Kasseri protected designation of origin",
        &["en:kasseri: Kasseri protected designation of origin"],
    );
}

// D-CAT-6.
#[test]
fn designations_of_every_member_state_are_read() {
    for (text, found) in [
        ("Barolo D.O.C.G.", "it:barolo: Barolo D.O.C.G."),
        ("BAROLO DOCG riserva", "it:barolo: BAROLO DOCG"),
        ("Rioja D.O.Ca.\ncrianza", "es:rioja: Rioja D.O.Ca."),
        (
            "Denominación de Origen Rioja",
            "es:rioja: Denominación de Origen Rioja",
        ),
        (
            "Côtes du Rhône AOC",
            "fr:cotes-du-rhone: Côtes du Rhône AOC",
        ),
        (
            "Appellation Bordeaux Contrôlée",
            "en:bordeaux: Appellation Bordeaux Contrôlée",
        ),
        ("Danablu BGB 50+", "da:danablu: Danablu BGB"),
        ("Feta BOB", "en:feta: Feta BOB"),
        ("Feta ChNP", "en:feta: Feta ChNP"),
        ("Feta CHOP", "en:feta: Feta CHOP"),
        ("Feta SUB", "en:feta: Feta SUB"),
        (
            "Feta med skyddad ursprungsbeteckning",
            "en:feta: Feta med skyddad ursprungsbeteckning",
        ),
        (
            "Gorgonzola dolce\nbeskyttet oprindelsesbetegnelse",
            "en:gorgonzolas: Gorgonzola dolce\nbeskyttet oprindelsesbetegnelse",
        ),
        (
            "Feta\nChroniona Nazwa Pochodzenia",
            "en:feta: Feta\nChroniona Nazwa Pochodzenia",
        ),
    ] {
        check(text, &[found]);
    }
    for text in [
        "Pork chop",
        "pork sub",
        "N.º doc 443, Barolo",
        "Veggie Sub",
        "Barolo do Norte",
    ] {
        check(text, &[]);
    }
}

// D-CAT-6.
#[test]
fn a_name_may_lack_its_generic_word() {
    check(
        "Blue Stilton PDO",
        &["en:blue-stilton-cheese: Blue Stilton PDO"],
    );
    check("Cheese PDO", &[]);
}
