//! French addresses: a commune beside its postal code (`docs/reference/ocr.md` 4.8, corrected by section 9, D-LOC).

mod plain;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use serde_json::{Map, json};

use plain::Plain;

use super::evidence::evidence_at;
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn};
use crate::commune::Communes;
use crate::knowledge::{Knowledge, Part};
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

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::Location,
    finds: "French addresses: a commune beside its postal code",
    predictors: &[Predictor::new("flashtext", VERSION)],
    languages: &["fr"],
    parts: &[Part::Communes],
    runs_on: RunsOn::OnRequest {
        reason: "no insight reads addresses; docs/reference/pipeline.md 1.10 leaves them out",
    },
    build: |knowledge| Ok(Box::new(LocationExtractor::new(knowledge)?)),
};

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
                evidence: vec![evidence_at(
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
mod tests;
