//! The recorded answers of the existing service, compared by their own tool, on the part
//! of its data that is in the checkout.

use std::path::Path;
use std::process::Command;

use robotoff_testbed::{recorded_cases, shared_data, test_data};
use serde_json::{Value, json};

use crate::{corrected, workspace};

const TYPES: &str = "brand,category,expiration_date,image_flag,image_lang,image_orientation,label,\
    location,nutrient,nutrient_mention,packager_code,packaging,product_weight,store,trace";

fn check(cases: &str) {
    let folder = tempfile::tempdir().unwrap();
    let got = folder.path().join("got.jsonl");
    std::fs::write(&got, answers(&feed(cases), &test_data())).unwrap();
    let accepted = workspace::root().join("tests/accepted_differences.json");
    let compared = tool()
        .args([&recorded_cases().join(cases), &got])
        .args(["--types", TYPES, "--accept"])
        .arg(accepted)
        .output()
        .unwrap();
    assert!(
        compared.status.success(),
        "{}",
        String::from_utf8_lossy(&compared.stdout)
    );
    corrected::check(&got);
}

/// The inputs of recorded cases as lines for `robotoff extract --jsonl`.
fn feed(cases: &str) -> Vec<u8> {
    let feed = tool()
        .arg(recorded_cases().join(cases))
        .arg("--feed")
        .output()
        .expect("python3 runs the tool");
    assert!(
        feed.status.success(),
        "{}",
        String::from_utf8_lossy(&feed.stderr)
    );
    feed.stdout
}

/// The label texts of a list of cases that are not recorded, as lines for
/// `robotoff extract --jsonl`.
fn texts(path: &Path) -> Vec<u8> {
    let cases = std::fs::read_to_string(path).unwrap();
    let cases = cases
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let texts = cases.filter(|case| case["text"].is_string());
    let lines = texts.map(|case| json!({"id": case["id"], "text": case["text"]}).to_string());
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

/// The lines that `robotoff extract --jsonl` prints with the data of a folder.
fn answers(requests: &[u8], data: &Path) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("requests.jsonl");
    std::fs::write(&input, requests).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(["extract", "--jsonl", "--today", "2026-07-01", "--data-dir"])
        .arg(data)
        .stdin(std::fs::File::open(&input).unwrap())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    output.stdout
}

fn tool() -> Command {
    let mut command = Command::new("python3");
    command.arg(workspace::root().join("tests/tools/compare_predictions.py"));
    command
}

#[test]
fn label_texts_give_the_recorded_predictions() {
    check("text.jsonl.gz");
}

#[test]
fn ocr_documents_give_the_recorded_predictions() {
    check("ocr.jsonl.gz");
}

/// Data left out by `scripts/cut_test_data.py` change no answer.
#[test]
#[ignore = "needs ROBOTOFF_SHARED"]
fn the_full_data_give_the_answers_of_the_test_data() {
    let recorded = ["text.jsonl.gz", "ocr.jsonl.gz"].map(|cases| (cases.to_owned(), feed(cases)));
    let mut inputs = Vec::from(recorded);
    let label_texts = std::fs::read_dir(workspace::root().join("tests/labels")).unwrap();
    let files = label_texts.map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|end| end == "jsonl"));
    let more = ["labels.jsonl", "reports.jsonl"].map(|name| recorded_cases().join(name));
    for path in files.chain(more) {
        inputs.push((path.display().to_string(), texts(&path)));
    }
    for (cases, requests) in inputs {
        let cut = String::from_utf8(answers(&requests, &test_data())).unwrap();
        let full = String::from_utf8(answers(&requests, &shared_data())).unwrap();
        assert_eq!(cut.lines().count(), full.lines().count(), "{cases}");
        for (cut, full) in cut.lines().zip(full.lines()) {
            assert_eq!(cut, full, "{cases}: run scripts/cut_test_data.py again");
        }
    }
}
