//! The interface of one kind of insight: everything that differs between kinds.
//!
//! Most methods have a default, so that the file of a kind holds its peculiarities only.
//! A kind whose answers add or set one value implements [`InsightRules::change`]; a kind
//! that edits in another way overrides [`InsightRules::accept`] instead.

use serde_json::{Map, Value};

use super::claim::{Candidates, Claim};
use super::facts::Facts;
use super::record::{Insight, InsightKind, NewClaim, Outcome};
use super::refusal::{Refusal, no_data};
use crate::edit::ProductChange;
use crate::knowledge::{Knowledge, Part};
use crate::prediction::{PredictionKind, StoredPrediction};
use crate::product::Product;

/// The rules of one kind; one file each in `kinds/`.
pub trait InsightRules: Send + Sync {
    fn kind(&self) -> InsightKind;

    /// Kinds of prediction without which there is no candidate.
    fn requires(&self) -> &'static [PredictionKind];

    /// Kinds of prediction that are read, those required included.
    fn reads(&self) -> &'static [PredictionKind] {
        self.requires()
    }

    /// Parts of the knowledge that must be loaded before the rules run.
    fn parts(&self) -> &'static [Part] {
        &[]
    }

    /// Names of the vision models whose detections the rules read, as
    /// [`Facts::detections`] must hold them.
    fn detection_models(&self) -> &'static [&'static str] {
        &[]
    }

    /// Candidates: the predictions that claim something that the product lacks. The
    /// predictions come sorted, the best first.
    fn candidates(&self, facts: &Facts<'_>, predictions: &[&StoredPrediction]) -> Candidates;

    /// True when the candidate and the other claim exclude each other. By default, when
    /// they claim the same tag, or without tags the same value.
    fn conflicts(&self, _facts: &Facts<'_>, candidate: Claim<'_>, other: Claim<'_>) -> bool {
        candidate.asserts_the_same(other, &[])
    }

    /// Members of `data` that belong to the claim, beside value and tag.
    fn claim_members(&self) -> &'static [&'static str] {
        &[]
    }

    /// First criterion of the order of candidates, larger first.
    fn weight(&self, _data: &Map<String, Value>) -> usize {
        0
    }

    /// Rule for asking people. It has no default: a kind for which nobody decides it
    /// would never be asked, without a failing test.
    fn question_mode(&self) -> QuestionMode;

    /// Rank among the questions about one product; lower ranks come first.
    fn question_rank(&self) -> u8 {
        DEFAULT_RANK
    }

    /// True when the question shows the image that the claim was read from, false when
    /// it shows any image of the product.
    fn shows_source(&self) -> bool {
        true
    }

    /// True when anonymous users may vote.
    fn can_vote(&self) -> bool {
        true
    }

    /// Content of the question. By default the value and the image that it was read from.
    fn question(&self, insight: &Insight, _knowledge: &Knowledge, _lang: &str) -> QuestionContent {
        QuestionContent::of_value(insight)
    }

    /// The claim that an answer accepts: that of the insight, or the value that the
    /// person gave instead. By default a given value is refused.
    fn accepted_claim(
        &self,
        _facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<NewClaim, Refusal> {
        no_data(given)?;
        Ok(NewClaim::of(insight))
    }

    /// The edit that brings a claim to the product.
    fn change(&self, _claim: &NewClaim) -> Result<ProductChange, Refusal> {
        Err(Refusal::NotAnswerable)
    }

    /// True when the product needs no edit any more. By default, when it has the value.
    fn is_on_product(&self, change: &ProductChange, product: &Product) -> bool {
        change.is_done(product) == Some(true)
    }

    /// Edits that follow from a yes, or from a value that the person gave instead.
    fn accept(
        &self,
        facts: &Facts<'_>,
        insight: &Insight,
        given: Option<&Value>,
    ) -> Result<Applied, Refusal> {
        let claim = self.accepted_claim(facts, insight, given)?;
        let change = self.change(&claim)?;
        if self.is_on_product(&change, facts.product_to_edit()?) {
            return Err(Refusal::AlreadyOnProduct);
        }
        let applied = Applied::change(change);
        Ok(match given {
            Some(_) => applied.corrected(insight, claim),
            None => applied,
        })
    }
}

/// Rank of kinds that do not come before others.
const DEFAULT_RANK: u8 = 100;

/// Rule for asking people about the insights of a kind (`docs/reference/api.md` 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuestionMode {
    /// Also when the request names no kind.
    Default,
    /// Only when the request names the kind.
    OnRequest,
    /// Never: a sentence and an image do not suffice to judge. Clients with a view of
    /// their own list such insights and answer them.
    Never,
}

/// Content of a question beside its sentence (`docs/reference/api.md` 4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuestionContent {
    /// In the language of the question where the value has a name.
    pub value: Option<String>,
    /// True when the question carries the tag for programs.
    pub with_tag: bool,
    pub image: QuestionImage,
    /// Path of an image of the claimed thing, for comparison, below the static files.
    pub reference: Option<&'static str>,
}

impl QuestionContent {
    /// The value as it was read, with the image that it was read from.
    pub fn of_value(insight: &Insight) -> Self {
        Self {
            value: insight.value.clone(),
            with_tag: false,
            image: QuestionImage::Source,
            reference: None,
        }
    }
}

/// Choice of the image that a question shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QuestionImage {
    /// The image that the claim was read from.
    Source,
    /// The selected image of the first of these sides that has one, else the newest
    /// uploaded one.
    Selected(&'static [&'static str]),
    /// The same; if the product has none, the image that the claim was read from.
    SelectedOrSource(&'static [&'static str]),
    /// This revision of a selected image.
    Revision { key: String, rev: String },
}

/// Edits that follow from an accepting answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// In this order; empty when the product needs no edit.
    pub changes: Vec<ProductChange>,
    /// New claim of the insight, where the person gave another value.
    pub claim: Option<NewClaim>,
    /// Replaces the data of the insight.
    pub data: Option<Map<String, Value>>,
    pub outcome_on_success: Outcome,
}

impl NewClaim {
    /// The tag, for kinds that need one.
    pub(super) fn tag(&self) -> Result<String, Refusal> {
        let missing = || Refusal::InvalidData("the insight has no value tag".to_owned());
        self.value_tag.clone().ok_or_else(missing)
    }

    /// The value, for kinds that need one.
    pub(super) fn text(&self) -> Result<String, Refusal> {
        let missing = || Refusal::InvalidData("the insight has no value".to_owned());
        self.value.clone().ok_or_else(missing)
    }
}

impl Applied {
    /// One change; the insight stays as it is.
    pub fn change(change: ProductChange) -> Self {
        Self::changes(vec![change])
    }

    /// Several changes; the insight stays as it is.
    pub const fn changes(changes: Vec<ProductChange>) -> Self {
        Self {
            changes,
            claim: None,
            data: None,
            outcome_on_success: Outcome::Updated,
        }
    }

    /// The same changes for a claim that a person corrected: the insight gets the new
    /// claim, its data keep the old one (`docs/reference/api.md` 5.5, category).
    pub(super) fn corrected(self, insight: &Insight, claim: NewClaim) -> Self {
        let mut data: Map<String, Value> = insight.data.clone();
        if claim.value_tag != insight.value_tag {
            let old = insight.value_tag.clone();
            data.insert("original_value_tag".to_owned(), old.into());
        }
        if claim.value != insight.value && insight.value.is_some() {
            let old = insight.value.clone();
            data.insert("original_value".to_owned(), old.into());
        }
        data.insert("user_input".to_owned(), true.into());
        Self {
            claim: Some(claim),
            data: Some(data),
            outcome_on_success: Outcome::UserInputUpdated,
            ..self
        }
    }
}
