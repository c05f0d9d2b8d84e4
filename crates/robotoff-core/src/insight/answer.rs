//! Answers: what votes decide, what an answer leads to, and why it is refused.

use std::collections::BTreeMap;

use serde_json::Value;
use thiserror::Error;

use super::facts::{Facts, MissingPart};
use super::rules::Applied;
use super::{Insight, InsightKind, Outcome, Verdict};
use crate::policy::VotePolicy;
use crate::vote::{Ballot, Vote, Voter};

/// What somebody says about a claim. A skip is a vote, not an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Reject,
    Accept,
    /// Yes, but with a value or text that the person gave.
    AcceptWith(Value),
}

impl Answer {
    /// How the answer closes an insight.
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Reject => Verdict::Rejected,
            Self::Accept => Verdict::Accepted,
            Self::AcceptWith(_) => Verdict::AcceptedWith,
        }
    }
}

/// What the votes so far amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Undecided,
    /// People disagree: the insight is closed without an answer.
    Ambiguous,
    /// True: yes.
    Won(bool),
}

/// Votes, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Yes and no votes.
    pub count: u32,
    pub decision: Decision,
}

/// Counts votes, oldest first; of one voter the last one counts. Skips decide
/// nothing, and disagreement wins over a majority (`docs/reference/api.md` 5.2).
pub fn decide(votes: &[Vote], policy: VotePolicy) -> Tally {
    let last: BTreeMap<(bool, String), Ballot> = votes
        .iter()
        .map(|vote| (voter_key(vote), vote.ballot))
        .collect();
    let count = |wanted| last.values().filter(|ballot| **ballot == wanted).count();
    let (yes, no) = (count(Ballot::Yes), count(Ballot::No));
    let reaches = |votes: usize, needed: std::num::NonZeroU32| {
        u32::try_from(votes).is_ok_and(|votes| votes >= needed.get())
    };
    let decision = if reaches(yes.min(no), policy.to_disagree) {
        Decision::Ambiguous
    } else if reaches(yes.max(no), policy.to_win) {
        Decision::Won(yes > no)
    } else {
        Decision::Undecided
    };
    Tally {
        count: u32::try_from(yes + no).unwrap_or(u32::MAX),
        decision,
    }
}

fn voter_key(vote: &Vote) -> (bool, String) {
    match vote.voter() {
        Voter::User(name) => (true, name),
        Voter::Device(device) => (false, device),
    }
}

/// True when people without a name may vote on insights of this kind.
pub fn can_vote(insight: &Insight) -> bool {
    let kind = InsightKind::try_from(insight.kind);
    kind.is_ok_and(|kind| kind.rules().can_vote())
}

/// What an answer leads to. The insight must be open.
pub fn edits(facts: &Facts<'_>, insight: &Insight, answer: &Answer) -> Result<Applied, Refusal> {
    let kind = InsightKind::try_from(insight.kind).map_err(|_| Refusal::NotAnswerable)?;
    let rules = kind.rules();
    match answer {
        Answer::Reject => Ok(Applied {
            outcome_on_success: Outcome::Saved,
            ..Applied::changes(Vec::new())
        }),
        Answer::Accept => rules.accept(facts, insight, None),
        Answer::AcceptWith(given) => rules.accept(facts, insight, Some(given)),
    }
}

/// Why an answer leads to no edit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("the product says so already")]
    AlreadyOnProduct,
    #[error("there is no such product")]
    MissingProduct,
    #[error("the product has changed since the claim was made")]
    Outdated,
    #[error("the picture of the claim cannot be used")]
    InvalidImage,
    #[error("{0}")]
    InvalidData(String),
    #[error("people without a name cannot vote on claims of this type")]
    CannotVote,
    #[error("claims of this type cannot be answered")]
    NotAnswerable,
    #[error(transparent)]
    NotLoaded(#[from] MissingPart),
}

impl Refusal {
    /// What the caller is told.
    pub const fn reply(&self) -> Reply {
        match self {
            Self::AlreadyOnProduct => Reply::AlreadyAnnotated,
            Self::MissingProduct => Reply::MissingProduct,
            Self::Outdated => Reply::Outdated,
            Self::InvalidImage => Reply::InvalidImage,
            Self::InvalidData(_) | Self::NotAnswerable => Reply::InvalidData,
            Self::CannotVote => Reply::CannotVote,
            Self::NotLoaded(_) => Reply::FailedUpdate,
        }
    }

    /// How the insight is closed all the same; nothing: it stays open.
    pub const fn closes_with(&self) -> Option<Outcome> {
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

/// What the caller is told about an answer (`docs/reference/api.md` 2.10). Code 7 does
/// not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reply {
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

impl Reply {
    /// Every reply.
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
                "the picture of the claim cannot be used",
            ),
            Self::VoteSaved => (9, "vote_saved", "the answer was counted as a vote"),
            Self::FailedUpdate => (
                10,
                "error_failed_update",
                "the product could not be edited now; nothing was recorded",
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
                "people without a name cannot vote on claims of this type",
            ),
        }
    }

    /// The number on the wire (`status_code`).
    pub const fn code(self) -> u8 {
        self.words().0
    }

    /// The word on the wire (`status`).
    pub const fn word(self) -> &'static str {
        self.words().1
    }

    /// The sentence on the wire (`description`), where nothing more is known.
    pub const fn description(self) -> &'static str {
        self.words().2
    }
}

impl From<Outcome> for Reply {
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

#[cfg(test)]
mod tests;
