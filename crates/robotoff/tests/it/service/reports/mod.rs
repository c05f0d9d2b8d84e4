//! The cases of `tests/cases/reports.jsonl`: public reports about more than a bare text.
//! Each line is run through the program, as its reporter met it, and gives what is right.
//!
//! A file for each part of the program; a test below checks that no line is left out.

mod answers;
mod controls;
mod countries;
mod imports;
mod names;
mod requests;
mod tables;
mod texts;

use std::collections::BTreeSet;

use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_testbed::{recorded_cases, test_data};
use serde_json::{Map, Value, json};

use super::TestService;
use crate::processes::Process;

/// Ids of the lines that each file runs.
const RUN: [&[&str]; 8] = [
    &texts::IDS,
    &countries::IDS,
    &answers::IDS,
    &tables::IDS,
    &names::IDS,
    &imports::IDS,
    &controls::IDS,
    &requests::IDS,
];

/// The lines of the file by their ids, in order.
fn cases() -> Vec<(String, Value)> {
    let text = std::fs::read_to_string(recorded_cases().join("reports.jsonl")).unwrap();
    let case = |line: &str| {
        let case: Value = serde_json::from_str(line).unwrap();
        (case["id"].as_str().unwrap().to_owned(), case)
    };
    text.lines().map(case).collect()
}

#[test]
fn every_report_is_a_test() {
    let run: Vec<&str> = RUN.concat();
    let each: BTreeSet<&str> = run.iter().copied().collect();
    assert_eq!(run.len(), each.len(), "a line is run twice");
    let cases = cases();
    let known: BTreeSet<&str> = cases.iter().map(|(id, _)| &**id).collect();
    assert_eq!(each, known);
    assert_eq!(known.len(), 64);
}

/// A service with the word lists and taxonomies of the tests.
fn service() -> TestService {
    let data = test_data();
    TestService::on("sqlite").with("ROBOTOFF_DATA_DIR", data.to_str().unwrap())
}

/// Starts the service and waits for its API.
fn start(service: &TestService) -> Process {
    let up = service.start("up");
    service.wait_until_ready();
    up
}

/// Direction of the words of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turned {
    Upright,
    Right,
}

/// An OCR document with these lines, each word with its box.
fn document(lines: &[&str], turned: Turned) -> Value {
    let mut words = Vec::new();
    for (row, line) in (0_i32..).zip(lines) {
        let in_line: Vec<&str> = line.split(' ').collect();
        for (column, word) in (0_i32..).zip(&in_line) {
            let is_last = column + 1 == i32::try_from(in_line.len()).unwrap();
            let pause = if is_last { "LINE_BREAK" } else { "SPACE" };
            let (x, y) = (100 * column, 50 * row);
            let mut corners = [(x, y), (x + 90, y), (x + 90, y + 40), (x, y + 40)];
            if turned == Turned::Right {
                corners = corners.map(|(x, y)| (3000 - y, x));
            }
            let corners = corners.map(|(x, y)| json!({"x": x, "y": y}));
            let mut symbols: Vec<Value> = word
                .chars()
                .map(|character| json!({"text": character.to_string()}))
                .collect();
            symbols.last_mut().unwrap()["property"] = json!({"detectedBreak": {"type": pause}});
            words.push(json!({"boundingBox": {"vertices": corners}, "symbols": symbols}));
        }
    }
    let text = lines.join("\n");
    let page = json!({"width": 3000, "height": 4000,
        "blocks": [{"paragraphs": [{"words": words}]}]});
    json!({"responses": [{"textAnnotations": [{"description": text}],
        "fullTextAnnotation": {"text": text, "pages": [page]}}]})
}

/// A product that has picture 1, with these members more.
fn put(service: &TestService, barcode: &str, members: Value) {
    let sizes = json!({"full": {"w": 3000, "h": 4000}, "400": {"w": 300, "h": 400}});
    let picture = json!({"uploaded_t": 1_767_225_600, "sizes": sizes});
    let mut product = json!({"_id": barcode, "code": barcode, "schema_version": 1003,
        "lang": "fr", "quantity": "", "images": {"uploaded": {"1": picture}}});
    for (name, value) in members.as_object().cloned().unwrap_or_else(Map::new) {
        product[name] = value;
    }
    service.opener.put_product(product).expect("a product");
}

/// Imports a document as picture 1; the lines for the insights that are new, blanks in a
/// row as one.
fn import(service: &TestService, barcode: &str, document: &Value, more: &[&str]) -> Vec<String> {
    let file = service.folder.path().join(format!("{barcode}_1.json"));
    std::fs::write(&file, document.to_string()).expect("a document");
    let file = file.to_str().expect("a path");
    let arguments = ["import-image", "--barcode", barcode, "--ocr", file];
    let printed = service.done(&[&arguments, more].concat());
    let insights = printed.lines().filter(|line| line.starts_with("  "));
    let plain = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    insights.map(plain).collect()
}

/// Path of a picture of a product.
fn picture(barcode: &str) -> String {
    let product = ProductId {
        barcode: Barcode::normalized(barcode).expect("a code"),
        server_type: ServerType::Off,
    };
    product.image("1").expect("a path").to_string()
}
