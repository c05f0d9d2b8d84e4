//! Predictions from the name of a product (`docs/reference/ocr.md` 0.3), by the
//! extractors that say they run on names.

use super::{Extractors, Reading, product_name_kinds, product_weight};
use crate::ocr::OcrResult;
use crate::prediction::{PRODUCT_NAME, PredictionKind};

/// Characters of a name that are read; longer texts are not names.
pub const MAX_NAME_CHARS: usize = 1_000;

impl Extractors {
    /// Reads the name of a product. Its predictions carry `data.source`, and are never
    /// applied without a person. Kinds that were not built are skipped.
    pub fn read_product_name(&self, name: &str) -> Reading {
        // No database keeps a text with a NUL.
        let plain = |c| if c == '\0' { ' ' } else { c };
        let name: String = name.chars().take(MAX_NAME_CHARS).map(plain).collect();
        let ocr = OcrResult::from_text(&name);
        let mut reading = Reading::default();
        for kind in product_name_kinds() {
            let Reading {
                predictions,
                failed,
            } = self.read(&ocr, &[*kind]);
            reading.predictions.extend(predictions);
            reading.failed.extend(failed);
        }
        let is_weight = |kind: PredictionKind| kind == PredictionKind::ProductWeight;
        let has_weight = reading.predictions.iter().any(|p| is_weight(p.kind));
        if !has_weight && self.kinds().any(is_weight) {
            reading.predictions.extend(product_weight::of_name(&ocr));
        }
        for prediction in &mut reading.predictions {
            prediction
                .data
                .insert("source".to_owned(), PRODUCT_NAME.into());
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
        let kinds = [product_name_kinds(), &[PredictionKind::Nutrient]].concat();
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
    fn names_without_claims_say_nothing() {
        for name in ["", " ", "Confiture de fraises"] {
            let found = extractors().read_product_name(name);
            assert!(found.predictions.is_empty(), "{name:?}");
        }
    }

    #[test]
    fn the_only_amount_of_a_name_is_its_weight() {
        for (name, expected) in [
            ("Fagioli cannellini gr400", Some("400 g")),
            ("Farine T55 1kg", Some("1 kg")),
            ("Cola 1.5L", Some("1.5 l")),
            ("Sel 5 g", None),
            ("Lot 500 g et 250 g", None),
            ("Sucre 2,50 € / 1 kg", None),
        ] {
            let found = extractors().read_product_name(name);
            let seen = found.predictions.first().and_then(|p| p.value.as_deref());
            assert_eq!(seen, expected, "{name}");
            assert!(
                found
                    .predictions
                    .iter()
                    .all(|p| p.automatic_processing == Some(false))
            );
        }
    }

    #[test]
    fn names_without_end_are_read_at_their_beginning() {
        let found = extractors().read_product_name(&"6 x 33 cl, ".repeat(100_000));
        assert!((1..200).contains(&found.predictions.len()));
    }

    #[test]
    fn what_no_database_keeps_is_not_in_the_evidence() {
        let found = extractors().read_product_name("6 x\u{0}33 cl");
        assert_eq!(found.predictions.len(), 1);
        assert!(!format!("{found:?}").contains("\\0"), "{found:?}");
    }
}
