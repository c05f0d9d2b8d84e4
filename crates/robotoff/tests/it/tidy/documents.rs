//! The documents say what is true: dependencies, commands and links in them
//! exist. And nothing in the checkout belongs to one machine.

use robotoff_core::extract::EXTRACTORS;
use robotoff_core::insight::{InsightKind, QuestionMode};
use toml::Table;

use super::assert_clean;
use super::checkout::{SourceFile, files, files_ending, text_of};

/// Folders that exist on one machine only.
const ONE_MACHINE: [&str; 3] = [
    concat!("/", "work/"),
    concat!("/", "root/"),
    concat!("/", "home/"),
];

/// Cargo commands that must not resolve dependencies anew.
const LOCKED_COMMANDS: [&str; 7] = ["build", "run", "test", "bench", "clippy", "doc", "install"];

/// Code of a page: its code spans and the lines of its code blocks.
fn code_pieces(page: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut is_block = false;
    for line in page.lines() {
        if line.trim_start().starts_with("```") {
            is_block = !is_block;
        } else if is_block {
            pieces.push(line);
        } else {
            pieces.extend(line.split('`').skip(1).step_by(2));
        }
    }
    pieces
}

/// The targets of `make TARGET` wherever a command of the code starts so.
fn make_targets_named(page: &str) -> Vec<&str> {
    code_pieces(page)
        .into_iter()
        .flat_map(|piece| piece.split("&&"))
        .filter_map(|command| command.trim().strip_prefix("make "))
        .filter_map(|rest| rest.split_whitespace().next())
        .filter(|target| target.chars().all(|c| c.is_ascii_lowercase()))
        .collect()
}

fn targets_of(makefile: &str) -> Vec<&str> {
    makefile
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(target, _)| target)
        .filter(|target| target.chars().all(|c| c.is_ascii_lowercase()))
        .collect()
}

fn unknown_targets(file: &SourceFile, makefile: &str) -> Vec<String> {
    let known = targets_of(makefile);
    make_targets_named(&file.text)
        .into_iter()
        .filter(|target| !known.contains(target))
        .map(|target| format!("{}: there is no `make {target}`", file.path))
        .collect()
}

/// Where the links of a page lead, those to other places left out.
fn local_links(page: &str) -> Vec<&str> {
    page.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter_map(|link| link.split(['#', ' ']).next())
        .filter(|link| !link.is_empty() && !link.contains("://") && !link.starts_with("mailto:"))
        .collect()
}

/// The path from the root that a link on this page leads to.
fn resolved(page_path: &str, link: &str) -> String {
    let mut folders: Vec<&str> = page_path.split('/').collect();
    folders.pop();
    for part in link.trim_end_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(folders.pop()),
            name => folders.push(name),
        }
    }
    folders.join("/")
}

fn dead_links(file: &SourceFile, paths: &[&str]) -> Vec<String> {
    let exists = |wanted: &str| {
        let folder = format!("{wanted}/");
        paths
            .iter()
            .any(|path| *path == wanted || path.starts_with(&folder))
    };
    local_links(&file.text)
        .into_iter()
        .filter(|link| !exists(&resolved(&file.path, link)))
        .map(|link| format!("{}: the link {link} leads nowhere", file.path))
        .collect()
}

/// Kinds that no row of the page's tables begins with.
fn undocumented_kinds(page: &str, kinds: &[&str]) -> Vec<String> {
    let rows: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next())
        .collect();
    kinds
        .iter()
        .filter(|kind| !rows.iter().any(|row| row.contains(&format!("`{kind}`"))))
        .map(|kind| format!("docs/extract.md does not say what {kind} finds"))
        .collect()
}

/// The words in quotes of a source file that are codes: letters and underscores.
fn codes_in(source: &str) -> Vec<&str> {
    let is_code = |text: &&str| {
        let mut letters = text.chars();
        !text.is_empty() && letters.all(|c| c.is_ascii_lowercase() || c == '_')
    };
    source
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(is_code)
        .collect()
}

/// The codes of the reject reasons that a source file declares.
fn reject_codes(source: &str) -> impl Iterator<Item = &str> {
    let reasons = source.split(": RejectReason = RejectReason {").skip(1);
    reasons.filter_map(|reason| reason.split('"').nth(1))
}

/// The row of a kind's page that says when people are asked.
const fn question_row(mode: QuestionMode) -> &'static str {
    match mode {
        QuestionMode::Default => "| asked | by default |",
        QuestionMode::OnRequest => "| asked | when the type is named |",
        QuestionMode::Never => "| asked | never; a client shows it in a view of its own |",
    }
}

#[test]
fn every_page_names_the_question_mode_of_its_kind() {
    let faults: Vec<String> = InsightKind::ALL
        .into_iter()
        .map(|kind| (kind, question_row(kind.rules().question_mode())))
        .filter(|(kind, row)| !text_of(&format!("docs/insights/{kind}.md")).contains(row))
        .map(|(kind, row)| format!("docs/insights/{kind}.md should say {row}"))
        .collect();
    assert_clean(&faults);
}

/// Compares the workspace's dependencies with the rows of the page's table.
fn dependency_faults(manifest: &str, page: &str) -> Vec<String> {
    let manifest: Table = manifest.parse().expect("the manifest is TOML");
    let used: Vec<&String> = manifest["workspace"]["dependencies"]
        .as_table()
        .into_iter()
        .flat_map(Table::keys)
        .filter(|name| !name.starts_with("robotoff"))
        .collect();
    let section = page.split("\n## Dependencies").nth(1).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let explained: Vec<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|row| row.split(" |").next())
        .flat_map(|cell| cell.split(", "))
        .map(|name| name.trim_matches('`'))
        .collect();
    let missing = used
        .iter()
        .filter(|name| !explained.contains(&name.as_str()))
        .map(|name| format!("ARCHITECTURE.md does not say why {name} is used"));
    let stale = explained
        .iter()
        .filter(|name| !used.iter().any(|used| used == *name))
        .map(|name| format!("ARCHITECTURE.md explains {name}, which is not used"));
    missing.chain(stale).collect()
}

fn paths_of_one_machine(file: &SourceFile) -> Vec<String> {
    let found = |line: &str| ONE_MACHINE.into_iter().find(|path| line.contains(path));
    (1..)
        .zip(file.text.lines())
        .filter_map(|(number, line)| Some((number, found(line)?)))
        .map(|(number, path)| format!("{}:{number}: {path} is on one machine only", file.path))
        .collect()
}

/// Calls of cargo in make and the scripts that could change the lock file.
fn unlocked_calls(file: &SourceFile) -> Vec<String> {
    let is_unlocked = |line: &str| {
        let Some((_, call)) = line.split_once("cargo ").or(line.split_once("$(CARGO) ")) else {
            return false;
        };
        let command = call.split_whitespace().next().unwrap_or_default();
        LOCKED_COMMANDS.contains(&command) && !call.contains("--locked")
    };
    let text = file.text.replace("\\\n", " ");
    text.lines()
        .filter(|line| !line.trim_start().starts_with('#') && is_unlocked(line))
        .map(|line| format!("{}: no --locked in: {}", file.path, line.trim()))
        .collect()
}

#[test]
fn every_make_target_that_a_page_names_exists() {
    let makefile = text_of("Makefile");
    let faults: Vec<String> = files_ending(".md")
        .iter()
        .flat_map(|page| unknown_targets(page, makefile))
        .collect();
    assert_clean(&faults);
}

#[test]
fn every_link_of_a_page_leads_to_a_file() {
    let paths: Vec<&str> = files().iter().map(|file| file.path.as_str()).collect();
    let faults: Vec<String> = files_ending(".md")
        .iter()
        .flat_map(|page| dead_links(page, &paths))
        .collect();
    assert_clean(&faults);
}

#[test]
fn every_extractor_is_documented() {
    let kinds: Vec<&str> = EXTRACTORS.iter().map(|spec| spec.kind.name()).collect();
    assert_clean(&undocumented_kinds(text_of("docs/extract.md"), &kinds));
}

/// Kinds of insight that have no page of their own, or whose page is not listed.
fn kinds_without_page(kinds: &[&str], paths: &[&str], list: &str) -> Vec<String> {
    let has_page = |kind: &&&str| {
        let path = format!("docs/insights/{kind}.md");
        paths.contains(&path.as_str()) && list.contains(&format!("({kind}.md)"))
    };
    let without = kinds.iter().filter(|kind| !has_page(kind));
    without
        .map(|kind| format!("docs/insights/README.md lists no page {kind}.md"))
        .collect()
}

#[test]
fn every_kind_of_insight_has_a_page() {
    let paths: Vec<&str> = files().iter().map(|file| &*file.path).collect();
    let kinds = InsightKind::ALL.map(InsightKind::name);
    let list = text_of("docs/insights/README.md");
    assert_clean(&kinds_without_page(&kinds, &paths, list));
}

#[test]
fn a_kind_without_a_page_is_noticed() {
    let paths = ["docs/insights/label.md", "docs/insights/brand.md"];
    let faults = kinds_without_page(&["label", "brand", "store"], &paths, "[x](label.md)");
    assert_eq!(faults.len(), 2, "{faults:?}");
}

#[test]
fn every_dependency_is_explained_and_every_explained_one_is_used() {
    assert_clean(&dependency_faults(
        text_of("Cargo.toml"),
        text_of("ARCHITECTURE.md"),
    ));
}

#[test]
fn nothing_names_a_folder_of_one_machine() {
    let faults: Vec<String> = files().iter().flat_map(paths_of_one_machine).collect();
    assert_clean(&faults);
}

#[test]
fn every_disposition_of_a_prediction_is_documented() {
    let rules = files().iter().filter(|file| {
        file.path
            .starts_with("crates/robotoff-core/src/insight/kinds/")
            && !file.is_test()
    });
    let reasons = rules.flat_map(|file| reject_codes(&file.text));
    let general = codes_in(text_of("crates/robotoff-core/src/insight/disposition.rs"));
    let codes: Vec<&str> = general.into_iter().chain(reasons).collect();
    assert!(
        codes.contains(&"merged_into") && codes.contains(&"upright"),
        "{codes:?}"
    );
    let page = text_of("docs/explain.md");
    let missing = codes
        .iter()
        .filter(|code| !page.contains(&format!("`{code}`")));
    let faults: Vec<String> = missing
        .map(|code| format!("docs/explain.md does not say what {code} means"))
        .collect();
    assert_clean(&faults);
}

#[test]
fn cargo_never_changes_the_lock_file() {
    let is_script = |path: &str| path == "Makefile" || path == ".ci/run" || path.ends_with(".sh");
    let scripts = files().iter().filter(|file| is_script(&file.path));
    let faults: Vec<String> = scripts.flat_map(unlocked_calls).collect();
    assert_clean(&faults);
}

#[test]
fn the_manifest_says_which_rust_is_needed_and_no_toolchain_file_does() {
    let manifest: Table = text_of("Cargo.toml").parse().unwrap();
    assert!(manifest["workspace"]["package"]["rust-version"].is_str());
    let is_toolchain = |path: &str| {
        path.rsplit('/')
            .next()
            .unwrap()
            .starts_with("rust-toolchain")
    };
    let toolchain = files().iter().find(|file| is_toolchain(&file.path));
    assert!(toolchain.is_none(), "{toolchain:?}");
}

#[test]
fn a_wrong_page_is_noticed() {
    let page = SourceFile::made_up(
        "docs/a.md",
        "Run `make up`, `make tea`; make sure.\n```\ncd x && make cake\n```\n\
         [a](b.md#x) [c](../README.md) [d](https://example.org/e) [f](#g)",
    );
    assert_eq!(
        unknown_targets(&page, "up: setup\n\techo\n"),
        [
            "docs/a.md: there is no `make tea`",
            "docs/a.md: there is no `make cake`"
        ]
    );
    assert_eq!(
        dead_links(&page, &["README.md", "docs/a.md"]),
        ["docs/a.md: the link b.md leads nowhere"]
    );
}

#[test]
fn an_undocumented_extractor_is_noticed() {
    let page = "| kind | says |\n|---|---|\n| `brand`, `store` | names like `label` |\n";
    assert_eq!(
        undocumented_kinds(page, &["brand", "store"]),
        Vec::<String>::new()
    );
    assert_eq!(undocumented_kinds(page, &["label"]).len(), 1);
}

#[test]
fn an_unexplained_and_a_forgotten_dependency_are_noticed() {
    let manifest = "[workspace.dependencies]\nserde = \"1\"\ntokio = \"1\"\nrobotoff-core = \"0\"";
    let page = "# A\n\n## Dependencies\n\n| crate | why |\n|---|---|\n\
                | `serde`, `left-pad` | form |\n\n## Next\n\n| `tokio` | no |\n";
    assert_eq!(
        dependency_faults(manifest, page),
        [
            "ARCHITECTURE.md does not say why tokio is used",
            "ARCHITECTURE.md explains left-pad, which is not used"
        ]
    );
}

#[test]
fn a_folder_of_one_machine_and_an_unlocked_call_are_noticed() {
    let home = SourceFile::made_up("a.md", concat!("see\n/ho", "me/ann/x"));
    assert_eq!(paths_of_one_machine(&home).len(), 1);
    let script = SourceFile::made_up(
        "a.sh",
        "cargo build\n# cargo build\ncargo fmt\n$(CARGO) test --workspace\n\
         cargo test \\\n --locked\n",
    );
    assert_eq!(unlocked_calls(&script).len(), 2);
}
