//! Bare texts: what `robotoff extract` reads in them.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use robotoff_testbed::test_data;
use serde_json::{Value, json};

use super::cases;

/// Cases, and everything of their type that is read in the text.
const TEXTS: [(&str, &[&str]); 27] = [
    ("x133", &["GB WQ108 EC"]),
    ("x134", &["UK(NI) 9012 EC"]),
    ("x137", &["HR 123 EC"]),
    ("x138", &["EL 123 EC"]),
    ("x139", &["IT H9L5U EC"]),
    ("x140", &["RGSEAA 40.12345/MU"]),
    ("x141", &["GGN 4049929123456"]),
    ("x142", &["NO 123 EC"]),
    ("x143", &["IT S3H4Z EC"]),
    ("x225", &[]),
    ("x226", &[]),
    (
        "x245",
        &[
            "en:film en:plastic en:discard",
            "en:sleeve en:cardboard en:recycle",
        ],
    ),
    ("x247", &["en:tray - en:recycle", "en:film - en:discard"]),
    ("x248", &["en:tray en:plastic -", "en:film en:plastic -"]),
    ("x249", &["fat 5.2 g"]),
    ("x250", &["energy 450 kJ"]),
    ("x251", &["fat 5.2 g"]),
    ("x255", &[]),
    ("x256", &[]),
    ("x259", &[]),
    ("x260", &[]),
    ("x263", &["sugar 5 g", "carbohydrate 12 g"]),
    ("x264", &["fat 5.2 g"]),
    ("x265", &["energy 1010 kJ", "energy 239 kcal"]),
    ("x266", &["saturated_fat <0.1 g", "fat <0.5 g"]),
    ("x267", &[]),
    ("x268", &["salt traces g"]),
];

pub(super) const IDS: [&str; TEXTS.len()] = ids();

const fn ids() -> [&'static str; TEXTS.len()] {
    let mut ids = [""; TEXTS.len()];
    let mut at = 0;
    while at < ids.len() {
        ids[at] = TEXTS[at].0;
        at += 1;
    }
    ids
}

#[test]
fn label_texts_are_read_as_their_reporters_want() {
    let cases: BTreeMap<String, Value> = cases().into_iter().collect();
    let lines = IDS.map(|id| json!({"id": id, "text": cases[id]["text"]}).to_string());
    let answers = extract(&lines.join("\n"));
    for (id, expected) in TEXTS {
        let kind = cases[id]["type"].as_str().unwrap();
        let predictions = answers[id]["predictions"].as_array().unwrap();
        let of_kind = predictions.iter().filter(|found| found["type"] == kind);
        let seen: Vec<String> = of_kind.flat_map(|found| values(kind, found)).collect();
        assert_eq!(seen, expected, "{id}: {}", cases[id]["text"]);
    }
}

/// The responses of `robotoff extract --jsonl` by the ids of the lines.
fn extract(lines: &str) -> BTreeMap<String, Value> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(["extract", "--jsonl", "--today", "2026-11-30", "--data-dir"])
        .arg(test_data())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(lines.as_bytes()).expect("lines are read");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    let answer = |line: &str| {
        let answer: Value = serde_json::from_str(line).unwrap();
        (answer["id"].as_str().unwrap().to_owned(), answer)
    };
    text.lines().map(answer).collect()
}

/// The values of a prediction.
fn values(kind: &str, prediction: &Value) -> Vec<String> {
    let data = &prediction["data"];
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    match kind {
        "packager_code" => vec![text(&prediction["value"])],
        "packaging" => {
            let tag = |part| text(&data["element"][part]["value_tag"]);
            vec![["shape", "material", "recycling"].map(tag).join(" ")]
        }
        "nutrient" => {
            let lists = data["nutrients"].as_object().unwrap().iter();
            let items = lists.flat_map(|(name, items)| {
                let items = items.as_array().unwrap().iter();
                items.map(move |item| {
                    format!("{name} {} {}", text(&item["value"]), text(&item["unit"]))
                })
            });
            items.collect()
        }
        "nutrient_mention" => data["mentions"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect(),
        other => panic!("{other} has no short form here"),
    }
}
