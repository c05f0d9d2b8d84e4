//! Nutrients with their values, and each corrected defect.

use serde_json::Value;

use super::*;

/// Lines `nutrient value unit`.
fn check(text: &str, expected: &[&str]) {
    let found = NutrientExtractor::new()
        .unwrap()
        .find(&OcrResult::from_text(text));
    let items = found
        .iter()
        .flat_map(|p| p.data["nutrients"].as_object().unwrap().values())
        .flat_map(|items| items.as_array().unwrap());
    let word = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let seen: Vec<String> = items
        .map(|i| {
            format!(
                "{} {} {}",
                word(i, "nutrient"),
                word(i, "value"),
                word(i, "unit")
            )
        })
        .collect();
    assert_eq!(seen, expected, "{text:?}");
}

// D-NUT-1, 6, 8.
#[test]
fn values_follow_their_names() {
    check(
        "Lipides 4,5 g dont acides gras saturés 1,2 g",
        &["saturated_fat 1.2 g", "fat 4.5 g"],
    );
    check("Salt - 0.2mg", &["salt 0.2 mg"]);
    check(
        "fat 4 g, carbohydrates 5 G, of which sugars 3 g",
        &["fat 4 g", "sugar 3 g", "carbohydrate 5 g"],
    );
    check("Sodium : 120 mg", &["sodium 120 mg"]);
    check(
        "Fibre 700 mg, glucids 20g",
        &["carbohydrate 20 g", "fiber 700 mg"],
    );
    check("Eiweiss 6 g EIWEISS 7 g", &["protein 6 g", "protein 7 g"]);
    for text in [
        "Energy 90 kcalories",
        "salade 5 g",
        "basalt 5 g",
        "sucrerie 3 g",
        "sucres0 g5",
    ] {
        check(text, &[]);
    }
}

// D-NUT-4, 7.
#[test]
fn both_units_of_energy_are_read() {
    check(
        "Énergie : 900 kJ / 215 kcal",
        &["energy 900 kJ", "energy 215 kcal"],
    );
    check(
        "Energy 900KJ (215KCAL)",
        &["energy 900 kJ", "energy 215 kcal"],
    );
    let found = NutrientExtractor::new()
        .unwrap()
        .find(&OcrResult::from_text("Énergie 900 kJ/215 kcal, x"));
    assert_eq!(
        found[0].data["nutrients"]["energy"][0]["raw"],
        "Énergie 900 kJ"
    );
    assert_eq!(
        found[0].data["nutrients"]["energy"][1]["raw"],
        "Énergie 900 kJ/215 kcal"
    );
    assert_eq!(found[0].evidence[0].lc.as_deref(), Some("fr"));
}

// D-NUT-4, 5.
#[test]
fn tables_and_small_amounts_are_read() {
    check("Sel : <0,1 g", &["salt <0.1 g"]);
    check("Sel ≤ 0,1 g", &["salt <0.1 g"]);
    check("Protein\n \n6 g", &["protein 6 g"]);
    check("Sucres 7, g", &["sugar 7 g"]);
}

#[test]
fn units_may_stand_in_the_head_of_the_row() {
    check("Fett (g) 30,9", &["fat 30.9 g"]);
    check("Tłuszcz [g] 2,0", &["fat 2.0 g"]);
    check("Sal, g 0,25", &["salt 0.25 g"]);
    check("Lípidos (g): 3,2", &["fat 3.2 g"]);
    check("Energy kJ 356\nFat g 1.5", &["energy 356 kJ", "fat 1.5 g"]);
    check("Fett (g) 30,9 mg", &[]);
    check("Fett g", &[]);
    check("Salz, gesund 3", &[]);
}

#[test]
fn what_cannot_be_in_100_g_is_no_value() {
    check("Glucides 625 g", &[]);
    check("Eiweiß 08 g", &[]);
    check("Sucres 100 g, sel 0,8 g", &["sugar 100 g", "salt 0.8 g"]);
}

#[test]
fn names_are_read_in_czech_romanian_and_finnish() {
    check("Tuky 17 g, Sůl 0,55 g", &["fat 17 g", "salt 0.55 g"]);
    check("Grăsimi 31 g, Zaharuri 5 g", &["fat 31 g", "sugar 5 g"]);
    check("Rasva 6,9 g, Suola 1,1 g", &["fat 6.9 g", "salt 1.1 g"]);
}

#[test]
fn d_nut_4_shares_are_no_quantities() {
    check("Lipides 6 % 4 g", &["fat 4 g"]);
    check("Total Fat 8g 10%", &["fat 8 g"]);
    check("Sucres 7 %", &[]);
    check("Sel 12 % <0,1 g", &["salt <0.1 g"]);
}

#[test]
fn d_nut_4_the_value_for_100_g_is_taken() {
    check(
        "Par portion (30 g) / pour 100 g : Énergie 450 kJ / 108 kcal 5 % 1500 kJ / 360 kcal Lipides 1,2 g 2 % 4 g",
        &["energy 1500 kJ", "energy 360 kcal", "fat 4 g"],
    );
    check("pour 100 g par portion : Lipides 4 g 1,2 g", &["fat 4 g"]);
    check("per 30 g per 100 g: Fat 1.2 g", &["fat 1.2 g"]);
}

#[test]
fn d_nut_4_names_before_their_values_have_each_its_own() {
    check(
        "Matières grasses dont acides gras saturés 12 g 5 g",
        &["saturated_fat 5 g", "fat 12 g"],
    );
    check(
        "Energie\nFett\ndavon gesättigte Fettsäuren\nKohlenhydrate davon Zucker\n\
         1500 kJ/360 kcal\n12 g\n5 g\n40 g\n20 g",
        &[
            "energy 1500 kJ",
            "energy 360 kcal",
            "saturated_fat 5 g",
            "fat 12 g",
            "sugar 20 g",
            "carbohydrate 40 g",
        ],
    );
    let fat = OcrResult::from_text("Fat of which saturates 12 g 5 g.");
    let found = NutrientExtractor::new().unwrap().find(&fat);
    assert_eq!(found[0].evidence[0].text, "Fat of which saturates 12 g 5 g");
    // The same in two languages, with two columns.
    check("Fett / Lipides 12 g 4 g", &["fat 12 g"]);
    check(
        "Fett / Lipides davon gesättigte Fettsäuren 12 g 4 g",
        &["saturated_fat 4 g", "fat 12 g"],
    );
    check("Fat of which saturates 12 g 5 g 3 g", &[]);
    check("Glucides dont sucres 12 g", &["sugar 12 g"]);
    check("Sucre, sel 5 g 3 g", &["salt 5 g"]);
}

// D-NUT-11.
#[test]
fn d_nut_11_columns_of_both_units_and_running_text_are_distinguished() {
    check(
        "100 g   portion\nEnergi  1900 kJ  570 kJ\n         455 kcal 137 kcal\nFett     22 g    6,6 g",
        &["energy 1900 kJ", "energy 455 kcal", "fat 22 g"],
    );
    check(
        "Par portion de 30 g : sucres 3 g, sel 0,1 g. Pour 100 g : sucres 10 g, sel 0,33 g",
        &["sugar 10 g", "salt 0.33 g"],
    );
    check(
        "Energie\nFett\nKohlenhydrate\npro 100 g\n1200 kJ\n286 kcal\n10 g\n40 g",
        &[
            "energy 1200 kJ",
            "energy 286 kcal",
            "fat 10 g",
            "carbohydrate 40 g",
        ],
    );
    check(
        "v porci 50 g | ve 100 g\nTuky 4,5 g | 9,0 g",
        &["fat 9.0 g"],
    );
    check(
        "Brennwert (kJ/kcal) 2247/537",
        &["energy 2247 kJ", "energy 537 kcal"],
    );
    check(
        "Energy kJ 1580 474\nFat g <0.5",
        &["energy 1580 kJ", "fat <0.5 g"],
    );
}

#[test]
fn d_nut_11_traces_are_a_value_and_contradictions_are_none() {
    check("Sel : traces", &["salt traces g"]);
    check("Fett spår, Salt 1 g", &["fat traces g", "salt 1 g"]);
    check("sucre, sel traces de lait", &[]);
    check("Energy 1010kJ1239kcal, fat 5 g", &["fat 5 g"]);
    check("Energie 1046kJ/2501kcal", &[]);
    check("Energy kJ 1046\nEnergy kcal 2501", &[]);
    check("Energie 4 kJ / 1 kcal", &["energy 4 kJ", "energy 1 kcal"]);
}

#[test]
fn d_nut_11_reference_intakes_are_no_values() {
    check(
        "Guideline daily amounts for adults: Sugars 90g, Salt 6g.",
        &[],
    );
    check(
        "*Referenzmenge für einen Erwachsenen (8400 kJ/2000 kcal). Fett 12 g",
        &["fat 12 g"],
    );
}

// D-NUT-3, 9.
#[test]
fn parts_of_fat_are_no_fat() {
    check("varav mättat fett:5,7 g", &["saturated_fat 5.7 g"]);
    check("matières grasses saturées 2 g", &["saturated_fat 2 g"]);
    check("matières grasses trans 2 g", &["trans_fat 2 g"]);
}

// D-NUT-4.
#[test]
fn the_value_of_100_g_may_follow_that_of_a_portion() {
    check("Zucker 12 g je Portion, 40 g je 100 g", &["sugar 40 g"]);
    check("Salt 0.3 g per serving / 1.2 g per 100 g", &["salt 1.2 g"]);
    check("Sel 1,2 g pour 100 g, 0,3 g par portion", &["salt 1.2 g"]);
    check(
        "Salz (in g) 0,9\nFett (in g) 12",
        &["fat 12 g", "salt 0.9 g"],
    );
}
