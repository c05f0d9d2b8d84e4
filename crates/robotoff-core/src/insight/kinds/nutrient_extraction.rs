//! Nutrition values read from a photo (`docs/reference/pipeline.md` 1.6.12):
//! docs/insights/nutrient_extraction.md.

mod compare;
mod values;

use serde_json::{Map, Value};

use super::photo::{
    TABLE_MODEL, crop, nutrition_tables, of_same_image, predicted_rotation, rotation_of,
};
use crate::edit::ProductChange;
use crate::geometry::RelativeBox;
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::disposition::{Disposition, RejectReason};
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{Applied, InsightRules, QuestionMode};
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::product::Product;
use values::Values;

pub(super) struct NutrientExtractionRules;

const OLD_SCHEMA: RejectReason = RejectReason {
    code: "old_schema",
    sentence: "the product's nutrition has the schema from before 1003",
};

const PREPARED: RejectReason = RejectReason {
    code: "prepared",
    sentence: "the product gives the nutrition of the prepared food",
};

const NOTHING_NEW: RejectReason = RejectReason {
    code: "nothing_new",
    sentence: "all of the values are on the product",
};

/// First schema whose nutrition can be compared and edited.
const NUTRITION_SCHEMA: i32 = 1003;

/// Score of a detected table from which the photo is cut to it.
const MIN_SCORE: f64 = 0.5;

impl InsightRules for NutrientExtractionRules {
    fn kind(&self) -> InsightKind {
        InsightKind::NutrientExtraction
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::NutrientExtraction]
    }

    fn reads(&self) -> &'static [PredictionKind] {
        &[
            PredictionKind::NutrientExtraction,
            PredictionKind::ImageOrientation,
            PredictionKind::NutrientMention,
        ]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        let own: Vec<&StoredPrediction> = predictions
            .iter()
            .filter(|stored| stored.prediction.kind == PredictionKind::NutrientExtraction)
            .copied()
            .collect();
        Candidates::of_each(&own, |stored| {
            let nutrients = stored
                .prediction
                .data
                .get("nutrients")
                .and_then(Value::as_object);
            let nutrients = nutrients.ok_or(Disposition::Unreadable("nutrients"))?;
            match facts
                .found()
                .and_then(|product| objection(product, nutrients))
            {
                Some(unfit) => Err(Disposition::Rejected(unfit)),
                None => Ok(candidate(facts, stored, predictions)),
            }
        })
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::Never
    }

    fn detection_models(&self) -> &'static [&'static str] {
        &[TABLE_MODEL]
    }

    fn conflicts(&self, _: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool {
        match (candidate.image_number(), other.image_number()) {
            (Some(number), Some(answered)) if other.is_answered => number <= answered,
            _ => true,
        }
    }

    fn claim_members(&self) -> &'static [&'static str] {
        &["nutrients"]
    }

    fn can_vote(&self) -> bool {
        false
    }

    fn accept(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<Applied, Refusal> {
        let values = match given {
            Some(given) => Values::of_person(given)?,
            None => Values::of_insight(&insight.data)?,
        };
        let product = facts.product_to_edit()?;
        let mut data = insight.data.clone();
        data.insert("annotation".to_owned(), values.to_json());
        data.insert("was_updated".to_owned(), given.is_some().into());
        let mut changes = vec![values.into_change()];
        changes.extend(selection(facts, product, insight)?);
        Ok(Applied {
            data: Some(data),
            ..Applied::changes(changes)
        })
    }
}

/// Objection to these values.
fn objection(product: &Product, nutrients: &Map<String, Value>) -> Option<RejectReason> {
    if product.schema_version < NUTRITION_SCHEMA {
        return Some(OLD_SCHEMA);
    }
    let nutrition = product.nutrition.as_ref()?;
    let sets = compare::input_sets(nutrition);
    if sets.iter().any(|set| set["preparation"] == "prepared") {
        return Some(PREPARED);
    }
    let lacks_serving = product.serving_size.is_none() && compare::has_serving_set(sets);
    let news = compare::says_more(sets, nutrients)
        || (lacks_serving && nutrients.contains_key(values::SERVING_SIZE));
    (!news).then_some(NOTHING_NEW)
}

fn candidate(
    facts: &Facts<'_>,
    stored: &StoredPrediction,
    predictions: &[&StoredPrediction],
) -> Candidate {
    let image = stored.source_image.as_ref();
    let orientation = of_same_image(predictions, PredictionKind::ImageOrientation, image);
    let mention = of_same_image(predictions, PredictionKind::NutrientMention, image);
    let mut candidate = Candidate {
        campaigns: Some(campaign(facts).into_iter().map(str::to_owned).collect()),
        lc: mention.and_then(|mention| values::languages(&mention.prediction.data)),
        ..Candidate::of(stored)
    };
    if let Some(rotation) = orientation.and_then(predicted_rotation) {
        candidate.data.insert("rotation".to_owned(), rotation);
    }
    let rests_on = orientation.into_iter().chain(mention);
    candidate.origins.extend(rests_on.map(|stored| stored.id));
    candidate
}

fn campaign(facts: &Facts<'_>) -> Option<&'static str> {
    let product = facts.found()?;
    if product.schema_version < NUTRITION_SCHEMA {
        return None;
    }
    let sets = product
        .nutrition
        .as_ref()
        .map_or(&[][..], compare::input_sets);
    Some(match sets.is_empty() {
        true => "missing-nutrition",
        false => "incomplete-nutrition",
    })
}

/// Selection of the photo for the nutrition of the main language, unless it is selected
/// already.
fn selection(
    facts: &Facts<'_>,
    product: &Product,
    insight: &Insight,
) -> Result<Option<ProductChange>, Refusal> {
    let (Some(photo), Some(image)) = (facts.photo(insight), &insight.source_image) else {
        return Ok(None);
    };
    let key = format!("nutrition_{}", product.lang.as_deref().unwrap_or("en"));
    let selected = product.images.selected(&key);
    if selected.is_some_and(|image| image.imgid.as_ref() == Some(&photo.number)) {
        return Ok(None);
    }
    let angle = rotation_of(&insight.data)?;
    let area = match nutrition_tables(facts, image, MIN_SCORE)[..] {
        [table] => RelativeBox::from_json(table.area),
        _ => None,
    };
    Ok(Some(ProductChange::SelectImage {
        number: photo.number.clone(),
        key,
        angle,
        crop: crop(area, photo, angle),
    }))
}

#[cfg(test)]
mod tests;
