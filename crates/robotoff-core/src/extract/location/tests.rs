//! Tests of the extractor of French addresses.

use super::*;

#[test]
fn codes_are_distinguished_from_other_numbers() {
    for text in ["35000", "a01 470", "f35000x", "01\u{A0}470", "123456"] {
        assert!(may_hold_code(text), "{text}");
    }
    for text in ["", "3500 0", "1 470", "01  470", "12 34 56", "9,99 25 g"] {
        assert!(!may_hold_code(text), "{text}");
    }
}

const RECORDS: [(&str, &str); 9] = [
    ("RIVAC", "24999"),
    ("RIVAC", "01470"),
    ("PORT BLANC", "98999"),
    ("PARIS 11", "75011"),
    ("LYON 07", "69007"),
    ("ST MALO", "35400"),
    ("OEUILLY", "51480"),
    ("LILLE", "59000"),
    ("RENNES", "35000"),
];

/// Lines `code name: extract`.
fn check(text: &str, expected: &[&str]) {
    let records = RECORDS.map(|(name, code)| {
        format!(r#"{{"fields":{{"nom_de_la_commune":"{name}","code_postal":"{code}"}}}}"#)
    });
    let communes = Communes::from_json(format!("[{}]", records.join(",")).as_bytes()).unwrap();
    let knowledge = Knowledge::default().with_communes(Arc::new(communes));
    let found = LocationExtractor::new(&knowledge)
        .unwrap()
        .find(&OcrResult::from_text(text));
    let word = |p: &Prediction, name: &str| p.data[name].as_str().unwrap().to_owned();
    let seen: Vec<String> = found
        .iter()
        .map(|p| {
            format!(
                "{} {}: {}",
                word(p, "postal_code"),
                word(p, "city_name"),
                word(p, "text_extract")
            )
        })
        .collect();
    assert_eq!(seen, expected, "{text:?}");
    for prediction in &found {
        assert!(text.contains(&prediction.evidence[0].text), "{text:?}");
    }
}

// D-LOC-5: the evidence is in the text.
#[test]
fn a_commune_is_found_beside_its_code() {
    check(
        "fait à Rivac 24999 France",
        &["24999 rivac: fait a rivac 24999 france"],
    );
    check("24999fr rivac", &["24999 rivac: 24999fr rivac"]);
    check("Port-Blanc 98999", &["98999 port blanc: port blanc 98999"]);
    check("rivac 24999 rivac", &["24999 rivac: rivac 24999 rivac"; 2]);
}

#[test]
fn another_number_is_no_code() {
    for text in [
        "249990 rivac",
        "124999 rivac",
        "rivac, dans le grand 24999",
        "rivac 98999",
        "24999 12345 rivac de",
    ] {
        check(text, &[]);
    }
}

// D-LOC-1.
#[test]
fn namesakes_are_distinguished_by_their_code() {
    check("01470 Rivac", &["01470 rivac: 01470 rivac"]);
    check("24999 Rivac", &["24999 rivac: 24999 rivac"]);
}

// D-LOC-2.
#[test]
fn districts_belong_to_their_city() {
    check("75011 Paris", &["75011 paris: 75011 paris"]);
    check("69007 LYON", &["69007 lyon: 69007 lyon"]);
    check("75011 Paris 11", &["75011 paris 11: 75011 paris 11"]);
    check("75012 Paris", &[]);
}

// D-LOC-2.
#[test]
fn saints_are_spelled_in_full() {
    check("35400 Saint-Malo", &["35400 st malo: 35400 saint malo"]);
    check("35400 ST MALO", &["35400 st malo: 35400 st malo"]);
}

// D-LOC-2.
#[test]
fn business_post_offices_have_their_own_codes() {
    check("35042 RENNES CEDEX", &["35042 rennes: 35042 rennes cedex"]);
    check("75042 RENNES CEDEX", &[]);
    check("35042 RENNES", &[]);
}

// D-LOC-6.
#[test]
fn addresses_are_printed_in_many_ways() {
    check(
        "RIVAC, BP 12, F 24999",
        &["24999 rivac: rivac, bp 12, f 24999"],
    );
    check(
        "24999           RIVAC",
        &["24999 rivac: 24999           rivac"],
    );
    check("01 470 Rivac", &["01470 rivac: 01 470 rivac"]);
    check("fr59000lille", &["59000 lille: fr59000lille"]);
    check("Œuilly 51480", &["51480 oeuilly: oeuilly 51480"]);
    check("l’Œuilly 51480", &["51480 oeuilly: l oeuilly 51480"]);
}

// D-LOC-3.
#[test]
fn the_first_annotation_is_read_where_there_is_no_full_text() {
    let json = r#"{"responses":[{"textAnnotations":[{"description":"24999 Rivac"}]}]}"#;
    let communes =
        Communes::from_json(br#"[{"fields":{"nom_de_la_commune":"RIVAC","code_postal":"24999"}}]"#);
    let knowledge = Knowledge::default().with_communes(Arc::new(communes.unwrap()));
    let ocr = OcrResult::from_json(json.as_bytes()).unwrap();
    let found = LocationExtractor::new(&knowledge).unwrap().find(&ocr);
    assert_eq!(found[0].evidence[0].text, "24999 Rivac");
}
