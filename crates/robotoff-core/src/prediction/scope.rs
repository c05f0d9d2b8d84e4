//! Scope of a run of extractors or of a model, and the stored predictions that it
//! replaces.
//!
//! A method's old predictions are deleted when the method has read the same input again
//! and no longer makes the claim (`docs/reference/pipeline.md` 1.2, 11.1: 2, 4).

use serde_json::Value;

use super::{Prediction, PredictionId, PredictionKind, StoredPrediction};
use crate::json;
use crate::product::SourceImage;

/// Names of models; all other predictors read text.
const MODELS: [&str; 8] = [
    crate::category_model::PREDICTOR,
    "nutriscore",
    "universal-logo-detector",
    "upc-opencv",
    "nutrition_extractor",
    "ingredient_detection",
    "fine-tuned-mistral-7b",
    "speller",
];

/// Method that made predictions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// Extractors on the OCR text of an image.
    Text,
    /// Extractors on the name of the product.
    ProductName,
    /// One model.
    Model(String),
}

impl Method {
    /// Method of a stored prediction.
    pub fn of(prediction: &Prediction) -> Self {
        match prediction.predictor.as_deref() {
            Some(name) if is_model(name) => Self::Model(name.to_owned()),
            _ if prediction.is_from_product_name() => Self::ProductName,
            _ => Self::Text,
        }
    }
}

fn is_model(predictor: &str) -> bool {
    MODELS.contains(&predictor)
        || predictor == "neural"
        || predictor.starts_with("keras")
        || predictor == "matcher"
}

/// Scope of one run: method, kinds, and image (`None` where the input is not an image).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub method: Method,
    pub kinds: Vec<PredictionKind>,
    pub source_image: Option<SourceImage>,
}

impl Scope {
    /// True for a stored prediction that the run replaces, unless it makes the same claim
    /// again: see [`same_claim`].
    pub fn covers(&self, prediction: &Prediction, source_image: Option<&SourceImage>) -> bool {
        self.kinds.contains(&prediction.kind)
            && self.source_image.as_ref() == source_image
            && self.method == Method::of(prediction)
    }

    /// Changes that make the stored predictions of one product those of the run, each
    /// claim once. Empty when they are equal already; equal claims of other methods stay.
    pub fn differences(&self, found: Vec<Prediction>, stored: &[StoredPrediction]) -> Differences {
        let covers =
            |row: &StoredPrediction| self.covers(&row.prediction, row.source_image.as_ref());
        let outdated = stored.iter().filter(|row| {
            let is_claimed = |claim| same_claim(claim, &row.prediction);
            covers(row) && !found.iter().any(is_claimed)
        });
        let delete = outdated.map(|row| row.id).collect();
        let mut upsert: Vec<Prediction> = Vec::new();
        for (index, claim) in found.iter().enumerate() {
            let is_again = found[..index].iter().any(|other| same_claim(other, claim));
            let is_stored = stored.iter().any(|row| {
                row.source_image == self.source_image
                    && same_claim(&row.prediction, claim)
                    && (!covers(row) || same_record(&row.prediction, claim))
            });
            if !is_again && !is_stored {
                upsert.push(claim.clone());
            }
        }
        Differences { upsert, delete }
    }
}

/// Changes to the stored predictions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Differences {
    /// Missing rows, and rows with other content.
    pub upsert: Vec<Prediction>,
    /// Rows whose claim is no longer made.
    pub delete: Vec<PredictionId>,
}

impl Differences {
    /// True when there is no change to write.
    pub const fn is_empty(&self) -> bool {
        self.upsert.is_empty() && self.delete.is_empty()
    }
}

/// True when two predictions of one image make the same claim by the same method, so that
/// one row is enough (`docs/reference/pipeline.md` 1.2 c).
pub fn same_claim(a: &Prediction, b: &Prediction) -> bool {
    a.kind == b.kind
        && a.value_tag == b.value_tag
        && a.value == b.value
        && a.predictor == b.predictor
        && a.automatic_processing == b.automatic_processing
}

/// True when the stored row of the claim has the same content.
fn same_record(stored: &Prediction, claim: &Prediction) -> bool {
    let data = |prediction: &Prediction| Value::Object(prediction.data.clone());
    stored.predictor_version == claim.predictor_version
        && stored.confidence == claim.confidence
        && stored.evidence == claim.evidence
        && json::is_same(&data(stored), &data(claim))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;
    use crate::prediction::PRODUCT_NAME;
    use crate::product::{Barcode, ProductId, ServerType};

    fn label(tag: &str, predictor: Option<&'static str>) -> Prediction {
        Prediction {
            value_tag: Some(tag.to_owned()),
            predictor: predictor.map(Into::into),
            ..Prediction::new(PredictionKind::Label)
        }
    }

    fn scope(method: Method, image: Option<&str>) -> Scope {
        Scope {
            method,
            kinds: vec![PredictionKind::Label],
            source_image: image.map(SourceImage::new),
        }
    }

    #[test]
    fn a_run_replaces_predictions_of_its_method_from_its_image() {
        let (one, two) = (SourceImage::new("/1.jpg"), SourceImage::new("/2.jpg"));
        let text = scope(Method::Text, Some("/1.jpg"));
        let store = Prediction::new(PredictionKind::Store);
        for (prediction, image, covered) in [
            (label("en:organic", Some("regex")), Some(&one), true),
            (label("en:organic", None), Some(&one), true),
            (label("en:organic", Some("regex")), Some(&two), false),
            (label("en:organic", Some("regex")), None, false),
            (
                label("en:nutriscore-grade-a", Some("nutriscore")),
                Some(&one),
                false,
            ),
            (store, Some(&one), false),
        ] {
            assert_eq!(
                text.covers(&prediction, image),
                covered,
                "{prediction:?} {image:?}"
            );
        }
        let detector = scope(Method::Model("nutriscore".to_owned()), Some("/1.jpg"));
        assert!(detector.covers(&label("en:x", Some("nutriscore")), Some(&one)));
        assert!(!detector.covers(&label("en:x", Some("regex")), Some(&one)));
        assert!(scope(Method::Text, None).covers(&label("en:organic", Some("regex")), None));
    }

    #[test]
    fn a_name_replaces_only_predictions_from_names() {
        let image = SourceImage::new("/1.jpg");
        let name = scope(Method::ProductName, None);
        let said = named("en:organic", "regex");
        assert!(name.covers(&said, None));
        assert!(!name.covers(&said, Some(&image)));
        assert!(!name.covers(&label("en:organic", Some("regex")), None));
        assert!(!name.covers(&named("en:organic", "universal-logo-detector"), None));
        assert!(!scope(Method::Text, None).covers(&said, None));
    }

    fn named(tag: &str, predictor: &'static str) -> Prediction {
        let mut prediction = label(tag, Some(predictor));
        let source = PRODUCT_NAME.into();
        prediction.data.insert("source".to_owned(), source);
        prediction
    }

    fn stored(id: i32, prediction: Prediction) -> StoredPrediction {
        StoredPrediction {
            id: PredictionId(id),
            product: ProductId {
                barcode: Barcode::normalized("3001234567890").unwrap(),
                server_type: ServerType::Off,
            },
            source_image: None,
            timestamp: NaiveDateTime::default(),
            prediction,
        }
    }

    /// Predictions by short names.
    fn saying(words: &str) -> Vec<Prediction> {
        let said = |word: &str| {
            let mut organic = named("en:organic", "flashtext");
            match word {
                "organic" => {}
                "vegan" => organic = named("en:vegan", "flashtext"),
                "older" => organic.predictor_version = None,
                "of-text" => organic = label("en:organic", Some("flashtext")),
                "one" => drop(organic.data.insert("n".to_owned(), 1.into())),
                "one.0" => drop(organic.data.insert("n".to_owned(), 1.0.into())),
                _ => unreachable!("{word}"),
            }
            organic
        };
        words.split_whitespace().map(said).collect()
    }

    #[test]
    fn only_differences_are_written() {
        for (rows, found, upsert, delete) in [
            ("", "organic", "organic", &[][..]),
            ("organic", "organic", "", &[]),
            ("", "organic organic", "organic", &[]),
            ("organic vegan", "vegan", "", &[0]),
            ("organic vegan", "", "", &[0, 1]),
            ("older", "organic", "organic", &[]),
            ("older organic", "organic", "", &[]),
            ("one.0", "one", "", &[]),
            ("of-text", "organic", "", &[]),
            ("of-text", "", "", &[]),
        ] {
            let rows_by_id = (0..).zip(saying(rows));
            let stored: Vec<_> = rows_by_id.map(|(id, row)| stored(id, row)).collect();
            let expected = Differences {
                upsert: saying(upsert),
                delete: delete.iter().copied().map(PredictionId).collect(),
            };
            let differences = scope(Method::ProductName, None).differences(saying(found), &stored);
            assert_eq!(differences, expected, "{rows} / {found}");
        }
    }

    #[test]
    fn a_claim_is_identified_by_value_and_method() {
        let claim = label("en:organic", Some("regex"));
        let newer = Prediction {
            predictor_version: Some("2".into()),
            ..claim.clone()
        };
        assert!(same_claim(&claim, &newer));
        assert!(!same_claim(&claim, &label("en:organic", Some("flashtext"))));
    }
}
