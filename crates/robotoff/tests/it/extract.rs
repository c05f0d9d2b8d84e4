//! `robotoff extract` as a user and as a script meet it.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::workspace;

fn robotoff(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(arguments)
        .current_dir(workspace::root())
        .env_remove("ROBOTOFF_DATA_DIR")
        // No models, whatever this machine has.
        .env("MODELS_DIR", "/dev/null/models")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writing = std::thread::spawn(move || {
        // The program may end before it has read all.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    output
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_bundled_label_is_read() {
    let output = robotoff(&["extract", "data/demo/3561234567890_1.json"], b"");
    assert_eq!(output.status.code(), Some(0));
    let answer = &lines(&output)[0];
    let predictions = answer["predictions"].as_array().unwrap();
    let tags: Vec<&str> = predictions
        .iter()
        .filter_map(|p| p["value_tag"].as_str())
        .collect();
    assert!(
        tags.contains(&"en:fr-bio-01") && tags.contains(&"en:no-gluten"),
        "{tags:?}"
    );
    assert!(predictions.iter().any(|p| p["value"] == "320 g"));
}

#[test]
fn a_closed_output_ends_the_run_while_input_continues() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(["extract", "--jsonl", "--threads", "2"])
        .current_dir(workspace::root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let writing = std::thread::spawn(move || {
        while stdin
            .write_all(b"{\"text\": \"Poids net : 320 g\"}\n")
            .is_ok()
        {}
        // The input stays open: the program must not wait for its end.
        let _ = stopped.recv();
    });
    let mut first = [0; 1];
    let mut stdout = child.stdout.take().unwrap();
    std::io::Read::read_exact(&mut stdout, &mut first).unwrap();
    drop(stdout);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drop(stop);
    writing.join().unwrap();
}

#[test]
fn bad_lines_get_an_error_line_and_the_run_continues() {
    let input = concat!(
        "{\"id\": 1, \"text\": \"Poids net : 320 g\"}\n",
        "not json\n",
        "\n",
        "{\"id\": \"b\", \"type\": \"flavour\", \"text\": \"\"}\n",
        "{\"id\": 3, \"type\": [\"label\"], \"text\": \"vegan \\ud83d 320g net\"}\n",
        "{\"id\": 4}\n",
        "{\"id\": 5, \"ocr\": {\"responses\": []}}\n",
        "{\"id\": 6, \"ocr_json\": \"data/demo/absent.json\"}\n",
        "{\"id\": 7, \"ocr\": {\"responses\": [{}]}}",
    );
    let output = robotoff(&["extract", "--jsonl", "--threads", "3"], input.as_bytes());
    assert_eq!(output.status.code(), Some(0));
    let answers = lines(&output);
    let ids: Vec<String> = answers
        .iter()
        .map(|answer| answer["id"].to_string())
        .collect();
    assert_eq!(ids, ["1", "null", "\"b\"", "3", "4", "5", "6", "7"]);
    for (answer, part) in answers.iter().zip([
        None,
        Some("line 2 is no request"),
        Some("unknown type \"flavour\""),
        None,
        Some("give one of"),
        Some("is empty"),
        Some("absent.json"),
        None,
    ]) {
        let error = answer.get("error").and_then(Value::as_str);
        assert_eq!(error.is_some(), part.is_some(), "{answer}");
        assert!(error.unwrap_or("").contains(part.unwrap_or("")), "{answer}");
    }
    assert_eq!(answers[3]["predictions"].as_array().unwrap().len(), 1);
    let strict = robotoff(&["extract", "--jsonl", "--strict"], input.as_bytes());
    assert_eq!(strict.status.code(), Some(1));
}

#[test]
fn answers_keep_the_order_of_the_lines() {
    let input: String = (0..5000)
        .map(|id| format!("{{\"id\":{id},\"text\":\"vegan\"}}\n"))
        .collect();
    let output = robotoff(&["extract", "--jsonl", "--threads", "4"], input.as_bytes());
    let ids: Vec<u64> = lines(&output)
        .iter()
        .filter_map(|answer| answer["id"].as_u64())
        .collect();
    assert_eq!(ids, (0..5000).collect::<Vec<u64>>());
}

#[test]
fn a_line_beyond_the_limit_is_refused_alone() {
    let long = "x".repeat(5000);
    let input = format!("{{\"id\":1,\"text\":\"{long}\"}}\n{{\"id\":2,\"text\":\"vegan\"}}\n");
    let arguments = ["extract", "--jsonl", "--max-line-bytes", "1000"];
    let answers = lines(&robotoff(&arguments, input.as_bytes()));
    assert!(
        answers[0]["error"]
            .as_str()
            .unwrap()
            .contains("line 1 is too long")
    );
    assert_eq!(answers[1]["id"], 2);
}

#[test]
fn a_photo_without_models_is_an_error_of_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("front.jpg");
    std::fs::write(&image, b"\xFF\xD8\xFF\xE0rest").unwrap();
    let input = format!(
        "{{\"id\":1,\"image\":{image:?}}}\n{{\"id\":2,\"text\":\"Poids net : 320 g\"}}\n\
         {{\"id\":3,\"image\":\"absent.jpg\"}}\n"
    );
    let answers = lines(&robotoff(&["extract", "--jsonl"], input.as_bytes()));
    let error = |line: usize| {
        answers[line]["error"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(error(0).contains("`robotoff models pull`"), "{answers:?}");
    assert_eq!(answers[1]["predictions"][0]["value"], "320 g");
    assert!(answers[1].get("rotation").is_none(), "{answers:?}");
    assert!(error(2).contains("cannot read absent.jpg"), "{answers:?}");
}

#[test]
fn exit_codes_tell_what_went_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let image = folder.path().join("front.jpg");
    std::fs::write(&image, b"\xFF\xD8\xFF\xE0rest").unwrap();
    let image = image.to_str().unwrap();
    let folder = folder.path().to_str().unwrap();
    let demo = "data/demo/3561234567890_1.json";
    for (arguments, code, message) in [
        (vec!["extract", image], 2, "`robotoff models pull`"),
        (vec!["ocr", image], 2, "text-recognition-small"),
        (
            vec!["extract", "absent.json", demo],
            1,
            "cannot read absent.json",
        ),
        (vec!["extract"], 2, "required"),
        (
            vec!["extract", demo, "--types", "flavour"],
            2,
            "unknown type \"flavour\"",
        ),
        (
            vec!["extract", demo, "--data-dir", folder],
            3,
            "complete the data folder",
        ),
    ] {
        let output = robotoff(&arguments, b"");
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {printed}");
        assert!(printed.contains(message), "{arguments:?}: {printed}");
    }
}

#[test]
fn data_are_checked_part_by_part() {
    let output = robotoff(&["data", "check"], b"");
    assert_eq!(output.status.code(), Some(0));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains("taxonomies/labels.full.json"), "{printed}");
    let folder = tempfile::tempdir().unwrap();
    let broken = robotoff(
        &[
            "data",
            "check",
            "--data-dir",
            folder.path().to_str().unwrap(),
        ],
        b"",
    );
    assert_eq!(broken.status.code(), Some(3));
    let printed = String::from_utf8(broken.stdout).unwrap();
    assert!(
        printed.contains("ODbL") && printed.contains("complete the data folder"),
        "{printed}"
    );
}
