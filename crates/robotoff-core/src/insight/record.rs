//! The record of an insight: a claim about a product that awaits, or has, a verdict.
//!
//! It knows no rules. Other modules of the crate (edits, policies, votes) need the
//! record only, so it stands below everything that decides.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;
use uuid::Uuid;

use crate::prediction::PredictionKind;
use crate::product::{ProductId, SourceImage};

/// Kinds of prediction that can become an insight (`docs/reference/api.md` 3.9).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "PredictionKind", try_from = "PredictionKind")]
pub enum InsightKind {
    PackagerCode,
    Label,
    Category,
    ProductWeight,
    ExpirationDate,
    Brand,
    Store,
    Packaging,
    IsUpcImage,
    NutritionImage,
    IngredientSpellcheck,
    NutrientExtraction,
    ImageOrientation,
    IngredientDetection,
}

/// Error: a prediction kind, or a name, that is not a kind of insight.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown insight type {0:?}")]
pub struct UnknownInsightKind(pub String);

impl InsightKind {
    /// All kinds, in the order in which a product is planned
    /// (`docs/reference/pipeline.md` 1.3).
    pub const ALL: [Self; 14] = [
        Self::PackagerCode,
        Self::Label,
        Self::Category,
        Self::ProductWeight,
        Self::ExpirationDate,
        Self::Brand,
        Self::Store,
        Self::Packaging,
        Self::IsUpcImage,
        Self::NutritionImage,
        Self::IngredientSpellcheck,
        Self::NutrientExtraction,
        Self::ImageOrientation,
        Self::IngredientDetection,
    ];

    /// Kind of prediction of the same name.
    pub const fn prediction_kind(self) -> PredictionKind {
        match self {
            Self::PackagerCode => PredictionKind::PackagerCode,
            Self::Label => PredictionKind::Label,
            Self::Category => PredictionKind::Category,
            Self::ProductWeight => PredictionKind::ProductWeight,
            Self::ExpirationDate => PredictionKind::ExpirationDate,
            Self::Brand => PredictionKind::Brand,
            Self::Store => PredictionKind::Store,
            Self::Packaging => PredictionKind::Packaging,
            Self::IsUpcImage => PredictionKind::IsUpcImage,
            Self::NutritionImage => PredictionKind::NutritionImage,
            Self::IngredientSpellcheck => PredictionKind::IngredientSpellcheck,
            Self::NutrientExtraction => PredictionKind::NutrientExtraction,
            Self::ImageOrientation => PredictionKind::ImageOrientation,
            Self::IngredientDetection => PredictionKind::IngredientDetection,
        }
    }

    /// Name on the wire (`insight_type`) and in the database.
    pub const fn name(self) -> &'static str {
        self.prediction_kind().name()
    }
}

impl From<InsightKind> for PredictionKind {
    fn from(kind: InsightKind) -> Self {
        kind.prediction_kind()
    }
}

impl TryFrom<PredictionKind> for InsightKind {
    type Error = UnknownInsightKind;

    fn try_from(kind: PredictionKind) -> Result<Self, Self::Error> {
        Self::ALL
            .into_iter()
            .find(|insight_kind| insight_kind.prediction_kind() == kind)
            .ok_or_else(|| UnknownInsightKind(kind.name().to_owned()))
    }
}

impl FromStr for InsightKind {
    type Err = UnknownInsightKind;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or_else(|| UnknownInsightKind(name.to_owned()))
    }
}

impl fmt::Display for InsightKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Identifier of an insight, unique across machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InsightId(pub Uuid);

impl fmt::Display for InsightId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Answer that closed an insight; the column `annotation` (`docs/reference/api.md` 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "i32", try_from = "i32")]
pub enum Verdict {
    /// People disagreed.
    Undecided,
    Rejected,
    Accepted,
    /// Accepted with a value that the person gave.
    AcceptedWith,
}

impl Verdict {
    /// All verdicts.
    pub const ALL: [Self; 4] = [
        Self::Undecided,
        Self::Rejected,
        Self::Accepted,
        Self::AcceptedWith,
    ];

    /// Number on the wire and in the database.
    pub const fn code(self) -> i32 {
        match self {
            Self::Undecided => -1,
            Self::Rejected => 0,
            Self::Accepted => 1,
            Self::AcceptedWith => 2,
        }
    }

    /// Verdict with a stored number.
    pub fn from_code(code: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.code() == code)
    }
}

impl From<Verdict> for i32 {
    fn from(verdict: Verdict) -> Self {
        verdict.code()
    }
}

impl TryFrom<i32> for Verdict {
    type Error = UnknownCode;

    fn try_from(code: i32) -> Result<Self, UnknownCode> {
        Self::from_code(code).ok_or(UnknownCode(code))
    }
}

/// Error: no verdict or outcome has this number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("unknown code {0}")]
pub struct UnknownCode(pub i32);

/// Result of closing an insight; the column `annotated_result` (`docs/reference/api.md`
/// 2.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "i32", try_from = "i32")]
pub enum Outcome {
    /// Recorded; there was no edit to send.
    Saved,
    /// Recorded and sent.
    Updated,
    MissingProduct,
    /// The claim no longer agrees with the product.
    Outdated,
    /// The product already had the value.
    AlreadyOnProduct,
    InvalidImage,
    /// The value that the user gave was recorded and sent.
    UserInputUpdated,
}

impl Outcome {
    /// All outcomes that a row can hold.
    pub const ALL: [Self; 7] = [
        Self::Saved,
        Self::Updated,
        Self::MissingProduct,
        Self::Outdated,
        Self::AlreadyOnProduct,
        Self::InvalidImage,
        Self::UserInputUpdated,
    ];

    /// Number on the wire and in the database.
    pub const fn code(self) -> i32 {
        match self {
            Self::Saved => 1,
            Self::Updated => 2,
            Self::MissingProduct => 3,
            Self::Outdated => 4,
            Self::AlreadyOnProduct => 5,
            Self::InvalidImage => 8,
            Self::UserInputUpdated => 12,
        }
    }

    /// Outcome with a stored number.
    pub fn from_code(code: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.code() == code)
    }
}

impl From<Outcome> for i32 {
    fn from(outcome: Outcome) -> Self {
        outcome.code()
    }
}

impl TryFrom<i32> for Outcome {
    type Error = UnknownCode;

    fn try_from(code: i32) -> Result<Self, UnknownCode> {
        Self::from_code(code).ok_or(UnknownCode(code))
    }
}

/// Value and tag of a claim, possibly corrected by a person. In JSON a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "ClaimPair", from = "ClaimPair")]
pub struct NewClaim {
    pub value: Option<String>,
    pub value_tag: Option<String>,
}

type ClaimPair = (Option<String>, Option<String>);

impl From<NewClaim> for ClaimPair {
    fn from(claim: NewClaim) -> Self {
        (claim.value, claim.value_tag)
    }
}

impl From<ClaimPair> for NewClaim {
    fn from((value, value_tag): ClaimPair) -> Self {
        Self { value, value_tag }
    }
}

impl NewClaim {
    /// The claim of an insight.
    pub fn of(insight: &Insight) -> Self {
        Self {
            value: insight.value.clone(),
            value_tag: insight.value_tag.clone(),
        }
    }
}

/// A claim about a product. One row of `product_insight` (`docs/reference/api.md` 3.1).
#[derive(Debug, Clone, PartialEq)]
pub struct Insight {
    pub id: InsightId,
    pub product: ProductId,
    /// Wider than [`InsightKind`]: adopted rows may be of a kind that is no longer made.
    pub kind: PredictionKind,
    /// Members that the specification lists for the kind.
    pub data: Map<String, Value>,
    /// Time of creation; unknown for some adopted rows.
    pub timestamp: Option<NaiveDateTime>,
    /// Time when it was closed.
    pub completed_at: Option<NaiveDateTime>,
    /// `None` while it is open.
    pub verdict: Option<Verdict>,
    pub outcome: Option<Outcome>,
    /// Yes and no votes; skips do not count.
    pub n_votes: i32,
    /// User who closed it; `None` for votes and automatic application.
    pub username: Option<String>,
    pub countries: Option<Vec<String>>,
    pub brands: Option<Vec<String>>,
    /// Earliest time at which an automatic insight may be applied.
    pub process_after: Option<NaiveDateTime>,
    pub value_tag: Option<String>,
    pub value: Option<String>,
    pub source_image: Option<SourceImage>,
    /// True when it may be applied automatically.
    pub automatic_processing: bool,
    pub unique_scans_n: i32,
    pub reserved_barcode: bool,
    pub predictor: Option<String>,
    pub predictor_version: Option<String>,
    pub campaigns: Option<Vec<String>>,
    pub confidence: Option<f32>,
    /// `[y_min, x_min, y_max, x_max]`, relative. Stored unchanged: adopted rows hold
    /// inverted boxes.
    pub bounding_box: Option<Value>,
    /// Language codes.
    pub lc: Option<Vec<String>>,
    /// True when its question has an image.
    pub with_image: Option<bool>,
}

impl Insight {
    /// An open insight with empty members.
    pub fn new(id: InsightId, product: ProductId, kind: InsightKind, now: NaiveDateTime) -> Self {
        Self {
            id,
            reserved_barcode: product.barcode.is_reserved(),
            product,
            kind: kind.prediction_kind(),
            data: Map::new(),
            timestamp: Some(now),
            completed_at: None,
            verdict: None,
            outcome: None,
            n_votes: 0,
            username: None,
            countries: Some(Vec::new()),
            brands: Some(Vec::new()),
            process_after: None,
            value_tag: None,
            value: None,
            source_image: None,
            automatic_processing: false,
            unique_scans_n: 0,
            predictor: None,
            predictor_version: None,
            campaigns: Some(Vec::new()),
            confidence: None,
            bounding_box: None,
            lc: None,
            with_image: None,
        }
    }

    /// True until a verdict is recorded.
    pub const fn is_open(&self) -> bool {
        self.verdict.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_insight_kind_is_a_prediction_kind_of_the_same_name() {
        for kind in InsightKind::ALL {
            assert_eq!(InsightKind::try_from(kind.prediction_kind()), Ok(kind));
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert!(InsightKind::try_from(PredictionKind::ImageLang).is_err());
        assert!("trace".parse::<InsightKind>().is_err());
    }

    #[test]
    fn codes_lead_back_to_verdict_and_outcome() {
        for verdict in Verdict::ALL {
            assert_eq!(Verdict::from_code(verdict.code()), Some(verdict));
        }
        for outcome in Outcome::ALL {
            assert_eq!(Outcome::from_code(outcome.code()), Some(outcome));
        }
        assert_eq!(Verdict::from_code(3), None);
        assert_eq!(Outcome::from_code(7), None);
    }
}
