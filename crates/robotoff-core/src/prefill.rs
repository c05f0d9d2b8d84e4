//! Candidates for the fields of a product, from its stored predictions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::prediction::{Evidence, Prediction, PredictionKind, StoredPrediction};
use crate::product::SourceImage;

/// Value that a field may have, and what speaks for it.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldCandidate {
    pub kind: PredictionKind,
    pub value: Option<String>,
    pub value_tag: Option<String>,
    /// Members of the kind, such as the element of a packaging.
    pub data: Map<String, Value>,
    /// Highest confidence of its predictions.
    pub confidence: Option<f64>,
    /// True when a prediction may be applied without a person.
    pub is_automatic: bool,
    pub sources: Vec<CandidateSource>,
}

/// Prediction of a candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateSource {
    pub predictor: Option<String>,
    pub image: Option<SourceImage>,
    pub evidence: Vec<Evidence>,
}

/// Field of Product Opener that a kind of prediction is about; `None` for kinds that fill none.
pub const fn field(kind: PredictionKind) -> Option<&'static str> {
    match kind {
        PredictionKind::Brand => Some("brands"),
        PredictionKind::Label => Some("labels"),
        PredictionKind::Category => Some("categories"),
        PredictionKind::Store => Some("stores"),
        PredictionKind::PackagerCode => Some("emb_codes"),
        PredictionKind::ProductWeight => Some("quantity"),
        PredictionKind::ExpirationDate => Some("expiration_date"),
        PredictionKind::Packaging => Some("packagings"),
        PredictionKind::Trace => Some("traces"),
        PredictionKind::Nutrient | PredictionKind::NutrientExtraction => Some("nutriments"),
        PredictionKind::IngredientDetection | PredictionKind::IngredientSpellcheck => {
            Some("ingredients_text")
        }
        PredictionKind::ImageFlag
        | PredictionKind::ImageOrientation
        | PredictionKind::PackagingText
        | PredictionKind::Location
        | PredictionKind::NutrientMention
        | PredictionKind::ImageLang
        | PredictionKind::NutritionImage
        | PredictionKind::IsUpcImage => None,
    }
}

/// Candidates of each field, each claim once: automatic ones first, then the surest, then
/// those with the most predictions.
pub fn candidates(predictions: &[StoredPrediction]) -> BTreeMap<&'static str, Vec<FieldCandidate>> {
    let mut fields: BTreeMap<&'static str, Vec<FieldCandidate>> = BTreeMap::new();
    for stored in predictions {
        let Some(field) = field(stored.prediction.kind) else {
            continue;
        };
        let candidates = fields.entry(field).or_default();
        match candidates
            .iter_mut()
            .find(|one| one.claims(&stored.prediction))
        {
            Some(candidate) => candidate.add(stored),
            None => candidates.push(FieldCandidate::of(stored)),
        }
    }
    for candidates in fields.values_mut() {
        candidates.sort_by(|a, b| {
            b.rank()
                .partial_cmp(&a.rank())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
    }
    fields
}

impl FieldCandidate {
    fn of(stored: &StoredPrediction) -> Self {
        let prediction = &stored.prediction;
        let mut candidate = Self {
            kind: prediction.kind,
            value: prediction.value.clone(),
            value_tag: prediction.value_tag.clone(),
            data: prediction.data.clone(),
            confidence: None,
            is_automatic: false,
            sources: Vec::new(),
        };
        candidate.add(stored);
        candidate
    }

    /// True when the prediction says the same. Without value and tag the data say it.
    fn claims(&self, prediction: &Prediction) -> bool {
        let says = |value: &Option<String>, tag: &Option<String>| (value.clone(), tag.clone());
        let own = says(&self.value, &self.value_tag);
        self.kind == prediction.kind
            && own == says(&prediction.value, &prediction.value_tag)
            && (own != (None, None) || self.data == prediction.data)
    }

    fn add(&mut self, stored: &StoredPrediction) {
        let prediction = &stored.prediction;
        self.confidence = match (self.confidence, prediction.confidence) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        };
        self.is_automatic |= prediction.automatic_processing == Some(true);
        self.sources.push(CandidateSource {
            predictor: prediction.predictor.as_deref().map(str::to_owned),
            image: stored.source_image.clone(),
            evidence: prediction.evidence.clone(),
        });
    }

    fn rank(&self) -> (bool, f64, usize) {
        (
            self.is_automatic,
            self.confidence.unwrap_or(0.0),
            self.sources.len(),
        )
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;
    use crate::prediction::PredictionId;
    use crate::product::{Barcode, ProductId, ServerType};

    fn label(tag: &str, confidence: Option<f64>, image: &str) -> StoredPrediction {
        StoredPrediction {
            id: PredictionId(1),
            product: ProductId {
                barcode: Barcode::as_stored("1").unwrap(),
                server_type: ServerType::Off,
            },
            source_image: Some(SourceImage::new(image)),
            timestamp: NaiveDateTime::default(),
            prediction: Prediction {
                value_tag: Some(tag.to_owned()),
                confidence,
                ..Prediction::new(PredictionKind::Label)
            },
        }
    }

    #[test]
    fn claims_are_merged_and_ranked() {
        let mut automatic = label("en:vegan", None, "/1/2.jpg");
        automatic.prediction.automatic_processing = Some(true);
        let mut flag = label("x", None, "/1/1.jpg");
        flag.prediction.kind = PredictionKind::ImageFlag;
        let fields = candidates(&[
            label("en:organic", Some(0.5), "/1/1.jpg"),
            label("en:halal", Some(0.8), "/1/1.jpg"),
            label("en:organic", Some(0.9), "/1/2.jpg"),
            automatic,
            flag,
        ]);
        assert_eq!(fields.keys().copied().collect::<Vec<_>>(), ["labels"]);
        let labels = &fields["labels"];
        let tags: Vec<&str> = labels
            .iter()
            .filter_map(|one| one.value_tag.as_deref())
            .collect();
        assert_eq!(tags, ["en:vegan", "en:organic", "en:halal"]);
        assert_eq!(labels[1].confidence, Some(0.9));
        assert_eq!(labels[1].sources.len(), 2);
    }

    #[test]
    fn claims_without_value_differ_by_their_data() {
        let element = |shape: &str| {
            let mut packaging = label("", None, "/1/1.jpg");
            packaging.prediction = Prediction::new(PredictionKind::Packaging);
            packaging
                .prediction
                .data
                .insert("element".to_owned(), shape.into());
            packaging
        };
        let fields = candidates(&[element("box"), element("bag"), element("box")]);
        assert_eq!(fields["packagings"].len(), 2);
    }
}
