//! Ingredient lists read from a photo (`docs/reference/pipeline.md` 1.6.14):
//! docs/insights/ingredient_detection.md.

use serde_json::Value;

use super::given::{TextGiven, invalid};
use super::photo::{crop, of_same_image, predicted_rotation, rotation_of};
use crate::edit::ProductChange;
use crate::geometry::RelativeBox;
use crate::insight::claim::{Candidate, Candidates};
use crate::insight::disposition::{Disposition, RejectReason};
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{Applied, InsightRules, QuestionContent, QuestionImage, QuestionMode};
use crate::knowledge::Knowledge;
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::product::Product;

pub(super) struct IngredientDetectionRules;

const UNKNOWN_INGREDIENTS: RejectReason = RejectReason {
    code: "unknown_ingredients",
    sentence: "too many of the words are no known ingredients",
};

/// Share of the words that must be known ingredients.
const MIN_KNOWN: f64 = 0.6;

impl InsightRules for IngredientDetectionRules {
    fn kind(&self) -> InsightKind {
        InsightKind::IngredientDetection
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::IngredientDetection]
    }

    fn reads(&self) -> &'static [PredictionKind] {
        &[
            PredictionKind::IngredientDetection,
            PredictionKind::ImageOrientation,
        ]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        let own: Vec<&StoredPrediction> = predictions
            .iter()
            .filter(|stored| stored.prediction.kind == PredictionKind::IngredientDetection)
            .copied()
            .collect();
        Candidates::of_each(&own, |stored| {
            let lc = stored
                .prediction
                .value_tag
                .as_deref()
                .ok_or(Disposition::NoTag)?;
            if let Some(product) = facts.found() {
                check_needed(product, lc, stored)?;
            }
            Ok(candidate(facts, lc, stored, predictions))
        })
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::Never
    }

    fn claim_members(&self) -> &'static [&'static str] {
        &["text"]
    }

    fn can_vote(&self) -> bool {
        false
    }

    fn question(&self, insight: &Insight, _: &Knowledge, _: &str) -> QuestionContent {
        let text = insight.data.get("text").and_then(Value::as_str);
        QuestionContent {
            value: text.map(str::to_owned),
            with_tag: true,
            image: QuestionImage::Source,
            reference: None,
        }
    }

    fn accept(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<Applied, Refusal> {
        let given = given.map(TextGiven::read).transpose()?;
        let text = match &given {
            Some(given) => Some(given.text.as_str()),
            None => insight.data.get("text").and_then(Value::as_str),
        };
        let text = text.ok_or_else(|| invalid("the insight has no text"))?;
        let lc = insight.tag()?;
        let product = facts.product_to_edit()?;
        let mut changes = Vec::new();
        match product.ingredients_text.get(lc) {
            // An edit of text and photo may have been made in part: the photo is left.
            Some(known) if known == text => {}
            Some(_) => return Err(Refusal::Outdated),
            None => changes.push(ProductChange::SetIngredients {
                lc: lc.to_owned(),
                text: text.to_owned(),
                is_correction: false,
            }),
        }
        let selection = selection(facts, insight, lc, given.as_ref())?;
        changes.extend(selection.filter(|select| select.is_done(product) != Some(true)));
        if changes.is_empty() {
            return Err(Refusal::AlreadyOnProduct);
        }
        Ok(Applied {
            data: given.map(|given| given.data_with_text(insight)),
            ..Applied::changes(changes)
        })
    }
}

fn check_needed(product: &Product, lc: &str, stored: &StoredPrediction) -> Result<(), Disposition> {
    if product.ingredients_text.contains_key(lc) {
        return Err(Disposition::ProductHasValue);
    }
    let known = stored.prediction.data.get("fraction_known_ingredients");
    match known.and_then(Value::as_f64).unwrap_or(0.0) < MIN_KNOWN {
        true => Err(Disposition::Rejected(UNKNOWN_INGREDIENTS)),
        false => Ok(()),
    }
}

fn candidate(
    facts: &Facts<'_>,
    lc: &str,
    stored: &StoredPrediction,
    predictions: &[&StoredPrediction],
) -> Candidate {
    let image = stored.source_image.as_ref();
    let number = image.and_then(|image| image.image_id());
    let key = format!("ingredients_{lc}");
    let is_selected = facts.product_has(|product| {
        let selected = product.images.selected(&key);
        number.is_some() && selected.is_some_and(|image| image.imgid.as_deref() == number)
    });
    let orientation = of_same_image(predictions, PredictionKind::ImageOrientation, image);
    let mut candidate = Candidate {
        lc: Some(vec![lc.to_owned()]),
        ..Candidate::of(stored)
    };
    // The photo that people selected comes first.
    let priority = if is_selected { 1 } else { 2 };
    candidate
        .data
        .insert("priority".to_owned(), priority.into());
    if let Some(rotation) = orientation.and_then(predicted_rotation) {
        candidate.data.insert("rotation".to_owned(), rotation);
    }
    candidate
        .origins
        .extend(orientation.map(|orientation| orientation.id));
    candidate
}

/// Selection of the photo for the ingredients, unless that is the case already. The box
/// of a text that a person changed is unknown.
fn selection(
    facts: &Facts<'_>,
    insight: &Insight,
    lc: &str,
    given: Option<&TextGiven>,
) -> Result<Option<ProductChange>, Refusal> {
    let (Some(photo), Some(product)) = (facts.photo(insight), facts.found()) else {
        return Ok(None);
    };
    let angle = match given.and_then(|given| given.rotation) {
        Some(angle) => angle,
        None => rotation_of(&insight.data)?,
    };
    let area = match given {
        Some(given) => given.area,
        None => insight
            .data
            .get("bounding_box")
            .and_then(RelativeBox::from_json),
    };
    let crop = crop(area, photo, angle);
    let key = format!("ingredients_{lc}");
    let selected = product.images.selected(&key);
    let is_shown = selected.is_some_and(|image| image.imgid.as_ref() == Some(&photo.number));
    if is_shown && crop.is_none() {
        return Ok(None);
    }
    Ok(Some(ProductChange::SelectImage {
        number: photo.number.clone(),
        key,
        angle,
        crop,
    }))
}

#[cfg(test)]
mod tests;
