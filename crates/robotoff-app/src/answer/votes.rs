//! Votes of anonymous users, and the decisions that follow from them.
//!
//! A vote and, if there are enough votes with it, a job that decides by all of them are
//! stored in one commit. The request that brings the vote decides at once where it can;
//! where it cannot (the product is out of reach, the process dies), the job does, so no
//! decision is lost. Deciding twice does no harm: the insight is closed, or has a live edit,
//! the second time.

use anyhow::{Context, Result};
use robotoff_core::edit::Provenance;
use robotoff_core::insight::answer::decide;
use robotoff_core::insight::{
    Answer, AnswerResult, Decision, Insight, InsightId, InsightKind, Outcome, Verdict,
};
use robotoff_core::vote::{Vote, VoteValue};
use robotoff_ports::Credentials;
use robotoff_ports::store::{Change, Changes, Committed};
use uuid::Uuid;

use super::{AnswerReply, AnswerToApply, Answers, Attempt, Caller, Closure, lost_to};
use crate::enqueue;

/// Description of the reply while a decision waits for its product.
const PENDING: &str = "decision pending";

impl Answers {
    /// Stores a skip, which decides no insight.
    pub(super) async fn skip(&self, insight: &Insight, caller: &Caller) -> Result<AnswerReply> {
        let vote = self.vote_of(caller, insight, VoteValue::Skip);
        let changes = Changes::new().with(Change::CastVote(vote));
        self.commit(insight, changes, AnswerResult::VoteSaved.into())
            .await
    }

    /// Stores the vote with a job that decides, and tries to decide at once.
    pub(super) async fn vote_and_decide(
        &self,
        kind: InsightKind,
        insight: &Insight,
        value: VoteValue,
        caller: &Caller,
        correlation_id: Option<&str>,
    ) -> Result<AnswerReply> {
        let vote = self.vote_of(caller, insight, value);
        let fewest = self.policy.borrow().votes.fewest();
        let job = enqueue::decide_votes(insight.id, correlation_id);
        let changes = Changes::new()
            .with(Change::CastVote(vote))
            .then_on_votes(fewest, job);
        match self.store.commit(changes).await? {
            Committed::Done(receipt) if receipt.votes.is_some_and(|votes| votes < fewest) => {
                return Ok(AnswerResult::VoteSaved.into());
            }
            Committed::Done(_) => {}
            Committed::Conflict(conflict) => return lost_to(insight, conflict),
        }
        let error = match self.decide(kind, insight, correlation_id).await {
            Ok(Attempt::Ended(reply)) => return Ok(reply),
            Ok(Attempt::OutOfReach(error)) => error.into(),
            Err(error) => error,
        };
        tracing::warn!(
            insight.id = %insight.id,
            error = format!("{error:#}"),
            "decision pending"
        );
        Ok(AnswerReply::detailed(AnswerResult::VoteSaved, PENDING))
    }

    /// Decides an insight by its votes, if it is still open.
    ///
    /// # Errors
    /// When the decision could not be applied: the job is to be tried again later.
    pub(crate) async fn decide_votes(
        &self,
        id: InsightId,
        correlation_id: Option<&str>,
    ) -> Result<()> {
        let Some(insight) = self.store.insight(id).await? else {
            return Ok(());
        };
        let (true, Ok(kind)) = (insight.is_open(), InsightKind::try_from(insight.kind)) else {
            return Ok(());
        };
        if self.store.live_edit_of(id).await?.is_some() {
            // Decided: the edit is on its way, or its own job sends it again.
            return Ok(());
        }
        match self.decide(kind, &insight, correlation_id).await? {
            Attempt::Ended(_) => Ok(()),
            Attempt::OutOfReach(error) => Err(error).context("cannot read the product"),
        }
    }

    /// Decides by all stored votes. Of votes that come at the same time, whichever request
    /// reads last sees them all, so a decision is not missed.
    async fn decide(
        &self,
        kind: InsightKind,
        insight: &Insight,
        correlation_id: Option<&str>,
    ) -> Result<Attempt> {
        let votes = self.store.votes_on(insight.id).await?;
        let vote_policy = self.policy.borrow().votes;
        let tally = decide(&votes, vote_policy);
        let answer = match tally.decision {
            Decision::Undecided => return Ok(Attempt::Ended(AnswerResult::VoteSaved.into())),
            Decision::Ambiguous => {
                let closure = Closure {
                    verdict: Verdict::Undecided,
                    outcome: Outcome::Saved,
                    username: None,
                };
                let saved = AnswerResult::Saved.into();
                let reply = self.close(insight, closure, saved, correlation_id).await;
                return reply.map(Attempt::Ended);
            }
            Decision::Won(true) => Answer::Accept,
            Decision::Won(false) => Answer::Reject,
        };
        let to_apply = AnswerToApply {
            insight,
            answer,
            provenance: Provenance::Votes(tally.count),
            credentials: Credentials::Service,
            username: None,
            // The flag of the last voter does not decide for the others.
            update: true,
            correlation_id,
        };
        self.apply(kind, to_apply).await
    }

    fn vote_of(&self, caller: &Caller, insight: &Insight, value: VoteValue) -> Vote {
        let username = caller.username.clone();
        Vote {
            id: Uuid::new_v4(),
            insight: insight.id,
            username: username.filter(|_| caller.credentials.is_some()),
            value,
            device_id: caller.device.id().to_owned(),
            address_hash: caller.address_hash.clone(),
            timestamp: self.clock.now(),
        }
    }
}
