//! Corrected ingredient lists (`docs/reference/pipeline.md` 1.6.11):
//! docs/insights/ingredient_spellcheck.md.

use serde_json::Value;

use super::given::TextGiven;
use super::reasons::OTHER_LANGUAGE;
use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates};
use crate::insight::disposition::{Disposition, RejectReason};
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{Applied, InsightRules, QuestionContent, QuestionImage, QuestionMode};
use crate::knowledge::Knowledge;
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::text::entities::decode_entities;

pub(super) struct IngredientSpellcheckRules;

const NO_CHANGE: RejectReason = RejectReason {
    code: "no_change",
    sentence: "the correction changes nothing",
};

const TEXT_CHANGED: RejectReason = RejectReason {
    code: "text_changed",
    sentence: "the product's text is no longer the one that was corrected",
};

impl InsightRules for IngredientSpellcheckRules {
    fn kind(&self) -> InsightKind {
        InsightKind::IngredientSpellcheck
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::IngredientSpellcheck]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        Candidates::of_each(predictions, |stored| {
            let lc = stored
                .prediction
                .value_tag
                .as_deref()
                .ok_or(Disposition::NoTag)?;
            let member = |name| stored.prediction.data.get(name).and_then(Value::as_str);
            let original = member("original").ok_or(Disposition::Unreadable("the original"))?;
            let correction =
                member("correction").ok_or(Disposition::Unreadable("the correction"))?;
            if original == correction {
                return Err(Disposition::Rejected(NO_CHANGE));
            }
            if let Some(product) = facts.found() {
                if product.lang.as_deref() != Some(lc) {
                    return Err(Disposition::Rejected(OTHER_LANGUAGE));
                }
                // Older rows hold the entities of the text as they were.
                let original = decode_entities(original);
                if product.ingredients_text.get(lc).map(String::as_str) != Some(&*original) {
                    return Err(Disposition::Rejected(TEXT_CHANGED));
                }
            }
            Ok(Candidate {
                lc: Some(vec![lc.to_owned()]),
                ..Candidate::of(stored)
            })
        })
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::Never
    }

    fn claim_members(&self) -> &'static [&'static str] {
        &["original", "correction"]
    }

    fn question(&self, insight: &Insight, _: &Knowledge, _: &str) -> QuestionContent {
        let correction = insight.data.get("correction").and_then(Value::as_str);
        QuestionContent {
            value: correction.map(str::to_owned),
            with_tag: true,
            image: QuestionImage::Selected(&["ingredients"]),
            reference: None,
        }
    }

    /// Refuses a text that was changed since the correction (`docs/reference/api.md` 9.2,
    /// 24).
    fn accept(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<Applied, Refusal> {
        let given = given.map(TextGiven::read).transpose()?;
        let member = |name| insight.data.get(name).and_then(Value::as_str);
        let missing = || Refusal::InvalidData("the insight has no correction".to_owned());
        let text = match &given {
            Some(given) => given.text.as_str(),
            None => member("correction").ok_or_else(missing)?,
        };
        let lc = insight.tag()?;
        let is_original = |known: &str| {
            member("original").is_some_and(|original| decode_entities(original) == known)
        };
        let known = facts.product_to_edit()?.ingredients_text.get(lc);
        match known {
            Some(known) if known == text => return Err(Refusal::AlreadyOnProduct),
            Some(known) if is_original(known) => {}
            Some(_) | None => return Err(Refusal::Outdated),
        }
        let change = ProductChange::SetIngredients {
            lc: lc.to_owned(),
            text: text.to_owned(),
            is_correction: true,
        };
        Ok(Applied {
            data: given.map(|given| given.data_with_text(insight)),
            ..Applied::change(change)
        })
    }
}

#[cfg(test)]
mod tests;
