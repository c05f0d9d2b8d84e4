//! Photos of nutrition tables (`docs/reference/pipeline.md` 1.6.10):
//! docs/insights/nutrition_image.md.
//!
//! No prediction claims them: they are derived from the nutrients that are named on a
//! photo.

mod table;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::photo::{TABLE_MODEL, crop, rotation_of};
use super::reasons::OTHER_LANGUAGE;
use crate::edit::ProductChange;
use crate::geometry::RelativeBox;
use crate::insight::claim::{Candidate, Candidates};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind};
use crate::insight::refusal::{Refusal, no_data};
use crate::insight::rules::{Applied, InsightRules, QuestionContent, QuestionImage, QuestionMode};
use crate::knowledge::Knowledge;
use crate::prediction::{PredictionKind, StoredPrediction};
use table::{TableLanguage, area_of, languages_of};

pub(super) struct NutritionImageRules;

impl InsightRules for NutritionImageRules {
    fn kind(&self) -> InsightKind {
        InsightKind::NutritionImage
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[
            PredictionKind::NutrientMention,
            PredictionKind::ImageOrientation,
        ]
    }

    fn reads(&self) -> &'static [PredictionKind] {
        &[
            PredictionKind::NutrientMention,
            PredictionKind::ImageOrientation,
            PredictionKind::Nutrient,
        ]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        let mut by_photo: BTreeMap<&str, Vec<&StoredPrediction>> = BTreeMap::new();
        let mut found = Candidates::default();
        for stored in predictions {
            match stored
                .source_image
                .as_ref()
                .and_then(|image| image.image_id())
            {
                Some(number) => by_photo.entry(number).or_default().push(stored),
                None => found
                    .rejected
                    .push((stored.id, Disposition::NoUploadedImage)),
            }
        }
        for group in by_photo.values() {
            of_photo(facts, group, &mut found);
        }
        found
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::OnRequest
    }

    fn detection_models(&self) -> &'static [&'static str] {
        &[TABLE_MODEL]
    }

    fn question(&self, insight: &Insight, _: &Knowledge, _: &str) -> QuestionContent {
        QuestionContent {
            value: insight.value_tag.clone(),
            with_tag: false,
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
        no_data(given)?;
        let angle = rotation_of(&insight.data)?;
        let key = format!("nutrition_{}", insight.tag()?);
        let product = facts.product_to_edit()?;
        let photo = facts.photo(insight).ok_or(Refusal::InvalidImage)?;
        if product.images.selected(&key).is_some() {
            return Err(Refusal::AlreadyOnProduct);
        }
        let area = insight
            .data
            .get("bounding_box")
            .and_then(RelativeBox::from_json);
        Ok(Applied::change(ProductChange::SelectImage {
            number: photo.number.clone(),
            key,
            angle,
            crop: crop(area, photo, angle),
        }))
    }
}

/// One candidate for each language of the table on a photo.
fn of_photo(facts: &Facts<'_>, group: &[&StoredPrediction], found: &mut Candidates) {
    let first = |kind| {
        group
            .iter()
            .find(|stored| stored.prediction.kind == kind)
            .copied()
    };
    let mention = first(PredictionKind::NutrientMention);
    let orientation = first(PredictionKind::ImageOrientation);
    let (Some(mention), Some(orientation)) = (mention, orientation) else {
        let missing = match mention {
            Some(_) => PredictionKind::ImageOrientation,
            None => PredictionKind::NutrientMention,
        };
        let disposition =
            |stored: &&StoredPrediction| (stored.id, Disposition::Incomplete(missing));
        found.rejected.extend(group.iter().map(disposition));
        return;
    };
    let nutrient = first(PredictionKind::Nutrient);
    let empty = Map::new();
    let mentions = mention
        .prediction
        .data
        .get("mentions")
        .and_then(Value::as_object);
    let mentions = mentions.unwrap_or(&empty);
    let languages = match languages_of(mentions) {
        Ok(languages) => languages,
        Err(disposition) => return found.rejected.push((mention.id, disposition)),
    };
    let data = data(facts, mentions, mention, orientation, nutrient);
    for TableLanguage { lc, is_distinct } in languages {
        let origins = [Some(mention), Some(orientation), nutrient];
        let candidate = Candidate {
            origins: origins
                .into_iter()
                .flatten()
                .map(|stored| stored.id)
                .collect(),
            value: None,
            value_tag: Some(lc.to_owned()),
            data: data.clone(),
            source_image: mention.source_image.clone(),
            automatic: is_distinct,
            predictor: None,
            predictor_version: Some("1".to_owned()),
            confidence: None,
            campaigns: None,
            lc: None,
        };
        found.add(mention.id, objection(facts, lc).map_or(Ok(candidate), Err));
    }
}

fn objection(facts: &Facts<'_>, lc: &str) -> Option<Disposition> {
    let product = facts.found()?;
    if product.lang.as_deref() != Some(lc) {
        return Some(Disposition::Rejected(OTHER_LANGUAGE));
    }
    let selected = product.images.selected(&format!("nutrition_{lc}"));
    selected.map(|_| Disposition::AlreadyOnProduct)
}

fn data(
    facts: &Facts<'_>,
    mentions: &Map<String, Value>,
    mention: &StoredPrediction,
    orientation: &StoredPrediction,
    nutrient: Option<&StoredPrediction>,
) -> Map<String, Value> {
    let mut from = Map::new();
    from.insert("nutrient_mention".to_owned(), mention.id.0.into());
    if let Some(nutrient) = nutrient {
        from.insert("nutrient".to_owned(), nutrient.id.0.into());
    }
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
    put("priority", if nutrient.is_some() { 1 } else { 2 }.into());
    put("from_prediction_ids", Value::Object(from));
    if let Some(rotation) = orientation.prediction.data.get("rotation") {
        put("rotation", rotation.clone());
    }
    if let Some(image) = &mention.source_image {
        for (name, value) in area_of(facts, image, mentions) {
            put(name, value);
        }
    }
    // Sorted, because a database may store members of an object in another order.
    let mut names: Vec<&str> = table::nutrient_names(mentions).collect();
    names.sort_unstable();
    put("nutrients", names.into());
    data
}

#[cfg(test)]
mod tests;
