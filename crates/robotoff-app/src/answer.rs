//! Answers of people: a vote is counted, or the answer is applied and its edit delivered
//! (`docs/reference/api.md` 5).

mod exchange;
mod votes;

use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use robotoff_core::edit::{
    EditAccount, EditId, EditState, PendingClosure, ProductEdit, Provenance,
};
use robotoff_core::insight::answer::{accept, can_vote};
use robotoff_core::insight::{
    Answer, AnswerResult, Applied, Insight, InsightKind, Outcome, Refusal, Verdict,
};
use robotoff_core::vote::VoteValue;
use robotoff_ports::store::{Change, Changes, Committed, Conflict, InsightClosure};
use robotoff_ports::{Clock, Credentials, PortError, Products, Store};
use uuid::Uuid;

use crate::delivery::{Delivered, Delivery, insight_closure};
use crate::enqueue;
use crate::metrics;
use crate::planner::Planner;
use crate::ports::{CurrentPolicy, Ports};
use crate::settings::Edits;

pub use exchange::{AnswerReply, AnswerRequest, Caller, Choice};

/// Counts votes, and applies answers.
///
/// Two people may answer an insight at the same instant. Each commit here has the
/// condition that the insight is open and has no live edit, so one of them wins, and the
/// other gets the reply that it is answered. No lock is held while the product is read or edited.
pub struct Answers {
    store: Arc<dyn Store>,
    products: Arc<dyn Products>,
    clock: Arc<dyn Clock>,
    policy: CurrentPolicy,
    planner: Arc<Planner>,
    delivery: Arc<Delivery>,
}

/// An answer to be applied, and on whose behalf.
struct AnswerToApply<'a> {
    insight: &'a Insight,
    answer: Answer,
    provenance: Provenance,
    credentials: Credentials,
    username: Option<String>,
    update: bool,
    correlation_id: Option<&'a str>,
}

impl AnswerToApply<'_> {
    /// Closure of the insight without an edit.
    fn closure(&self, outcome: Outcome) -> Closure {
        Closure {
            verdict: self.answer.verdict(),
            outcome,
            username: self.username.clone(),
        }
    }
}

/// End of an attempt to apply an answer.
enum Attempt {
    Ended(AnswerReply),
    /// The product could not be read, and nothing was recorded.
    OutOfReach(PortError),
}

/// Closure of an insight that no edit belongs to.
struct Closure {
    verdict: Verdict,
    outcome: Outcome,
    username: Option<String>,
}

impl Answers {
    pub(crate) fn new(
        ports: &Ports,
        policy: CurrentPolicy,
        planner: Arc<Planner>,
        delivery: Arc<Delivery>,
    ) -> Self {
        Self {
            store: ports.store.clone(),
            products: ports.products.clone(),
            clock: ports.clock.clone(),
            policy,
            planner,
            delivery,
        }
    }

    /// Counts or applies an answer. The reply holds what the person must know; an error
    /// means that the service itself failed, and the answer was not recorded.
    pub async fn answer(&self, request: AnswerRequest) -> Result<AnswerReply> {
        let reply = self.apply_answer(request).await;
        metrics::answer(reply.as_ref().ok().map(|reply| reply.result));
        reply
    }

    async fn apply_answer(&self, request: AnswerRequest) -> Result<AnswerReply> {
        let Some(insight) = self.store.insight(request.insight).await? else {
            return Ok(AnswerResult::UnknownInsight.into());
        };
        if !insight.is_open() {
            return Ok(AnswerResult::AlreadyAnnotated.into());
        }
        let caller = &request.caller;
        let correlation_id = request.correlation_id.as_deref();
        let answer = match request.choice {
            Choice::Skip => return self.skip(&insight, caller).await,
            Choice::Answer(answer) => answer,
        };
        let Ok(kind) = InsightKind::try_from(insight.kind) else {
            return Ok(Refusal::NotAnswerable.into());
        };
        if let Some(credentials) = &caller.credentials {
            let to_apply = AnswerToApply {
                insight: &insight,
                answer,
                provenance: match credentials {
                    // A machine with a token, which edits under our own account.
                    Credentials::Service => Provenance::Automatic,
                    Credentials::Session(_) | Credentials::Password { .. } => Provenance::Person,
                },
                credentials: credentials.clone(),
                username: caller.username.clone(),
                update: request.update,
                correlation_id,
            };
            return Ok(match self.apply(kind, to_apply).await? {
                Attempt::Ended(reply) => reply,
                Attempt::OutOfReach(error) => {
                    AnswerReply::detailed(AnswerResult::FailedUpdate, error.to_string())
                }
            });
        }
        if !can_vote(&insight) {
            return Ok(Refusal::CannotVote.into());
        }
        let value = match answer {
            Answer::Reject => VoteValue::No,
            Answer::Accept => VoteValue::Yes,
            Answer::AcceptWith(_) => {
                return Ok(AnswerReply::detailed(
                    AnswerResult::InvalidData,
                    "only authenticated users can give a value of their own",
                ));
            }
        };
        self.vote_and_decide(kind, &insight, value, caller, correlation_id)
            .await
    }

    /// Accepts an automatic insight under the service account.
    pub(crate) async fn apply_automatically(
        &self,
        kind: InsightKind,
        insight: &Insight,
    ) -> Result<AnswerReply> {
        let to_apply = AnswerToApply {
            insight,
            answer: Answer::Accept,
            provenance: Provenance::Automatic,
            credentials: Credentials::Service,
            username: None,
            update: true,
            correlation_id: None,
        };
        match self.apply(kind, to_apply).await? {
            Attempt::Ended(reply) => Ok(reply),
            Attempt::OutOfReach(error) => Err(error).context("cannot read the product"),
        }
    }

    async fn apply(&self, kind: InsightKind, to_apply: AnswerToApply<'_>) -> Result<Attempt> {
        let AnswerToApply {
            insight,
            correlation_id,
            ..
        } = to_apply;
        if to_apply.answer == Answer::Reject || !to_apply.update {
            let closure = to_apply.closure(Outcome::Saved);
            let saved = AnswerResult::Saved.into();
            let reply = self.close(insight, closure, saved, correlation_id).await;
            return reply.map(Attempt::Ended);
        }
        let lookup = match self.products.product(&insight.product).await {
            Ok(lookup) => lookup,
            Err(error @ PortError::Unavailable { .. }) => return Ok(Attempt::OutOfReach(error)),
            Err(error) => return Err(error).context("cannot read the product"),
        };
        let sources = self.planner.fact_sources(&insight.product, &[kind]).await?;
        let facts = sources.facts(&insight.product, &lookup);
        let reply = match accept(&facts, insight, to_apply.answer.given()) {
            Ok(applied) => self.deliver(to_apply, applied).await,
            // The product may come back (`docs/reference/api.md` 9.2, 15): the refresh
            // decides.
            Err(refusal @ Refusal::MissingProduct) if lookup.is_missing() => {
                let refresh = enqueue::refresh(&insight.product, correlation_id);
                let changes = Changes::new().then(refresh);
                self.commit(insight, changes, refusal.into()).await
            }
            Err(refusal) => {
                let Some(outcome) = refusal.closing_outcome() else {
                    return Ok(Attempt::Ended(refusal.into()));
                };
                let closure = to_apply.closure(outcome);
                self.close(insight, closure, refusal.into(), correlation_id)
                    .await
            }
        };
        reply.map(Attempt::Ended)
    }

    /// Stores the edit, sends it, and settles it: see `delivery`.
    async fn deliver(&self, to_apply: AnswerToApply<'_>, applied: Applied) -> Result<AnswerReply> {
        let edit = self.edit_row(&to_apply, &applied);
        if self.delivery.edits() != Edits::Send {
            return self.record(to_apply.insight, edit).await;
        }
        let credentials = to_apply.credentials;
        let delivered = self.delivery.deliver(edit.clone(), credentials).await?;
        Ok(match delivered {
            Delivered::NotStarted(conflict) => return lost_to(to_apply.insight, conflict),
            Delivered::Ended(result) => match result.problem(&edit) {
                None => AnswerResult::from(applied.outcome_on_success).into(),
                Some(problem) => AnswerReply::detailed(AnswerResult::FailedUpdate, problem),
            },
        })
    }

    /// Closes the insight without sending its edit, by the setting `EDITS`.
    async fn record(&self, insight: &Insight, mut edit: ProductEdit) -> Result<AnswerReply> {
        let now = self.clock.now();
        let closure = InsightClosure {
            outcome: Some(Outcome::Saved),
            ..insight_closure(&edit, now)
        };
        let refresh = enqueue::refresh(&insight.product, edit.correlation_id.as_deref());
        let mut changes = Changes::new();
        if self.delivery.edits() == Edits::Record {
            edit.state = EditState::Recorded;
            edit.lease_until = None;
            edit.settled_at = Some(now);
            changes = changes.with(Change::StartEdit(Box::new(edit)));
        }
        let changes = changes
            .with(Change::CloseInsight(Box::new(closure)))
            .then(refresh);
        self.commit(insight, changes, AnswerResult::Saved.into())
            .await
    }

    fn edit_row(&self, to_apply: &AnswerToApply<'_>, applied: &Applied) -> ProductEdit {
        let closure = PendingClosure {
            verdict: to_apply.answer.verdict(),
            outcome: applied.outcome_on_success,
            username: to_apply.username.clone(),
            provenance: to_apply.provenance,
            data: applied.data.clone(),
            claim: applied.claim.clone(),
        };
        ProductEdit {
            id: EditId(Uuid::new_v4()),
            insight: to_apply.insight.id,
            product: to_apply.insight.product.clone(),
            state: EditState::Sending,
            account: match to_apply.credentials {
                Credentials::Service => EditAccount::Service,
                Credentials::Session(_) | Credentials::Password { .. } => EditAccount::Person,
            },
            changes: applied.changes.clone(),
            made: 0,
            closure,
            attempts: 1,
            lease_until: Some(self.delivery.lease_until()),
            last_error: None,
            correlation_id: to_apply.correlation_id.map(str::to_owned),
            created_at: self.clock.now(),
            settled_at: None,
        }
    }

    async fn close(
        &self,
        insight: &Insight,
        closure: Closure,
        reply: AnswerReply,
        correlation_id: Option<&str>,
    ) -> Result<AnswerReply> {
        let closure = InsightClosure {
            insight: insight.id,
            verdict: closure.verdict,
            outcome: Some(closure.outcome),
            username: closure.username,
            completed_at: self.clock.now(),
            data: None,
            claim: None,
        };
        let changes = Changes::new()
            .with(Change::CloseInsight(Box::new(closure)))
            .then(enqueue::refresh(&insight.product, correlation_id));
        self.commit(insight, changes, reply).await
    }

    /// Commits changes that need an open insight. Of answers at the same instant one
    /// wins; the others get the reply that the insight is answered.
    async fn commit(
        &self,
        insight: &Insight,
        changes: Changes,
        reply: AnswerReply,
    ) -> Result<AnswerReply> {
        match self.store.commit(changes).await? {
            Committed::Done(_) => Ok(reply),
            Committed::Conflict(conflict) => lost_to(insight, conflict),
        }
    }
}

/// Reply to an answer that came too late.
fn lost_to(insight: &Insight, conflict: Conflict) -> Result<AnswerReply> {
    match conflict {
        Conflict::NotOpen(_) | Conflict::LiveEdit(_) => Ok(AnswerResult::AlreadyAnnotated.into()),
        conflict => Err(anyhow!(
            "cannot answer insight {}: {conflict:?}",
            insight.id
        )),
    }
}
