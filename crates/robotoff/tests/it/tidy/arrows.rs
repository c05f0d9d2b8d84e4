//! Allowed dependencies between crates, and where dependencies, features and lints are written.

use toml::{Table, Value};

use super::assert_clean;
use super::checkout::{SourceFile, files_ending, text_of};

/// Our crates and those of ours that each may use. A crate that no issue has
/// filled yet is absent from the checkout; its arrows are fixed all the same.
const ARROWS: [(&str, &[&str]); 11] = [
    ("robotoff-core", &[]),
    ("robotoff-ports", &["robotoff-core"]),
    ("robotoff-app", &["robotoff-core", "robotoff-ports"]),
    (
        "robotoff-api",
        &["robotoff-core", "robotoff-ports", "robotoff-app"],
    ),
    ("robotoff-store", ADAPTER),
    ("robotoff-search", ADAPTER),
    ("robotoff-infer", ADAPTER),
    ("robotoff-off", ADAPTER),
    ("robotoff", ALL),
    ("robotoff-bench", ALL),
    (TESTBED, &[]),
];
/// Real servers for tests: any crate may use it there, and nowhere else.
const TESTBED: &str = "robotoff-testbed";
/// Their tests use the store, which in memory is the test double of its port.
const STORE_IN_TESTS: [&str; 2] = ["robotoff-app", "robotoff-api"];
/// Adapters know the promise that they keep, never the app nor one another.
const ADAPTER: &[&str] = &["robotoff-core", "robotoff-ports"];
const ALL: &[&str] = &[
    "robotoff-core",
    "robotoff-ports",
    "robotoff-app",
    "robotoff-api",
    "robotoff-store",
    "robotoff-search",
    "robotoff-infer",
    "robotoff-off",
];

/// Crates that core may use besides `std`: nothing that is async or does I/O.
const CORE_MAY_USE: [&str; 12] = [
    "aho-corasick",
    "chrono",
    "memchr",
    "regex",
    "regex-automata",
    "serde",
    "serde_json",
    "thiserror",
    "toml",
    "unicode-normalization",
    "uuid",
    "winnow",
];

const BUILT_IN: [&str; 2] = ["dependencies", "build-dependencies"];
const ANYWHERE: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];

/// A member's manifest, read.
struct Manifest {
    path: String,
    table: Table,
}

impl Manifest {
    fn read(file: &SourceFile) -> Self {
        Self {
            path: file.path.clone(),
            table: file.text.parse().expect("a manifest is TOML"),
        }
    }

    fn name(&self) -> &str {
        self.table["package"]["name"].as_str().unwrap_or_default()
    }

    /// The entries of these tables of dependencies, those of targets included.
    fn dependencies(&self, tables: &[&str]) -> Vec<(&String, &Value)> {
        let targets = self.table.get("target").and_then(Value::as_table);
        let targets = targets.into_iter().flat_map(Table::values);
        [&self.table]
            .into_iter()
            .chain(targets.filter_map(Value::as_table))
            .flat_map(Table::iter)
            .filter(|(key, _)| tables.contains(&key.as_str()))
            .filter_map(|(_, value)| value.as_table())
            .flat_map(Table::iter)
            .collect()
    }
}

/// The fuzz targets are a workspace of their own.
fn members() -> Vec<Manifest> {
    files_ending("/Cargo.toml")
        .iter()
        .filter(|file| !file.path.starts_with("fuzz/"))
        .map(Manifest::read)
        .collect()
}

fn wrong_arrows(manifest: &Manifest) -> Vec<String> {
    let name = manifest.name();
    let Some((_, allowed)) = ARROWS.iter().find(|(known, _)| *known == name) else {
        return vec![format!("{}: {name} has no arrows in tidy", manifest.path)];
    };
    let built_in = manifest.dependencies(&BUILT_IN);
    let in_tests = manifest.dependencies(&["dev-dependencies"]);
    let in_tests = in_tests.into_iter().filter(|(used, _)| {
        let is_store = *used == "robotoff-store" && STORE_IN_TESTS.contains(&name);
        *used != TESTBED && !is_store
    });
    built_in
        .into_iter()
        .chain(in_tests)
        .filter(|(used, _)| used.starts_with("robotoff") && !allowed.contains(&used.as_str()))
        .map(|(used, _)| format!("{}: {name} may not use {used}", manifest.path))
        .collect()
}

/// Crates that core uses, tests aside, and may not.
fn impure_crates(core: &Manifest) -> Vec<String> {
    core.dependencies(&BUILT_IN)
        .into_iter()
        .filter(|(used, _)| !CORE_MAY_USE.contains(&used.as_str()))
        .map(|(used, _)| format!("{}: core may not use {used}", core.path))
        .collect()
}

/// Dependencies that say more than `workspace` and `optional`. Features of our own
/// crates (such as the conformance tests of ports) may be named where they are used.
fn own_versions_or_features(manifest: &Manifest) -> Vec<String> {
    let is_inherited = |used: &str, value: &Value| {
        let is_ours = used.starts_with("robotoff-");
        value.as_table().is_some_and(|table| {
            table.get("workspace") == Some(&Value::Boolean(true))
                && table.keys().all(|key| {
                    key == "workspace" || key == "optional" || (is_ours && key == "features")
                })
        })
    };
    manifest
        .dependencies(&ANYWHERE)
        .into_iter()
        .filter(|(used, value)| !is_inherited(used, value))
        .map(|(used, _)| {
            format!(
                "{}: {used} belongs to the workspace manifest",
                manifest.path
            )
        })
        .collect()
}

fn missing_lints(manifest: &Manifest) -> Vec<String> {
    let lints = manifest.table.get("lints");
    if lints.and_then(|lints| lints.get("workspace")) == Some(&Value::Boolean(true)) {
        return Vec::new();
    }
    vec![format!("{}: lints are not inherited", manifest.path)]
}

#[test]
fn crates_depend_only_along_the_arrows() {
    let faults: Vec<String> = members().iter().flat_map(wrong_arrows).collect();
    assert_clean(&faults);
}

#[test]
fn core_uses_only_crates_without_input_and_output() {
    let core = Manifest::read(&SourceFile::made_up(
        "crates/robotoff-core/Cargo.toml",
        text_of("crates/robotoff-core/Cargo.toml"),
    ));
    assert_clean(&impure_crates(&core));
}

#[test]
fn versions_and_features_stand_in_the_workspace_manifest_only() {
    let faults: Vec<String> = members()
        .iter()
        .flat_map(own_versions_or_features)
        .collect();
    assert_clean(&faults);
}

#[test]
fn every_member_inherits_the_lints() {
    let faults: Vec<String> = members().iter().flat_map(missing_lints).collect();
    assert_clean(&faults);
}

#[test]
fn a_bad_manifest_is_noticed() {
    let bad = Manifest::read(&SourceFile::made_up(
        "crates/x/Cargo.toml",
        r#"
        [package]
        name = "robotoff-off"
        [dependencies]
        robotoff-core.workspace = true
        serde = { workspace = true, features = ["rc"] }
        [target.'cfg(unix)'.dev-dependencies]
        robotoff-store.workspace = true
        tokio = "1"
        "#,
    ));
    assert_eq!(
        wrong_arrows(&bad),
        ["crates/x/Cargo.toml: robotoff-off may not use robotoff-store"]
    );
    assert_eq!(own_versions_or_features(&bad).len(), 2);
    assert_eq!(missing_lints(&bad).len(), 1);
    assert_eq!(
        impure_crates(&bad),
        ["crates/x/Cargo.toml: core may not use robotoff-core"]
    );
    let unknown = SourceFile::made_up("crates/y/Cargo.toml", "[package]\nname = \"robotoff-y\"");
    assert_eq!(wrong_arrows(&Manifest::read(&unknown)).len(), 1);
}
