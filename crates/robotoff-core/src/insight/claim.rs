//! Claims that may become insights, and what tells one claim from another.

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
    /// A person, or the service, has closed it.
    pub is_answered: bool,
}

impl<'a> Claim<'a> {
    /// What an insight claims.
    pub fn of_insight(insight: &'a Insight) -> Self {
        Self {
            value: insight.value.as_deref(),
            value_tag: insight.value_tag.as_deref(),
            data: &insight.data,
            source_image: insight.source_image.as_ref(),
            is_answered: !insight.is_open(),
        }
    }

    /// True when both assert the same: the same tag, or without tags the same
    /// value, and the same members of `data`. From which picture does not matter.
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

    /// The number of the picture.
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
    /// The prediction that asserts it, then those that it also rests on.
    pub origins: Vec<PredictionId>,
    pub value: Option<String>,
    pub value_tag: Option<String>,
    pub data: Map<String, Value>,
    pub source_image: Option<SourceImage>,
    /// May be applied without a person.
    pub automatic: bool,
    pub predictor: Option<String>,
    pub predictor_version: Option<String>,
    pub confidence: Option<f64>,
    /// Nothing: stays as it is.
    pub campaigns: Option<Vec<String>>,
    /// Languages; nothing: stays as it is.
    pub lc: Option<Vec<String>>,
}

impl Candidate {
    /// What a prediction asserts, as it stands; unsaid means not automatic.
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

    /// The prediction that asserts it.
    pub fn origin(&self) -> PredictionId {
        self.origins[0]
    }
}

/// What the rules of a kind make of predictions.
#[derive(Debug, Default)]
pub struct Candidates {
    pub kept: Vec<Candidate>,
    /// Predictions that became none, and why.
    pub left_out: Vec<(PredictionId, Disposition)>,
}

impl Candidates {
    /// Takes a candidate in, or notes why the prediction is none.
    pub fn put(&mut self, origin: PredictionId, candidate: Result<Candidate, Disposition>) {
        match candidate {
            Ok(candidate) => self.kept.push(candidate),
            Err(disposition) => self.left_out.push((origin, disposition)),
        }
    }

    /// One decision for each prediction.
    pub fn of_each(
        predictions: &[&StoredPrediction],
        decide: impl Fn(&StoredPrediction) -> Result<Candidate, Disposition>,
    ) -> Self {
        let mut candidates = Self::default();
        for stored in predictions {
            candidates.put(stored.id, decide(stored));
        }
        candidates
    }
}

/// A claim that is to become an insight, all but its name.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub(super) insight: Insight,
    /// The predictions that it rests on, the one that asserts it first.
    pub origins: Vec<PredictionId>,
}

impl Draft {
    /// The insight, with a name that nobody else has.
    pub fn named(self, id: InsightId) -> Insight {
        Insight { id, ..self.insight }
    }

    /// What it is going to be, but for the name.
    pub const fn insight(&self) -> &Insight {
        &self.insight
    }

    /// When it was made.
    pub const fn made_at(&self) -> Option<NaiveDateTime> {
        self.insight.timestamp
    }
}
