//! `robotoff extractors`, and `robotoff extract --explain` and `--html`, as a user
//! meets them.

use std::process::{Command, Output};

use robotoff_core::extract::EXTRACTORS;
use serde_json::Value;

use crate::workspace;

const DEMO: &str = "data/demo/images/149/001/200/0119/1.json";

fn robotoff(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(arguments)
        .current_dir(workspace::root())
        .env_remove("ROBOTOFF_DATA_DIR")
        .output()
        .unwrap()
}

fn done(arguments: &[&str]) -> String {
    let output = robotoff(arguments);
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {printed}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn extractors_are_listed_for_people_and_for_programs() {
    let table = done(&["extractors"]);
    let rows: Vec<Value> = serde_json::from_str(&done(&["extractors", "--json"])).unwrap();
    assert_eq!(rows.len(), EXTRACTORS.len());
    for (row, spec) in rows.iter().zip(EXTRACTORS) {
        let name = spec.kind.name();
        assert!(
            table
                .lines()
                .any(|line| line.starts_with(&format!("{name} ")))
        );
        assert_eq!(row["type"], name);
        assert!(row["methods"][0]["predictor_version"].is_string(), "{row}");
        let lists = row["lists"].as_array().unwrap();
        assert_eq!(lists.len(), spec.parts.len());
        for list in lists {
            assert!(list["entries"].as_u64().unwrap() > 0, "{row}");
            assert!(table.contains(list["path"].as_str().unwrap()));
        }
    }
    let absent = robotoff(&["extractors", "--data-dir", "absent"]);
    assert_eq!(absent.status.code(), Some(3));
}

#[test]
fn matches_are_shown_in_the_text_without_colours_where_no_terminal_is() {
    let text = done(&["extract", "--explain", DEMO]);
    assert!(!text.contains('\u{1b}'), "{text}");
    let json: Value = serde_json::from_str(&done(&["extract", DEMO])).unwrap();
    let predictions = json["predictions"].as_array().unwrap();
    let grounds = predictions.iter().flat_map(|p| p["evidence"].as_array());
    let ground = grounds.flatten().next().unwrap()["text"].as_str().unwrap();
    assert!(text.contains(ground.trim()), "{ground:?} in {text}");
    for (number, prediction) in (1..).zip(predictions) {
        let kind = prediction["type"].as_str().unwrap();
        assert!(text.contains(&format!("{number:>4} {kind:<18} ")), "{text}");
        if prediction.get("evidence").is_some() {
            assert!(
                text.contains(&format!("]({number})")) || text.contains(&format!(")({number})"))
            );
        }
    }
}

#[test]
fn a_page_holds_the_photo_beside_the_document() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    let page = path.to_str().unwrap();
    assert_eq!(done(&["extract", "--html", page, DEMO]), "");
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(written.contains("href=\"data:image/jpeg;base64,/9j/"));
    assert!(written.contains("<rect class=\"match\"") && written.contains("<mark"));
    let outside = ["http://", "https://", "<script", "src=\"/", "url("];
    assert_eq!(outside.iter().find(|part| written.contains(**part)), None);
    for (arguments, code, message) in [
        (vec!["extract", "--html", page, DEMO, DEMO], 2, "one FILE"),
        (vec!["extract", "--photo", "a.jpg", DEMO], 2, "--html"),
        (
            vec!["extract", "--html", page, "--photo", "Makefile", DEMO],
            1,
            "Makefile is no photo",
        ),
        (
            vec!["extract", "--html", "absent/p.html", DEMO],
            1,
            "absent/p.html",
        ),
    ] {
        let output = robotoff(&arguments);
        let printed = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {printed}");
        assert!(printed.contains(message), "{arguments:?}: {printed}");
    }
}
