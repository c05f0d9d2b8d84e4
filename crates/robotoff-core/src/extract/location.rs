//! French addresses: a commune beside its postal code (`docs/reference/ocr.md` 4.8, corrected by section 9, D-LOC).

mod plain;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, json};

use plain::Plain;

use super::evidence::evidence;
use super::{BuildError, Extractor};
use crate::commune::Communes;
use crate::knowledge::Knowledge;
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::case_folded::CaseFolded;
use crate::text::keyword::KeywordMatcher;

/// Rises when other addresses are found in the same text.
const VERSION: &str = "2";

/// Digits of a postal code.
const CODE_DIGITS: usize = 5;

/// Characters between a name and its code, at most.
const DISTANCE: usize = 10;

/// The same where only words of addresses stand between.
const ADDRESS_DISTANCE: usize = 40;

/// Words between a name and its code, beside numbers of up to five digits after some.
const ADDRESS_WORDS: [&str; 8] = ["bp", "b", "p", "cs", "f", "fr", "france", "cedex"];

/// Characters around both that are kept.
const EXTRACT: usize = 30;

pub(super) struct LocationExtractor {
    names: KeywordMatcher,
    /// Of each spelling, the place of its commune.
    commune_of: Vec<usize>,
    communes: Vec<Commune>,
}

struct Commune {
    name: Box<str>,
    /// In the order of the file.
    codes: Vec<Box<str>>,
}

impl LocationExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let communes = knowledge
            .communes()
            .ok_or(BuildError::MissingPart("communes"))?;
        let (spellings, communes) = by_spelling(communes);
        let names: Vec<&str> = spellings.iter().map(|(name, _)| &**name).collect();
        Ok(Self {
            names: KeywordMatcher::new(&names)?,
            commune_of: spellings.iter().map(|(_, position)| *position).collect(),
            communes,
        })
    }
}

/// Every spelling once, with its commune: as in the file; `paris` for all of `paris 01`
/// to `paris 20`; `saint` and `sainte` in full.
fn by_spelling(communes: &Arc<Communes>) -> (Vec<(Box<str>, usize)>, Vec<Commune>) {
    let mut position_by_name: HashMap<Box<str>, usize> = HashMap::new();
    let mut list: Vec<Commune> = Vec::new();
    let mut spellings: Vec<(Box<str>, usize)> = Vec::new();
    let mut add = |name: &str, code: &str| {
        let position = *position_by_name.entry(name.into()).or_insert_with(|| {
            list.push(Commune {
                name: name.into(),
                codes: Vec::new(),
            });
            spellings.push((name.into(), list.len() - 1));
            if let Some(full) = with_saints(name) {
                spellings.push((full.into(), list.len() - 1));
            }
            list.len() - 1
        });
        list[position].codes.push(code.into());
    };
    for (name, code) in communes.iter() {
        add(name, code);
        let district = name
            .rsplit_once(' ')
            .filter(|(_, number)| number.bytes().all(|b| b.is_ascii_digit()));
        if let Some((city, _)) = district {
            add(city, code);
        }
    }
    (spellings, list)
}

/// The name with `saint` for `st`.
fn with_saints(name: &str) -> Option<String> {
    let words: Vec<&str> = name
        .split(' ')
        .map(|word| match word {
            "st" => "saint",
            "ste" => "sainte",
            word => word,
        })
        .collect();
    let full = words.join(" ");
    (full != name).then_some(full)
}

impl Extractor for LocationExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Location
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let printed = if ocr.text.full().is_empty() {
            ocr.text.default_text()
        } else {
            ocr.text.full()
        };
        if !may_hold_code(printed) {
            return Vec::new();
        }
        let plain = Plain::new(printed);
        let mut found = Vec::new();
        for hit in self.names.find(&CaseFolded::new(&plain.parted)) {
            let commune = &self.communes[self.commune_of[hit.keyword]];
            let name = plain.place(&hit.range);
            let Some((code, place)) = code_beside(&plain.text, &name, commune) else {
                continue;
            };
            let both = name.start.min(place.start)..name.end.max(place.end);
            let extract =
                both.start.saturating_sub(EXTRACT)..(both.end + EXTRACT).min(plain.text.len());
            let mut prediction = Prediction {
                predictor: Some("flashtext".into()),
                predictor_version: Some(VERSION.into()),
                evidence: vec![evidence(
                    ocr,
                    printed,
                    &plain.origin(&both, printed),
                    Some("fr"),
                )],
                ..Prediction::new(self.kind())
            };
            prediction.data = Map::from_iter([
                ("country_code".to_owned(), json!("fr")),
                ("city_name".to_owned(), json!(commune.name)),
                ("postal_code".to_owned(), json!(code)),
                ("text_extract".to_owned(), json!(&plain.text[extract])),
            ]);
            found.push(prediction);
        }
        found
    }
}

/// False where no postal code is printed: five digits, or two and three with one
/// character between.
fn may_hold_code(printed: &str) -> bool {
    let mut digits = 0;
    let mut department = None;
    for (at, character) in printed.chars().enumerate() {
        if !character.is_ascii_digit() {
            department = (digits >= 2).then_some(at);
            digits = 0;
            continue;
        }
        digits += 1;
        let is_rest = digits == 3 && department.is_some_and(|gap| gap + 3 == at);
        if digits == CODE_DIGITS || is_rest {
            return true;
        }
    }
    false
}

/// The code of a commune beside its name, and where it stands.
fn code_beside(
    text: &str,
    name: &Range<usize>,
    commune: &Commune,
) -> Option<(String, Range<usize>)> {
    let near = name.start.saturating_sub(DISTANCE)..(name.end + DISTANCE).min(text.len());
    let far =
        name.start.saturating_sub(ADDRESS_DISTANCE)..(name.end + ADDRESS_DISTANCE).min(text.len());
    let own = |window: &Range<usize>| {
        commune
            .codes
            .iter()
            .find_map(|code| Some((code.to_string(), position(text, window, code)?)))
    };
    own(&near)
        .or_else(|| own(&far).filter(|(_, place)| is_address(text, name, place)))
        .or_else(|| cedex_code(text, name, commune))
}

/// Where the code stands in the window, maybe with a space after the department, with no
/// other digit beside it.
fn position(text: &str, window: &Range<usize>, code: &str) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| window.contains(&at) && bytes[at].is_ascii_digit();
    let (department, rest) = code.split_at_checked(2)?;
    let end_of = |at: usize| {
        let here = &text[at..window.end];
        let end = here.strip_prefix(code).map(|_| at + code.len());
        let spaced = || {
            here.strip_prefix(department)?
                .strip_prefix(' ')?
                .strip_prefix(rest)
        };
        end.or_else(|| spaced().map(|_| at + code.len() + 1))
    };
    window.clone().find_map(|at| {
        let follows_digit = at.checked_sub(1).is_some_and(is_digit);
        let end = end_of(at).filter(|end| !follows_digit && !is_digit(*end))?;
        Some(at..end)
    })
}

/// True when nothing but words of addresses stands between name and code.
fn is_address(text: &str, name: &Range<usize>, code: &Range<usize>) -> bool {
    let between = if code.end <= name.start {
        code.end..name.start
    } else {
        name.end..code.start
    };
    let mut words = text
        .get(between)
        .unwrap_or("?")
        .split(|c: char| !c.is_ascii_alphanumeric());
    words.all(|word| {
        word.is_empty()
            || ADDRESS_WORDS.contains(&word)
            || (word.len() < 5 && word.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// The code of a business post office: not that of the commune, but of its department.
fn cedex_code(
    text: &str,
    name: &Range<usize>,
    commune: &Commune,
) -> Option<(String, Range<usize>)> {
    text[name.end..].trim_start().strip_prefix("cedex")?;
    let before = text[..name.start].trim_end();
    let code = before.get(before.len().checked_sub(CODE_DIGITS)?..)?;
    let is_code = code.bytes().all(|b| b.is_ascii_digit())
        && !before[..before.len() - 5].ends_with(|c: char| c.is_ascii_digit());
    let of_department = commune
        .codes
        .iter()
        .any(|own| own.get(..2) == code.get(..2));
    (is_code && of_department).then(|| (code.to_owned(), before.len() - 5..before.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_told_from_other_numbers() {
        for text in ["35000", "a01 470", "f35000x", "01\u{A0}470", "123456"] {
            assert!(may_hold_code(text), "{text}");
        }
        for text in ["", "3500 0", "1 470", "01  470", "12 34 56", "9,99 25 g"] {
            assert!(!may_hold_code(text), "{text}");
        }
    }

    const RECORDS: [(&str, &str); 9] = [
        ("RIVAC", "24999"),
        ("RIVAC", "01470"),
        ("PORT BLANC", "98999"),
        ("PARIS 11", "75011"),
        ("LYON 07", "69007"),
        ("ST MALO", "35400"),
        ("OEUILLY", "51480"),
        ("LILLE", "59000"),
        ("RENNES", "35000"),
    ];

    /// Lines `code name: extract`.
    fn check(text: &str, expected: &[&str]) {
        let records = RECORDS.map(|(name, code)| {
            format!(r#"{{"fields":{{"nom_de_la_commune":"{name}","code_postal":"{code}"}}}}"#)
        });
        let communes = Communes::from_json(format!("[{}]", records.join(",")).as_bytes()).unwrap();
        let knowledge = Knowledge::default().with_communes(Arc::new(communes));
        let found = LocationExtractor::new(&knowledge)
            .unwrap()
            .find(&OcrResult::from_text(text));
        let word = |p: &Prediction, name: &str| p.data[name].as_str().unwrap().to_owned();
        let seen: Vec<String> = found
            .iter()
            .map(|p| {
                format!(
                    "{} {}: {}",
                    word(p, "postal_code"),
                    word(p, "city_name"),
                    word(p, "text_extract")
                )
            })
            .collect();
        assert_eq!(seen, expected, "{text:?}");
        for prediction in &found {
            assert!(text.contains(&prediction.evidence[0].text), "{text:?}");
        }
    }

    // D-LOC-5: the evidence is in the text.
    #[test]
    fn a_commune_is_found_beside_its_code() {
        check(
            "fait à Rivac 24999 France",
            &["24999 rivac: fait a rivac 24999 france"],
        );
        check("24999fr rivac", &["24999 rivac: 24999fr rivac"]);
        check("Port-Blanc 98999", &["98999 port blanc: port blanc 98999"]);
        check("rivac 24999 rivac", &["24999 rivac: rivac 24999 rivac"; 2]);
    }

    #[test]
    fn another_number_is_no_code() {
        for text in [
            "249990 rivac",
            "124999 rivac",
            "rivac, dans le grand 24999",
            "rivac 98999",
            "24999 12345 rivac de",
        ] {
            check(text, &[]);
        }
    }

    // D-LOC-1.
    #[test]
    fn namesakes_are_told_by_their_code() {
        check("01470 Rivac", &["01470 rivac: 01470 rivac"]);
        check("24999 Rivac", &["24999 rivac: 24999 rivac"]);
    }

    // D-LOC-2.
    #[test]
    fn districts_belong_to_their_city() {
        check("75011 Paris", &["75011 paris: 75011 paris"]);
        check("69007 LYON", &["69007 lyon: 69007 lyon"]);
        check("75011 Paris 11", &["75011 paris 11: 75011 paris 11"]);
        check("75012 Paris", &[]);
    }

    // D-LOC-2.
    #[test]
    fn saints_are_spelled_in_full() {
        check("35400 Saint-Malo", &["35400 st malo: 35400 saint malo"]);
        check("35400 ST MALO", &["35400 st malo: 35400 st malo"]);
    }

    // D-LOC-2.
    #[test]
    fn business_post_offices_have_their_own_codes() {
        check("35042 RENNES CEDEX", &["35042 rennes: 35042 rennes cedex"]);
        check("75042 RENNES CEDEX", &[]);
        check("35042 RENNES", &[]);
    }

    // D-LOC-6.
    #[test]
    fn addresses_are_printed_in_many_ways() {
        check(
            "RIVAC, BP 12, F 24999",
            &["24999 rivac: rivac, bp 12, f 24999"],
        );
        check(
            "24999           RIVAC",
            &["24999 rivac: 24999           rivac"],
        );
        check("01 470 Rivac", &["01470 rivac: 01 470 rivac"]);
        check("fr59000lille", &["59000 lille: fr59000lille"]);
        check("Œuilly 51480", &["51480 oeuilly: oeuilly 51480"]);
        check("l’Œuilly 51480", &["51480 oeuilly: l oeuilly 51480"]);
    }

    // D-LOC-3.
    #[test]
    fn the_first_annotation_is_read_where_there_is_no_full_text() {
        let json = r#"{"responses":[{"textAnnotations":[{"description":"24999 Rivac"}]}]}"#;
        let communes = Communes::from_json(
            br#"[{"fields":{"nom_de_la_commune":"RIVAC","code_postal":"24999"}}]"#,
        );
        let knowledge = Knowledge::default().with_communes(Arc::new(communes.unwrap()));
        let ocr = OcrResult::from_json(json.as_bytes()).unwrap();
        let found = LocationExtractor::new(&knowledge).unwrap().find(&ocr);
        assert_eq!(found[0].evidence[0].text, "24999 Rivac");
    }
}
