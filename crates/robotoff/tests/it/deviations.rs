//! The page about corrected defects, the specification's list of them, the tests beside
//! the code and the accepted differences name the same numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::workspace;

/// A family of defects and the number: `("LAB", 3)`.
type Defect = (String, u32);

/// Prediction kind of each family of defects; `None` for any.
const KINDS: [(&str, &[&str]); 14] = [
    ("OCR", &[]),
    ("KW", &[]),
    ("LAB", &["label"]),
    ("CAT", &["category"]),
    ("EXP", &["expiration_date"]),
    ("WEI", &["product_weight"]),
    ("NUT", &["nutrient", "nutrient_mention"]),
    ("PCK", &["packager_code"]),
    ("BRA", &["brand"]),
    ("STO", &["store"]),
    ("PAC", &["packaging"]),
    ("FLA", &["image_flag"]),
    ("LOC", &["location"]),
    ("TRA", &["trace"]),
];

/// Beginnings of rows of the page that correct nothing.
const REASONS: [&str; 3] = ["*as before*: ", "*not here*: ", "*later*: "];

/// Corrected by how the code is made, not by what it says.
const WITHOUT_TEST: [(&str, u32); 1] = [("LOC", 4)];

/// The numbers that a text names: `D-LAB-1, 4`, `D-KW-1 to 6`, `d_pac_3_and_4`.
fn defects(text: &str) -> BTreeSet<Defect> {
    let mut found = BTreeSet::new();
    let spellings = [("D-", "-", [", ", " to "]), ("d_", "_", ["_and_", "_"])];
    for (mark, dash, links) in spellings {
        for (at, _) in text.match_indices(mark) {
            let Some((family, rest)) = text[at + mark.len()..].split_once(dash) else {
                continue;
            };
            let family = family.to_uppercase();
            let is_family = KINDS.iter().any(|(known, _)| *known == family)
                || ["TAX", "LID", "UPC", "2020"].contains(&family.as_str());
            if is_family {
                let numbers = numbers(rest, links);
                found.extend(numbers.into_iter().map(|number| (family.clone(), number)));
            }
        }
    }
    found
}

fn numbers(text: &str, links: [&str; 2]) -> Vec<u32> {
    let mut found: Vec<u32> = Vec::new();
    let mut rest = text;
    let mut is_range = false;
    loop {
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let Ok(number) = rest[..length].parse() else {
            return found;
        };
        match found.last().filter(|_| is_range) {
            Some(first) => found.extend(first + 1..=number),
            None => found.push(number),
        }
        rest = &rest[length..];
        let Some(link) = links.into_iter().find(|link| rest.starts_with(link)) else {
            return found;
        };
        is_range = link == " to ";
        rest = &rest[link.len()..];
    }
}

/// Each number of the page, true where it is corrected.
fn page() -> BTreeMap<Defect, bool> {
    let page = std::fs::read_to_string(workspace::root().join("docs/deviations.md")).unwrap();
    let mut listed = BTreeMap::new();
    for row in page.lines().filter(|line| line.starts_with("| D-")) {
        let (numbers, now) = row[2..].split_once(" | ").unwrap();
        let is_mended = !REASONS.iter().any(|reason| now.starts_with(reason));
        for defect in defects(numbers) {
            *listed.entry(defect).or_default() |= is_mended;
        }
    }
    listed
}

/// The numbers that tests name, with the files that do.
fn tested() -> BTreeMap<Defect, Vec<PathBuf>> {
    let mut found: BTreeMap<Defect, Vec<PathBuf>> = BTreeMap::new();
    let mut folders = vec![workspace::root().join("crates")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") && path != this_file() {
                for defect in defects(&tests_of(&path)) {
                    found.entry(defect).or_default().push(path.clone());
                }
            }
        }
    }
    found
}

fn this_file() -> PathBuf {
    workspace::root().join("crates/robotoff/tests/it/corrected.rs")
}

/// Text of the tests of a file.
fn tests_of(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let is_all = path
        .iter()
        .any(|part| part == "tests" || part == "tests.rs");
    match text.split_once("#[cfg(test)]\nmod tests {") {
        Some((_, tests)) if !is_all => tests.to_owned(),
        _ if is_all => text,
        _ => String::new(),
    }
}

#[test]
fn every_defect_of_the_specification_is_on_the_page() {
    let spec = workspace::root().join("docs/reference/ocr.md");
    let spec = std::fs::read_to_string(spec).unwrap();
    let section = spec.split("\n## 9. ").nth(1).unwrap();
    let section = section.split("\n# Appendices").next().unwrap();
    let heads = section.lines().filter_map(|line| line.strip_prefix("- **"));
    let known: BTreeSet<Defect> = heads.flat_map(|head| defects(&head[..12])).collect();
    assert!(known.len() > 90, "{} numbers", known.len());
    let listed: BTreeSet<Defect> = page().into_keys().collect();
    assert_eq!(listed, known);
}

#[test]
fn every_corrected_defect_is_named_by_a_test() {
    let tested = tested();
    for ((family, number), is_mended) in page() {
        let defect = (family.clone(), number);
        let is_excused = WITHOUT_TEST.contains(&(family.as_str(), number));
        assert!(
            !is_mended || is_excused || tested.contains_key(&defect),
            "D-{family}-{number} is corrected, but no test names it"
        );
    }
}

#[test]
fn every_accepted_difference_names_its_defect() {
    let text = std::fs::read_to_string(workspace::root().join("tests/accepted_differences.json"));
    let accepted: BTreeMap<String, String> = serde_json::from_str(&text.unwrap()).unwrap();
    let (page, tested) = (page(), tested());
    for (case, reason) in accepted {
        let Some((_, kind)) = case.split_once(':') else {
            assert!(
                reason.contains("docs/reference/api.md 9."),
                "{case}: {reason}"
            );
            continue;
        };
        let named = defects(&reason);
        assert!(!named.is_empty(), "{case}: {reason}");
        for defect in named {
            let kinds = KINDS.iter().find(|(family, _)| *family == defect.0);
            let (_, kinds) = kinds.unwrap_or_else(|| panic!("{case}: {reason}"));
            let is_about = kinds.is_empty() || kinds.contains(&kind);
            let is_mended = page.get(&defect) == Some(&true);
            assert!(
                is_about && is_mended && tested.contains_key(&defect),
                "{case}: {reason}"
            );
        }
    }
}

#[test]
fn numbers_are_read_in_every_spelling() {
    let named = |text| {
        let defects = defects(text).into_iter();
        let shown = defects.map(|(family, number)| format!("{family}{number}"));
        shown.collect::<Vec<_>>().join(" ")
    };
    for (text, expected) in [
        ("D-LAB-1, 4: a", "LAB1 LAB4"),
        ("D-KW-2 to 4", "KW2 KW3 KW4"),
        ("D-KW-1, D-OCR-3; 5", "KW1 OCR3"),
        ("fn d_pac_3_and_4_white", "PAC3 PAC4"),
        ("D-2020-1 to 2", "20201 20202"),
        ("bread-2 d_x_3 D-LAB-", ""),
    ] {
        assert_eq!(named(text), expected, "{text}");
    }
}
