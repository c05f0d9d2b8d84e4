//! A test that lacks something fails or is counted as ignored; none passes without
//! having run.

use toml::Table;

use super::assert_clean;
use super::checkout::{SourceFile, files, files_ending};
use super::rust_code::blanked;

/// Mark of a test that reads the folder of real data.
const MARK: &str = "#[ignore = \"needs ROBOTOFF_SHARED\"]";
/// Beginning of the mark of a test that another one runs in a process of its own.
const CHILD: &str = "#[ignore = \"needs to be run by `";
/// Calls that fail without that folder.
const READS: [&str; 2] = ["shared_data()", "testbed::shared()"];

/// Tests whose figures are reported: the storm prints its seed and what it counted.
const REPORTS: &str = "/it/service/storm/";

/// The tests of a file, each from its first attribute to the end of its body.
fn tests_of(text: &str) -> Vec<&str> {
    let is_start = |at: &usize| {
        let rest = &text[*at..];
        rest.starts_with("#[test]") || rest.starts_with("#[tokio::test")
    };
    let starts = text.match_indices("#[").map(|(at, _)| at).filter(is_start);
    starts
        .filter_map(|start| text[start..].split("\n}\n").next())
        .collect()
}

/// Tests on real data that are not marked, and other reasons to ignore a test.
fn unmarked(file: &SourceFile) -> Vec<String> {
    let mut faults = Vec::new();
    for test in tests_of(&file.text) {
        let name = test
            .split("fn ")
            .nth(1)
            .and_then(|rest| rest.split('(').next());
        let name = name.unwrap_or_default();
        let is_marked = test.contains(MARK);
        if !is_marked && READS.iter().any(|call| test.contains(call)) {
            faults.push(format!("{}: {name} lacks {MARK}", file.path));
        }
        let is_child = test.contains(CHILD);
        if !(is_marked || is_child) && test.contains(concat!("#[ig", "nore")) {
            faults.push(format!("{}: {name} is ignored without a need", file.path));
        }
    }
    faults
}

/// Tests print no excuse: they fail.
fn excuses(file: &SourceFile) -> Vec<String> {
    let is_program = file.path.contains("/src/") && !file.path.ends_with("/tests.rs");
    let is_report = file.path.contains(REPORTS);
    let has_one =
        file.is_test() && !is_program && !is_report && blanked(&file.text).contains("eprintln!");
    let fault = has_one.then(|| format!("{}: a test prints an excuse", file.path));
    fault.into_iter().collect()
}

/// Test programs called `integration` that a plain `cargo test` would run.
fn run_by_default(path: &str, manifest: &str) -> Option<String> {
    let manifest: Table = manifest.parse().expect("the manifest is TOML");
    let programs = manifest.get("test").and_then(toml::Value::as_array);
    let is_ours = |program: &&toml::Value| program["name"].as_str() == Some("integration");
    let program = programs.into_iter().flatten().find(is_ours);
    let is_left_out = program.is_some_and(|program| {
        let setting = program.get("test").and_then(toml::Value::as_bool);
        setting == Some(false)
    });
    (!is_left_out).then(|| format!("{path}: [[test]] integration lacks test = false"))
}

#[test]
fn tests_on_real_data_are_marked() {
    let tests = files_ending(".rs");
    let tests = tests.iter().filter(|file| !file.path.contains("/it/tidy/"));
    let faults: Vec<String> = tests.flat_map(unmarked).collect();
    assert_clean(&faults);
}

#[test]
fn no_test_prints_an_excuse() {
    let faults: Vec<String> = files_ending(".rs").iter().flat_map(excuses).collect();
    assert_clean(&faults);
}

#[test]
fn only_make_integration_runs_the_programs_of_that_name() {
    let heads = files_ending("/tests/integration/main.rs");
    let faults = heads.iter().filter_map(|head| {
        let folder = head.path.strip_suffix("tests/integration/main.rs")?;
        let path = format!("{folder}Cargo.toml");
        let manifest = files().iter().find(|file| file.path == path)?;
        run_by_default(&path, &manifest.text)
    });
    assert_clean(&faults.collect::<Vec<_>>());
}

#[test]
fn an_unmarked_test_and_an_excuse_are_noticed() {
    let text = format!(
        "#[test]\nfn a() {{\n    shared_data();\n}}\n\n{MARK}\n#[test]\nfn b() {{}}\n\
         \n#[tokio::test]\n{MARK}\nasync fn c() {{\n    shared_data();\n}}\n\
         \n#[test]\n#[ignore]\nfn d() {{\n    eprintln!();\n}}\n"
    );
    let file = SourceFile::made_up("bench/tests/a.rs", &text);
    assert_eq!(unmarked(&file).len(), 2, "{:?}", unmarked(&file));
    assert_eq!(excuses(&file).len(), 1);
}

#[test]
fn an_integration_program_of_every_run_is_noticed() {
    let left_out = "[[test]]\nname = \"integration\"\ntest = false\n";
    assert_eq!(run_by_default("a", left_out), None);
    assert!(run_by_default("a", "[[test]]\nname = \"integration\"\n").is_some());
    assert!(run_by_default("a", "[package]\nname = \"a\"\n").is_some());
}
