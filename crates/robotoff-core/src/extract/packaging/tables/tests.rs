//! Tests of the tables of words.

use super::*;
use crate::text::folded::Folded;

#[test]
fn every_line_of_every_table_is_read() {
    for (lc, text) in TEXT_BY_LANGUAGE.into_iter().chain([("codes", CODES)]) {
        for raw in text
            .lines()
            .filter(|raw| !raw.is_empty() && !raw.starts_with("//"))
        {
            let line = line(raw).unwrap();
            let is_of_id = ["shape", "material", "recycling", "stem", "whole"].contains(&line.what);
            let is_plain = [
                "link",
                "complement",
                "nothing",
                "without",
                "order",
                "adjective",
                "and",
            ];
            assert!(is_of_id || is_plain.contains(&line.what), "{lc}: {raw}");
            assert_eq!(is_of_id, line.id.contains(':'), "{lc}: {raw}");
            let is_whole = line.what == "whole";
            assert!(!is_whole || line.names().all(|name| whole(line.id, name).is_some()));
            for name in line.names() {
                let name = &*name.replace('|', "");
                let folded = Folded::new(name);
                assert_eq!(folded.as_str(), name, "{lc}: {raw}");
            }
        }
    }
}

#[test]
fn no_name_of_a_language_stands_for_two_things() {
    for (lc, text) in TEXT_BY_LANGUAGE {
        for what in ["shape", "material", "recycling"] {
            let lines = text
                .lines()
                .filter_map(line)
                .filter(|line| line.what == what);
            let mut names: Vec<(&str, &str)> = lines
                .flat_map(|line| line.names().map(move |name| (name, line.id)))
                .map(|(name, id)| (name.trim_start_matches(['?', '!']), id))
                .collect();
            names.sort_unstable();
            for pair in names.windows(2) {
                assert!(pair[0].0 != pair[1].0, "{lc}: {pair:?}");
            }
        }
    }
}

#[test]
fn the_recorded_lists_are_whole() {
    let lines: Vec<Line> = TEXT_BY_LANGUAGE[0].1.lines().filter_map(line).collect();
    let count = |what| {
        let of_kind = lines.iter().filter(|line| line.what == what);
        of_kind.flat_map(Line::names).count()
    };
    assert_eq!((count("shape"), count("material")), (221, 333));
}
