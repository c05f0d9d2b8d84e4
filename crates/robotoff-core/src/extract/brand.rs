//! Brands by name and by logo (`docs/reference/ocr.md` 4.1).

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::evidence::evidence_at;
use super::spans::Spans;
use super::{BuildError, Extractor, ExtractorSpec, Predictor, RunsOn, lexicon};
use crate::knowledge::{Knowledge, LexiconKind, Part};
use crate::ocr::OcrResult;
use crate::prediction::{Evidence, Prediction, PredictionKind};
use crate::text::keyword::KeywordMatcher;
use crate::text::tag::{tag, taxonomy_tag};

/// Rises when other brands are found in the same text.
const VERSION: &str = "2";

/// Logos below this are guesses.
const MIN_LOGO_SCORE: f64 = 0.3;

/// Names of the list of logos that are misspelt there, and as they should be.
const LOGO_NAMES: [(&str, &str); 2] = [("Ruinard", "Ruinart"), ("Spécial K", "Special K")];

/// Tags of brands that are shops, or words of wine lists and streets.
const EVERYDAY_WORDS: [&str; 6] = [
    "cotes-du-rhone",
    "deli",
    "leclerc",
    "mission",
    "premier",
    "target",
];

/// One list of names, and how far it is trusted.
struct NameList {
    predictor: &'static str,
    keywords: KeywordMatcher,
    brands: Vec<Brand>,
}

struct Brand {
    tag: Box<str>,
    name: Box<str>,
    /// May be applied without a person.
    automatic: bool,
}

impl NameList {
    fn new(
        knowledge: &Knowledge,
        kind: LexiconKind,
        predictor: &'static str,
        is_curated: bool,
    ) -> Result<Self, BuildError> {
        let excluded = lexicon(knowledge, LexiconKind::BrandExclusions)?;
        // Some are written as names.
        let excluded: BTreeSet<String> = excluded
            .entries()
            .flat_map(|entry| [entry.keyword.to_owned(), tag(entry.keyword)])
            .chain(EVERYDAY_WORDS.map(str::to_owned))
            .collect();
        let list = lexicon(knowledge, kind)?;
        let is_number = |name: &str| !name.is_empty() && name.chars().all(char::is_numeric);
        let kept = list
            .entries()
            .filter(|e| !is_number(e.name) && !is_number(e.key) && !excluded.contains(e.key));
        let (words, brands): (Vec<&str>, Vec<_>) = kept
            .map(|e| {
                let automatic = is_curated && is_certain(e.keyword, e.name);
                (
                    e.keyword,
                    Brand {
                        tag: e.key.into(),
                        name: e.name.into(),
                        automatic,
                    },
                )
            })
            .unzip();
        Ok(Self {
            predictor,
            keywords: KeywordMatcher::new(&words)?,
            brands,
        })
    }

    /// One prediction for each brand; further places of its name are evidence. Words in
    /// `read` are another brand's.
    fn find(&self, ocr: &OcrResult, read: &mut Spans, found: &mut Vec<Prediction>) {
        let text = ocr.text.default_text();
        let first = found.len();
        let mut place_by_tag: HashMap<&str, usize> = HashMap::new();
        for hit in self.keywords.find(ocr.text.case_folded()) {
            if read.touches(&hit.range) {
                continue;
            }
            let brand = &self.brands[hit.keyword];
            let evidence = evidence_at(ocr, text, &hit.range, None);
            read.add(hit.range);
            match place_by_tag.get(&*brand.tag) {
                Some(place) => found[first + place].evidence.push(evidence),
                None => {
                    place_by_tag.insert(&brand.tag, found.len() - first);
                    found.push(self.prediction(brand, evidence));
                }
            }
        }
    }

    fn prediction(&self, brand: &Brand, evidence: Evidence) -> Prediction {
        Prediction {
            value: Some(brand.name.to_string()),
            value_tag: Some(brand.tag.to_string()),
            automatic_processing: Some(brand.automatic),
            predictor: Some(self.predictor.into()),
            predictor_version: Some(VERSION.into()),
            ..Prediction::from_evidence(PredictionKind::Brand, evidence)
        }
    }
}

/// True for words that are nobody else's: several, or the letters of the name itself. A
/// family name or three letters alone are not.
fn is_certain(keyword: &str, name: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    keyword.trim().contains(' ') || letters(keyword) == letters(name)
}

pub(super) const SPEC: ExtractorSpec = ExtractorSpec {
    kind: PredictionKind::Brand,
    finds: "brands, by name and by logo",
    predictors: &[
        Predictor::new("curated-list", VERSION),
        Predictor::new("taxonomy", VERSION),
        Predictor::new("google-cloud-vision", VERSION),
    ],
    languages: &[],
    parts: &[
        Part::Lexicon(LexiconKind::Brands),
        Part::Lexicon(LexiconKind::BrandsOfTaxonomy),
        Part::Lexicon(LexiconKind::BrandExclusions),
        Part::Lexicon(LexiconKind::BrandLogos),
    ],
    runs_on: RunsOn::ImagesAndProductNames,
    build: |knowledge| Ok(Box::new(BrandExtractor::new(knowledge)?)),
};

pub(super) struct BrandExtractor {
    /// An earlier list wins where both know the words.
    lists: [NameList; 2],
    /// Brands by Google's name of their logo.
    name_by_logo: BTreeMap<Box<str>, Box<str>>,
}

impl BrandExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let logos = lexicon(knowledge, LexiconKind::BrandLogos)?;
        let right = |name: &str| {
            let known = LOGO_NAMES.iter().find(|(wrong, _)| *wrong == name);
            known.map_or(name, |(_, right)| right).into()
        };
        Ok(Self {
            lists: [
                NameList::new(knowledge, LexiconKind::Brands, "curated-list", true)?,
                NameList::new(knowledge, LexiconKind::BrandsOfTaxonomy, "taxonomy", false)?,
            ],
            name_by_logo: logos
                .entries()
                .map(|e| (e.key.into(), right(e.keyword)))
                .collect(),
        })
    }
}

impl Extractor for BrandExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Brand
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let mut found = Vec::new();
        let mut read = Spans::default();
        for list in &self.lists {
            list.find(ocr, &mut read, &mut found);
            read.settle();
        }
        for logo in ocr.logos.iter().filter(|logo| logo.score >= MIN_LOGO_SCORE) {
            let name = self.name_by_logo.get(&*logo.description);
            found.extend(name.map(|name| Prediction {
                value: Some(name.to_string()),
                value_tag: Some(taxonomy_tag(name)),
                automatic_processing: Some(false),
                predictor: Some("google-cloud-vision".into()),
                predictor_version: Some(VERSION.into()),
                confidence: Some(logo.score),
                ..Prediction::new(self.kind())
            }));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lexicon::{Lexicon, LexiconShape};

    const CURATED: &str = "coca-cola||Coca-Cola||cocacola\nsacla||Sacla||sacla italia\n\
        maison-meneau||Maison Meneau||Meneau\n";
    const TAXONOMY: &str = "moulin-vert||Moulin Vert\nnatura||Natura\n42||42\nsacla-italia||Sacla Italia\n\
        ice-tea||Ice Tea\npremier||Premier\nsacla||Sacla\n";

    /// Lines `name|tag|predictor[|automatic]`.
    fn check(ocr: &OcrResult, expected: &[&str]) {
        let list = |text, shape| Arc::new(Lexicon::parse("test", text, shape).unwrap());
        let pairs = |text| list(text, LexiconShape::KeyKeyword);
        let knowledge = Knowledge::default()
            .with_lexicon(LexiconKind::Brands, pairs(CURATED))
            .with_lexicon(LexiconKind::BrandsOfTaxonomy, pairs(TAXONOMY))
            .with_lexicon(
                LexiconKind::BrandExclusions,
                list("natura\nice tea\n", LexiconShape::Keyword),
            )
            .with_lexicon(
                LexiconKind::BrandLogos,
                pairs("Prés & Bois||Prés & Bois\nruinart||Ruinard\n"),
            );
        let found = BrandExtractor::new(&knowledge).unwrap().find(ocr);
        let seen: Vec<String> = found
            .iter()
            .map(|p| {
                let words = [
                    p.value.as_deref(),
                    p.value_tag.as_deref(),
                    p.predictor.as_deref(),
                    p.automatic_processing
                        .filter(|automatic| *automatic)
                        .map(|_| "automatic"),
                ];
                words.into_iter().flatten().collect::<Vec<_>>().join("|")
            })
            .collect();
        assert_eq!(seen, expected);
    }

    // D-BRA-1, 8.
    #[test]
    fn brands_are_found_by_name_unless_excluded() {
        let text = OcrResult::from_text(
            "boisson cocacola zero, MOULIN VERT, Natura 80 g, 42, Ice Tea, Premier Cru",
        );
        check(
            &text,
            &[
                "Coca-Cola|coca-cola|curated-list|automatic",
                "Moulin Vert|moulin-vert|taxonomy",
            ],
        );
        check(&OcrResult::from_text(""), &[]);
    }

    // D-BRA-7.
    #[test]
    fn the_curated_list_wins_on_the_same_words() {
        let text = OcrResult::from_text("Sacla Italia. Sacla");
        check(
            &text,
            &["Sacla|sacla|curated-list|automatic", "Sacla|sacla|taxonomy"],
        );
    }

    // D-BRA-2.
    #[test]
    fn a_family_name_is_looked_at() {
        check(
            &OcrResult::from_text("M. Meneau"),
            &["Maison Meneau|maison-meneau|curated-list"],
        );
    }

    // D-BRA-8.
    #[test]
    fn a_brand_is_told_once_with_all_its_places() {
        let text = OcrResult::from_text("Moulin Vert, moulin vert");
        check(&text, &["Moulin Vert|moulin-vert|taxonomy"]);
    }

    // D-BRA-4.
    #[test]
    fn brands_are_found_by_sure_logos() {
        let json = r#"{"responses":[{"logoAnnotations":[{"description":"Prés & Bois","score":0.4},
            {"description":"prés & bois","score":0.9},{"description":"ruinart","score":0.9},
            {"description":"Prés & Bois","score":0.2}]}]}"#;
        let ocr = OcrResult::from_json(json.as_bytes()).unwrap();
        check(
            &ocr,
            &[
                "Prés & Bois|pres-bois|google-cloud-vision",
                "Ruinart|ruinart|google-cloud-vision",
            ],
        );
    }
}
