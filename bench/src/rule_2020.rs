//! The category rule of 2020 (`docs/reference/ocr.md` 8.2): a phrase query of the cleaned
//! name on the stemmed names of categories, of which the first hit is the answer. What the
//! matcher is measured against.
//!
//! Analysis is ours, which has the steps of the old one: folding, elision, stop words without
//! gaps, light stems.

use std::collections::HashMap;

use robotoff_core::taxonomy::Taxonomy;
use robotoff_core::text::analysis::Analyzer;

/// Languages with an analyzer then.
const LANGUAGES: [&str; 4] = ["fr", "en", "de", "es"];

const UNITS: [&str; 11] = [
    "fl oz", "dl", "cl", "mg", "ml", "lbs", "oz", "kg", "g", "l", "",
];

const BRANDS: [&str; 7] = [
    "k bio",
    "ja!",
    "coop",
    "belvita",
    "carrefour",
    "auchan",
    "danone",
];

/// Words of labels and marketing by language, removed anywhere in a name.
const REMOVED: [(&str, &[&str]); 4] = [
    (
        "fr",
        &[
            "agriculture biologique",
            "biologique",
            "bio",
            "igp",
            "aop",
            "aoc",
            "label rouge",
            "gourmand",
        ],
    ),
    ("en", &["organic", "pgi", "delicious"]),
    ("es", &["ecológico", "extra"]),
    ("de", &["bio"]),
];

/// The names of one language: terms and category, by first term.
struct Names {
    analyzer: Analyzer,
    names: Vec<(Vec<String>, String)>,
    by_term: HashMap<String, Vec<usize>>,
}

/// The rule over a taxonomy.
pub struct Rule2020 {
    by_language: HashMap<&'static str, Names>,
}

impl Rule2020 {
    /// The names of a taxonomy; synonyms were not indexed.
    pub fn new(taxonomy: &Taxonomy) -> Self {
        let languages = LANGUAGES.iter().map(|lang| {
            let analyzer = Analyzer::new(lang);
            let mut names = Vec::new();
            let mut by_term: HashMap<String, Vec<usize>> = HashMap::new();
            for node in taxonomy.nodes() {
                let Some(name) = node.name(lang) else {
                    continue;
                };
                let terms = terms(&analyzer, name);
                for term in &terms {
                    by_term.entry(term.clone()).or_default().push(names.len());
                }
                names.push((terms, node.id().to_owned()));
            }
            let names = Names {
                analyzer,
                names,
                by_term,
            };
            (*lang, names)
        });
        Self {
            by_language: languages.collect(),
        }
    }

    /// The first hit for a name.
    pub fn category(&self, lang: &str, name: &str) -> Option<&str> {
        let names = self.by_language.get(lang)?;
        let query = terms(&names.analyzer, &cleaned(lang, name));
        let places = names.by_term.get(query.first()?)?;
        let is_hit = |place: &&usize| {
            let mut windows = names.names[**place].0.windows(query.len());
            windows.any(|window| window == query)
        };
        // Of names with the phrase once, BM25 prefers the shortest.
        let hits = places.iter().filter(is_hit);
        let best = hits.min_by_key(|place| (names.names[**place].0.len(), **place))?;
        Some(&names.names[*best].1)
    }
}

fn terms(analyzer: &Analyzer, text: &str) -> Vec<String> {
    let terms = analyzer.terms(text).into_iter();
    terms.map(|term| term.text).collect()
}

/// The preprocessing of 8.2.2.
fn cleaned(lang: &str, name: &str) -> String {
    let mut name = without_weights(&name.to_lowercase());
    for brand in BRANDS {
        name = name.replace(brand, "");
    }
    let removed = REMOVED.iter().find(|(code, _)| *code == lang);
    for word in removed.map_or(&[][..], |(_, words)| words) {
        name = name.replace(word, "");
    }
    name
}

/// Removes a number and a unit behind it, unless a letter follows.
fn without_weights(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut kept = String::new();
    let mut at = 0;
    while at < letters.len() {
        match weight_end(&letters, at) {
            Some(end) => at = end,
            None => {
                kept.push(letters[at]);
                at += 1;
            }
        }
    }
    kept
}

fn weight_end(letters: &[char], start: usize) -> Option<usize> {
    let is_of_number = |at: usize| {
        letters
            .get(at)
            .is_some_and(|c| c.is_ascii_digit() || at > start && matches!(c, '.' | ','))
    };
    let mut end = start;
    while is_of_number(end) {
        end += 1;
    }
    if end == start {
        return None;
    }
    while letters.get(end).is_some_and(|c| c.is_whitespace()) {
        end += 1;
    }
    let rest: String = letters[end..].iter().take(6).collect();
    let units = UNITS.iter().filter(|unit| !unit.is_empty());
    let ends = units.filter_map(|unit| {
        let behind = rest.strip_prefix(unit)?;
        let is_cut = behind.starts_with(|c: char| c.is_ascii_lowercase());
        (!is_cut).then_some(end + unit.chars().count())
    });
    ends.max()
}

#[cfg(test)]
mod tests {
    use robotoff_core::taxonomy::Keep;

    use super::*;

    #[test]
    fn a_name_within_the_name_of_a_category_is_a_hit() {
        let taxonomy = br#"{
            "en:apple-pies": {"name": {"fr": "Tartes aux pommes", "en": "Apple pies"}},
            "en:apple-pies-with-honey": {"name": {"fr": "Tartes aux pommes et au miel"}},
            "en:honeys": {"name": {"fr": "Miels", "en": "Honeys"}}
        }"#;
        let taxonomy = Taxonomy::from_json(taxonomy, Keep::All).expect("a taxonomy");
        let rule = Rule2020::new(&taxonomy);
        for (lang, name, expected) in [
            ("fr", "Tarte aux pommes bio 400g", Some("en:apple-pies")),
            ("fr", "Miel", Some("en:honeys")),
            ("fr", "Miel de lavande", None),
            ("en", "Organic honey 1 l", Some("en:honeys")),
            ("it", "Miele", None),
            ("fr", "", None),
        ] {
            assert_eq!(rule.category(lang, name), expected, "{name}");
        }
    }
}
