//! Files open with what lives in them; files and functions are short enough to
//! be read in one go.

use super::assert_clean;
use super::checkout::{SourceFile, files_ending};
use super::rust_code::{blanked, functions};

const MAX_FILE_LINES: usize = 400;
const MAX_FUNCTION_LINES: usize = 60;

/// A file or function longer than its cap, its length, and the reason. The list may only
/// shrink: an entry that has become too generous is a fault.
struct Exception {
    /// A file, or `FILE: FUNCTION`.
    what: &'static str,
    lines: usize,
    reason: &'static str,
}

const EXCEPTIONS: [Exception; 0] = [];

/// A measured item: its name as in [`Exception::what`], its lines, its cap.
struct Length {
    what: String,
    lines: usize,
    cap: usize,
}

fn lengths(file: &SourceFile) -> Vec<Length> {
    let whole = Length {
        what: file.path.clone(),
        lines: file.text.lines().count(),
        cap: MAX_FILE_LINES,
    };
    let parts = functions(&blanked(&file.text));
    let parts = parts.into_iter().map(|(name, _, lines)| Length {
        what: format!("{}: {name}", file.path),
        lines,
        cap: MAX_FUNCTION_LINES,
    });
    [whole].into_iter().chain(parts).collect()
}

fn too_long(lengths: &[Length], exceptions: &[Exception]) -> Vec<String> {
    let entry_of = |what: &str| exceptions.iter().find(|entry| entry.what == what);
    let mut faults: Vec<String> = lengths
        .iter()
        .filter(|length| {
            let allowed = entry_of(&length.what).map_or(length.cap, |entry| entry.lines);
            length.lines > allowed
        })
        .map(|length| format!("{} has {} lines: split it", length.what, length.lines))
        .collect();
    for Exception {
        what,
        lines,
        reason,
    } in exceptions
    {
        let length = lengths
            .iter()
            .filter(|length| length.what == *what)
            .max_by_key(|length| length.lines);
        let cure = match length {
            Some(length) if length.lines > length.cap && length.lines >= *lines => continue,
            Some(length) if length.lines > length.cap => format!("lower it to {}", length.lines),
            _ => "remove it".to_owned(),
        };
        faults.push(format!("the exception {what} ({reason}): {cure}"));
    }
    faults
}

fn missing_head(file: &SourceFile) -> Option<String> {
    let has_head = file.text.starts_with("//! ");
    (!has_head).then(|| format!("{} does not open with //!", file.path))
}

#[test]
fn every_file_says_what_lives_in_it() {
    let faults: Vec<String> = files_ending(".rs")
        .iter()
        .filter_map(missing_head)
        .collect();
    assert_clean(&faults);
}

#[test]
fn files_and_functions_are_short_enough_to_be_read() {
    let all: Vec<Length> = files_ending(".rs").iter().flat_map(lengths).collect();
    assert_clean(&too_long(&all, &EXCEPTIONS));
}

#[test]
fn a_missing_head_is_noticed() {
    assert!(missing_head(&SourceFile::made_up("a.rs", "use std::fmt;\n")).is_some());
    assert!(missing_head(&SourceFile::made_up("a.rs", "//! Words.\n")).is_none());
}

#[test]
fn a_long_file_and_a_long_function_are_noticed() {
    let body = "    work();\n".repeat(MAX_FILE_LINES);
    let file = SourceFile::made_up("a.rs", &format!("fn long() {{\n{body}}}\n"));
    let faults = too_long(&lengths(&file), &[]);
    assert_eq!(
        faults,
        [
            "a.rs has 402 lines: split it",
            "a.rs: long has 402 lines: split it"
        ]
    );
}

#[test]
fn an_exception_may_only_shrink() {
    let check = |lines: usize, allowed: usize| {
        let length = Length {
            what: "a.rs".to_owned(),
            lines,
            cap: MAX_FILE_LINES,
        };
        let entry = Exception {
            what: "a.rs",
            lines: allowed,
            reason: "a table",
        };
        too_long(&[length], &[entry]).join("; ")
    };
    assert_eq!(check(500, 500), "");
    assert_eq!(check(501, 500), "a.rs has 501 lines: split it");
    assert_eq!(
        check(450, 500),
        "the exception a.rs (a table): lower it to 450"
    );
    assert_eq!(check(400, 500), "the exception a.rs (a table): remove it");
}
