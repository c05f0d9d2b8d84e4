//! Core has no I/O, no clock, no environment, no randomness and nothing async;
//! elsewhere the environment is read in one place, and work that blocks runs in bounded
//! pools.

use super::assert_clean;
use super::checkout::{SourceFile, files_ending};
use super::rust_code::{blanked, has_word, without_tests};

const CORE: &str = "crates/robotoff-core/src/";
const CONFIG: &str = "crates/robotoff/src/config.rs";
/// Code for tests only, which must find the servers that a machine has.
const TESTBED: &str = "crates/robotoff-testbed/";
/// The fuzz targets are tests of a workspace of their own.
const FUZZ: &str = "fuzz/";

/// The pools of threads, and a question to a person at a terminal, who may take long.
const SPAWNING: [&str; 2] = [
    "crates/robotoff-ports/src/blocking.rs",
    "crates/robotoff/src/cli/refresh.rs",
];

/// Modules of `std` that reach out of the program.
const OUTSIDE: [&str; 5] = ["fs", "net", "env", "process", "thread"];

/// Words that betray a clock, chance, or waiting.
const IMPURE: [&str; 11] = [
    "SystemTime",
    "Instant",
    "rand",
    "fastrand",
    "getrandom",
    "new_v4",
    "RandomState",
    "async",
    "await",
    "tokio",
    "include_bytes",
];

/// The modules of `std` that the code names, by path or in a `use std::{..}`.
fn std_modules(code: &str) -> Vec<&'static str> {
    let groups: Vec<&str> = code
        .split("use std::{")
        .skip(1)
        .map(|rest| rest.split(';').next().unwrap_or(rest))
        .collect();
    OUTSIDE
        .into_iter()
        .filter(|module| {
            has_word(code, &format!("std::{module}"))
                || groups.iter().any(|group| has_word(group, module))
        })
        .collect()
}

fn impurities(file: &SourceFile) -> Vec<String> {
    if !file.path.starts_with(CORE) || file.is_test() {
        return Vec::new();
    }
    let code = without_tests(&blanked(&file.text));
    // `now` as an argument is what core asks for; calling it is what it must not do.
    let calls = ["now()"].into_iter().filter(|call| code.contains(call));
    let words = IMPURE
        .into_iter()
        .filter(|word| has_word(&code, word))
        .chain(calls);
    std_modules(&code)
        .into_iter()
        .chain(words)
        .map(|word| format!("{}: core may not name {word}", file.path))
        .collect()
}

fn environment_reads(file: &SourceFile) -> Vec<String> {
    let is_harness = [TESTBED, FUZZ].iter().any(|at| file.path.starts_with(at));
    if file.path == CONFIG || is_harness || file.is_test() {
        return Vec::new();
    }
    let code = without_tests(&blanked(&file.text));
    let reads = std_modules(&code).contains(&"env") || code.contains("env::var");
    reads
        .then(|| format!("{}: only {CONFIG} reads the environment", file.path))
        .into_iter()
        .collect()
}

fn unbounded_threads(file: &SourceFile) -> Vec<String> {
    let code = without_tests(&blanked(&file.text));
    let is_allowed = SPAWNING.contains(&&*file.path) || file.is_test();
    (!is_allowed && has_word(&code, "spawn_blocking"))
        .then(|| format!("{}: work that blocks runs in a BlockingPool", file.path))
        .into_iter()
        .collect()
}

#[test]
fn core_has_no_files_clock_environment_randomness_or_waiting() {
    let faults: Vec<String> = files_ending(".rs").iter().flat_map(impurities).collect();
    assert_clean(&faults);
}

#[test]
fn the_environment_is_read_in_one_place() {
    let sources = files_ending(".rs");
    let faults: Vec<String> = sources.iter().flat_map(environment_reads).collect();
    assert_clean(&faults);
}

#[test]
fn work_that_blocks_runs_in_bounded_pools() {
    let sources = files_ending(".rs");
    let faults: Vec<String> = sources.iter().flat_map(unbounded_threads).collect();
    assert_clean(&faults);
}

#[test]
fn a_thread_outside_of_the_pools_is_noticed() {
    let spawn = "fn f() { tokio::task::spawn_blocking(work); }";
    let at = |path: &str| unbounded_threads(&SourceFile::made_up(path, spawn)).len();
    assert_eq!(at("crates/robotoff-off/src/file.rs"), 1);
    assert_eq!(at(SPAWNING[0]), 0);
    assert_eq!(at("crates/robotoff-off/tests/it/main.rs"), 0);
}

#[test]
fn impure_code_is_noticed_and_pure_code_is_not() {
    let in_core = |text: &str| impurities(&SourceFile::made_up(&format!("{CORE}x.rs"), text)).len();
    for bad in [
        "use std::fs;",
        "use std::{fmt, fs::File};",
        "let t = std::time::Instant::now;",
        "let t = Utc::now();",
        "async fn f() {}",
        "let id = Uuid::new_v4();",
    ] {
        assert!(in_core(bad) > 0, "{bad}");
    }
    for good in [
        "// std::fs is for others",
        "let text = \"right now\";",
        "#[cfg(test)] mod tests { use std::fs; }",
        "use std::{fmt, str};",
    ] {
        assert_eq!(in_core(good), 0, "{good}");
    }
}

#[test]
fn a_second_reader_of_the_environment_is_noticed() {
    let read = "fn f() { std::env::var_os(\"X\"); }";
    let at = |path: &str| environment_reads(&SourceFile::made_up(path, read)).len();
    assert_eq!(at("crates/robotoff/src/cli/mod.rs"), 1);
    assert_eq!(at(CONFIG), 0);
    assert_eq!(at("crates/robotoff/tests/it/workspace.rs"), 0);
    assert_eq!(at("fuzz/src/lib.rs"), 0);
}
