//! Codes of packagers (`docs/reference/pipeline.md` 1.6.1):
//! docs/insights/packager_code.md.

use crate::edit::ProductChange;
use crate::insight::claim::{Candidate, Candidates};
use crate::insight::disposition::Disposition;
use crate::insight::facts::Facts;
use crate::insight::record::{InsightKind, NewClaim};
use crate::insight::refusal::Refusal;
use crate::insight::rules::{InsightRules, QuestionMode};
use crate::prediction::{PredictionKind, StoredPrediction};

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

    fn question_mode(&self) -> QuestionMode {
        QuestionMode::OnRequest
    }

    fn change(&self, claim: &NewClaim) -> Result<ProductChange, Refusal> {
        Ok(ProductChange::AddPackagerCode {
            code: claim.text()?,
        })
    }
}

#[cfg(test)]
mod tests;
