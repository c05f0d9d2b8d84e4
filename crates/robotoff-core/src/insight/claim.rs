//! Claims: candidates for insights, and the comparison of claims.

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use super::disposition::Disposition;
use super::record::{Insight, InsightId};
use crate::json;
use crate::prediction::{Prediction, PredictionId, StoredPrediction};
use crate::product::SourceImage;

/// The part of a candidate or an insight that conflict rules compare.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    pub value: Option<&'a str>,
    pub value_tag: Option<&'a str>,
    pub data: &'a Map<String, Value>,
    pub source_image: Option<&'a SourceImage>,
    /// True when a user or the service closed it.
    pub is_answered: bool,
}

impl<'a> Claim<'a> {
    /// Claim of an insight.
    pub fn of_insight(insight: &'a Insight) -> Self {
        Self {
            value: insight.value.as_deref(),
            value_tag: insight.value_tag.as_deref(),
            data: &insight.data,
            source_image: insight.source_image.as_ref(),
            is_answered: !insight.is_open(),
        }
    }

    /// True when both assert the same: the same tag, or without tags the same value, and
    /// the same members of `data`. The image does not matter.
    pub fn asserts_the_same(self, other: Self, members: &[&str]) -> bool {
        let same_name = match (self.value_tag, other.value_tag) {
            (Some(a), Some(b)) => a == b,
            (None, None) => self.value == other.value,
            (Some(_), None) | (None, Some(_)) => false,
        };
        same_name
            && members
                .iter()
                .all(|name| is_same_member(self.member(name), other.member(name)))
    }

    fn member(self, name: &str) -> Option<&'a Value> {
        self.data.get(name).filter(|value| !value.is_null())
    }

    /// Number of the image.
    pub fn image_number(self) -> Option<u64> {
        self.source_image?.image_id()?.parse().ok()
    }
}

fn is_same_member(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => json::is_same(a, b),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}

/// A claim that may become an insight.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Prediction that asserts the claim, then those that support it.
    pub origins: Vec<PredictionId>,
    pub value: Option<String>,
    pub value_tag: Option<String>,
    pub data: Map<String, Value>,
    pub source_image: Option<SourceImage>,
    /// True when it may be applied automatically.
    pub automatic: bool,
    pub predictor: Option<String>,
    pub predictor_version: Option<String>,
    pub confidence: Option<f64>,
    /// `None` leaves the campaigns of the insight as they are.
    pub campaigns: Option<Vec<String>>,
    /// Language codes; `None` leaves those of the insight as they are.
    pub lc: Option<Vec<String>>,
}

impl Candidate {
    /// Claim of a prediction, unchanged. `automatic_processing: None` means not
    /// automatic.
    pub fn of(stored: &StoredPrediction) -> Self {
        let Prediction {
            value,
            value_tag,
            data,
            automatic_processing,
            predictor,
            predictor_version,
            confidence,
            ..
        } = &stored.prediction;
        Self {
            origins: vec![stored.id],
            value: value.clone(),
            value_tag: value_tag.clone(),
            data: data.clone(),
            source_image: stored.source_image.clone(),
            automatic: automatic_processing.unwrap_or(false),
            predictor: predictor.as_deref().map(str::to_owned),
            predictor_version: predictor_version.as_deref().map(str::to_owned),
            confidence: *confidence,
            campaigns: None,
            lc: None,
        }
    }

    /// The part that conflict rules compare.
    pub fn claim(&self) -> Claim<'_> {
        Claim {
            value: self.value.as_deref(),
            value_tag: self.value_tag.as_deref(),
            data: &self.data,
            source_image: self.source_image.as_ref(),
            is_answered: false,
        }
    }

    /// Prediction that asserts the claim.
    pub fn origin(&self) -> PredictionId {
        self.origins[0]
    }
}

/// Decisions of the rules of a kind about predictions.
#[derive(Debug, Default)]
pub struct Candidates {
    pub accepted: Vec<Candidate>,
    /// Rejected predictions with their reasons.
    pub rejected: Vec<(PredictionId, Disposition)>,
}

impl Candidates {
    /// Adds a candidate, or the disposition of a prediction that is not one.
    pub fn add(&mut self, origin: PredictionId, candidate: Result<Candidate, Disposition>) {
        match candidate {
            Ok(candidate) => self.accepted.push(candidate),
            Err(disposition) => self.rejected.push((origin, disposition)),
        }
    }

    /// Decides each prediction on its own.
    pub fn of_each(
        predictions: &[&StoredPrediction],
        decide: impl Fn(&StoredPrediction) -> Result<Candidate, Disposition>,
    ) -> Self {
        let mut candidates = Self::default();
        for stored in predictions {
            candidates.add(stored.id, decide(stored));
        }
        candidates
    }
}

/// An insight to be created, without its identifier: core has no random numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub(super) insight: Insight,
    /// Predictions that support it, the asserting one first.
    pub origins: Vec<PredictionId>,
}

impl Draft {
    /// The insight with the identifier that the caller generated.
    pub fn named(self, id: InsightId) -> Insight {
        Insight { id, ..self.insight }
    }

    /// The insight with a nil identifier.
    pub const fn insight(&self) -> &Insight {
        &self.insight
    }

    /// Time of creation.
    pub const fn made_at(&self) -> Option<NaiveDateTime> {
        self.insight.timestamp
    }
}
