//! Packaging: its shapes, their materials, what is to be done with them
//! (`docs/reference/ocr.md` 4.12).

mod count;
mod element;
mod parse;
mod shared;
mod tables;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use serde_json::{Map, Value, json};

use self::count::count_before;
use self::element::{Element, Property};
use self::parse::{elements, starts};
use self::tables::{Company, Grammar, RECORDED, ShapeFilter};
use super::evidence::evidence_at;
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::prefix_filter::Prefix;

/// Rises when other parts are found in the same text.
const VERSION: &str = "5";

/// Shapes that say nothing when nothing is said of them.
const NOT_ALONE: [&str; 19] = [
    "en:tray",
    "en:packaging",
    "en:backing",
    "en:packet",
    "en:string",
    "en:bowl",
    "en:sheet",
    "en:net",
    "en:pouch-flask",
    "en:spoon",
    "en:fork",
    "en:knife",
    "en:tablespoon",
    "en:mold",
    "en:eating-utensils",
    "en:overpack",
    "en:plate",
    "en:basket",
    "en:wedge",
];

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::Packaging,
    finds: "parts of the packaging: shape, material, recycling instruction",
    predictors: &[Predictor::new("grammar", VERSION)],
    languages: &[
        "cs", "da", "de", "en", "es", "fi", "fr", "hu", "it", "nl", "pl", "pt", "ro", "sv",
    ],
    parts: &[],
    runs_on: RunsOn::Images,
    build: |_| Ok(Box::new(PackagingExtractor::new()?)),
};

pub(super) struct PackagingExtractor {
    prefilter: ShapeFilter,
    languages: Vec<Grammar>,
}

impl PackagingExtractor {
    pub(super) fn new() -> Result<Self, BuildError> {
        Ok(Self {
            prefilter: ShapeFilter::new()?,
            languages: Grammar::all()?,
        })
    }

    /// The languages that name a shape at one of these places of the text.
    fn languages_in(
        &self,
        text: &str,
        starts: &[(usize, Prefix)],
    ) -> impl Iterator<Item = &Grammar> {
        let places = starts.iter();
        let languages = places.map(|(at, prefix)| self.prefilter.languages(text, *at, *prefix));
        let set = languages.fold(0, |set, one| set | one);
        let languages = self.languages.iter().enumerate();
        languages.filter_map(move |(position, language)| {
            (set & (1 << position) != 0).then_some(language)
        })
    }

    /// The elements of a folded text in its order, each place read in one language.
    fn elements(&self, text: &str) -> Vec<Element> {
        let starts = starts(text);
        let found: Vec<Vec<Element>> = self
            .languages_in(text, &starts)
            .map(|language| {
                let mut found = elements(language, text, &starts);
                found.retain(|element| {
                    says_something(element)
                        && !is_put_into(element, text)
                        && !is_absent(element, text)
                });
                found
            })
            .collect();
        let mut kept: Vec<Element> = found.into_iter().flatten().collect();
        if kept.windows(2).any(|pair| pair[0].lc != pair[1].lc) {
            kept = apart(kept);
        }
        kept
    }
}

/// False for names of everyday things that need not be packaging.
fn says_something(element: &Element) -> bool {
    let is_alone = element.material.is_none() && element.recycling.is_none();
    match element.company {
        Company::Material => element.material.is_some(),
        Company::Anything => !is_alone,
        Company::Nothing if element.lc == RECORDED => {
            !is_alone || !NOT_ALONE.contains(&element.shape.id)
        }
        // In other languages a shape alone is too often a thing in a recipe.
        Company::Nothing => !is_alone,
    }
}

/// True for a measure of a recipe: `1 pot de crème` beside spoons and eggs.
fn is_measure(element: &Element, text: &str) -> bool {
    const RECIPE: [&str; 11] = [
        "cuiller",
        "c. a soupe",
        "c. a cafe",
        "pincee",
        "recette",
        "gousse",
        "melang",
        "ajout",
        "versez",
        "oeufs",
        "farine",
    ];
    const REACH: usize = 60;
    let behind = text[element.range.end..].trim_start();
    if !behind.starts_with("de ") && !behind.starts_with("d'") {
        return false;
    }
    let start = text.floor_char_boundary(element.range.start.saturating_sub(REACH));
    let end = text.floor_char_boundary((element.range.end + REACH).min(text.len()));
    RECIPE.iter().any(|word| text[start..end].contains(word))
}

/// True behind a word for "without" of any language: `Ohne Plastikfolie` is Danish too.
fn is_absent(element: &Element, text: &str) -> bool {
    const WITHOUT: [&str; 12] = [
        "sans", "ohne", "without", "sin", "senza", "zonder", "sem", "bez", "utan", "uden", "fara",
        "ilman",
    ];
    let before = text[..element.range.start].trim_end();
    let word = before.trim_end_matches(char::is_alphanumeric).len();
    WITHOUT.contains(&&before[word..])
}

/// True for a French shape alone that something is put into: `servir dans des verrines`.
fn is_put_into(element: &Element, text: &str) -> bool {
    const INTO: [&str; 7] = [
        "dans un",
        "dans une",
        "dans des",
        "dans les",
        "dans chaque",
        "dans vos",
        "dans de petites",
    ];
    let is_alone = element.material.is_none() && element.recycling.is_none();
    let before = text[..element.range.start].trim_end();
    is_alone
        && element.lc == RECORDED
        && (INTO.iter().any(|words| before.ends_with(words)) || is_measure(element, text))
}

/// Where readings in several languages overlap, the one that says most counts, of
/// equal ones the one whose language says most of the whole text. Gives them in the order of the text.
fn apart(mut elements: Vec<Element>) -> Vec<Element> {
    let mut words_by_language: HashMap<&str, usize> = HashMap::new();
    for element in &elements {
        *words_by_language.entry(element.lc).or_default() += element.words;
    }
    // Stable, so that languages stay in order.
    elements.sort_by_key(|element| Reverse((element.words, words_by_language[element.lc])));
    let mut kept = std::collections::BTreeMap::<usize, Element>::new();
    for element in elements {
        let Range { start, end } = element.range;
        let before = kept.range(..end).next_back();
        if before.is_none_or(|(_, other)| other.range.end <= start) {
            kept.insert(start, element);
        }
    }
    kept.into_values().collect()
}

impl Extractor for PackagingExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Packaging
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let text = ocr.text.default_text();
        let folded = ocr.text.folded();
        let elements = self.elements(folded.as_str());
        let predictions = elements.into_iter().map(|element| {
            let range = folded.original(element.range.clone());
            let count = count_before(element.lc, folded.as_str(), element.range.start);
            let ranges = [Some(range), count.map(|count| folded.original(count))];
            let ranges = ranges.into_iter().flatten();
            Prediction {
                value: Some(dump(&element)),
                data: data(&element, folded.as_str()),
                automatic_processing: Some(false),
                predictor: Some("grammar".into()),
                predictor_version: Some(VERSION.into()),
                evidence: ranges
                    .map(|range| evidence_at(ocr, text, &range, Some(element.lc)))
                    .collect(),
                ..Prediction::new(self.kind())
            }
        });
        predictions.collect()
    }
}

/// The three tags as stored rows write them, in the syntax of Python.
fn dump(element: &Element) -> String {
    let tag = |property: Option<&Property>| {
        property.map_or("None".to_owned(), |property| format!("'{}'", property.id))
    };
    format!(
        "{{'shape': {}, 'material': {}, 'recycling': {}}}",
        tag(Some(&element.shape)),
        tag(element.material.as_ref()),
        tag(element.recycling.as_ref()),
    )
}

fn data(element: &Element, folded: &str) -> Map<String, Value> {
    let properties = [
        ("shape", Some(&element.shape)),
        ("material", element.material.as_ref()),
        ("recycling", element.recycling.as_ref()),
    ];
    let said = properties.into_iter().filter_map(|(name, property)| {
        let Property { id, range } = property?;
        let said = json!({"value": folded[range.clone()], "value_tag": id});
        Some((name.to_owned(), said))
    });
    let said: Map<String, Value> = said.collect();
    [
        ("lang".to_owned(), element.lc.into()),
        ("element".to_owned(), said.into()),
    ]
    .into_iter()
    .collect()
}
