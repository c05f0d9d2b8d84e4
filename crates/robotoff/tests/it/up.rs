//! `make up` and `make down`: the demo service starts, answers, stops.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;

use crate::workspace;

const PROGRAM: &str = env!("CARGO_BIN_EXE_robotoff");
const DEMO_PRODUCTS: usize = 12;

/// Longer than any answer of a machine that is busy.
const READ_TIMEOUT: Duration = Duration::from_secs(60);

/// A demo service in a folder of its own, stopped when the test ends.
struct Demo {
    folder: tempfile::TempDir,
    address: String,
}

impl Demo {
    fn new() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        Self {
            folder: tempfile::tempdir().unwrap(),
            address: free.local_addr().unwrap().to_string(),
        }
    }

    fn script(&self, name: &str, arguments: &[&Path]) -> Output {
        Command::new(workspace::root().join("scripts").join(name))
            .args(arguments)
            .env("LISTEN", &self.address)
            .env("SEARCH_URL", "none")
            // Where nothing was pulled, whatever this machine has.
            .env("MODELS_DIR", self.folder.path().join("models"))
            .env_remove("ROBOTOFF_DATA_DIR")
            .output()
            .unwrap()
    }

    fn up(&self, program: &Path) -> Output {
        self.script("up.sh", &[program, self.folder.path()])
    }

    fn down(&self) -> Output {
        self.script("down.sh", &[self.folder.path()])
    }

    /// Head and body of what a path answers.
    fn get(&self, path: &str) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(READ_TIMEOUT)).unwrap();
        let host = &self.address;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|at| at == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        (head, answer[end + 4..].to_vec())
    }

    fn questions(&self) -> Vec<Value> {
        let (head, body) = self.get("/api/v1/questions/random?count=100");
        assert!(head.contains(" 200 "), "{head}");
        let body: Value = serde_json::from_slice(&body).unwrap();
        body["questions"].as_array().unwrap().clone()
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.down();
    }
}

fn text(output: &Output) -> String {
    let all = [&*output.stdout, &*output.stderr].concat();
    String::from_utf8_lossy(&all).into_owned()
}

#[track_caller]
fn assert_success(output: &Output) {
    assert!(output.status.success(), "{}", text(output));
}

/// A program of this name that says something and ends.
fn stand_in(folder: &Path, script: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("robotoff");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
    path
}

#[test]
fn the_demo_asks_about_its_products_and_shows_their_images() {
    let demo = Demo::new();
    assert_success(&demo.up(Path::new(PROGRAM)));
    let questions = demo.questions();
    assert!(questions.len() >= DEMO_PRODUCTS, "{questions:#?}");
    for question in &questions {
        let image = question["source_image_url"].as_str().unwrap();
        let base = format!("http://{}", demo.address);
        let (head, body) = demo.get(image.strip_prefix(&base).unwrap());
        assert!(
            head.contains(" 200 ") && head.contains("image/jpeg"),
            "{image}: {head}"
        );
        assert!(body.starts_with(&[0xFF, 0xD8]), "{image}");
    }
    let (head, page) = demo.get("/");
    assert!(head.contains("text/html"), "{head}");
    // `make test` builds the pages first: this is not the placeholder.
    let page = String::from_utf8_lossy(&page);
    let assets: Vec<&str> = page
        .split('"')
        .filter_map(|text| text.strip_prefix("./assets/"))
        .collect();
    assert!(assets.len() >= 2, "{page}");
    for asset in assets {
        let (head, _) = demo.get(&format!("/assets/{asset}"));
        assert!(
            head.contains(" 200 ") && head.contains("immutable"),
            "{head}"
        );
    }
}

#[test]
fn up_again_changes_nothing_and_down_stops_it_and_keeps_the_data() {
    let demo = Demo::new();
    let first = demo.up(Path::new(PROGRAM));
    assert_success(&first);
    let asked = demo.questions().len();
    let second = demo.up(Path::new(PROGRAM));
    assert_success(&second);
    assert_eq!(first.stdout, second.stdout);
    assert_eq!(demo.questions().len(), asked);
    assert_success(&demo.down());
    assert!(TcpStream::connect(&demo.address).is_err());
    assert!(text(&demo.down()).contains("does not run"));
    assert_success(&demo.up(Path::new(PROGRAM)));
    assert_eq!(demo.questions().len(), asked);
}

#[test]
fn a_service_that_ends_is_reported_with_the_end_of_its_log() {
    let demo = Demo::new();
    let broken = stand_in(demo.folder.path(), "echo the disk is full >&2; exit 1");
    let output = demo.up(&broken);
    assert!(!output.status.success());
    let printed = text(&output);
    assert!(
        printed.contains("has ended") && printed.contains("the disk is full"),
        "{printed}"
    );
}

#[test]
fn a_taken_address_is_reported() {
    let demo = Demo::new();
    let _taken = TcpListener::bind(&demo.address).unwrap();
    let output = demo.up(Path::new(PROGRAM));
    assert!(!output.status.success());
    assert!(text(&output).contains(&demo.address), "{}", text(&output));
}
