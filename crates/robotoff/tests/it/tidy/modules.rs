//! No import circles between the files of a crate: whoever reads a file can read what it
//! rests on first.
//!
//! The rule sees `use` declarations and paths in the code (`crate::…`, `super::…`), tests
//! left out. A name that a file re-exports from a child counts as an import of that child.
//! A parent may name its own children (that is what makes it the parent); everything else
//! is an arrow, and the arrows of a crate have to be free of circles.

use std::collections::{BTreeMap, BTreeSet};

use super::assert_clean;
use super::checkout::{SourceFile, files_ending};
use super::rust_code::{blanked, without_tests};

/// The modules of one crate: path below the crate, such as `insight::plan`, to its file.
struct Crate {
    code: BTreeMap<String, String>,
    /// For each module the names that it re-exports, and from where.
    exports: BTreeMap<String, BTreeMap<String, String>>,
}

/// The crate (its `src` folder) and the module of a source file; `None` for other files.
fn place(path: &str) -> Option<(String, String)> {
    let (root, inside) = path.split_once("/src/")?;
    let module = inside.strip_suffix(".rs")?;
    if inside.starts_with("bin/") {
        return None;
    }
    let module = module.strip_suffix("/mod").unwrap_or(module);
    let module = if matches!(module, "lib" | "main") {
        ""
    } else {
        module
    };
    Some((root.to_owned(), module.replace('/', "::")))
}

fn is_identifier(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn joined(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}::{name}")
    }
}

fn parent(module: &str) -> &str {
    module.rsplit_once("::").map_or("", |(parent, _)| parent)
}

/// The paths of a use tree, `a::{b, c::{d as e}}` spread out; a glob ends in `*`. The second
/// member is the name by which the path is known afterwards.
fn spread(tree: &str) -> Vec<(String, String)> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let (path, name) = tree.split_once(" as ").unwrap_or((tree, ""));
        let path = path.trim();
        let last = path.rsplit("::").next().unwrap_or(path);
        let name = if name.is_empty() { last } else { name.trim() };
        return vec![(path.to_owned(), name.to_owned())];
    };
    let inside = tree[open + 1..]
        .strip_suffix('}')
        .unwrap_or(&tree[open + 1..]);
    let prefix = tree[..open].trim_end_matches("::");
    let mut depth = 0;
    let parts = inside.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        depth == 0 && c == ','
    });
    parts
        .filter(|part| !part.trim().is_empty())
        .flat_map(spread)
        .map(|(path, name)| {
            if path == "self" {
                let last = prefix.rsplit("::").next().unwrap_or(prefix);
                return (prefix.to_owned(), last.to_owned());
            }
            (joined(prefix, &path), name)
        })
        .collect()
}

/// The use trees of a file, `true` for those that it re-exports.
fn uses(code: &str) -> Vec<(bool, String)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let line_start = code[..at]
            .rfind(['\n', ';', '}', '{'])
            .map_or(0, |end| end + 1);
        let before = code[line_start..at].trim();
        if !(before.is_empty() || before.starts_with("pub")) {
            continue;
        }
        let tree = code[at + 4..].split(';').next().unwrap_or_default();
        let tree: String = tree.split_whitespace().collect::<Vec<_>>().join(" ");
        found.push((!before.is_empty(), tree));
    }
    found
}

/// Every path of the code, such as `crate::a::B` or `child::C`.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(is_identifier) {
        let path: String = rest[at..]
            .chars()
            .take_while(|&c| is_identifier(c) || c == ':')
            .collect();
        rest = &rest[at + path.len()..];
        // The head of a use tree in braces: its paths are those of the tree.
        if path.contains("::") && !path.ends_with("::") {
            found.push(path.trim_end_matches(':').to_owned());
        }
    }
    found
}

impl Crate {
    fn new(files: &[(String, String)]) -> Self {
        let mut this = Self {
            code: files.iter().cloned().collect(),
            exports: BTreeMap::new(),
        };
        for (module, code) in files {
            let exported = uses(code)
                .into_iter()
                .filter(|(is_public, _)| *is_public)
                .flat_map(|(_, tree)| spread(&tree))
                .filter_map(|(path, name)| Some((name, this.absolute(module, &path)?)))
                .collect();
            this.exports.insert(module.clone(), exported);
        }
        this
    }

    /// A path as seen in a module, from the root of the crate; `None` when it leaves the crate.
    fn absolute(&self, module: &str, path: &str) -> Option<String> {
        let mut at = module.to_owned();
        let mut rest = path;
        let first = path.split("::").next().unwrap_or_default();
        match first {
            "crate" => {
                at = String::new();
                rest = path.strip_prefix("crate").unwrap_or(path);
            }
            "self" => rest = path.strip_prefix("self").unwrap_or(path),
            "super" => {
                while let Some(left) = rest.strip_prefix("super") {
                    at = parent(&at).to_owned();
                    rest = left.trim_start_matches("::");
                }
            }
            name if self.code.contains_key(&joined(module, name)) => {}
            _ => return None,
        }
        let rest = rest.trim_start_matches("::");
        Some(if rest.is_empty() {
            at
        } else {
            joined(&at, rest)
        })
    }

    /// The module that defines what an absolute path names, re-exports followed.
    fn definer(&self, path: &str) -> Option<String> {
        let mut path = path.to_owned();
        for _ in 0..8 {
            let parts: Vec<&str> = path.split("::").collect();
            let module = (0..=parts.len())
                .rev()
                .map(|length| parts[..length].join("::"))
                .find(|module| self.code.contains_key(module))?;
            let depth = if module.is_empty() {
                0
            } else {
                module.split("::").count()
            };
            let Some(name) = parts.get(depth) else {
                return Some(module);
            };
            let Some(target) = self.exports.get(&module).and_then(|names| names.get(*name)) else {
                return Some(module);
            };
            path = joined(target, &parts[depth + 1..].join("::"));
            path = path.trim_end_matches("::").to_owned();
        }
        None
    }

    /// The arrows between modules: `from` needs `to`. A parent's naming of a child is left out.
    fn arrows(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut arrows = BTreeMap::new();
        for (module, code) in &self.code {
            let used = uses(code)
                .into_iter()
                .flat_map(|(_, tree)| spread(&tree))
                .map(|(path, _)| path);
            let targets: BTreeSet<String> = used
                .chain(paths(code))
                .filter_map(|path| self.definer(&self.absolute(module, &path)?))
                .filter(|target| target != module && !is_child(target, module))
                .collect();
            arrows.insert(module.clone(), targets);
        }
        arrows
    }

    /// The groups of modules in which each is reached from each other.
    fn circles(&self) -> Vec<Vec<String>> {
        let arrows = self.arrows();
        let reached: BTreeMap<&String, BTreeSet<&String>> = arrows
            .keys()
            .map(|start| (start, reachable(&arrows, start)))
            .collect();
        let mut found: Vec<Vec<String>> = Vec::new();
        for module in arrows
            .keys()
            .filter(|module| reached[module].contains(module))
        {
            let circle: Vec<String> = arrows
                .keys()
                .filter(|other| reached[module].contains(other) && reached[other].contains(module))
                .cloned()
                .collect();
            if !found.contains(&circle) {
                found.push(circle);
            }
        }
        found
    }
}

fn is_child(module: &str, of: &str) -> bool {
    !module.is_empty() && parent(module) == of
}

fn reachable<'a>(
    arrows: &'a BTreeMap<String, BTreeSet<String>>,
    start: &str,
) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&String> = arrows[start].iter().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module) {
            next.extend(arrows.get(module).into_iter().flatten());
        }
    }
    reached
}

fn circles(files: &[SourceFile]) -> Vec<String> {
    let mut crates: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for file in files.iter().filter(|file| !file.is_test()) {
        if let Some((root, module)) = place(&file.path) {
            let code = without_tests(&blanked(&file.text));
            crates.entry(root).or_default().push((module, code));
        }
    }
    let mut faults = Vec::new();
    for (root, files) in &crates {
        for circle in Crate::new(files).circles() {
            faults.push(format!("{root}: a circle of {}", circle.join(", ")));
        }
    }
    faults
}

#[test]
fn files_of_a_crate_import_one_another_in_one_direction() {
    assert_clean(&circles(&files_ending(".rs")));
}

#[test]
fn a_circle_is_noticed_also_through_a_reexport() {
    let file = |path: &str, text: &str| SourceFile::made_up(path, text);
    let check = |files: &[SourceFile]| circles(files).join("; ");
    let parent = file("crates/x/src/lib.rs", "mod a;\nmod b;\npub use b::B;\n");
    let b_alone = file("crates/x/src/b.rs", "pub struct B;");
    let a = file("crates/x/src/a.rs", "use crate::B;\npub fn a(_: B) {}");
    assert_eq!(check(&[parent.clone(), b_alone, a.clone()]), "");
    let b_back = file("crates/x/src/b.rs", "use super::{a::{self, c}, d};\n");
    assert_eq!(
        check(&[parent.clone(), b_back, a.clone()]),
        "crates/x: a circle of a, b"
    );
    let b_inline = file("crates/x/src/b.rs", "fn b() { crate::a::a(B) }");
    assert_eq!(check(&[parent, b_inline, a]), "crates/x: a circle of a, b");
}
