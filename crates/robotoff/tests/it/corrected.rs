//! The answers where they differ from the recorded ones on purpose: each is written
//! down in `tests/corrected_answers.json`, one line for each prediction, so that
//! people can judge it and none changes unseen.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::workspace;

/// Lines by `case:type`.
type Answers = BTreeMap<String, Vec<String>>;

fn written() -> Answers {
    let path = workspace::root().join("tests/corrected_answers.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// Compares the answers of a file as `robotoff extract --jsonl` prints it. What is
/// seen instead is left in a file beside the tests' own.
pub(crate) fn check(got: &Path) {
    let written = written();
    let mut seen = Answers::new();
    for line in std::fs::read_to_string(got).unwrap().lines() {
        let answer: Value = serde_json::from_str(line).unwrap();
        let case = answer["id"].as_str().unwrap();
        let of_case = written.range(format!("{case}:")..format!("{case};"));
        for (key, _) in of_case {
            let kind = &key[case.len() + 1..];
            let all = answer["predictions"].as_array().into_iter().flatten();
            let of_kind = all.filter(|prediction| prediction["type"] == kind);
            let lines = of_kind.map(|prediction| shown(kind, prediction)).collect();
            seen.insert(key.clone(), lines);
        }
    }
    assert!(!seen.is_empty());
    let differ: Vec<&str> = seen
        .iter()
        .filter(|(key, lines)| written[*key] != **lines)
        .map(|(key, _)| key.as_str())
        .collect();
    if differ.is_empty() {
        return;
    }
    let left = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corrected_answers.json");
    let all: Answers = written
        .iter()
        .map(|(key, lines)| (key.clone(), seen.get(key).unwrap_or(lines).clone()))
        .collect();
    std::fs::write(&left, serde_json::to_string_pretty(&all).unwrap() + "\n").unwrap();
    panic!(
        "{differ:?} are not as tests/corrected_answers.json says; now: {}",
        left.display()
    );
}

/// Prediction in one line.
fn shown(kind: &str, prediction: &Value) -> String {
    let data = &prediction["data"];
    let lists = |name: &str, item: &dyn Fn(&Value) -> String| {
        let lists = data[name].as_object().into_iter().flatten();
        let shown = lists.map(|(name, items)| {
            let items: Vec<String> = items.as_array().unwrap().iter().map(item).collect();
            format!("{name}: {}", items.join(", "))
        });
        shown.collect::<Vec<_>>().join("; ")
    };
    let members: &[&str] = match kind {
        "nutrient" => {
            return lists("nutrients", &|item| {
                text(&item["value"]) + " " + &text(&item["unit"])
            });
        }
        "nutrient_mention" => {
            return lists("mentions", &|item| {
                text(&item["raw"]) + " " + &text(&item["languages"])
            });
        }
        "location" => &["postal_code", "city_name"],
        "image_flag" => &["type", "label", "text"],
        "product_weight" => &["matcher_type", "normalized_value"],
        "packager_code" | "expiration_date" => &["type", "raw"],
        "trace" => &["text", "prompt"],
        _ => &["text"],
    };
    let automatic = match prediction["automatic_processing"].as_bool() {
        Some(true) => "automatic",
        Some(false) => "looked at",
        None => "",
    };
    let printed = ["value_tag", "value"].map(|name| text(&prediction[name]));
    let printed = printed
        .into_iter()
        .chain(members.iter().map(|name| text(&data[*name])));
    let printed = printed
        .chain([automatic.to_owned()])
        .filter(|part| !part.is_empty());
    printed.collect::<Vec<_>>().join(" | ")
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join("/"),
        Value::Number(number) if number.is_f64() => {
            format!("{:.3}", number.as_f64().unwrap_or_default())
        }
        other => other.to_string(),
    }
}

#[test]
fn every_accepted_difference_has_its_corrected_answer() {
    let path = workspace::root().join("tests/accepted_differences.json");
    let accepted: BTreeMap<String, String> =
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let keys: Vec<&String> = accepted.keys().filter(|key| key.contains(':')).collect();
    assert_eq!(written().keys().collect::<Vec<_>>(), keys);
}
