//! Traces as recorded, and each corrected defect.

use std::sync::{Arc, OnceLock};

use super::*;
use crate::lexicon::LexiconShape;

fn extractor() -> &'static TraceExtractor {
    static BUILT: OnceLock<TraceExtractor> = OnceLock::new();
    BUILT.get_or_init(|| {
        let lines = "en:mustard||moutarde\nen:mustard||senf\nen:celery||céleri\nen:nuts||nuts\n\
            en:lupin||lupin\nen:milk||lait\nen:milk||milch\nen:milk||leche\nen:gluten||gluten\n\
            en:fish||hal\nen:fish||vis\nen:eggs||olas\nen:celery||セロリ\nen:crustaceans||raki\n";
        let list = Lexicon::parse("test", lines, LexiconShape::KeyKeyword).unwrap();
        let kind = LexiconKind::TraceAllergens;
        TraceExtractor::new(&Knowledge::default().with_lexicon(kind, Arc::new(list))).unwrap()
    })
}

#[track_caller]
fn check(text: &str, expected: &[(&str, &str)]) {
    let found = extractor().find(&OcrResult::from_text(text));
    let said: Vec<(&str, &str)> = found
        .iter()
        .map(|p| {
            (
                p.value_tag.as_deref().unwrap(),
                p.data["prompt"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(said, expected, "{text:?}");
}

#[test]
fn traces_are_read_as_recorded() {
    let trigger = "Peut contenir des traces";
    check(
        "Peut contenir des traces de moutarde, lupin",
        &[("en:mustard", trigger), ("en:lupin", trigger)],
    );
    check("may contain nuts", &[("en:nuts", "may contain")]);
    check("traces de céleri", &[("en:celery", "traces de")]);
    check("traces d'gluten", &[("en:gluten", "traces d'")]);
    check(
        "Peut contenir senf, セロリ",
        &[
            ("en:mustard", "Peut contenir"),
            ("en:celery", "Peut contenir"),
        ],
    );
    check("detraces de lait", &[("en:milk", "traces de")]);
    check(
        "PEUT CONTENIR DES TRACES : セロリ\u{E48}",
        &[("en:celery", "PEUT CONTENIR DES TRACES")],
    );
    check("lait, moutarde", &[]);
    check(
        "possibilité de traces de lait",
        &[("en:milk", "possibilité de traces")],
    );
}

#[test]
fn d_tra_1_a_window_ends_with_the_sentence_or_at_the_next_trigger() {
    check(
        "peut contenir des traces de lait. Peut contenir du soja",
        &[
            ("en:milk", "peut contenir des traces"),
            ("en:soybeans", "Peut contenir"),
        ],
    );
    check(
        "peut contenir du lait. Servir avec de la moutarde",
        &[("en:milk", "peut contenir")],
    );
    check(
        "may contain nuts traces de lait",
        &[("en:nuts", "may contain"), ("en:milk", "traces de")],
    );
    check(&format!("peut contenir {} lait", "é ".repeat(50)), &[]);
    check(&format!("peut contenir {}lait", "x".repeat(98)), &[]);
}

#[test]
fn d_tra_2_words_of_other_languages_do_not_count_and_nuts_have_names() {
    check("Peut contenir des traces de vis, hal, raki, olas", &[]);
    check(
        "Kan sporen van vis bevatten",
        &[("en:fish", "Kan sporen van")],
    );
    check(
        "peut contenir des traces de noisettes, noix de coco",
        &[("en:nuts", "peut contenir des traces")],
    );
    check("may contain cashews", &[("en:nuts", "may contain")]);
    let trigger = "kann Spuren von";
    check(
        "kann Spuren von Haselnüssen und Milch enthalten",
        &[("en:nuts", trigger), ("en:milk", trigger)],
    );
    check(
        "Kann Milch und Senf enthalten",
        &[("en:milk", "Kann"), ("en:mustard", "Kann")],
    );
    check("Kann gekühlt werden. Milch enthalten", &[]);
    check(
        "Puede contener trazas de leche",
        &[("en:milk", "Puede contener trazas")],
    );
    check(
        "Può contenere tracce di latte",
        &[("en:milk", "Può contenere tracce")],
    );
    check("Kan melk bevatten", &[("en:milk", "Kan")]);
    check(
        "made in a factory that handles nuts",
        &[("en:nuts", "made in a factory that handles")],
    );
}

#[test]
fn d_tra_3_and_5_prompts_need_no_accents_and_allow_for_signs() {
    let atelier = "conditionne dans un atelier qui manipule";
    check(&format!("{atelier} du lait"), &[("en:milk", atelier)]);
    check(
        "Traces éventuelles : gluten",
        &[("en:gluten", "Traces éventuelles :")],
    );
    check(
        "peut  contenir\u{A0}du lait",
        &[("en:milk", "peut  contenir")],
    );
    check("traces d’arachide", &[("en:peanuts", "traces d’")]);
    check(
        "peut contenir du sésame, soya",
        &[
            ("en:sesame-seeds", "peut contenir"),
            ("en:soybeans", "peut contenir"),
        ],
    );
    check("may contain egg", &[("en:eggs", "may contain")]);
}

#[test]
fn d_tra_5_an_absent_allergen_is_no_trace() {
    for text in [
        "Sans traces de gluten",
        "ne contient pas de traces de lait",
        "Sin trazas de leche",
        "ohne Spuren von Milch",
        "senza tracce di latte",
        "does not contain traces of nuts",
        "Hausspuren von Milch",
    ] {
        check(text, &[]);
    }
    check(
        "peut contenir du lait, sans gluten",
        &[("en:milk", "peut contenir")],
    );
    check(
        "may contain nuts, gluten-free",
        &[("en:nuts", "may contain")],
    );
}

#[test]
fn evidence_is_the_allergen_and_its_trigger() {
    let found = extractor().find(&OcrResult::from_text("é Peut contenir du LAIT"));
    let evidence = &found[0].evidence;
    assert_eq!(
        (evidence[0].text.as_str(), evidence[0].span),
        ("LAIT", [19, 23])
    );
    assert_eq!(
        (evidence[1].text.as_str(), evidence[1].span),
        ("Peut contenir", [2, 15])
    );
    assert_eq!(evidence[0].lc.as_deref(), Some("fr"));
    assert_eq!(found[0].data.keys().collect::<Vec<_>>(), ["text", "prompt"]);
}

#[test]
fn d_tra_6_each_allergen_is_returned_once() {
    check(
        "Peut contenir du lait, de la moutarde. Traces de lait.",
        &[
            ("en:milk", "Peut contenir"),
            ("en:mustard", "Peut contenir"),
        ],
    );
}

#[test]
fn names_are_read_in_their_cases_in_fourteen_languages() {
    for (text, allergens) in [
        (
            "Kann Spuren von Walnüssen und Weichtieren enthalten",
            "en:nuts en:molluscs",
        ),
        (
            "Może zawierać śladowe ilości orzechów i jaj",
            "en:nuts en:eggs",
        ),
        ("Moze zawierac skorupiaki", "en:crustaceans"),
        (
            "Může obsahovat stopy arašídů a sóji",
            "en:peanuts en:soybeans",
        ),
        (
            "Pode conter vestígios de avelãs e tremoços",
            "en:nuts en:lupin",
        ),
        ("Kan innehålla spår av mjölk och nötter", "en:milk en:nuts"),
        ("Kan indeholde spor af mandler, hvede", "en:nuts en:gluten"),
        ("Poate conţine urme de ţelină, ouă", "en:celery en:eggs"),
        ("Saattaa sisältää pähkinää ja maitoa", "en:nuts en:milk"),
        ("Nyomokban tejet és tojást tartalmazhat.", "en:milk en:eggs"),
        (
            "Made on equipment shared with milk and peanuts",
            "en:milk en:peanuts",
        ),
        ("Risque de présence de lupin", "en:lupin"),
        ("Milk, soy may be present", "en:milk en:soybeans"),
        ("Neobsahuje stopy lepku", ""),
        ("Spuren: Erdnuss, Sellerie", "en:peanuts en:celery"),
        ("In dezelfde fabriek worden ook noten verwerkt", "en:nuts"),
        (
            "Auf der gleichen Anlage werden auch Produkte mit Fisch hergestellt",
            "en:fish",
        ),
        ("May contain fish bones", ""),
        ("Può contenere lische di pesce", ""),
        ("Absence de traces d'arachides garantie", ""),
        (
            "Cannot guarantee absence of traces of peanuts",
            "en:peanuts",
        ),
        ("Kan spises kold. Indeholder mælk", ""),
        ("Med kokosmælk. Kan indeholde kokosmælk", ""),
    ] {
        let found = extractor().find(&OcrResult::from_text(text));
        let tags: Vec<&str> = found
            .iter()
            .filter_map(|p| p.value_tag.as_deref())
            .collect();
        assert_eq!(tags.join(" "), allergens, "{text:?}");
    }
}
