//! Tables of printed amounts.

use super::*;

/// The canonical form of the amount that a text starts with, and how it is printed.
fn read(text: &str) -> Option<String> {
    PrintedAmount::at(text, 0).map(|amount| {
        let rest = &text[amount.range.end..];
        let rest = if rest.is_empty() {
            String::new()
        } else {
            format!(" <{rest}>")
        };
        format!("{} {:?}{rest}", amount.canonical(), amount.layout)
    })
}

#[test]
fn amounts_are_read_as_they_are_printed() {
    for (text, expected) in [
        ("250 g", Some("250 g Plain")),
        ("1,5 kg", Some("1.5 kg Plain")),
        ("1 500 g", Some("1500 g Plain")),
        ("1.500 g", Some("1500 g Plain")),
        ("1.500 kg", Some("1.5 kg Plain")),
        ("275.0 g", Some("275 g Plain")),
        ("525, g", Some("525 g Plain")),
        (".33 l", Some("0.33 l Plain")),
        ("450ge", Some("450 g Estimated")),
        ("2 le", Some("2 l Doubtful")),
        ("10\noz e", Some("10 oz Doubtful < e>")),
        ("1kg500", Some("1.5 kg Compound")),
        ("1 kg 500 g", Some("1.5 kg Compound")),
        ("2 kg 500", Some("2.5 kg Compound")),
        ("2 kg 500 pièces", Some("2 kg Plain < 500 pièces>")),
        ("1L5", Some("1.5 l Compound")),
        ("1 L 500 ml", Some("1.5 l Compound")),
        ("1 L 50 cl", Some("1.5 l Compound")),
        ("1 lb 2 oz (510 g)", Some("18 oz Compound < (510 g)>")),
        ("2 LBS. 8 OZ", Some("40 oz Compound")),
        ("1 PT 8 FL OZ", Some("24 fl oz Compound")),
        ("10 1/2 OZ", Some("10.5 oz Plain")),
        ("1½ lb", Some("1.5 lbs Plain")),
        ("1/2 L", Some("0.5 l Plain")),
        ("½ lb", Some("0.5 lbs Plain")),
        ("12 FL. OZ.", Some("12 fl oz Plain <.>")),
        ("1 pint", Some("473 ml Plain")),
        ("1 qt", Some("946 ml Plain")),
        ("6 x 33 cl", Some("6 x 33 cl Plain")),
        ("2 x 2 x 85 g", Some("4 x 85 g Plain")),
        ("10+2 x 50 cl", Some("12 x 50 cl Extras")),
        ("6 x 1,5 L", Some("6 x 1.5 l Plain")),
        ("٣ x 80 g", Some("3 x 80 g Plain")),
        ("80 g x 3", Some("3 x 80 g Plain")),
        ("6 pots de 125 g", Some("6 x 125 g Pieces")),
        ("5 Riegel à 20 g", Some("5 x 20 g Pieces")),
        ("3 brick x 200 g", Some("3 x 200 g Pieces")),
        ("12 uds. de 30 g", Some("12 x 30 g Pieces")),
        ("5 kg à 9 kg", Some("5 kg Plain < à 9 kg>")),
        ("280克装", Some("280 g Plain <装>")),
        ("200 г", Some("200 g Plain")),
        ("12 gros", None),
        ("0275 g", None),
        ("0 g", None),
        ("4008400401621 g", None),
        ("1920 x 1080", None),
        ("100", None),
        ("5 apples", None),
    ] {
        assert_eq!(read(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn a_unit_may_stand_before_its_number() {
    for (text, expected) in [
        ("PESO NETTO g 500", Some("500 g")),
        ("GR 400", Some("400 g")),
        ("Kg. 1", Some("1 kg")),
        ("gr400", Some("400 g")),
        ("12 g 500", None),
        ("mg 500x", Some("500 mg")),
        ("avg 500", None),
        ("oz 5", None),
    ] {
        let start = text.rfind(' ').map_or(2, |at| at + 1);
        let amount = PrintedAmount::unit_first(text, start);
        assert_eq!(
            amount.map(|amount| amount.canonical()).as_deref(),
            expected,
            "{text}"
        );
    }
}

#[test]
fn a_text_that_is_an_amount_has_one_form() {
    for (text, expected) in [
        ("300 g", Some("300 g")),
        ("1,5KG", Some("1.5 kg")),
        (" 6X33cl ", Some("6 x 33 cl")),
        ("1 000 g", Some("1000 g")),
        ("500 grams", Some("500 g")),
        ("1/2 L", Some("0.5 l")),
        ("120 g (4 x 30 g)", Some("120 g")),
        ("1 lb 2 oz", Some("18 oz")),
        ("250g ℮", Some("250 g")),
        (".33 l", Some("0.33 l")),
        ("Kg 1", Some("1 kg")),
        ("50 hl", None),
        ("0.2 hl", Some("20 l")),
        ("99999 kg", None),
        ("0.0001 g", None),
        ("9999 x 3 g", None),
        ("0 g", None),
        ("300", None),
        ("g", None),
        ("300 apples", None),
        ("x 3 g", None),
        ("1e9 g", None),
        ("300 g net", None),
        ("", None),
    ] {
        let amount = PrintedAmount::whole(text);
        assert_eq!(
            amount.map(|amount| amount.canonical()).as_deref(),
            expected,
            "{text}"
        );
    }
}
