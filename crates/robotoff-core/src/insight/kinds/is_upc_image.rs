//! Images of a barcode only (`docs/reference/pipeline.md` 1.6.9):
//! docs/insights/is_upc_image.md.

use serde_json::Value;

use super::photo::NOT_SELECTED;
use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind};
use crate::insight::refusal::{Refusal, no_data};
use crate::insight::rules::{Applied, InsightRules, QuestionContent, QuestionMode};
use crate::knowledge::Knowledge;
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::product::Product;

pub(super) struct IsUpcImageRules;

impl InsightRules for IsUpcImageRules {
    fn kind(&self) -> InsightKind {
        InsightKind::IsUpcImage
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::IsUpcImage]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        Candidates::of_each(predictions, |stored| {
            let image = stored
                .source_image
                .as_ref()
                .and_then(|image| image.image_id());
            let number = image.ok_or(Disposition::NoUploadedImage)?;
            match facts.found() {
                Some(product) if product.images.uploaded(number).is_none() => {
                    Err(Disposition::ImageGone)
                }
                Some(product) if keys_showing(product, number).next().is_none() => {
                    Err(Disposition::Rejected(NOT_SELECTED))
                }
                Some(_) | None => Ok(Candidate::of(stored)),
            }
        })
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::OnRequest
    }

    fn conflicts(&self, _: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool {
        candidate.source_image == other.source_image
    }

    fn question(&self, insight: &Insight, _: &Knowledge, _: &str) -> QuestionContent {
        QuestionContent {
            value: insight.value_tag.clone(),
            ..QuestionContent::of_value(insight)
        }
    }

    /// Accepts without edits when no image is selected.
    fn accept(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<Applied, Refusal> {
        no_data(given)?;
        let product = facts.product_to_edit()?;
        let photo = facts.photo(insight).ok_or(Refusal::InvalidImage)?;
        let keys = keys_showing(product, &photo.number);
        let unselect = keys.map(|key| ProductChange::UnselectImage {
            key: key.to_owned(),
        });
        Ok(Applied::changes(unselect.collect()))
    }
}

/// Keys of the selected images that show an uploaded one.
fn keys_showing<'a>(product: &'a Product, number: &str) -> impl Iterator<Item = &'a str> {
    let selected = product.images.selected.iter();
    let showing = selected.filter(move |image| image.imgid.as_deref() == Some(number));
    showing.map(|image| &*image.key)
}

#[cfg(test)]
mod tests;
