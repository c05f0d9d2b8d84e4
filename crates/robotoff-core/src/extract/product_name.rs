//! What the name of a product says (`ocr.md` 0.3): the same extractors, for three kinds.

use super::{Extractors, Reading};
use crate::ocr::OcrResult;
use crate::prediction::PredictionKind;

/// The kinds that a name is read for, in the order of the answer.
pub const PRODUCT_NAME_KINDS: [PredictionKind; 3] = [
    PredictionKind::Label,
    PredictionKind::ProductWeight,
    PredictionKind::Brand,
];

impl Extractors {
    /// Reads the name of a product. What it says carries `data.source`, and is never
    /// applied without a person. Kinds that were not built are passed over.
    pub fn read_product_name(&self, name: &str) -> Reading {
        let ocr = OcrResult::from_text(name);
        let mut reading = Reading::default();
        for kind in PRODUCT_NAME_KINDS {
            let Reading {
                predictions,
                failed,
            } = self.read(&ocr, &[kind]);
            reading.predictions.extend(predictions);
            reading.failed.extend(failed);
        }
        for prediction in &mut reading.predictions {
            prediction
                .data
                .insert("source".to_owned(), "product_name".into());
            prediction.automatic_processing = Some(false);
        }
        reading
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::knowledge::{Knowledge, LexiconKind};
    use crate::lexicon::Lexicon;

    fn extractors() -> Extractors {
        let list =
            |kind: LexiconKind, text| Arc::new(Lexicon::parse("test", text, kind.shape()).unwrap());
        let lists = [
            (LexiconKind::LabelKeywords, "en:vegan||vegan\n"),
            (LexiconKind::LabelLogos, ""),
            (LexiconKind::Brands, "coca-cola||Coca-Cola||cocacola\n"),
            (LexiconKind::BrandsOfTaxonomy, "moulin-vert||Moulin Vert\n"),
            (LexiconKind::BrandExclusions, ""),
            (LexiconKind::BrandLogos, ""),
        ];
        let knowledge = lists
            .into_iter()
            .fold(Knowledge::default(), |knowledge, (kind, text)| {
                knowledge.with_lexicon(kind, list(kind, text))
            });
        let kinds = [PRODUCT_NAME_KINDS.as_slice(), &[PredictionKind::Nutrient]].concat();
        Extractors::build(&knowledge, &kinds).unwrap()
    }

    #[test]
    fn names_say_labels_weights_and_brands_and_nothing_else() {
        let found =
            extractors().read_product_name("Cocacola vegan, 6 x 33 cl, Moulin Vert, sel 1 g");
        assert!(found.failed.is_empty());
        let seen: Vec<String> = found
            .predictions
            .iter()
            .map(|p| {
                let value = p.value_tag.as_deref().or(p.value.as_deref()).unwrap();
                format!(
                    "{} {value} {} {:?}",
                    p.kind,
                    p.data["source"].as_str().unwrap(),
                    p.automatic_processing
                )
            })
            .collect();
        let expected = [
            "label en:vegan product_name Some(false)",
            "product_weight 6 x 33 cl product_name Some(false)",
            "brand coca-cola product_name Some(false)",
            "brand moulin-vert product_name Some(false)",
        ];
        assert_eq!(seen, expected);
        assert!(found.predictions.iter().all(|p| !p.evidence.is_empty()));
    }

    #[test]
    fn a_name_without_claims_says_nothing() {
        assert!(
            extractors()
                .read_product_name("Confiture de fraises")
                .predictions
                .is_empty()
        );
    }
}
