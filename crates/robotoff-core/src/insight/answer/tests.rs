//! Tallies by the table of `docs/reference/api.md` 5.2; results as on the wire.

use chrono::NaiveDateTime;
use uuid::Uuid;

use super::*;
use crate::insight::{AnswerResult, InsightId, Outcome, Refusal};

fn votes(values: &[(&str, i32)]) -> Vec<Vote> {
    let vote = |(device, code): &(&str, i32)| Vote {
        id: Uuid::nil(),
        insight: InsightId(Uuid::nil()),
        username: None,
        value: VoteValue::from_code(*code).unwrap(),
        device_id: (*device).to_owned(),
        address_hash: None,
        timestamp: NaiveDateTime::default(),
    };
    values.iter().map(vote).collect()
}

#[test]
fn votes_decide_by_majority_unless_people_disagree() {
    let devices = ["a", "b", "c", "d", "e", "f"];
    for (values, count, decision) in [
        (&[][..], 0, Decision::Undecided),
        (&[1, 1], 2, Decision::Undecided),
        (&[1, 0, 1], 3, Decision::Undecided),
        (&[1, 1, 0, 1], 4, Decision::Won(true)),
        (&[1, 1, 0, 0], 4, Decision::Ambiguous),
        (&[1, 1, 0, 0, 1], 5, Decision::Ambiguous),
        (&[0, 0, 0], 3, Decision::Won(false)),
        (&[-1, -1, -1, 1], 1, Decision::Undecided),
        (&[1, 1, 1, 0, 0, -1], 5, Decision::Ambiguous),
        (&[1, 1, 1, -1], 3, Decision::Won(true)),
    ] {
        let cast: Vec<(&str, i32)> = devices.into_iter().zip(values.iter().copied()).collect();
        let tally = decide(&votes(&cast), VotePolicy::default());
        assert_eq!(tally, Tally { count, decision }, "{values:?}");
    }
}

#[test]
fn one_voter_has_one_vote_and_it_is_the_last() {
    let stuffed = votes(&[("a", 1), ("a", 1), ("a", 1)]);
    let tally = decide(&stuffed, VotePolicy::default());
    assert_eq!(
        tally,
        Tally {
            count: 1,
            decision: Decision::Undecided
        }
    );
    let changed = votes(&[("a", 0), ("b", 1), ("c", 1), ("a", 1)]);
    assert_eq!(
        decide(&changed, VotePolicy::default()).decision,
        Decision::Won(true)
    );
}

#[test]
fn results_are_those_of_the_wire() {
    let codes = AnswerResult::ALL.map(AnswerResult::code);
    assert_eq!(codes, [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13]);
    for outcome in Outcome::ALL {
        assert_eq!(
            i32::from(AnswerResult::from(outcome).code()),
            outcome.code()
        );
    }
    assert_eq!(AnswerResult::CannotVote.word(), "cannot_vote");
    assert_eq!(AnswerResult::Outdated.word(), "error_updated_product");
}

#[test]
fn a_refusal_that_closes_has_the_result_of_its_outcome() {
    for refusal in [
        Refusal::AlreadyOnProduct,
        Refusal::MissingProduct,
        Refusal::Outdated,
        Refusal::InvalidImage,
    ] {
        let outcome = refusal.closing_outcome().unwrap();
        assert_eq!(refusal.result(), AnswerResult::from(outcome), "{refusal}");
    }
    assert_eq!(Refusal::CannotVote.closing_outcome(), None);
    assert_eq!(Refusal::InvalidData(String::new()).result().code(), 11);
}
