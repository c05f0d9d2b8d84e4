//! The names of the existing service, compared with the list of them in
//! `docs/reference/pipeline.md` and the page that says what becomes of each.

use clap::CommandFactory;

use super::super::CommandLine;
use crate::config::known_names;

const REFERENCE: &str = include_str!("../../../../../docs/reference/pipeline.md");
const PAGE: &str = include_str!("../../../../../docs/adopting.md");

/// First cells of the rows of the table below a heading.
fn rows<'a>(page: &'a str, heading: &str) -> Vec<&'a str> {
    let (_, section) = page.split_once(heading).expect("the heading");
    let section = section.split("\n#").next().unwrap_or_default();
    let cells = section
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(" |").next());
    cells
        .filter(|cell| !cell.starts_with('-'))
        .skip(1)
        .collect()
}

#[test]
fn every_command_of_the_existing_service_is_known_and_described() {
    let line = CommandLine::command();
    let names = rows(REFERENCE, "\n## 8.1 Commands\n");
    assert!(names.len() > 30, "{names:?}");
    let described = rows(PAGE, "\n## Commands of the existing service\n");
    for name in names {
        assert!(line.find_subcommand(name).is_some(), "unknown: {name}");
        let cell = format!("`{name}`");
        assert!(described.contains(&&*cell), "not in adopting.md: {name}");
    }
}

/// Variables of a cell such as `POSTGRES_HOST / DB / USER` or `A, B`.
fn variables(cell: &str) -> Vec<String> {
    let cell = cell.split(" (").next().unwrap_or_default();
    let mut found: Vec<String> = Vec::new();
    for part in cell.split([',', '/']).map(str::trim) {
        let first = found.first().cloned().unwrap_or_default();
        found.push(match part {
            part if part.starts_with('_') => {
                let stem = first.rsplit_once('_').map_or(&*first, |(stem, _)| stem);
                format!("{stem}{part}")
            }
            part if part.contains('_') && !["AUTH_TOKEN"].contains(&part) => part.to_owned(),
            part => {
                let stem = first.split('_').next().unwrap_or_default();
                format!("{stem}_{part}")
            }
        });
    }
    found
}

#[test]
fn every_setting_of_the_existing_service_is_known_or_described() {
    let cells = rows(REFERENCE, "\n## 8.2 Environment variables\n");
    let names: Vec<String> = cells.into_iter().flat_map(variables).collect();
    for name in [
        "POSTGRES_PASSWORD",
        "TRITON_URI_CLIP",
        "INFLUXDB_AUTH_TOKEN",
    ] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
    let described = rows(PAGE, "\n## Settings that are not used\n").join(" ");
    let known = known_names();
    for name in names {
        let is_described = described.contains(&format!("`{name}`"));
        assert!(
            known.contains(&&*name) || is_described,
            "{name} is neither a setting nor described as not used"
        );
    }
}
