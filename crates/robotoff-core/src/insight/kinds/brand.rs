//! Brands (`docs/reference/pipeline.md` 1.6.6): docs/insights/brand.md.

use serde_json::Value;

use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::disposition::{Disposition, RejectReason};
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{Applied, InsightRules, Picture, Shown};
use crate::knowledge::Knowledge;
use crate::prediction::{PredictionKind, StoredPrediction};

use super::given::{corrected, only_text};
use crate::insight::rules::NewClaim;
use crate::knowledge::{LexiconKind, Part};
use crate::text::tag::tag;

pub(super) struct BrandRules;

/// Methods that find words anywhere: what they say must fit the barcode, and is
/// shown with the front of the product.
const WORD_PREDICTORS: [&str; 2] = ["taxonomy", "curated-list"];

/// A method of the past, shown in the same way.
const OLD_WORD_PREDICTOR: &str = "whitelisted-brands";

/// No brand is longer, in characters.
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

    fn conflicts(&self, _: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool {
        candidate.value_tag == other.value_tag
    }

    fn shown(&self, insight: &Insight, _: &Knowledge, _: &str) -> Shown {
        let predictor = insight.predictor.as_deref().unwrap_or_default();
        let is_word = predictor == OLD_WORD_PREDICTOR || WORD_PREDICTORS.contains(&predictor);
        Shown {
            with_tag: true,
            picture: match is_word {
                true => Picture::SelectedOrSource(&["front"]),
                false => Picture::Source,
            },
            ..Shown::value(insight)
        }
    }

    fn accept(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<Applied, Refusal> {
        let (value, brand) = match given {
            Some(given) => named(only_text(given, "value")?)?,
            None => (insight.text()?.to_owned(), insight.value_tag.clone()),
        };
        let change = ProductChange::AddBrand {
            value: value.clone(),
            tag: brand.clone(),
        };
        if change.is_done(facts.product_to_edit()?) == Some(true) {
            return Err(Refusal::AlreadyOnProduct);
        }
        let applied = Applied::change(change);
        if given.is_none() {
            return Ok(applied);
        }
        let claim = NewClaim {
            value: Some(value),
            value_tag: brand,
        };
        Ok(corrected(insight, claim, applied))
    }
}

/// What speaks against a brand that was found as a word.
fn objection(facts: &Facts<'_>, tag: &str) -> Option<Disposition> {
    let excluded = facts.knowledge.lexicon(LexiconKind::BrandExclusions)?;
    if excluded.entries().any(|entry| entry.key == tag) {
        return Some(Disposition::Blacklisted);
    }
    let prefixes = facts.knowledge.brand_prefixes()?;
    let fits = prefixes.allows(tag, &facts.product_id.barcode);
    (!fits).then_some(Disposition::Rejected(RejectReason::BarcodeRange))
}

/// A brand that a person gave, and its tag. Most brands are in no taxonomy, so
/// only what cannot be one is refused.
fn named(value: &str) -> Result<(String, Option<String>), Refusal> {
    let is_one = value.chars().count() <= MAX_LEN
        && value.chars().any(char::is_alphanumeric)
        && !value.chars().any(|c| c == ',' || c.is_control());
    if !is_one {
        let what =
            format!("{value:?} is no brand: one name of at most {MAX_LEN} characters, no comma");
        return Err(Refusal::InvalidData(what));
    }
    Ok((value.to_owned(), Some(tag(value))))
}

#[cfg(test)]
mod tests;
