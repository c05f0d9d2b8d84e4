//! What was looked at anew, and so which stored predictions no longer stand.
//!
//! Old predictions of a method go when the method has looked at the same thing
//! again and says something else, or nothing (`pipeline.md` 1.2, 11.1: 2, 4).

use super::{Prediction, PredictionKind};
use crate::product::SourceImage;

/// Predictors that are models; all others read text.
const MODELS: [&str; 6] = [
    "nutriscore",
    "universal-logo-detector",
    "upc-opencv",
    "nutrition_extractor",
    "ingredient_detection",
    "fine-tuned-mistral-7b",
];

/// Who looked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// The extractors, at the text of a picture or at the product's name.
    Text,
    /// One model.
    Model(String),
}

impl Method {
    /// The method of a stored prediction.
    pub fn of(predictor: Option<&str>) -> Self {
        match predictor {
            Some(name) if is_model(name) => Self::Model(name.to_owned()),
            Some(_) | None => Self::Text,
        }
    }
}

fn is_model(predictor: &str) -> bool {
    MODELS.contains(&predictor)
        || predictor == "neural"
        || predictor.starts_with("keras")
        || predictor == "matcher"
}

/// One look: by whom, for which kinds, at which picture (none: at no picture).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    pub method: Method,
    pub kinds: Vec<PredictionKind>,
    pub source_image: Option<SourceImage>,
}

impl Scope {
    /// True for a stored prediction that the look replaces, unless it says the
    /// same again: see [`same_claim`].
    pub fn covers(&self, prediction: &Prediction, source_image: Option<&SourceImage>) -> bool {
        self.kinds.contains(&prediction.kind)
            && self.source_image.as_ref() == source_image
            && self.method == Method::of(prediction.predictor.as_deref())
    }
}

/// True when two predictions of one picture say the same thing by the same method,
/// so that one row is enough (`pipeline.md` 1.2 c).
pub fn same_claim(a: &Prediction, b: &Prediction) -> bool {
    a.kind == b.kind
        && a.value_tag == b.value_tag
        && a.value == b.value
        && a.predictor == b.predictor
        && a.automatic_processing == b.automatic_processing
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_look_replaces_what_the_same_method_said_of_the_same_picture() {
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
        let name = scope(Method::Text, None);
        assert!(name.covers(&label("en:organic", Some("regex")), None));
    }

    #[test]
    fn a_claim_is_told_by_what_it_says_and_who_says_it() {
        let claim = label("en:organic", Some("regex"));
        let newer = Prediction {
            predictor_version: Some("2".into()),
            ..claim.clone()
        };
        assert!(same_claim(&claim, &newer));
        assert!(!same_claim(&claim, &label("en:organic", Some("flashtext"))));
    }
}
