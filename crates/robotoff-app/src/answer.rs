//! A person answers: a vote is counted, or the answer is applied and its edit
//! delivered (`docs/reference/api.md` 5).

mod exchange;

use anyhow::{Context, Result};
use robotoff_core::edit::{EditAccount, EditId, EditState, ProductChange, ProductEdit, Provenance};
use robotoff_core::insight::answer::{can_vote, decide, edits};
use robotoff_core::insight::{
    Answer, AnswerResult as Reply, Applied, Decision, Facts, Insight, InsightKind, NewClaim,
    Outcome, Refusal, Verdict,
};
use robotoff_core::product::Lookup;
use robotoff_core::vote::{Ballot, Vote};
use robotoff_ports::store::{Change, Changes, Committed, Conflict, InsightClosure};
use robotoff_ports::{Credentials, PortError};
use uuid::Uuid;

use crate::deliver::{Closing, Sent};
use crate::extraction::LOADING;
use crate::{App, Edits, enqueue};

pub use exchange::{AnswerRequest, Answered, Caller, Said};

/// An answer on its way to be applied.
struct Application<'a> {
    insight: &'a Insight,
    answer: Answer,
    provenance: Provenance,
    credentials: Credentials,
    username: Option<String>,
    update: bool,
    correlation_id: Option<&'a str>,
}

impl App {
    /// Counts or applies an answer. What the person must know is in the reply; an
    /// error means that the service itself failed, and nothing was recorded.
    pub async fn answer(&self, request: AnswerRequest) -> Result<Answered> {
        let Some(insight) = self.ports.store.insight(request.insight).await? else {
            return Ok(Reply::UnknownInsight.into());
        };
        if !insight.is_open() {
            return Ok(Reply::AlreadyAnnotated.into());
        }
        let caller = &request.caller;
        let correlation_id = request.correlation_id.as_deref();
        let answer = match request.said {
            Said::Skip => return self.vote(&insight, Ballot::Skip, caller).await,
            Said::Answer(answer) => answer,
        };
        let Ok(kind) = InsightKind::try_from(insight.kind) else {
            return Ok(Refusal::NotAnswerable.into());
        };
        if let Some(credentials) = &caller.credentials {
            let application = Application {
                insight: &insight,
                answer,
                provenance: Provenance::Person,
                credentials: credentials.clone(),
                username: caller.username.clone(),
                update: request.update,
                correlation_id,
            };
            return self.apply(kind, application).await;
        }
        if !can_vote(&insight) {
            return Ok(Refusal::CannotVote.into());
        }
        let ballot = match answer {
            Answer::Reject => Ballot::No,
            Answer::Accept => Ballot::Yes,
            Answer::AcceptWith(_) => {
                return Ok(Answered::because(
                    Reply::InvalidData,
                    "only people who are logged in can give a value of their own",
                ));
            }
        };
        self.vote_and_decide(kind, &insight, ballot, caller, correlation_id)
            .await
    }

    /// Applies an automatic insight, as nobody.
    pub(crate) async fn apply_automatically(
        &self,
        kind: InsightKind,
        insight: &Insight,
    ) -> Result<Answered> {
        let application = Application {
            insight,
            answer: Answer::Accept,
            provenance: Provenance::Automatic,
            credentials: Credentials::Service,
            username: None,
            update: true,
            correlation_id: None,
        };
        self.apply(kind, application).await
    }

    async fn vote(&self, insight: &Insight, ballot: Ballot, caller: &Caller) -> Result<Answered> {
        let vote = Vote {
            id: Uuid::new_v4(),
            insight: insight.id,
            username: caller
                .username
                .clone()
                .filter(|_| caller.credentials.is_some()),
            ballot,
            device_id: caller.device_id.clone(),
            timestamp: self.ports.clock.now(),
        };
        match self
            .ports
            .store
            .commit(Changes::new().with(Change::CastVote(vote)))
            .await?
        {
            Committed::Done(_) => Ok(Reply::VoteSaved.into()),
            Committed::Conflict(Conflict::NotOpen(_)) => Ok(Reply::AlreadyAnnotated.into()),
            Committed::Conflict(conflict) => Err(unexpected(insight, &conflict)),
        }
    }

    /// Votes are counted as they are stored, the one cast here included.
    async fn vote_and_decide(
        &self,
        kind: InsightKind,
        insight: &Insight,
        ballot: Ballot,
        caller: &Caller,
        correlation_id: Option<&str>,
    ) -> Result<Answered> {
        let voted = self.vote(insight, ballot, caller).await?;
        if voted.reply != Reply::VoteSaved {
            return Ok(voted);
        }
        let votes = self.ports.store.votes_on(insight.id).await?;
        match decide(&votes, self.policy().votes).decision {
            Decision::Undecided => Ok(Reply::VoteSaved.into()),
            Decision::Ambiguous => {
                let closed = self.closed(insight, Verdict::Undecided, Some(Outcome::Saved), None);
                self.close(insight, closed, Reply::Saved.into(), correlation_id)
                    .await
            }
            Decision::Won(is_yes) => {
                let application = Application {
                    insight,
                    answer: if is_yes {
                        Answer::Accept
                    } else {
                        Answer::Reject
                    },
                    provenance: Provenance::Votes,
                    credentials: Credentials::Service,
                    username: None,
                    // The last of three voters does not decide for all of them.
                    update: true,
                    correlation_id,
                };
                self.apply(kind, application).await
            }
        }
    }

    async fn apply(&self, kind: InsightKind, application: Application<'_>) -> Result<Answered> {
        let insight = application.insight;
        if application.answer == Answer::Reject || !application.update {
            let verdict = application.answer.verdict();
            let username = application.username.clone();
            let closed = self.closed(insight, verdict, Some(Outcome::Saved), username);
            return self
                .close(
                    insight,
                    closed,
                    Reply::Saved.into(),
                    application.correlation_id,
                )
                .await;
        }
        let lookup = match self.ports.products.product(&insight.product).await {
            Ok(lookup) => lookup,
            Err(error @ PortError::Unavailable { .. }) => {
                return Ok(Answered::because(Reply::FailedUpdate, error.to_string()));
            }
            Err(error) => return Err(error).context("cannot read the product"),
        };
        match self.edits_for(kind, &application, &lookup).await? {
            Ok(applied) => self.deliver(application, applied).await,
            // The product may be back tomorrow (`docs/reference/api.md` 9.2, 15): the
            // refresh decides.
            Err(refusal @ Refusal::MissingProduct) if lookup == Lookup::Absent => {
                let refresh = enqueue::refresh(&insight.product, application.correlation_id);
                let changes = Changes::new().then(refresh);
                self.commit_answer(insight, changes, refusal.into()).await
            }
            Err(refusal) => self.refuse(&application, refusal).await,
        }
    }

    async fn edits_for(
        &self,
        kind: InsightKind,
        application: &Application<'_>,
        lookup: &Lookup,
    ) -> Result<Result<Applied, Refusal>> {
        let parts = kind.rules().parts();
        let knowledge = self.ports.knowledge.knowledge(parts, LOADING).await?;
        let insight = application.insight;
        let policy = self.policy();
        let detections = self.detections(&insight.product, &[kind]).await?;
        let facts = Facts {
            product_id: &insight.product,
            product: lookup,
            knowledge: &knowledge,
            policy: &policy,
            now: self.ports.clock.now(),
            wait: self.automatic_wait(),
            detections: &detections,
        };
        Ok(edits(&facts, insight, &application.answer))
    }

    async fn refuse(&self, application: &Application<'_>, refusal: Refusal) -> Result<Answered> {
        let insight = application.insight;
        let Some(outcome) = refusal.closing_outcome() else {
            return Ok(refusal.into());
        };
        let verdict = application.answer.verdict();
        let username = application.username.clone();
        let closed = self.closed(insight, verdict, Some(outcome), username);
        self.close(insight, closed, refusal.into(), application.correlation_id)
            .await
    }

    /// The edit is stored before it is sent, and its outcome after.
    async fn deliver(&self, application: Application<'_>, applied: Applied) -> Result<Answered> {
        let insight = application.insight;
        let mut edit = self.edit_row(&application, &applied)?;
        let closing = crate::deliver::closing_of(&edit)?;
        let now = self.ports.clock.now();
        if self.settings.edits != Edits::Send {
            let closed = InsightClosure {
                outcome: Some(Outcome::Saved),
                ..closing.answer(insight.id, now)?
            };
            let mut changes = Changes::new();
            if self.settings.edits == Edits::Record {
                edit.state = EditState::Recorded;
                edit.lease_until = None;
                edit.settled_at = Some(now);
                changes = changes.with(Change::StartEdit(Box::new(edit)));
            }
            let changes =
                changes
                    .with(Change::CloseInsight(Box::new(closed)))
                    .then(enqueue::refresh(
                        &insight.product,
                        application.correlation_id,
                    ));
            return self
                .commit_answer(insight, changes, Reply::Saved.into())
                .await;
        }
        let start = Changes::new().with(Change::StartEdit(Box::new(edit.clone())));
        let started = self
            .commit_answer(insight, start, Reply::Saved.into())
            .await?;
        if started.reply != Reply::Saved {
            return Ok(started);
        }
        let sent = self
            .send_and_settle(&edit, &applied.changes, &application.credentials)
            .await?;
        Ok(match sent {
            Sent::Accepted => Reply::from(applied.outcome_on_success).into(),
            Sent::Refused(why) | Sent::Unreachable(why) => {
                Answered::because(Reply::FailedUpdate, why)
            }
        })
    }

    fn edit_row(&self, application: &Application<'_>, applied: &Applied) -> Result<ProductEdit> {
        let now = self.ports.clock.now();
        let closing = Closing {
            verdict: application.answer.verdict().code(),
            outcome: applied.outcome_on_success.code(),
            username: application.username.clone(),
            provenance: application.provenance,
            data: applied.data.clone(),
            claim: applied
                .claim
                .clone()
                .map(|NewClaim { value, value_tag }| (value, value_tag)),
        };
        let changes: &[ProductChange] = &applied.changes;
        Ok(ProductEdit {
            id: EditId(Uuid::new_v4()),
            insight: application.insight.id,
            product: application.insight.product.clone(),
            state: EditState::Sending,
            account: match application.credentials {
                Credentials::Service => EditAccount::Service,
                Credentials::Session(_) | Credentials::Password { .. } => EditAccount::Person,
            },
            change: serde_json::to_value(changes).context("cannot write down an edit")?,
            closing: serde_json::to_value(closing).context("cannot write down an edit")?,
            attempts: 1,
            lease_until: Some(now + self.settings.edit_lease),
            last_error: None,
            correlation_id: application.correlation_id.map(str::to_owned),
            created_at: now,
            settled_at: None,
        })
    }

    fn closed(
        &self,
        insight: &Insight,
        verdict: Verdict,
        outcome: Option<Outcome>,
        username: Option<String>,
    ) -> InsightClosure {
        InsightClosure {
            insight: insight.id,
            verdict,
            outcome,
            username,
            completed_at: self.ports.clock.now(),
            data: None,
            claim: None,
        }
    }

    async fn close(
        &self,
        insight: &Insight,
        closed: InsightClosure,
        answered: Answered,
        correlation_id: Option<&str>,
    ) -> Result<Answered> {
        let changes = Changes::new()
            .with(Change::CloseInsight(Box::new(closed)))
            .then(enqueue::refresh(&insight.product, correlation_id));
        self.commit_answer(insight, changes, answered).await
    }

    /// Of answers at the same instant one wins; the others hear that it is answered.
    async fn commit_answer(
        &self,
        insight: &Insight,
        changes: Changes,
        answered: Answered,
    ) -> Result<Answered> {
        match self.ports.store.commit(changes).await? {
            Committed::Done(_) => Ok(answered),
            Committed::Conflict(Conflict::NotOpen(_) | Conflict::LiveEdit(_)) => {
                Ok(Reply::AlreadyAnnotated.into())
            }
            Committed::Conflict(conflict) => Err(unexpected(insight, &conflict)),
        }
    }
}

fn unexpected(insight: &Insight, conflict: &Conflict) -> anyhow::Error {
    anyhow::anyhow!("cannot answer insight {}: {conflict:?}", insight.id)
}
