//! Tests of printed amounts.

use super::*;

const MASSES: [&str; 2] = ["g", "mg"];

#[test]
fn amounts_are_words_of_their_own() {
    for (text, expected) in [
        ("5 g, 20MG 1.5g", &["5 g", "20MG", "1.5g"][..]),
        ("12, g 7.g", &["12, g", "7.g"]),
        ("x5 g 8x12,0 g 1,5,2 g", &[]),
        (".5 g", &["5 g"]),
        ("3 gr 4g5 6 g_ 7  g", &[]),
        ("9 gé 9 g", &["9 g"]),
    ] {
        let seen: Vec<&str> = amounts(text, &MASSES)
            .map(|amount| &text[amount.number.start..amount.unit.end])
            .collect();
        assert_eq!(seen, expected, "{text:?}");
    }
}

#[test]
fn numbers_behind_the_unit_of_their_row_are_values() {
    let units = ["g", "kj", "kcal"];
    let shown = |text: &str| {
        let values = values_with_unit_first(text, 0, &units).into_iter();
        let printed = |amount: &Amount| {
            format!(
                "{} {}",
                &text[amount.number.clone()],
                &text[amount.unit.clone()]
            )
        };
        let value = |value: Value| {
            let sign = if value.is_below { "<" } else { "" };
            let second = value.second.as_ref().map(printed);
            let second = second.map_or(String::new(), |second| format!(" / {second}"));
            format!("{sign}{}{second}", printed(&value.amount))
        };
        values.map(value).collect::<Vec<_>>().join(", ")
    };
    for (text, expected) in [
        ("(g) 18", "18 g"),
        ("[g]: <0,5", "<0,5 g"),
        (", g 0,25", "0,25 g"),
        ("kJ 1580 474\nEnergy", "1580 kJ, 474 kJ"),
        ("(kJ/kcal) 2247/539", "2247 kJ / 539 kcal"),
        (
            "(kJ / kcal): 2247 / 539 | 674/162",
            "2247 kJ / 539 kcal, 674 kJ / 162 kcal",
        ),
        ("(g) 30,9 mg", ""),
        ("(g) 30 %", ""),
        ("(kJ/kcal) 2247", ""),
        ("g18", ""),
        ("g", ""),
        ("", ""),
    ] {
        assert_eq!(shown(text), expected, "{text:?}");
    }
}

#[test]
fn traces_are_words_of_their_own_and_no_warning() {
    for (text, expected) in [
        ("Traces", Some("Traces")),
        ("traces, sel 1 g", Some("traces")),
        ("śladowe ilości", Some("śladowe ilości")),
        ("SPÅR", Some("SPÅR")),
        ("traces de lait", None),
        ("traces d'œuf", None),
        ("tracesx", None),
        ("5 g", None),
        ("", None),
    ] {
        let found = traces_at(text, 0).map(|range| &text[range]);
        assert_eq!(found, expected, "{text:?}");
    }
    assert_eq!(behind_below("<\u{A0}5 g", 0), (3, true));
    assert_eq!(behind_below("inferiore a 0,1 g", 0), (12, true));
    assert_eq!(behind_below("5 g", 0), (0, false));
}
