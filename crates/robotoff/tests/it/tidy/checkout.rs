//! The files of the checkout, found by walking from its root.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use crate::workspace;

/// Folders that hold nothing of ours: built, written at run time, or an editor's.
const SKIPPED: [&str; 6] = ["target", "var", "node_modules", ".git", ".idea", ".vscode"];

/// A file with its path from the root, `/` between folders.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    pub(super) path: String,
    /// Empty when the file is not UTF-8.
    pub(super) text: String,
}

impl SourceFile {
    /// A made-up file, for a rule to be tried on.
    pub(super) fn made_up(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    /// True for files that only tests and benches compile.
    pub(super) fn is_test(&self) -> bool {
        self.path.starts_with("bench/")
            || self.path.contains("/tests/")
            || self.path.contains("/benches/")
            || self.path.ends_with("/tests.rs")
    }
}

/// Every file of the checkout.
pub(super) fn files() -> &'static [SourceFile] {
    static FILES: LazyLock<Vec<SourceFile>> = LazyLock::new(|| {
        let mut found = Vec::new();
        walk(&workspace::root(), "", &mut found);
        found.sort_by(|a, b| a.path.cmp(&b.path));
        found
    });
    &FILES
}

/// The files whose name ends so.
pub(super) fn files_ending(ending: &str) -> Vec<SourceFile> {
    let found: Vec<SourceFile> = files()
        .iter()
        .filter(|file| file.path.ends_with(ending))
        .cloned()
        .collect();
    assert!(!found.is_empty(), "no file ends with {ending}");
    found
}

/// The text of one file that has to be there.
pub(super) fn text_of(path: &str) -> &'static str {
    files()
        .iter()
        .find(|file| file.path == path)
        .map(|file| file.text.as_str())
        .unwrap_or_else(|| panic!("there is no {path}"))
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                walk(&entry.path(), &format!("{path}/"), found);
            }
        } else if kind.is_file() && name != ".git" {
            let text = String::from_utf8(fs::read(entry.path()).unwrap()).unwrap_or_default();
            found.push(SourceFile { path, text });
        }
    }
}

#[test]
fn the_walk_finds_sources_and_the_ci_script_but_nothing_built() {
    let paths: Vec<&str> = files().iter().map(|file| file.path.as_str()).collect();
    for wanted in [".ci/run", "Cargo.toml", "crates/robotoff/src/main.rs"] {
        assert!(paths.contains(&wanted), "{wanted}");
    }
    let is_skipped = |path: &&str| path.starts_with("target/") || path.starts_with(".git/");
    assert_eq!(paths.iter().copied().find(is_skipped), None);
}
