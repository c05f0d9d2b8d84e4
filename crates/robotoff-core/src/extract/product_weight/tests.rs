//! Tables of weights and of what is none.

use super::*;

/// Lines `value matcher[ automatic][ (trigger)][ lang]`.
fn check(text: &str, expected: &[&str]) {
    let found = ProductWeightExtractor.find(&OcrResult::from_text(text));
    let seen: Vec<String> = found
        .iter()
        .map(|p| {
            let matcher = p.data["matcher_type"].as_str().unwrap();
            let automatic = if p.automatic_processing == Some(true) {
                " automatic"
            } else {
                ""
            };
            let trigger = p.data.get("prompt").and_then(Value::as_str);
            let trigger = trigger
                .map(|trigger| format!(" ({trigger})"))
                .unwrap_or_default();
            let lang = p.evidence[0]
                .lc
                .as_ref()
                .map(|lc| format!(" {lc}"))
                .unwrap_or_default();
            format!(
                "{} {matcher}{automatic}{trigger}{lang}",
                p.value.as_deref().unwrap()
            )
        })
        .collect();
    assert_eq!(seen, expected, "{text:?}");
}

/// Texts that say no weight.
fn check_none(texts: &[&str]) {
    for text in texts {
        check(text, &[]);
    }
}

// D-WEI-9: the fluid ounce.
#[test]
fn weights_are_found_by_their_trigger() {
    check(
        "Poids net : 320 g",
        &["320 g with_mention automatic (Poids net) fr"],
    );
    check(
        "PESO NETO 750ML",
        &["750 ml with_mention automatic (PESO NETO) es"],
    );
    check(
        "net wt. 12 fl oz",
        &["12 fl oz with_mention automatic (net wt.) en"],
    );
    let found = ProductWeightExtractor.find(&OcrResult::from_text("Net 12 fl oz net"));
    let amount = found[0].data["normalized_value"].as_f64().unwrap();
    assert!((amount - 354.882).abs() < 0.001, "D-WEI-9: {amount} ml");
    check("180g net", &["180 g with_ending_mention automatic (net)"]);
    check_none(&["poids 3kgv", "xpoids 3kg", "une portion de 45 g de pain"]);
}

// D-WEI-5.
#[test]
fn net_weight_has_phrases_in_many_languages() {
    for (text, lang) in [
        ("poids net total : 320 g", "fr"),
        ("Contenu net 320 g", "fr"),
        ("Net contents: 320 g", "en"),
        ("Nettofüllmenge: 320 g", "de"),
        ("Füllmenge 320 g", "de"),
        ("Inhalt: 320 g", "de"),
        ("Contenido neto 320 g", "es"),
        ("Peso netto 320 g", "it"),
        ("Contenuto netto: 320 g", "it"),
        ("Netto inhoud 320 g", "nl"),
        ("Inhoud: 320 g", "nl"),
        ("Peso líquido: 320 g", "pt"),
        ("Masa netto 320 g", "pl"),
        ("Nettogewicht 320 g", ""),
        ("Netto 320 g", ""),
        ("Nettovikt 320 g", "sv"),
    ] {
        let found = ProductWeightExtractor.find(&OcrResult::from_text(text));
        let values: Vec<&str> = found.iter().filter_map(|p| p.value.as_deref()).collect();
        assert_eq!(values, ["320 g"], "{text}");
        assert_eq!(
            found[0].evidence[0].lc.as_deref().unwrap_or_default(),
            lang,
            "{text}"
        );
        assert_eq!(found[0].automatic_processing, Some(true), "{text}");
    }
    check_none(&[
        "Der Inhalt von 320 Dosen",
        "wininhoud 320 g x",
        "neto 320",
        "il peso ideale 320 g di",
        "Nettopreis 320 g.",
    ]);
}

// D-WEI-10.
#[test]
fn the_drained_weight_is_separate() {
    check(
        "poids net égoutté : 265 g",
        &["265 g with_mention (poids net égoutté) fr"],
    );
    check(
        "Peso neto escurrido 265 g",
        &["265 g with_mention (Peso neto escurrido) es"],
    );
    check(
        "Abtropfgewicht: 265 g",
        &["265 g with_mention (Abtropfgewicht) de"],
    );
    let both = OcrResult::from_text("Peso neto 400 g Peso escurrido 240 g");
    let found = ProductWeightExtractor.find(&both);
    let priorities: Vec<i64> = found
        .iter()
        .filter_map(|p| p.data["priority"].as_i64())
        .collect();
    assert_eq!(priorities, [1, 2]);
}

// D-WEI-7.
#[test]
fn a_weight_without_net_is_looked_at() {
    check("poids 250 g", &["250 g with_mention (poids) fr"]);
    check("poids 9 g", &[]);
}

// D-WEI-6, 12.
#[test]
fn packs_are_counted() {
    check("6 x 33 cl", &["6 x 33 cl multi_packaging automatic"]);
    check("24 x 33 cl", &["24 x 33 cl multi_packaging automatic"]);
    check("4×125 g", &["4 x 125 g multi_packaging automatic"]);
    check("10 * 20 ml", &["10 x 20 ml multi_packaging automatic"]);
    check("2 x 2 x 50 g", &["4 x 50 g multi_packaging automatic"]);
    check("6 x 1,5 L", &["6 x 1.5 l multi_packaging automatic"]);
    check("3 x 80ge", &["3 x 80 g multi_packaging automatic"]);
    check("4x125ge", &["4 x 125 g multi_packaging automatic"]);
    check("٣ x 80 g", &["3 x 80 g multi_packaging automatic"]);
    check_none(&[
        "0 x 50 g",
        "30 x 40kg",
        "٣٠٠ x 80 g",
        "144 x 5000 g",
        "1920 x 1080 l",
    ]);
}

// D-WEI-5, 10.
#[test]
fn the_estimated_sign_is_adjacent_or_apart() {
    check("450ge", &["450 g no_mention"]);
    check("450 g e", &["450 g no_mention"]);
    check("450 g ℮ Fabriqué", &["450 g no_mention"]);
    check("450 g e FABRIQUÉ", &["450 g no_mention"]);
    check_none(&["aggiungere 450 g e mescolare", "400123456789\nge carton"]);
    check(
        "poids net : 320ge",
        &["320 g with_mention automatic (poids net) fr"],
    );
}

// D-WEI-5.
#[test]
fn a_weight_on_a_line_of_its_own_is_one() {
    check("Confiture\n450 g\nfraise", &["450 g alone"]);
    check("75 cl", &["75 cl alone"]);
    check_none(&[
        "100 g",
        "Protein\n12 g\nFat\n30 g",
        "Energy\n379 kJ / 90 kcal; Fat\n< 65.1 g of which saturates\n5 g; Salt\n22.4 g",
        "mélanger 450 g de farine",
        "5 g",
        "lot\n12 kgs",
    ]);
}

// D-WEI-1, 2, 4, 12, 13.
#[test]
fn decimals_and_thousands_are_distinguished() {
    for (text, value) in [
        ("poids net 1,5 kg", "1.5 kg"),
        ("poids net 0.75 l", "0.75 l"),
        ("net wt 12.5 oz", "12.5 oz"),
        ("poids net 1.500 g", "1500 g"),
        ("poids net 1.000 g", "1000 g"),
        ("poids net 1 500 g", "1500 g"),
        ("poids net 1.000 kg", "1 kg"),
        ("poids net 150,0 g", "150 g"),
        ("poids net 525, g", "525 g"),
        ("poids net 500 grammes", "500 g"),
        ("poids net 500 gr", "500 g"),
        ("Net wt 2 lb", "2 lbs"),
        ("volume net 2 litres", "2 l"),
    ] {
        let found = ProductWeightExtractor.find(&OcrResult::from_text(text));
        let values: Vec<&str> = found.iter().filter_map(|p| p.value.as_deref()).collect();
        assert_eq!(values, [value], "{text}");
    }
    check_none(&["poids net 0250 g", "poids net 0 g"]);
}

// D-WEI-3.
#[test]
fn no_weight_is_cut_out_of_a_number() {
    check_none(&["x250g net", "12.x250g net", "1234,567,250 g net."]);
    check(
        "lot A250 250 g net",
        &["250 g with_ending_mention automatic (net)"],
    );
    check(
        "1 500 g net",
        &["1500 g with_ending_mention automatic (net)"],
    );
}

// D-WEI-8.
#[test]
fn spices_and_sacks_have_weights_too() {
    check(
        "poids net 9 g",
        &["9 g with_mention automatic (poids net) fr"],
    );
    check(
        "poids net 0,5 g",
        &["0.5 g with_mention automatic (poids net) fr"],
    );
    check(
        "net weight 25 kg",
        &["25 kg with_mention automatic (net weight) en"],
    );
    check_none(&[
        "net weight 33 mg",
        "poids net 250 kg",
        "poids net 50 hl",
        "9ge",
    ]);
}

// D-WEI-13.
#[test]
fn odd_amounts_are_looked_at_unless_imperial() {
    check("poids net 1234 g", &["1234 g with_mention (poids net) fr"]);
    check(
        "poids net 1230 g",
        &["1230 g with_mention automatic (poids net) fr"],
    );
    check(
        "net wt 48 oz",
        &["48 oz with_mention automatic (net wt) en"],
    );
}

#[test]
fn amounts_are_read_as_labels_print_them() {
    for (text, expected) in [
        (
            "Poids net 1kg500",
            "1.5 kg with_mention automatic (Poids net) fr",
        ),
        (
            "Contenance 1L5",
            "1.5 l with_mention automatic (Contenance) fr",
        ),
        (
            "NET WT 1 LB 2 OZ (510 g)",
            "510 g with_mention automatic (NET WT) en",
        ),
        (
            "Net Wt 1 lb 2 oz",
            "18 oz with_mention automatic (Net Wt) en",
        ),
        ("10+2 x 50 cl", "12 x 50 cl multi_packaging"),
        (
            "Poids net 300 g + 100 g offerts = 400 g",
            "400 g with_mention automatic (Poids net) fr",
        ),
        ("300 g + 100 g offerts", "400 g no_mention"),
        ("℮ 250 g", "250 g no_mention"),
        ("e 500G\nMEEL", "500 g no_mention"),
        ("e75cl\n12,5% vol", "75 cl no_mention"),
        (".33 l ℮", "0.33 l no_mention"),
        (
            "PESO NETTO g 500",
            "500 g with_mention automatic (PESO NETTO) it",
        ),
        (
            "GR 400 peso netto",
            "400 g with_ending_mention automatic (peso netto) it",
        ),
        (
            "Contenance : 1/2 L",
            "0.5 l with_mention automatic (Contenance) fr",
        ),
        ("12 oz (340 g)", "340 g no_mention"),
        ("1 QT (946 ml)", "946 ml no_mention"),
        ("13 % vol. 75 cl", "75 cl no_mention"),
        ("6 pots de 125 g (750 g)", "6 x 125 g multi_packaging"),
        (
            "Drained weight 165 g",
            "165 g with_mention (Drained weight) en",
        ),
        (
            "Čistá hmotnost: 250 g",
            "250 g with_mention automatic (Čistá hmotnost) cs",
        ),
        (
            "Масса нетто 200 г",
            "200 g with_mention automatic (Масса нетто) ru",
        ),
    ] {
        check(text, &[expected]);
    }
}

#[test]
fn shares_imperial_units_and_single_pieces_are_distinguished() {
    for (text, expected) in [
        (
            "Poids net 1 kg + 20% gratuit soit 1,2 kg",
            "1.2 kg with_mention automatic (Poids net) fr",
        ),
        (
            "Poids net 1 kg + 20 % gratuit",
            "1 kg with_mention (Poids net) fr",
        ),
        (
            "Poids net : 125 g par pot",
            "125 g with_mention (Poids net) fr",
        ),
        ("1 PINT (568ml)", "568 ml no_mention"),
        (
            "Net contents 2 PINTS (1.14 L)",
            "1.14 l with_mention automatic (Net contents) en",
        ),
        (
            "Net contents 2 PINTS",
            "946 ml with_mention (Net contents) en",
        ),
        ("HALF GALLON (1.89 L)", "1.89 l no_mention"),
        ("Ruisleipä 6 kpl / 330 g", "330 g no_mention"),
        ("450 g / 9 stk.", "450 g no_mention"),
        ("cl 75 ℮ 13% vol", "75 cl no_mention"),
    ] {
        check(text, &[expected]);
    }
}

#[test]
fn amounts_of_something_else_are_dropped() {
    check_none(&[
        "Prendre 2 x 5 g par jour",
        "Mélanger 2 x 100 g de farine",
        "2 x 30 g de protéines",
        "12 g net carbs",
        "pour 100 g net",
        "peso da 700 g a 900 g",
        "1,2 - 1,8 kg",
        "Brutto: 310 g",
        "3 € / 100 g ℮",
        "bébés de 5 kg à 9 kg",
        "pour 1 yaourt de 125 g",
        "Portion :\n30 g",
        "max 15 kg min 40 g e=5 g",
        "poids net : 99999 kg",
        "Net weight 0.0001 g",
    ]);
    check(&"250 g ".repeat(50_000), &[]);
}

#[test]
fn contents_that_contradict_each_other_are_for_people() {
    check(
        "Poids net : 500 g\nPoids net : 450 g",
        &[
            "500 g with_mention (Poids net) fr",
            "450 g with_mention (Poids net) fr",
        ],
    );
    check(
        "Poids net : 240 g\n3 x 80 g",
        &[
            "240 g with_mention automatic (Poids net) fr",
            "3 x 80 g multi_packaging automatic",
        ],
    );
    check(
        "Poids net : 30 g par jour",
        &["30 g with_mention (Poids net) fr"],
    );
}
