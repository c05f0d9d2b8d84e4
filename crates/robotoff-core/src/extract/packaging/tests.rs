//! Packaging in many languages, and texts that name none.

mod languages;

use super::*;

fn extractor() -> &'static PackagingExtractor {
    static BUILT: std::sync::OnceLock<PackagingExtractor> = std::sync::OnceLock::new();
    BUILT.get_or_init(|| PackagingExtractor::new().unwrap())
}

/// Each element as `lc shape`, `+ material` and `> recycling` where they are said,
/// in the words of the text.
fn elements(text: &str) -> Vec<String> {
    let found = extractor().find(&OcrResult::from_text(text));
    let value = |prediction: &Prediction, name: &str| {
        let value = &prediction.data["element"][name]["value"];
        value.as_str().unwrap_or_default().to_owned()
    };
    let line = |prediction: &Prediction| {
        let [shape, material, recycling] =
            ["shape", "material", "recycling"].map(|name| value(prediction, name));
        let mut line = format!("{} {shape}", prediction.data["lang"].as_str().unwrap());
        for (mark, value) in [(" + ", material), (" > ", recycling)] {
            if !value.is_empty() {
                line += &format!("{mark}{value}");
            }
        }
        line
    };
    found.iter().map(line).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(elements(text), expected, "{text:?}");
}

#[test]
fn french_packaging_is_read_as_recorded() {
    check("Flacon", &["fr flacon"]);
    check("Pot verre à jeter", &["fr pot + verre > jeter"]);
    check("POT EN  VERRE à\nrecycler", &["fr pot + verre > recycler"]);
    check("flacon en plastique pet", &["fr flacon + pet"]);
    check(
        "bocal en verre sombre et son couvercle en acier à recycler",
        &["fr bocal + verre sombre", "fr couvercle + acier > recycler"],
    );
    check(
        "pot verre à recycler / couvercle metal à recycler",
        &[
            "fr pot + verre > recycler",
            "fr couvercle + metal > recycler",
        ],
    );
    check("bocaux", &["fr bocaux"]);
    check("pot, verre", &["fr pot"]);
    check("pot.verre", &["fr pot"]);
    check("pot plastique, à recycler", &["fr pot + plastique"]);
    check("pot verre plastique metal", &["fr pot + plastique"]);
    check("emballage carton a pizza", &["fr carton a pizza"]);
    check(
        "emballage carton a jeter",
        &["fr emballage + carton > jeter"],
    );
    check(
        "coque en brique type tetra pak standard",
        &["fr coque + brique type tetra pak standard"],
    );
    check(
        "x pot a recycler dans le bac a verre",
        &["fr pot > recycler dans le bac a verre"],
    );
    check(
        "x bouchon de bouteille de vin",
        &["fr bouchon de bouteille de vin"],
    );
    check("emballage à jeter", &["fr emballage > jeter"]);
    check("pot 🙂 verre", &["fr pot + verre"]);
}

#[test]
fn what_is_no_packaging_gives_nothing() {
    for text in [
        "",
        "flaconnage, monpot",
        "verre",
        "à recycler",
        "emballage",
        "coque",
        "Ingrédients : farine de blé, sucre, sel, lait entier en poudre",
        "Ingredients: wheat flour, sugar. You can recycle.",
        "Zutaten: Weizenmehl, Zucker, Milch aus Glashaltung",
        "Ingredientes: harina de trigo, agua, sal de mar",
        "Ingredienti: farina di grano, acqua, sale",
        "Ingrediënten: tarwebloem, water, zout, glas water",
        "potж, жpot",
    ] {
        check(text, &[]);
    }
}

#[test]
fn d_pac_1_signs_and_articles_do_not_hide_a_shape() {
    check("(pot verre)", &["fr pot + verre"]);
    check("l'étui carton", &["fr etui + carton"]);
    check("L’ÉTUI CARTON", &["fr etui + carton"]);
    check("/pot -bouteille", &["fr pot", "fr bouteille"]);
    check("pot/couvercle verre", &["fr pot", "fr couvercle + verre"]);
    check("porte-bouteille, www.pot.fr", &[]);
}

#[test]
fn d_pac_2_and_11_names_are_taken_literally() {
    check("film 81 c/*", &["fr film + 81 c/*"]);
    check("pot 81 c* a recycler", &["fr pot + 81 c* > recycler"]);
    check("pot 81 c", &["fr pot"]);
    check("pot 81 g", &["fr pot"]);
    check("film 81 c verre", &["fr film"]);
    check("pot pet(e)", &["fr pot + pet(e)"]);
    check(
        "etui carton recycle 100% a jeter",
        &["fr etui + carton recycle 100% > jeter"],
    );
}

#[test]
fn d_pac_3_and_4_white_space_of_any_kind_parts_words() {
    check("bouteille\u{A0}plastique", &["fr bouteille + plastique"]);
    check(
        "bouteille\u{B}plastique\u{1C}à\u{3000}recycler",
        &["fr bouteille + plastique > recycler"],
    );
    check("bouchon de\nbouteille", &["fr bouchon de bouteille"]);
}

#[test]
fn d_pac_6_and_7_everyday_words_need_company() {
    for text in [
        "carte",
        "support",
        "lien",
        "fond",
        "coin",
        "vrac",
        "feuille",
        "plateau",
        "capsule",
        "roll",
        "paille",
        "couverts",
        "tablettes",
        "baguettes",
        "terrine",
        "moule",
        "noeud",
    ] {
        check(text, &[]);
    }
    check("paille en papier", &["fr paille + papier"]);
    check("terrine à recycler", &["fr terrine > recycler"]);
    check("couverts en bois", &["fr couverts + bois"]);
    check("sans emballage", &["fr sans emballage"]);
    check("vendu sans emballage plastique, sans film plastique", &[]);
}

#[test]
fn d_pac_8_materials_links_and_words_of_recycling() {
    check("bouteille pet plastique", &["fr bouteille + pet"]);
    check("film plastique pet", &["fr film + pet"]);
    check("boite de carton", &["fr boite + carton"]);
    check("sachet avec papier kraft", &["fr sachet + papier kraft"]);
    check("film d'aluminium à trier", &["fr film + aluminium > trier"]);
    check("pot verre recyclable", &["fr pot + verre > recyclable"]);
    check(
        "film plastique non recyclable",
        &["fr film + plastique > non recyclable"],
    );
    check(
        "bouteille en verre consignée",
        &["fr bouteille + verre > consignee"],
    );
    check("flacon réutilisable", &["fr flacon > reutilisable"]);
    check("2 pots en verre", &["fr pots + verre"]);
}

#[test]
fn d_pac_8_a_count_is_evidence_of_its_own() {
    for (text, counts) in [
        ("2 pots en verre, 4 x bouteilles PET", &["2", "4 x"][..]),
        ("2 glass jars", &["2"]),
        ("Zwei Glasflaschen", &["Zwei"]),
        ("6 × botellas de vidrio", &["6"]),
        ("tre bottiglie in vetro", &["tre"]),
        ("2 plastic flessen", &["2"]),
        ("pot en verre", &[]),
    ] {
        let found = extractor().find(&OcrResult::from_text(text));
        let evidence = found
            .iter()
            .filter_map(|prediction| prediction.evidence.get(1));
        let printed: Vec<&str> = evidence.map(|place| place.text.as_str()).collect();
        assert_eq!(printed, counts, "{text:?}");
    }
}

#[test]
fn d_pac_10_the_longest_shape_wins() {
    check("x bouchon de bouteille", &["fr bouchon de bouteille"]);
    check(
        "x bouchons de bouteilles en pp",
        &["fr bouchons de bouteilles + pp"],
    );
    check(
        "boite de conserve ou canette",
        &["fr boite de conserve ou canette"],
    );
    check("x bec verseur", &["fr bec verseur"]);
    check("muselet et plaque", &["fr muselet et plaque"]);
    check("x film tetra pack", &["fr film + tetra pack"]);
}

#[test]
fn d_pac_12_bins_are_no_trays() {
    check("à recycler dans le bac jaune", &[]);
    check(
        "pot verre a recycler dans le bac a jeter",
        &["fr pot + verre > recycler"],
    );
    check("et recycler dans le bac a verre", &[]);
    check("bac de tri plastique", &[]);
    check(
        "bac plastique à recycler",
        &["fr bac + plastique > recycler"],
    );
}

#[test]
fn d_pac_13_complements_and_colons_do_not_break_the_chain() {
    check("boîte d'œufs en carton", &["fr boite + carton"]);
    check(
        "pots de yaourt en verre à réutiliser",
        &["fr pots + verre > reutiliser"],
    );
    check("sachet de thé vert bio en papier", &["fr sachet + papier"]);
    check("pot : verre", &["fr pot + verre"]);
    check(
        "bouteille: PET à recycler",
        &["fr bouteille + pet > recycler"],
    );
    check(
        "boîte de six pots en verre",
        &["fr boite", "fr pots + verre"],
    );
    check("boîte de céréales riche en fer", &["fr boite"]);
    check("pot de lait, en verre", &["fr pot"]);
}

#[test]
fn a_place_is_read_in_one_language() {
    check("Film plastique", &["fr film + plastique"]);
    check(
        "Bouteille PET à recycler / PET bottle recycle / PET-Flasche Pfand",
        &[
            "fr bouteille + pet > recycler",
            "en bottle + pet > recycle",
            "de flasche + pet > pfand",
        ],
    );
}

#[test]
fn evidence_is_the_element_as_printed() {
    let found = extractor().find(&OcrResult::from_text("– POT en\n VERRE à Jeter, etc."));
    let evidence = &found[0].evidence[0];
    assert_eq!(evidence.text, "POT en\n VERRE à Jeter");
    assert_eq!(evidence.span, [2, 23]);
    assert_eq!(evidence.lc.as_deref(), Some("fr"));
    assert_eq!(
        found[0].value.as_deref(),
        Some("{'shape': 'en:pot', 'material': 'en:glass', 'recycling': 'en:discard'}")
    );
    assert_eq!(
        found[0].data.keys().collect::<Vec<_>>(),
        ["lang", "element"]
    );
}

#[test]
fn d_pac_14_joined_shapes_share_the_material_of_the_last() {
    check(
        "Pot et opercule à recycler",
        &["fr pot > recycler", "fr opercule > recycler"],
    );
    check(
        "Barquette et film plastique à recycler",
        &[
            "fr barquette + plastique > recycler",
            "fr film + plastique > recycler",
        ],
    );
    check(
        "Bouteille verre + capsule métal : à recycler",
        &[
            "fr bouteille + verre > recycler",
            "fr capsule + metal > recycler",
        ],
    );
    check(
        "Folie, Schale: Restmüll",
        &["de folie > restmull", "de schale > restmull"],
    );
    check(
        "Butelka i nakrętka: pojemnik żółty",
        &[
            "pl butelka > pojemnik zolty",
            "pl nakretka > pojemnik zolty",
        ],
    );
}

#[test]
fn an_adjective_may_stand_between() {
    check("Film intérieur à jeter", &["fr film > jeter"]);
    check(
        "Envase exterior de cartón reciclado",
        &["es envase + carton reciclado"],
    );
}

#[test]
fn no_packaging_is_read_from_recipes_or_what_is_not_there() {
    for text in [
        "Piquez à la fourchette",
        "Écrasez avec une fourchette",
        "stir with a wooden spoon",
        "Mezclar con una cuchara de madera",
        "Sans étui carton ni film plastique",
        "Servir dans des verrines",
        "3 cuillères d'huile, 1 pot de crème",
        "Recette : 2 sachets de levure",
        "Ohne Plastikfolie",
    ] {
        check(text, &[]);
    }
}
