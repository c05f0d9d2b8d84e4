//! The recorded answers of the service before this one, compared by their own tool.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{corrected, workspace};

const TYPES: &str = "brand,category,expiration_date,image_flag,image_lang,image_orientation,label,\
    location,nutrient,nutrient_mention,packager_code,packaging,product_weight,store,trace";

fn check(cases: &str) {
    let Some(shared) = workspace::shared() else {
        return;
    };
    let cases = shared.join("cases").join(cases);
    let folder = tempfile::tempdir().unwrap();
    let got = folder.path().join("got.jsonl");
    let feed = tool(&shared)
        .arg(&cases)
        .arg("--feed")
        .output()
        .expect("python3 runs the tool");
    assert!(
        feed.status.success(),
        "{}",
        String::from_utf8_lossy(&feed.stderr)
    );
    let requests = folder.path().join("requests.jsonl");
    std::fs::write(&requests, feed.stdout).unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(["extract", "--jsonl", "--today", "2026-07-01", "--data-dir"])
        .arg(shared.join("data"))
        .stdin(File::open(&requests).unwrap())
        .stdout(Stdio::from(File::create(&got).unwrap()))
        .status()
        .unwrap();
    assert!(status.success());
    let accepted = workspace::root().join("tests/accepted_differences.json");
    let compared = tool(&shared)
        .args([&cases, &got])
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

fn tool(shared: &Path) -> Command {
    let mut command = Command::new("python3");
    command.arg(shared.join("tools/compare_predictions.py"));
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
