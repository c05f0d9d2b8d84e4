//! Documents and requests as clients really send them: codes in every spelling, and what
//! cannot be understood.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::super::client::post;
use super::{Turned, document, put, service, start};

pub(super) const IDS: [&str; 3] = ["x349", "x351", "x353"];

#[test]
fn a_document_with_an_error_is_reported_and_the_run_goes_on() {
    let failed = json!({"responses": [{"error": {"code": 3, "message": "Bad image data."}}]});
    let good = document(&["Poids net 200 g"], Turned::Upright);
    let lines = [("a", failed), ("b", good)]
        .map(|(id, document)| json!({"id": id, "ocr": document}).to_string());
    let mut child = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(["extract", "--jsonl"])
        .env_remove("ROBOTOFF_DATA_DIR")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut input = child.stdin.take().expect("its input");
    writeln!(input, "{}", lines.join("\n")).expect("lines are read");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8(output.stdout).expect("text");
    let answers: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(answers.len(), 2, "x349 {text}");
    let error = answers[0]["error"].as_str().expect("an error");
    assert!(error.contains("Bad image data"), "x349 {error}");
    let weight = &answers[1]["predictions"][0];
    assert_eq!(weight["value"], "200 g", "x349 {text}");
}

#[test]
fn a_product_is_found_by_every_spelling_of_its_code() {
    let service = service();
    for code in ["00000130", "0012345678905"] {
        put(&service, code, json!({"product_name": "Lait vegan"}));
        service.done(&["refresh", code]);
    }
    let _up = start(&service);
    for spelling in [
        "130",
        "00000130",
        "0000000000130",
        "12345678905",
        "0012345678905",
        "00012345678905",
    ] {
        let answer = service.get(&format!("/api/v1/questions/{spelling}"));
        assert_eq!(answer["status"], "found", "x351 {spelling}");
    }
}

#[test]
fn requests_that_cannot_be_understood_are_refused() {
    let service = service();
    let _up = start(&service);
    let id = "6a0a6b2e-4cc4-4cde-9a60-6bcf0d0a6a0e";
    let broken = ("Authorization", "Basic !!!");
    for (headers, form, status) in [
        (&[][..], "insight_id=&annotation=1".to_owned(), 400),
        (&[], format!("insight_id={id}&annotation=5"), 400),
        (
            &[],
            format!("insight_id={id}&annotation=1&update=maybe"),
            400,
        ),
        (&[broken], format!("insight_id={id}&annotation=1"), 401),
    ] {
        let answer = post(service.port, "/api/v1/insights/annotate", headers, &form);
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, status, "x353 {form}: {}", answer.body);
        assert!(
            answer.body["title"].is_string(),
            "x353 {form}: {}",
            answer.body
        );
    }
}
