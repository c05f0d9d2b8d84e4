//! Brands (`docs/reference/pipeline.md` 1.6.6): docs/insights/brand.md.

use serde_json::Value;

use super::given::only_text;
use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates};
use crate::insight::disposition::{Disposition, RejectReason};
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind, NewClaim};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{InsightRules, QuestionContent, QuestionImage, QuestionMode};
use crate::knowledge::{Knowledge, LexiconKind, Part};
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::product::Barcode;
use crate::text::tag::tag;

pub(super) struct BrandRules;

const BARCODE_RANGE: RejectReason = RejectReason {
    code: "barcode_range",
    sentence: "the brand is not known to use barcodes of this range",
};

/// Predictors that find words anywhere: their brands must fit the barcode, and the
/// question shows the front of the product.
const WORD_PREDICTORS: [&str; 2] = ["taxonomy", "curated-list"];

/// A former predictor with the same question.
const OLD_WORD_PREDICTOR: &str = "whitelisted-brands";

/// Longest brand, in characters.
const MAX_LEN: usize = 100;

impl InsightRules for BrandRules {
    fn kind(&self) -> InsightKind {
        InsightKind::Brand
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::Brand]
    }

    fn parts(&self) -> &'static [Part] {
        &[
            Part::Lexicon(LexiconKind::BrandExclusions),
            Part::BrandPrefixes,
        ]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        let has_brand = facts.product_has(|product| !product.brands_tags.is_empty());
        Candidates::of_each(predictions, |stored| {
            let tag = stored
                .prediction
                .value_tag
                .as_deref()
                .ok_or(Disposition::NoTag)?;
            if facts.product_has(|product| product.has_brand(tag)) {
                return Err(Disposition::AlreadyOnProduct);
            }
            if has_brand {
                return Err(Disposition::ProductHasValue);
            }
            let predictor = stored.prediction.predictor.as_deref().unwrap_or_default();
            match WORD_PREDICTORS
                .contains(&predictor)
                .then(|| objection(facts, tag))
            {
                Some(Some(disposition)) => Err(disposition),
                Some(None) | None => Ok(Candidate::of(stored)),
            }
        })
    }

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::Default
    }

    fn question_rank(&self) -> u8 {
        2
    }

    fn question(&self, insight: &Insight, _: &Knowledge, _: &str) -> QuestionContent {
        let predictor = insight.predictor.as_deref().unwrap_or_default();
        let is_word = predictor == OLD_WORD_PREDICTOR || WORD_PREDICTORS.contains(&predictor);
        QuestionContent {
            with_tag: true,
            image: match is_word {
                true => QuestionImage::SelectedOrSource(&["front"]),
                false => QuestionImage::Source,
            },
            ..QuestionContent::of_value(insight)
        }
    }

    fn accepted_claim(
        &self,
        _: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<NewClaim, Refusal> {
        match given {
            Some(given) => named(only_text(given, "value")?),
            None => Ok(NewClaim::of(insight)),
        }
    }

    fn change(&self, claim: &NewClaim) -> Result<ProductChange, Refusal> {
        Ok(ProductChange::AddBrand {
            value: claim.text()?,
            tag: claim.value_tag.clone(),
        })
    }
}

/// Objection to a brand that was found as a word.
fn objection(facts: &Facts<'_>, tag: &str) -> Option<Disposition> {
    word_objection(facts.knowledge, &facts.product_id.barcode, tag)
}

fn word_objection(knowledge: &Knowledge, barcode: &Barcode, tag: &str) -> Option<Disposition> {
    let excluded = knowledge.lexicon(LexiconKind::BrandExclusions)?;
    if excluded.entries().any(|entry| entry.key == tag) {
        return Some(Disposition::Blacklisted);
    }
    let fits = knowledge.brand_prefixes()?.allows(tag, barcode);
    (!fits).then_some(Disposition::Rejected(BARCODE_RANGE))
}

/// True for a brand insight of a predictor of words that the present lists do not allow.
pub fn is_refused_brand(
    knowledge: &Knowledge,
    barcode: &Barcode,
    predictor: Option<&str>,
    tag: Option<&str>,
) -> bool {
    let is_word = predictor.is_some_and(|name| WORD_PREDICTORS.contains(&name));
    let tag = tag.filter(|_| is_word);
    tag.is_some_and(|tag| word_objection(knowledge, barcode, tag).is_some())
}

/// A brand that a person gave, and its tag. Most brands are in no taxonomy, so only texts
/// that cannot be a brand are refused.
fn named(value: &str) -> Result<NewClaim, Refusal> {
    let is_one = value.chars().count() <= MAX_LEN
        && value.chars().any(char::is_alphanumeric)
        && !value.chars().any(|c| c == ',' || c.is_control());
    if !is_one {
        let what =
            format!("{value:?} is no brand: one name of at most {MAX_LEN} characters, no comma");
        return Err(Refusal::InvalidData(what));
    }
    Ok(NewClaim {
        value: Some(value.to_owned()),
        value_tag: Some(tag(value)),
    })
}

#[cfg(test)]
mod tests;
