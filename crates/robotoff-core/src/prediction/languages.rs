//! Languages of a product, from the predictions of its images (`docs/reference/api.md` 2.18).

use std::collections::BTreeSet;

use serde_json::Value;

use super::StoredPrediction;

/// Member of the counts that holds the number of all words.
const WORDS: &str = "words";

/// Number of words in each language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LanguageCounts {
    /// Code of the language, and its words; most frequent first, then as first met. Words
    /// without a language are those of `null`.
    pub counts: Vec<(String, u64)>,
    /// Number of all words.
    pub words: u64,
    /// Numbers of the images that were counted, ascending.
    pub images: BTreeSet<u64>,
}

impl LanguageCounts {
    /// Sums the counts of predictions of languages; other predictions have none.
    ///
    /// ```
    /// use robotoff_core::prediction::LanguageCounts;
    ///
    /// assert_eq!(LanguageCounts::of(&[]).share_in_percent(3), 0.0);
    /// ```
    pub fn of(predictions: &[StoredPrediction]) -> Self {
        let mut all = Self::default();
        for stored in predictions {
            let number = stored
                .source_image
                .as_ref()
                .and_then(|image| image.image_id());
            all.images
                .extend(number.and_then(|number| number.parse::<u64>().ok()));
            let counts = stored
                .prediction
                .data
                .get("count")
                .and_then(Value::as_object);
            for (lang, count) in counts.into_iter().flatten() {
                all.add(lang, count.as_u64().unwrap_or_default());
            }
        }
        all.counts
            .sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        all
    }

    fn add(&mut self, lang: &str, count: u64) {
        if lang == WORDS {
            self.words = self.words.saturating_add(count);
            return;
        }
        match self.counts.iter_mut().find(|(known, _)| known == lang) {
            Some((_, sum)) => *sum = sum.saturating_add(count),
            None => self.counts.push((lang.to_owned(), count)),
        }
    }

    /// Share of a count in all words, in percent; 0 where there are no words.
    pub fn share_in_percent(&self, count: u64) -> f64 {
        match self.words {
            0 => 0.0,
            words => count as f64 * 100.0 / words as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;
    use serde_json::json;

    use super::*;
    use crate::prediction::{Prediction, PredictionId, PredictionKind};
    use crate::product::{Barcode, ProductId, ServerType, SourceImage};

    fn of_image(name: &str, counts: Value) -> StoredPrediction {
        let mut prediction = Prediction::new(PredictionKind::ImageLang);
        prediction.data.insert("count".to_owned(), counts);
        StoredPrediction {
            id: PredictionId(1),
            product: ProductId {
                barcode: Barcode::as_stored("1").unwrap(),
                server_type: ServerType::Off,
            },
            source_image: Some(SourceImage::new(name)),
            timestamp: NaiveDateTime::default(),
            prediction,
        }
    }

    #[test]
    fn counts_of_all_images_are_added() {
        let counts = LanguageCounts::of(&[
            of_image(
                "/1/12.jpg",
                json!({"en": 2, "fr": 5, "null": 1, "words": 8}),
            ),
            of_image("/1/3.jpg", json!({"de": 2, "en": 4, "words": 12})),
            of_image("/1/front_fr.jpg", json!({"words": "many"})),
            of_image("/1/3.jpg", json!([])),
        ]);
        let expected = [("en", 6), ("fr", 5), ("de", 2), ("null", 1)];
        assert_eq!(
            counts.counts,
            expected.map(|(lang, n)| (lang.to_owned(), n))
        );
        assert_eq!(counts.words, 20);
        assert_eq!(counts.images, BTreeSet::from([3, 12]));
        assert_eq!(counts.share_in_percent(5), 25.0);
    }
}
