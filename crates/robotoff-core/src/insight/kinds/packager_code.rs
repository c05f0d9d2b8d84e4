//! Codes of packagers (`docs/reference/pipeline.md` 1.6.1):
//! docs/insights/packager_code.md.

use serde_json::Value;

use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates, Claim};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::insight::record::{Insight, InsightKind};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{Applied, InsightRules, Shown};
use crate::knowledge::Knowledge;
use crate::prediction::{PredictionKind, StoredPrediction};

use super::given::no_data;

pub(super) struct PackagerCodeRules;

impl InsightRules for PackagerCodeRules {
    fn kind(&self) -> InsightKind {
        InsightKind::PackagerCode
    }

    fn requires(&self) -> &'static [PredictionKind] {
        &[PredictionKind::PackagerCode]
    }

    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates {
        Candidates::of_each(predictions, |stored| {
            let code = stored.prediction.value.as_deref();
            let code = code.ok_or(Disposition::Unreadable("a value"))?;
            match facts.product_has(|product| product.has_packager_code(code)) {
                true => Err(Disposition::AlreadyOnProduct),
                false => Ok(Candidate::of(stored)),
            }
        })
    }

    fn conflicts(&self, _: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool {
        candidate.value == other.value
    }

    fn shown(&self, insight: &Insight, _: &Knowledge, _: &str) -> Shown {
        Shown::value(insight)
    }

    fn accept(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<Applied, Refusal> {
        no_data(given)?;
        let code = insight.text()?;
        if facts.product_to_edit()?.has_packager_code(code) {
            return Err(Refusal::AlreadyOnProduct);
        }
        Ok(Applied::change(ProductChange::AddPackagerCode {
            code: code.to_owned(),
        }))
    }
}

#[cfg(test)]
mod tests;
