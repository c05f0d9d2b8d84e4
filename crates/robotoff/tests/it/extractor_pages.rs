//! Every extractor has its page in docs/extractors/, and the pages are true: their
//! lists of methods, languages and data are those of the registry, and their examples
//! are run through the program.

use std::process::{Command, Stdio};

use robotoff_core::extract::{EXTRACTORS, ExtractorSpec, Predictor, spec_of};
use robotoff_core::knowledge::Part;
use serde_json::{Value, json};

use crate::workspace;

/// The day that the page about dates names.
const TODAY: &str = "2026-07-01";

/// Cell for a text without predictions.
const NO_PREDICTION: &str = "—";

fn page(spec: &ExtractorSpec) -> String {
    let path = format!("docs/extractors/{}.md", spec.kind);
    std::fs::read_to_string(workspace::root().join(&path))
        .unwrap_or_else(|error| panic!("every extractor has its page: {path}: {error}"))
}

/// A row of the table of examples: a text or a response of the OCR service, and what
/// is found.
#[derive(Debug, PartialEq)]
struct Example {
    given: String,
    found: Vec<String>,
}

fn examples(page: &str) -> Vec<Example> {
    let section = page.split("\n## Examples\n").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| {
        let (given, found) = line
            .strip_prefix("| `")?
            .strip_suffix(" |")?
            .rsplit_once("` | ")?;
        let unescaped = |cell: &str| cell.replace("\\|", "|").replace("\\n", "\n");
        let found = if found == NO_PREDICTION {
            Vec::new()
        } else {
            let items = found.trim_matches('`').split("`, `");
            items.map(unescaped).collect()
        };
        Some(Example {
            given: unescaped(given),
            found,
        })
    });
    rows.collect()
}

fn request(kind: &str, given: &str) -> String {
    match serde_json::from_str::<Value>(given) {
        Ok(response @ Value::Object(_)) => {
            json!({"type": kind, "ocr": {"responses": [response]}}).to_string()
        }
        _ => json!({"type": kind, "text": given}).to_string(),
    }
}

/// The answers of `robotoff extract --jsonl`, with the built-in data.
fn answers(requests: &[String]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let lines = folder.path().join("requests.jsonl");
    std::fs::write(&lines, requests.join("\n")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(["extract", "--jsonl", "--strict", "--today", TODAY])
        .env_remove("ROBOTOFF_DATA_DIR")
        .stdin(Stdio::from(std::fs::File::open(&lines).unwrap()))
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{printed}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// True when everything that the expected value says is in the other.
fn holds(whole: &Value, expected: &Value) -> bool {
    match (whole, expected) {
        (Value::Object(whole), Value::Object(expected)) => expected
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|found| holds(found, value))),
        (Value::Array(whole), Value::Array(expected)) => {
            let mut pairs = whole.iter().zip(expected);
            whole.len() == expected.len() && pairs.all(|(whole, expected)| holds(whole, expected))
        }
        (whole, expected) => whole == expected,
    }
}

fn says(prediction: &Value, expected: &str) -> bool {
    match serde_json::from_str::<Value>(expected) {
        Ok(expected @ Value::Object(_)) => holds(&prediction["data"], &expected),
        _ => ["value_tag", "value"]
            .iter()
            .find_map(|member| prediction[member].as_str())
            .is_some_and(|value| value == expected),
    }
}

#[test]
fn the_examples_of_the_pages_are_true() {
    let mut requests = Vec::new();
    let mut expected = Vec::new();
    for spec in EXTRACTORS {
        let rows = examples(&page(spec));
        let is_told = |example: &&Example| !example.found.is_empty();
        let told = rows.iter().filter(is_told).count();
        assert!(told > 0 && rows.len() > told, "{}: show both", spec.kind);
        for example in rows {
            requests.push(request(spec.kind.name(), &example.given));
            expected.push((spec.kind, example));
        }
    }
    let answers = answers(&requests);
    assert_eq!(answers.len(), expected.len());
    for (answer, (kind, example)) in answers.iter().zip(expected) {
        let found = answer["predictions"].as_array().unwrap();
        let is_true = found.len() == example.found.len()
            && found.iter().zip(&example.found).all(|(p, e)| says(p, e));
        assert!(
            is_true,
            "docs/extractors/{kind}.md: {example:?} is {answer}"
        );
        let predictors = spec_of(kind).unwrap().predictors;
        for prediction in found {
            let is_source = |predictor: &Predictor| {
                prediction["predictor"].as_str() == predictor.name
                    && prediction["predictor_version"].as_str() == Some(predictor.version)
            };
            assert!(
                predictors.iter().any(is_source),
                "the specification of {kind} lacks the predictor of {prediction}"
            );
        }
    }
}

#[test]
fn the_pages_name_methods_languages_and_data_as_they_are() {
    for spec in EXTRACTORS {
        let method = |predictor: &Predictor| {
            let name = predictor.name.map(|name| format!("`{name}`"));
            format!(
                "{} version {}",
                name.as_deref().unwrap_or("unnamed"),
                predictor.version
            )
        };
        let methods: Vec<String> = spec.predictors.iter().map(method).collect();
        let languages = match spec.languages {
            [] => "any".to_owned(),
            languages => languages.join(" "),
        };
        let reads: Vec<String> = spec.parts.iter().map(|part| shown(*part)).collect();
        let reads = if reads.is_empty() {
            "no data".to_owned()
        } else {
            reads.join("; ")
        };
        let page = page(spec);
        assert!(page.starts_with(&format!("# `{}`\n", spec.kind)));
        for line in [
            format!("- Methods: {}", methods.join("; ")),
            format!("- Languages: {languages}"),
            format!("- Reads: {reads}"),
        ] {
            let path = format!("docs/extractors/{}.md", spec.kind);
            assert!(page.lines().any(|l| l == line), "{path} should say {line}");
        }
    }
}

fn shown(part: Part) -> String {
    format!("`{}`", part.path())
}

#[test]
fn a_wrong_example_is_noticed() {
    let page = "# `a`\n\n## Examples\n\n| text | found |\n|---|---|\n| `a\\|b` | `c`, `d` |\n| `e` | — |\n\n## B\n| `f` | `g` |\n";
    let example = |given: &str, found: &[&str]| Example {
        given: given.to_owned(),
        found: found.iter().map(|item| (*item).to_owned()).collect(),
    };
    assert_eq!(
        examples(page),
        [example("a|b", &["c", "d"]), example("e", &[])]
    );
    let prediction = json!({"value": "1 g", "value_tag": null, "data": {"a": [{"b": 1, "c": 2}]}});
    for (expected, is_found) in [
        ("1 g", true),
        ("2 g", false),
        (r#"{"a": [{"b": 1}]}"#, true),
        (r#"{"a": [{"b": 2}]}"#, false),
        (r#"{"a": []}"#, false),
        (r#"{"d": 1}"#, false),
    ] {
        assert_eq!(says(&prediction, expected), is_found, "{expected}");
    }
}
