//! Brands by name and by logo (`ocr.md` 4.1).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{evidence, put_box};
use super::{BuildError, Extractor, lexicon};
use crate::knowledge::{Knowledge, LexiconKind};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::text::keyword::KeywordMatcher;
use crate::text::tag::tag;

/// One list of names, and how far it is trusted.
struct NameList {
    predictor: &'static str,
    automatic: bool,
    keywords: KeywordMatcher,
    /// Tag and name of each keyword.
    brands: Vec<(Box<str>, Box<str>)>,
}

impl NameList {
    fn new(
        knowledge: &Knowledge,
        kind: LexiconKind,
        predictor: &'static str,
        automatic: bool,
    ) -> Result<Self, BuildError> {
        let excluded = lexicon(knowledge, LexiconKind::BrandExclusions)?;
        let excluded: BTreeSet<&str> = excluded.entries().map(|entry| entry.keyword).collect();
        let list = lexicon(knowledge, kind)?;
        let is_number = |name: &str| !name.is_empty() && name.chars().all(char::is_numeric);
        let kept = list
            .entries()
            .filter(|e| !is_number(e.name) && !excluded.contains(e.key));
        let (words, brands): (Vec<&str>, Vec<_>) = kept
            .map(|e| (e.keyword, (e.key.into(), e.name.into())))
            .unzip();
        Ok(Self {
            predictor,
            automatic,
            keywords: KeywordMatcher::new(&words)?,
            brands,
        })
    }

    fn find(&self, ocr: &OcrResult, found: &mut Vec<Prediction>) {
        for hit in self.keywords.find(ocr.text.lowered()) {
            let (tag, name) = &self.brands[hit.keyword];
            let ground = evidence(ocr, ocr.text.default_text(), &hit.range, None);
            let mut prediction = brand(name, tag.to_string(), self.predictor, self.automatic);
            prediction
                .data
                .insert("text".to_owned(), ground.text.as_str().into());
            put_box(&mut prediction.data, ground.area);
            prediction.evidence.push(ground);
            found.push(prediction);
        }
    }
}

fn brand(name: &str, tag: String, predictor: &'static str, automatic: bool) -> Prediction {
    Prediction {
        value: Some(name.to_owned()),
        value_tag: Some(tag),
        automatic_processing: Some(automatic),
        predictor: Some(Cow::Borrowed(predictor)),
        ..Prediction::new(PredictionKind::Brand)
    }
}

pub(super) struct BrandExtractor {
    lists: [NameList; 2],
    /// Brands by Google's name of their logo.
    name_by_logo: BTreeMap<Box<str>, Box<str>>,
}

impl BrandExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let logos = lexicon(knowledge, LexiconKind::BrandLogos)?;
        Ok(Self {
            lists: [
                NameList::new(knowledge, LexiconKind::Brands, "curated-list", true)?,
                NameList::new(knowledge, LexiconKind::BrandsOfTaxonomy, "taxonomy", false)?,
            ],
            name_by_logo: logos
                .entries()
                .map(|e| (e.key.into(), e.keyword.into()))
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
        for list in &self.lists {
            list.find(ocr, &mut found);
        }
        for logo in &ocr.logos {
            let name = self.name_by_logo.get(&*logo.description);
            found.extend(name.map(|name| Prediction {
                confidence: Some(logo.score),
                ..brand(name, tag(name), "google-cloud-vision", false)
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

    fn check(ocr: &OcrResult, expected: &[&str]) {
        let list = |text, shape| Arc::new(Lexicon::parse("test", text, shape).unwrap());
        let pairs = |text| list(text, LexiconShape::KeyKeyword);
        let knowledge = Knowledge::default()
            .with_lexicon(
                LexiconKind::Brands,
                pairs("coca-cola||Coca-Cola||cocacola\n"),
            )
            .with_lexicon(
                LexiconKind::BrandsOfTaxonomy,
                pairs("moulin-vert||Moulin Vert\nnatura||Natura\n42||42\n"),
            )
            .with_lexicon(
                LexiconKind::BrandExclusions,
                list("natura\n", LexiconShape::Keyword),
            )
            .with_lexicon(LexiconKind::BrandLogos, pairs("Prés & Bois||Prés & Bois\n"));
        let found = BrandExtractor::new(&knowledge).unwrap().find(ocr);
        let seen: Vec<String> = found
            .iter()
            .map(|p| {
                let words = [
                    p.value.as_deref(),
                    p.value_tag.as_deref(),
                    p.predictor.as_deref(),
                ];
                words.map(Option::unwrap_or_default).join("|")
            })
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn brands_are_found_by_name_unless_excluded() {
        let text = OcrResult::from_text("boisson cocacola zero, MOULIN VERT, Natura 80 g, 42");
        check(
            &text,
            &[
                "Coca-Cola|coca-cola|curated-list",
                "Moulin Vert|moulin-vert|taxonomy",
            ],
        );
        check(&OcrResult::from_text(""), &[]);
    }

    #[test]
    fn brands_are_found_by_logo() {
        let json = r#"{"responses":[{"logoAnnotations":[{"description":"Prés & Bois","score":0.2},
            {"description":"prés & bois","score":0.9}]}]}"#;
        let ocr = OcrResult::from_json(json.as_bytes()).unwrap();
        check(&ocr, &["Prés & Bois|pres-bois|google-cloud-vision"]);
    }
}
