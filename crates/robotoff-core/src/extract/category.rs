//! Categories with a protected designation of origin (`ocr.md` 4.2).

use std::sync::Arc;

use super::evidence::{evidence, put_box};
use super::{BuildError, Extractor, taxonomy};
use crate::knowledge::{Knowledge, TaxonomyKind};
use crate::ocr::OcrResult;
use crate::prediction::{Prediction, PredictionKind};
use crate::taxonomy::Taxonomy;
use crate::text::pattern::{Form, Pattern, Prefilter, WS};
use crate::text::tag::category_tag;

/// Language of the category, and how it stands beside the words of protection: `~`
/// is any white space.
const DESIGNATIONS: [(&str, &str); 6] = [
    (
        "fr",
        "appellation~*(?<rest>.+)~*(?:contr[oô]l[eé]e|prot[eé]g[eé]e)",
    ),
    (
        "fr",
        "(?<rest>.+)~*appellation d'origine (?:contr[oô]l[eé]e|prot[eé]g[eé]e)",
    ),
    ("es", "(?<rest>.+)~*denominacion de origen protegida"),
    ("es", "denominacion de origen protegida~*(?<rest>.+)"),
    ("en", "(?<rest>.+)~*(?:aop|dop|pdo)"),
    ("en", "(?:aop|dop|pdo)~*(?<rest>.+)"),
];

pub(super) struct CategoryExtractor {
    patterns: Vec<Pattern>,
    prefilter: Prefilter,
    categories: Arc<Taxonomy>,
}

impl CategoryExtractor {
    pub(super) fn new(knowledge: &Knowledge) -> Result<Self, BuildError> {
        let pattern = |(_, pattern): &(&str, &str)| {
            Pattern::new([Form::new(format!("(?i){}", pattern.replace('~', WS)))])
        };
        let patterns: Vec<Pattern> = DESIGNATIONS.iter().map(pattern).collect();
        let prefilter = Prefilter::new(&patterns);
        Ok(Self {
            patterns,
            prefilter,
            categories: taxonomy(knowledge, TaxonomyKind::Categories)?,
        })
    }
}

impl Extractor for CategoryExtractor {
    fn kind(&self) -> PredictionKind {
        PredictionKind::Category
    }

    fn find(&self, ocr: &OcrResult) -> Vec<Prediction> {
        let text = ocr.text.contiguous();
        let mut found = Vec::new();
        for position in self.prefilter.candidates(text) {
            let lang = DESIGNATIONS[position].0;
            for hit in self.patterns[position].hits(text) {
                let rest = hit.group("rest").map_or("", |range| &text[range]);
                let id = format!("{lang}:{}", category_tag(rest));
                if self.categories.node(&id).is_none() {
                    continue;
                }
                let ground = evidence(ocr, text, &hit.range, Some(lang));
                let mut prediction = Prediction {
                    value_tag: Some(id),
                    automatic_processing: Some(false),
                    predictor: Some("regex".into()),
                    ..Prediction::new(self.kind())
                };
                prediction
                    .data
                    .insert("text".to_owned(), ground.text.as_str().into());
                put_box(&mut prediction.data, ground.area);
                prediction.evidence.push(ground);
                found.push(prediction);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Keep;

    const CATEGORIES: &[u8] =
        br#"{"fr:fleurie":{},"fr:morgon":{},"es:queso-zamorano":{},"en:feta":{}}"#;

    fn check(text: &str, expected: &[&str]) {
        let categories = Taxonomy::from_json(CATEGORIES, Keep::All).unwrap();
        let knowledge =
            Knowledge::default().with_taxonomy(TaxonomyKind::Categories, Arc::new(categories));
        let found = CategoryExtractor::new(&knowledge)
            .unwrap()
            .find(&OcrResult::from_text(text));
        let tags: Vec<&str> = found
            .iter()
            .filter_map(|p| p.value_tag.as_deref())
            .collect();
        assert_eq!(tags, expected, "{text:?}");
    }

    #[test]
    fn designations_stand_before_or_after_the_name() {
        check("Appellation Fleurie Contrôlée", &["fr:fleurie"]);
        check("appellation   Fleurie\n controlee", &["fr:fleurie"]);
        check("Morgon appellation d'origine protégée", &["fr:morgon"]);
        check(
            "Denominacion de origen protegida QUESO Zamorano",
            &["es:queso-zamorano"],
        );
        check("PDO Feta", &["en:feta"]);
        check("Feta    pdo", &["en:feta"]);
        check(
            "Vin rouge - Appellation Fleurie Contrôlée - 75 cl",
            &["fr:fleurie"],
        );
        check("Feta PDO 200 g", &["en:feta"]);
        check("Feta PDO Kasseri PDO", &[]);
        check("Délicieuse Feta PDO", &[]);
    }
}
