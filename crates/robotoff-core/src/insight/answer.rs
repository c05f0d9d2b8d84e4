//! Decisions on answers: the tally of votes, and the edits that follow from an answer.

use std::collections::BTreeMap;

use serde_json::Value;

use super::facts::Facts;
use super::record::{Insight, InsightKind};
use super::refusal::Refusal;
use super::rules::Applied;
use crate::policy::VotePolicy;
use crate::vote::{Vote, VoteValue, Voter};

/// Decision of the votes so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    Undecided,
    /// The votes contradict each other: the insight is closed without an answer.
    Ambiguous,
    /// True: yes.
    Won(bool),
}

/// Counted votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Yes and no votes.
    pub count: u32,
    pub decision: Decision,
}

/// Counts votes, oldest first; of one voter the last one counts. Skips are ignored, and
/// disagreement wins over a majority (`docs/reference/api.md` 5.2).
///
/// ```
/// use robotoff_core::insight::Decision;
/// use robotoff_core::insight::answer::decide;
/// use robotoff_core::policy::VotePolicy;
///
/// assert_eq!(decide(&[], VotePolicy::default()).decision, Decision::Undecided);
/// ```
pub fn decide(votes: &[Vote], policy: VotePolicy) -> Tally {
    let last: BTreeMap<(bool, String), VoteValue> = votes
        .iter()
        .map(|vote| (voter_key(vote), vote.value))
        .collect();
    let count = |wanted| last.values().filter(|value| **value == wanted).count();
    let (yes, no) = (count(VoteValue::Yes), count(VoteValue::No));
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

/// True when anonymous users may vote on insights of this kind.
pub fn can_vote(insight: &Insight) -> bool {
    let kind = InsightKind::try_from(insight.kind);
    kind.is_ok_and(|kind| kind.rules().can_vote())
}

/// Edits that follow from an accepting answer, with the value that the person gave, if
/// any. The insight must be open. A rejecting answer has no edits.
pub fn accept(
    facts: &Facts<'_>,
    insight: &Insight,
    given: Option<&Value>,
) -> Result<Applied, Refusal> {
    let kind = InsightKind::try_from(insight.kind).map_err(|_| Refusal::NotAnswerable)?;
    kind.rules().accept(facts, insight, given)
}

#[cfg(test)]
mod tests;
