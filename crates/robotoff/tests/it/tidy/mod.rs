//! The rules of the house that the compiler does not know.

use std::fs;
use std::path::{Path, PathBuf};

use crate::workspace;

/// Lines that a source file may have.
const MAX_LINES: usize = 400;

/// Files that are longer, each with its reason. The list may only shrink.
const LONGER: [(&str, usize); 0] = [];

/// Words that say nothing in a name.
const BANNED: [&str; 11] = [
    "manager",
    "helper",
    "util",
    "utils",
    "common",
    "misc",
    "base",
    "handler",
    "processor",
    "info",
    "importer",
];

/// Who may depend on which of our crates.
const ARROWS: [(&str, &[&str]); 3] = [
    ("robotoff-core", &[]),
    ("robotoff-off", &["robotoff-core"]),
    ("robotoff", &["robotoff-core", "robotoff-off"]),
];

/// What core must not name.
const IMPURE: [&str; 11] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant",
    "::now()",
    "async fn",
    "rand::",
    "include_bytes!",
];

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let name = entry.file_name();
        let is_skipped =
            name == "target" || name == "var" || name.to_string_lossy().starts_with('.');
        if is_skipped {
            continue;
        }
        if path.is_dir() {
            files(&path, ending, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == ending)
        {
            found.push(path);
        }
    }
}

/// Every source file with its path from the root and its text.
fn sources() -> Vec<(String, String)> {
    let root = workspace::root();
    let mut found = Vec::new();
    files(&root, "rs", &mut found);
    assert!(found.len() > 20, "the sources are found");
    let relative = |path: &Path| path.strip_prefix(&root).unwrap().display().to_string();
    found
        .iter()
        .map(|path| (relative(path), fs::read_to_string(path).unwrap()))
        .collect()
}

/// The text before the tests at its end.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

fn impure_words(text: &str) -> Vec<&'static str> {
    let code = without_tests(text)
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    IMPURE
        .into_iter()
        .filter(|word| code.contains(word))
        .collect()
}

#[test]
fn core_has_no_clock_no_files_no_environment_no_randomness() {
    assert_eq!(
        impure_words("let t = Instant::now();"),
        ["Instant", "::now()"]
    );
    for (path, text) in sources() {
        if path.starts_with("crates/robotoff-core/src") {
            assert_eq!(impure_words(&text), Vec::<&str>::new(), "{path}");
        }
    }
}

#[test]
fn the_environment_is_read_in_one_place() {
    for (path, text) in sources() {
        let is_free = path == "crates/robotoff/src/config.rs"
            || path.contains("/tests/")
            || path.starts_with("bench/");
        let reads = without_tests(&text).contains("env::var");
        assert!(is_free || !reads, "{path} reads the environment");
    }
}

#[test]
fn every_file_says_what_lives_in_it() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! "), "{path} does not open with //!");
    }
}

#[test]
fn files_are_short_enough_to_be_read() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        let longer = LONGER.iter().find(|(known, _)| *known == path);
        match longer {
            Some((_, allowed)) => {
                assert!(
                    lines == *allowed && lines > MAX_LINES,
                    "{path}: its entry may shrink to {lines}"
                );
            }
            None => assert!(lines <= MAX_LINES, "{path} has {lines} lines"),
        }
    }
}

/// The words of a snake or camel case name.
fn words(name: &str) -> Vec<String> {
    let mut spaced = String::new();
    for c in name.chars() {
        if c.is_uppercase() {
            spaced.push('_');
        }
        spaced.extend(c.to_lowercase());
    }
    spaced
        .split(['_', '-'])
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn banned_names(text: &str) -> Vec<String> {
    const KEYWORDS: [&str; 7] = ["fn", "struct", "enum", "trait", "mod", "type", "const"];
    let tokens: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
        .collect();
    let named = tokens
        .windows(2)
        .filter(|pair| KEYWORDS.contains(&pair[0]))
        .map(|pair| pair[1]);
    named
        .filter(|name| {
            words(name)
                .iter()
                .any(|word| BANNED.contains(&word.as_str()))
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn names_say_what_a_thing_is() {
    let bad = concat!("struct Job", "Manager; fn ba", "se_url() {}");
    assert_eq!(banned_names(bad).len(), 2);
    for (path, text) in sources() {
        assert_eq!(banned_names(&text), Vec::<String>::new(), "{path}");
        let stem = Path::new(&path)
            .file_stem()
            .unwrap()
            .to_string_lossy()
            .into_owned();
        assert!(
            words(&stem)
                .iter()
                .all(|word| !BANNED.contains(&word.as_str())),
            "{path}"
        );
    }
}

#[test]
fn crates_depend_only_along_the_arrows() {
    let root = workspace::root();
    for (name, allowed) in ARROWS {
        let manifest =
            fs::read_to_string(root.join("crates").join(name).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = manifest.parse().unwrap();
        let dependencies = manifest["dependencies"].as_table().unwrap();
        for (dependency, value) in dependencies {
            let is_ours = dependency.starts_with("robotoff");
            assert!(
                !is_ours || allowed.contains(&dependency.as_str()),
                "{name} -> {dependency}"
            );
            let is_inherited = value.get("workspace").is_some();
            assert!(
                is_inherited && value.get("features").is_none(),
                "{name}: {dependency}"
            );
        }
        assert_eq!(
            manifest["lints"]["workspace"].as_bool(),
            Some(true),
            "{name}"
        );
    }
    let crates = fs::read_dir(root.join("crates")).unwrap().count();
    assert_eq!(crates, ARROWS.len(), "every crate has its arrows");
}

#[test]
fn every_dependency_is_explained() {
    let root = workspace::root();
    let manifest: toml::Table = fs::read_to_string(root.join("Cargo.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let page = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let dependencies = manifest["workspace"]["dependencies"].as_table().unwrap();
    for name in dependencies
        .keys()
        .filter(|name| !name.starts_with("robotoff"))
    {
        assert!(
            page.contains(&format!("`{name}`")),
            "ARCHITECTURE.md does not explain {name}"
        );
    }
    assert!(
        !root.join("rust-toolchain.toml").exists(),
        "rust-version says which Rust is needed"
    );
}
