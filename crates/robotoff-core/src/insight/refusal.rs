//! Answers of people, the reasons to refuse them, and the results that callers get.
//!
//! The decisions themselves are in `answer.rs`; rules of kinds need these types only.

use serde_json::Value;
use thiserror::Error;

use super::record::{Insight, Outcome, Verdict};
use crate::knowledge::Part;

/// Answer of a person to a claim. A skip is a vote, not an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Reject,
    Accept,
    /// Yes, with a value or text that the person gave.
    AcceptWith(Value),
}

impl Answer {
    /// Value that the person gave with the answer.
    pub const fn given(&self) -> Option<&Value> {
        match self {
            Self::AcceptWith(given) => Some(given),
            Self::Accept | Self::Reject => None,
        }
    }

    /// Verdict that the answer gives an insight.
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Reject => Verdict::Rejected,
            Self::Accept => Verdict::Accepted,
            Self::AcceptWith(_) => Verdict::AcceptedWith,
        }
    }
}

/// Error: a word list or taxonomy must be loaded first.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} is not loaded", .0.path())]
pub struct MissingPart(pub Part);

/// Reason why an answer leads to no edit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("the product says so already")]
    AlreadyOnProduct,
    #[error("there is no such product")]
    MissingProduct,
    #[error("the product has changed since the claim was made")]
    Outdated,
    #[error("the image of the claim cannot be used")]
    InvalidImage,
    #[error("{0}")]
    InvalidData(String),
    #[error("anonymous users cannot vote on claims of this type")]
    CannotVote,
    #[error("claims of this type cannot be answered")]
    NotAnswerable,
    #[error(transparent)]
    NotLoaded(#[from] MissingPart),
}

impl Refusal {
    /// Result that the caller gets.
    pub const fn result(&self) -> AnswerResult {
        match self {
            Self::AlreadyOnProduct => AnswerResult::AlreadyAnnotated,
            Self::MissingProduct => AnswerResult::MissingProduct,
            Self::Outdated => AnswerResult::Outdated,
            Self::InvalidImage => AnswerResult::InvalidImage,
            Self::InvalidData(_) | Self::NotAnswerable => AnswerResult::InvalidData,
            Self::CannotVote => AnswerResult::CannotVote,
            Self::NotLoaded(_) => AnswerResult::FailedUpdate,
        }
    }

    /// Outcome with which the insight is closed nevertheless; `None` leaves it open.
    pub const fn closing_outcome(&self) -> Option<Outcome> {
        match self {
            Self::AlreadyOnProduct => Some(Outcome::AlreadyOnProduct),
            Self::MissingProduct => Some(Outcome::MissingProduct),
            Self::Outdated => Some(Outcome::Outdated),
            Self::InvalidImage => Some(Outcome::InvalidImage),
            Self::InvalidData(_) | Self::CannotVote | Self::NotAnswerable | Self::NotLoaded(_) => {
                None
            }
        }
    }
}

/// Result of an answer, as the caller gets it (`docs/reference/api.md` 2.10). Code 7 does
/// not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AnswerResult {
    Saved,
    Updated,
    MissingProduct,
    Outdated,
    /// Answered before, or the product has the value.
    AlreadyAnnotated,
    UnknownInsight,
    InvalidImage,
    VoteSaved,
    FailedUpdate,
    InvalidData,
    UserInputUpdated,
    CannotVote,
}

impl AnswerResult {
    /// All results.
    pub const ALL: [Self; 12] = [
        Self::Saved,
        Self::Updated,
        Self::MissingProduct,
        Self::Outdated,
        Self::AlreadyAnnotated,
        Self::UnknownInsight,
        Self::InvalidImage,
        Self::VoteSaved,
        Self::FailedUpdate,
        Self::InvalidData,
        Self::UserInputUpdated,
        Self::CannotVote,
    ];

    /// Code, word and sentence.
    const fn words(self) -> (u8, &'static str, &'static str) {
        match self {
            Self::Saved => (1, "saved", "the answer was recorded"),
            Self::Updated => (
                2,
                "updated",
                "the answer was recorded and the product was edited",
            ),
            Self::MissingProduct => (3, "error_missing_product", "there is no such product"),
            Self::Outdated => (
                4,
                "error_updated_product",
                "the product has changed since the claim was made",
            ),
            Self::AlreadyAnnotated => (
                5,
                "error_already_annotated",
                "the claim was answered before, or the product says so already",
            ),
            Self::UnknownInsight => (6, "error_unknown_insight", "there is no such insight"),
            Self::InvalidImage => (
                8,
                "error_invalid_image",
                "the image of the claim cannot be used",
            ),
            Self::VoteSaved => (9, "vote_saved", "the answer was counted as a vote"),
            Self::FailedUpdate => (
                10,
                "error_failed_update",
                "the product could not be edited now; the insight stays open",
            ),
            Self::InvalidData => (11, "error_invalid_data", "the given data cannot be used"),
            Self::UserInputUpdated => (
                12,
                "user_input_updated",
                "your value was recorded and the product was edited",
            ),
            Self::CannotVote => (
                13,
                "cannot_vote",
                "anonymous users cannot vote on claims of this type",
            ),
        }
    }

    /// Number on the wire (`status_code`).
    pub const fn code(self) -> u8 {
        self.words().0
    }

    /// Word on the wire (`status`).
    pub const fn word(self) -> &'static str {
        self.words().1
    }

    /// Default sentence on the wire (`description`).
    pub const fn description(self) -> &'static str {
        self.words().2
    }
}

impl From<Outcome> for AnswerResult {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Saved => Self::Saved,
            Outcome::Updated => Self::Updated,
            Outcome::MissingProduct => Self::MissingProduct,
            Outcome::Outdated => Self::Outdated,
            Outcome::AlreadyOnProduct => Self::AlreadyAnnotated,
            Outcome::InvalidImage => Self::InvalidImage,
            Outcome::UserInputUpdated => Self::UserInputUpdated,
        }
    }
}

impl Insight {
    /// The value tag, which claims of its kind need.
    pub(super) fn tag(&self) -> Result<&str, Refusal> {
        let missing = || Refusal::InvalidData("the insight has no value tag".to_owned());
        self.value_tag.as_deref().ok_or_else(missing)
    }
}

/// Refuses data where a kind takes none: ignoring it would apply something else than
/// the person asked for (`docs/reference/api.md` 9.2, 29).
pub(super) fn no_data(given: Option<&Value>) -> Result<(), Refusal> {
    match given {
        Some(_) => Err(Refusal::InvalidData(
            "claims of this type take no data".to_owned(),
        )),
        None => Ok(()),
    }
}
