//! The demo products: images, texts and records agree, and there is something
//! to ask about them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use crate::workspace;

/// Small enough to be in a repository.
const MAX_IMAGE_BYTES: usize = 40 << 10;

/// Predictions of the labels: a line for each product, in the order of the records.
const FOUND: &str = "
1490012000119 label en:no-gluten, label en:no-palm-oil, product_weight 320 g, brand Rivebleue
1490012000126 label en:vegetarian, product_weight 250 g, brand Prairie Claire
1490012000133 label en:de-oko-006, label en:vegan, label en:no-gmos, label en:no-palm-oil, label en:made-in-germany, product_weight 120 g
1490012000140 label en:no-added-sugar, label en:vegetarian, product_weight 6 x 33 cl, product_weight 6 x 330 ml
1490012000157 label en:no-gluten, label en:vegetarian, label en:made-in-italy, product_weight 350 g
1490012000164 label en:no-gluten, label en:no-gmos, label en:organic, label en:made-in-spain, product_weight 200 g
1490012000171 label en:rainforest-alliance, label en:no-palm-oil, product_weight 400 g
1490012000188 label en:no-added-sugar, label en:vegetarian, product_weight 280 g
1490012000195 label en:no-gluten, label en:no-palm-oil, product_weight 180 g
1490012000201 label en:no-lactose, label en:vegan, product_weight 500 g
1490012000218 label en:no-palm-oil
1490012000225 label en:no-lactose, label en:no-gmos, label en:made-in-france, product_weight 450 g, brand Moulin Vert
";

fn demo() -> PathBuf {
    workspace::root().join("data/demo")
}

fn records() -> Vec<Value> {
    let lines = std::fs::read_to_string(demo().join("products.jsonl")).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The folder of a product's images, as the image server has it.
fn folder(code: &str) -> PathBuf {
    let parts = [&code[..3], &code[3..6], &code[6..9], &code[9..]];
    parts
        .iter()
        .fold(demo().join("images"), |path, part| path.join(part))
}

fn ocr_page(code: &str) -> Value {
    let document = std::fs::read(folder(code).join("1.json")).unwrap();
    let mut document: Value = serde_json::from_slice(&document).unwrap();
    document["responses"][0]["fullTextAnnotation"]["pages"][0].take()
}

/// Every word of a page with the points around it.
fn words(page: &Value) -> Vec<(String, Vec<(u64, u64)>)> {
    let list = |value: &Value, member: &str| value[member].as_array().unwrap().clone();
    let blocks = list(page, "blocks");
    let paragraphs = blocks.iter().flat_map(|block| list(block, "paragraphs"));
    let words = paragraphs.flat_map(|paragraph| list(&paragraph, "words"));
    let text = |word: &Value| {
        let symbols = list(word, "symbols");
        symbols.iter().filter_map(|s| s["text"].as_str()).collect()
    };
    let points = |word: &Value| {
        let vertices = list(&word["boundingBox"], "vertices");
        let point = |v: &Value| (v["x"].as_u64().unwrap(), v["y"].as_u64().unwrap());
        vertices.iter().map(point).collect()
    };
    words.map(|word| (text(&word), points(&word))).collect()
}

/// Width and height that a JPEG says it has.
fn jpeg_size(bytes: &[u8]) -> (u64, u64) {
    let number = |at: usize| usize::from(bytes[at]) << 8 | usize::from(bytes[at + 1]);
    let mut at = 2;
    while !matches!(bytes[at + 1], 0xC0..=0xC2) {
        at += 2 + number(at + 2);
    }
    (number(at + 7) as u64, number(at + 5) as u64)
}

fn is_ean13(code: &str) -> bool {
    let digits: Vec<u32> = code.chars().filter_map(|c| c.to_digit(10)).collect();
    let weights = [1, 3].into_iter().cycle();
    let sum: u32 = digits
        .iter()
        .zip(weights)
        .map(|(d, weight)| d * weight)
        .sum();
    code.len() == 13 && digits.len() == 13 && sum.is_multiple_of(10)
}

#[test]
fn barcodes_are_valid_and_of_an_unassigned_range() {
    for record in records() {
        let code = record["code"].as_str().unwrap();
        assert!(is_ean13(code) && code.starts_with("149"), "{code}");
        assert_eq!(record["_id"], record["code"]);
        assert_eq!(record["schema_version"], 1003);
    }
}

#[test]
fn every_image_that_a_record_names_is_there_and_small() {
    for record in records() {
        let code = record["code"].as_str().unwrap();
        let sizes = &record["images"]["uploaded"]["1"]["sizes"];
        let mut wanted = vec![
            ("1.jpg".to_owned(), "full"),
            ("1.400.jpg".to_owned(), "400"),
        ];
        for (side, by_lang) in record["images"]["selected"].as_object().unwrap() {
            for (lang, selected) in by_lang.as_object().unwrap() {
                let rev = selected["rev"].as_str().unwrap();
                wanted.push((format!("{side}_{lang}.{rev}.400.jpg"), "400"));
            }
        }
        for (name, size) in wanted {
            let bytes = std::fs::read(folder(code).join(&name)).unwrap();
            assert!(bytes.len() < MAX_IMAGE_BYTES, "{code} {name}");
            let size = |side: &str| sizes[size][side].as_u64().unwrap();
            assert_eq!(jpeg_size(&bytes), (size("w"), size("h")), "{code} {name}");
        }
    }
}

#[test]
fn the_text_of_a_image_is_what_its_label_says_and_stands_inside() {
    let labels = std::fs::read(demo().join("labels.json")).unwrap();
    let labels: Vec<Value> = serde_json::from_slice(&labels).unwrap();
    assert_eq!(labels.len(), records().len());
    for (label, record) in labels.iter().zip(records()) {
        let code = record["code"].as_str().unwrap();
        let page = ocr_page(code);
        let (width, height) = (page["width"].as_u64(), page["height"].as_u64());
        let words = words(&page);
        for (text, points) in &words {
            let is_inside = |(x, y): &(u64, u64)| Some(*x) <= width && Some(*y) <= height;
            assert!(points.len() == 4 && points.iter().all(is_inside), "{text}");
        }
        let of = |member: &str| label[member].as_array().unwrap().clone();
        let printed = [label["brand"].clone(), label["name"].clone()];
        let printed = printed.into_iter().chain(of("claims")).chain(of("text"));
        let printed: Vec<String> = printed
            .map(|line| line.as_str().unwrap().to_owned())
            .collect();
        let read: Vec<&str> = words.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(read.join(" "), format!("{} {code}", printed.join(" ")));
    }
}

#[test]
fn the_labels_give_predictions_to_ask_about() {
    let codes: Vec<String> = records()
        .iter()
        .map(|record| record["code"].as_str().unwrap().to_owned())
        .collect();
    let output = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(["extract", "--format", "json", "--types"])
        .arg("label,product_weight,brand,store,category")
        .args(codes.iter().map(|code| folder(code).join("1.json")))
        .env_remove("ROBOTOFF_DATA_DIR")
        .output()
        .unwrap();
    assert!(output.status.success());
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers = answers
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let found: Vec<String> = codes
        .iter()
        .zip(answers)
        .map(|(code, answer)| format!("{code} {}", predictions(&answer)))
        .collect();
    assert_eq!(found.join("\n"), FOUND.trim());
}

/// Kind and value of each prediction, kinds in the order of their first.
fn predictions(answer: &Value) -> String {
    let list = answer["predictions"].as_array().unwrap();
    let kinds = ["category", "label", "product_weight", "brand", "store"];
    let mut by_kind: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for prediction in list {
        let kind = prediction["type"].as_str().unwrap();
        let value = prediction["value"].as_str();
        let value = value.or(prediction["value_tag"].as_str()).unwrap();
        let place = kinds.iter().position(|known| *known == kind).unwrap();
        by_kind
            .entry(place)
            .or_default()
            .push(format!("{kind} {value}"));
    }
    by_kind
        .into_values()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}
