//! The vocabulary of ARCHITECTURE.md: coined words stay out of names, comments and pages;
//! a public name means one thing in the whole workspace; doc comments say what a thing is.

use std::collections::BTreeMap;

use super::assert_clean;
use super::checkout::{SourceFile, files, files_ending};
use super::names::{definitions, words};
use super::rust_code::{blanked, without_tests};

/// Words that may not be part of a defined name, and the word of the field for each.
const COINED_NAMES: [(&str, &str); 31] = [
    ("album", "cache"),
    ("asked", "request context"),
    ("beat", "heartbeat interval"),
    ("beginnings", "prefix filter"),
    ("bookmark", "checkpoint"),
    ("desk", "test context"),
    ("exam", "conformance test"),
    ("fate", "disposition"),
    ("gazetteer", "lexicon"),
    ("glued", "adjacent"),
    ("hopeless", "Discard"),
    ("lies", "rotation"),
    ("lowered", "case-folded"),
    ("memories", "cache capacity"),
    ("mend", "correct, fix"),
    ("mended", "corrected, fixed"),
    ("nobody", "stub"),
    ("parted", "unsegmented"),
    ("patience", "timeout"),
    ("prompt", "trigger"),
    ("rim", "middleware"),
    ("said", "returned, reported"),
    ("shelf", "fake"),
    ("silence", "liveness timeout"),
    ("sit", "run"),
    ("stage", "TestApp"),
    ("told", "returned, reported"),
    ("touched", "affected"),
    ("treatment", "effective policy"),
    ("trial", "fixture"),
    ("unfit", "reject reason"),
];

/// Phrases that neither comments nor pages use, and what they use instead.
const COINED_PHRASES: [(&str, &str); 12] = [
    ("bookmark", "checkpoint"),
    ("gives back", "releases"),
    ("given back", "released"),
    ("gazetteer", "lexicon"),
    ("hopeless", "permanent error"),
    ("left behind", "orphaned, expired"),
    ("mended", "corrected, fixed"),
    ("patience", "timeout"),
    ("people without a name", "anonymous users"),
    ("sits the exam", "passes the conformance tests"),
    ("the rim", "the middleware"),
    ("without a name", "anonymous"),
];

/// Files that may use refused words: the reference has the words of the existing service, and
/// these others name the words that they refuse, or a table that has one as its name.
const EXEMPT: [&str; 5] = [
    "docs/reference/",
    "docs/adopting.md",
    "ARCHITECTURE.md",
    "STYLE.md",
    "crates/robotoff/tests/it/tidy/vocabulary.rs",
];

/// Names that frameworks ask for, once in each module.
const FRAMEWORK_NAMES: [&str; 6] = [
    "ActiveModel",
    "Column",
    "Entity",
    "Model",
    "PrimaryKey",
    "Relation",
];

fn coined_definitions(file: &SourceFile) -> Vec<String> {
    let code = blanked(&file.text);
    let coined = |name: &str| {
        let parts = words(name);
        COINED_NAMES
            .iter()
            .find(|(word, _)| parts.iter().any(|part| part == word))
    };
    definitions(&code)
        .into_iter()
        .filter_map(|name| Some((name, coined(name)?)))
        .map(|(name, (word, instead))| {
            format!("{}: {name} says \"{word}\", not {instead}", file.path)
        })
        .collect()
}

/// The comments of Rust text, one for each line that has one; other files as they are.
fn prose(file: &SourceFile) -> Vec<(usize, String)> {
    let lines = file.text.lines().enumerate();
    let is_rust = file.path.ends_with(".rs");
    lines
        .filter_map(|(at, line)| {
            let text = if is_rust {
                line.trim_start().strip_prefix("//")?
            } else {
                line
            };
            Some((at + 1, text.to_lowercase()))
        })
        .collect()
}

fn coined_phrases(file: &SourceFile) -> Vec<String> {
    let mut faults = Vec::new();
    for (line, text) in prose(file) {
        for (phrase, instead) in COINED_PHRASES {
            if text.contains(phrase) {
                let path = &file.path;
                faults.push(format!("{path}:{line} says \"{phrase}\", not {instead}"));
            }
        }
    }
    faults
}

/// Names of types and traits that the file defines for others, tests left out.
fn public_types(file: &SourceFile) -> Vec<String> {
    let code = without_tests(&blanked(&file.text));
    let tokens: Vec<&str> = code
        .split(|c: char| !c.is_alphanumeric() && c != '_' && c != '(' && c != ')')
        .filter(|token| !token.is_empty())
        .collect();
    tokens
        .windows(3)
        .filter(|part| part[0] == "pub" || part[0].starts_with("pub("))
        .filter(|part| ["struct", "enum", "trait", "type", "union"].contains(&part[1]))
        .map(|part| {
            let name = part[2].split(['(', ')']).next().unwrap_or_default();
            name.to_owned()
        })
        .filter(|name| !FRAMEWORK_NAMES.contains(&name.as_str()))
        .collect()
}

fn names_of_two_meanings(files: &[SourceFile]) -> Vec<String> {
    let mut places: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.is_test()) {
        for name in public_types(file) {
            places.entry(name).or_default().push(&file.path);
        }
    }
    places
        .into_iter()
        .filter(|(_, paths)| paths.len() > 1)
        .map(|(name, paths)| format!("{name} has {} meanings: {}", paths.len(), paths.join(", ")))
        .collect()
}

/// First lines of doc comments that begin with a question word instead of the thing.
fn riddles(file: &SourceFile) -> Vec<String> {
    let lines: Vec<&str> = file.text.lines().map(str::trim_start).collect();
    let is_doc = |line: &str| line.starts_with("///") || line.starts_with("//!");
    let mut faults = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let is_first = is_doc(line) && !at.checked_sub(1).is_some_and(|above| is_doc(lines[above]));
        let text = line.get(3..).unwrap_or_default().trim_start();
        let first = text.split(' ').next().unwrap_or_default();
        if is_first && ["What", "How", "Whether", "Who", "Nothing"].contains(&first) {
            faults.push(format!("{}:{}: {text}", file.path, at + 1));
        }
    }
    faults
}

fn is_ours(file: &SourceFile) -> bool {
    !EXEMPT.iter().any(|exempt| file.path.starts_with(exempt))
}

#[test]
fn names_are_words_of_the_field() {
    let sources = files_ending(".rs");
    let ours = sources.iter().filter(|file| is_ours(file));
    let faults: Vec<String> = ours.flat_map(coined_definitions).collect();
    assert_clean(&faults);
}

#[test]
fn comments_and_pages_use_the_words_of_the_field() {
    let is_prose = |file: &&SourceFile| file.path.ends_with(".rs") || file.path.ends_with(".md");
    let ours = files().iter().filter(is_prose).filter(|file| is_ours(file));
    let faults: Vec<String> = ours.flat_map(coined_phrases).collect();
    assert_clean(&faults);
}

#[test]
fn a_public_name_means_one_thing_in_the_workspace() {
    let sources = files_ending(".rs");
    let crates: Vec<SourceFile> = sources
        .into_iter()
        .filter(|file| file.path.starts_with("crates/"))
        .collect();
    assert_clean(&names_of_two_meanings(&crates));
}

#[test]
fn doc_comments_begin_with_the_thing() {
    let sources = files_ending(".rs");
    let faults: Vec<String> = sources.iter().flat_map(riddles).collect();
    assert_clean(&faults);
}

#[test]
fn a_coined_word_is_noticed() {
    let check = |text: &str| coined_definitions(&SourceFile::made_up("a.rs", text)).len();
    assert_eq!(
        check("struct UserFate; fn rim_of() {} const PATIENCE: u8 = 1;"),
        3
    );
    assert_eq!(check("struct Primary; fn trim() {} // fate"), 0);
    let phrases = |path: &str, text: &str| coined_phrases(&SourceFile::made_up(path, text)).len();
    assert_eq!(
        phrases("a.rs", "/// Jobs that were given back.\nfn a() {}"),
        1
    );
    assert_eq!(phrases("a.rs", "fn a() { log(\"given back\") }"), 0);
    assert_eq!(phrases("a.md", "Defects that are Mended"), 1);
}

#[test]
fn a_name_of_two_meanings_is_noticed() {
    let file = |path: &str, text: &str| SourceFile::made_up(path, text);
    let one = file(
        "crates/a/src/x.rs",
        "pub struct Answer(u8);\npub struct Model;",
    );
    let two = file(
        "crates/b/src/y.rs",
        "pub(crate) enum Answer { A }\nstruct Vote;",
    );
    let own = file("crates/b/src/z.rs", "struct Answer;\npub struct Model;");
    let test = file("crates/b/tests/it/z.rs", "pub struct Answer;");
    assert_eq!(
        names_of_two_meanings(&[one, two, own, test]),
        ["Answer has 2 meanings: crates/a/src/x.rs, crates/b/src/y.rs"]
    );
}

#[test]
fn a_riddle_is_noticed() {
    let check = |text: &str| riddles(&SourceFile::made_up("a.rs", text)).len();
    assert_eq!(
        check("/// What it is.\nfn a() {}\n\n    /// How it is done.\n"),
        2
    );
    assert_eq!(
        check("/// The lease of a job.\n/// What it is.\nfn a() {}\n"),
        0
    );
}
