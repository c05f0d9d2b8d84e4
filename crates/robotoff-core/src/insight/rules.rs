//! What each kind of insight decides for itself.

use serde_json::{Map, Value};

use super::claim::{Candidates, Claim};
use super::facts::Facts;
use super::record::{Insight, InsightKind, Outcome};
use super::refusal::Refusal;
use crate::edit::ProductChange;
use crate::knowledge::{Knowledge, Part};
use crate::prediction::{PredictionKind, StoredPrediction};

/// The rules of one kind; one file each in `kinds/`.
pub trait InsightRules: Send + Sync {
    fn kind(&self) -> InsightKind;

    /// The kinds of prediction without which there is no candidate.
    fn requires(&self) -> &'static [PredictionKind];

    /// The kinds of prediction that are read, those required included.
    fn reads(&self) -> &'static [PredictionKind] {
        self.requires()
    }

    /// What must be loaded before.
    fn parts(&self) -> &'static [Part] {
        &[]
    }

    /// Which of the predictions claim something that the product lacks. They come
    /// sorted, the best first.
    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates;

    /// True when there may not be both, the candidate and the other claim.
    fn conflicts(&self, facts: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool;

    /// Members of `data` that belong to what is claimed, beside value and tag.
    fn claim_members(&self) -> &'static [&'static str] {
        &[]
    }

    /// The weight of a claim before all other criteria, larger first.
    fn weight(&self, _data: &Map<String, Value>) -> usize {
        0
    }

    /// True when its question shows the picture that it was read from, false when
    /// any picture of the product will do.
    fn shows_source(&self) -> bool {
        true
    }

    /// True when people without a name may vote on it.
    fn can_vote(&self) -> bool {
        true
    }

    /// The value and the picture of its question.
    fn shown(&self, insight: &Insight, knowledge: &Knowledge, lang: &str) -> Shown;

    /// What follows from a yes, or from a value that the person gave instead.
    fn accept(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<Applied, Refusal>;
}

/// What a question shows beside its sentence (`docs/reference/api.md` 4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// In the language of the question where there is a name.
    pub value: Option<String>,
    /// The tag is told to programs too.
    pub with_tag: bool,
    pub picture: Picture,
}

impl Shown {
    /// The value as it was read, with the picture that it was read from.
    pub fn value(insight: &Insight) -> Self {
        Self {
            value: insight.value.clone(),
            with_tag: false,
            picture: Picture::Source,
        }
    }
}

/// Which picture illustrates a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Picture {
    /// The one that the claim was read from.
    Source,
    /// The selected picture of the first of these sides that has one, else the
    /// newest uploaded one.
    Selected(&'static [&'static str]),
    /// The same; if the product has none, the one that the claim was read from.
    SelectedOrSource(&'static [&'static str]),
    /// This revision of a selected picture.
    Revision { key: String, rev: String },
}

/// What a yes leads to.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// In this order; none when nothing is left to be done.
    pub changes: Vec<ProductChange>,
    /// What the insight claims from now on, where the person gave another value.
    pub claim: Option<NewClaim>,
    /// Replaces the data of the insight.
    pub data: Option<Map<String, Value>>,
    pub outcome_on_success: Outcome,
}

/// A claim as a person corrected it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClaim {
    pub value: Option<String>,
    pub value_tag: Option<String>,
}

impl Applied {
    /// One change, and the insight stays as it is.
    pub fn change(change: ProductChange) -> Self {
        Self::changes(vec![change])
    }

    /// Changes, and the insight stays as it is.
    pub const fn changes(changes: Vec<ProductChange>) -> Self {
        Self {
            changes,
            claim: None,
            data: None,
            outcome_on_success: Outcome::Updated,
        }
    }
}
