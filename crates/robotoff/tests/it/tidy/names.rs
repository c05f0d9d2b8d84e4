//! Words that say nothing may not stand in the names of things, files and folders.

use super::assert_clean;
use super::checkout::{SourceFile, files, files_ending};
use super::rust_code::blanked;

const BANNED: [&str; 10] = [
    "manager",
    "helper",
    "util",
    "common",
    "misc",
    "base",
    "handler",
    "processor",
    "info",
    "importer",
];

/// Keywords before a defined name.
const DEFINERS: [&str; 10] = [
    "fn",
    "struct",
    "enum",
    "trait",
    "mod",
    "type",
    "const",
    "static",
    "union",
    "macro_rules",
];

/// The words of a name in snake, kebab or camel case, in lower case.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_upper = true;
    for c in name.chars() {
        let starts_word = c.is_uppercase() && !was_upper;
        was_upper = c.is_uppercase();
        if starts_word || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            let word = words.last_mut().expect("there is always one word");
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The banned word of a name, in its singular.
fn banned_word(name: &str) -> Option<&'static str> {
    let words = words(name);
    BANNED.into_iter().find(|banned| {
        words
            .iter()
            .any(|word| word == banned || word.strip_suffix('s') == Some(banned))
    })
}

pub(super) fn definitions(code: &str) -> Vec<&str> {
    let tokens: Vec<&str> = code
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|token| !token.is_empty())
        .collect();
    tokens
        .windows(2)
        .filter(|pair| DEFINERS.contains(&pair[0]))
        .map(|pair| pair[1])
        .collect()
}

fn bad_definitions(file: &SourceFile) -> Vec<String> {
    let code = blanked(&file.text);
    definitions(&code)
        .into_iter()
        .filter_map(|name| Some((name, banned_word(name)?)))
        .map(|(name, word)| format!("{}: {name} says \"{word}\"", file.path))
        .collect()
}

fn bad_path(path: &str) -> Option<String> {
    let word = path.split('/').find_map(banned_word)?;
    Some(format!("the path {path} says \"{word}\""))
}

#[test]
fn names_of_things_say_what_they_are() {
    let sources = files_ending(".rs");
    let faults: Vec<String> = sources.iter().flat_map(bad_definitions).collect();
    assert_clean(&faults);
}

#[test]
fn names_of_files_and_folders_say_what_is_inside() {
    let faults: Vec<String> = files()
        .iter()
        .filter_map(|file| bad_path(&file.path))
        .collect();
    assert_clean(&faults);
}

#[test]
fn a_name_that_says_nothing_is_noticed() {
    let check = |text: &str| bad_definitions(&SourceFile::made_up("a.rs", text)).len();
    assert_eq!(
        check(concat!("struct Job", "Manager; fn ba", "se_url() {}")),
        2
    );
    assert_eq!(
        check(concat!("mod ut", "ils; const HTTP_IN", "FO: u8 = 1;")),
        2
    );
    assert_eq!(
        check("struct Database; fn information() { info!(\"base\") }"),
        0
    );
    assert!(bad_path(concat!("crates/x/src/ut", "ils.rs")).is_some());
    assert!(bad_path(concat!("crates/com", "mon/src/lib.rs")).is_some());
    assert!(bad_path("crates/x/src/database.rs").is_none());
}

#[test]
fn names_are_split_into_words() {
    for (name, expected) in [
        ("base_url", "base url"),
        ("JobHandler", "job handler"),
        ("HTTP_INFO", "http info"),
        ("db-helper.rs", "db helper rs"),
    ] {
        assert_eq!(words(name).join(" "), expected);
    }
}
