//! Edits on their way to Product Opener (architecture, section 4).
//!
//! Before an edit is sent, its row says so; after it, a second commit says what
//! came of it. Whatever happens in between (the process dies, the connection
//! breaks), the row is found again, compared with the product, and settled: an
//! edit is neither lost nor made twice.

use anyhow::{Context, Result};
use chrono::NaiveDateTime;
use robotoff_core::edit::{EditAccount, EditId, EditState, ProductChange, ProductEdit, Provenance};
use robotoff_core::insight::{InsightId, NewClaim, Outcome, Verdict};
use robotoff_core::product::{Lookup, Product};
use robotoff_ports::store::{Change, Changes, Committed, Conflict, EditStep, InsightClosure};
use robotoff_ports::{Credentials, EditRequest, PortError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::App;
use crate::enqueue;

/// Edits that are looked for at a time.
const BATCH: u64 = 100;

/// What the insight is to hold once the edit is accepted; kept in the edit's row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Closing {
    pub(crate) verdict: i32,
    pub(crate) outcome: i32,
    pub(crate) username: Option<String>,
    pub(crate) provenance: Provenance,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Map<String, Value>>,
    /// What the insight claims from now on: value and tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) claim: Option<(Option<String>, Option<String>)>,
}

impl Closing {
    /// The answer that closes the insight.
    pub(crate) fn answer(&self, insight: InsightId, at: NaiveDateTime) -> Result<InsightClosure> {
        Ok(InsightClosure {
            insight,
            verdict: Verdict::from_code(self.verdict)
                .with_context(|| format!("unknown verdict {} in an edit", self.verdict))?,
            outcome: Some(
                Outcome::from_code(self.outcome)
                    .with_context(|| format!("unknown outcome {} in an edit", self.outcome))?,
            ),
            username: self.username.clone(),
            completed_at: at,
            data: self.data.clone(),
            claim: self
                .claim
                .clone()
                .map(|(value, value_tag)| NewClaim { value, value_tag }),
        })
    }
}

/// Who sends an edit again that could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Later {
    /// A job that is enqueued for it.
    NewJob,
    /// The job that tries it now: it backs off and comes again.
    SameJob,
}

/// What came of sending an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sent {
    Accepted,
    Refused(String),
    /// Nobody knows whether it arrived.
    Unreachable(String),
}

impl App {
    /// Sends an edit that is in state `sending` and settles its row.
    pub(crate) async fn send_and_settle(
        &self,
        edit: &ProductEdit,
        changes: &[ProductChange],
        credentials: &Credentials,
    ) -> Result<Sent> {
        let closing = closing_of(edit)?;
        let sent = self
            .send(edit, changes, closing.provenance, credentials)
            .await;
        self.settle(edit, &closing, &sent, Later::NewJob).await?;
        Ok(sent)
    }

    async fn send(
        &self,
        edit: &ProductEdit,
        changes: &[ProductChange],
        provenance: Provenance,
        credentials: &Credentials,
    ) -> Sent {
        let all = async {
            for change in changes {
                let request = EditRequest {
                    product: &edit.product,
                    change,
                    insight: edit.insight,
                    provenance,
                    credentials,
                };
                self.ports.editor.edit(&request).await?;
            }
            Ok::<_, PortError>(())
        };
        // The lease of the row lasts longer than sending may.
        let at_most = self.settings.edit_lease.mul_f32(0.75);
        match timeout(at_most, all).await {
            Ok(Ok(())) => Sent::Accepted,
            Ok(Err(error)) if error.is_retryable() => Sent::Unreachable(error.to_string()),
            Ok(Err(error)) => Sent::Refused(error.to_string()),
            Err(_) => Sent::Unreachable(format!("no answer within {} s", at_most.as_secs())),
        }
    }

    /// The second commit: the outcome, the edit's state, and what follows.
    async fn settle(
        &self,
        edit: &ProductEdit,
        closing: &Closing,
        sent: &Sent,
        later: Later,
    ) -> Result<()> {
        let now = self.ports.clock.now();
        let step = |to: EditState, error: Option<&str>| EditStep {
            edit: edit.id,
            from: EditState::Sending,
            to,
            lease_until: None,
            error: error.map(str::to_owned),
            at: now,
        };
        let correlation_id = edit.correlation_id.as_deref();
        let changes = match (sent, edit.account) {
            (Sent::Accepted, _) => Changes::new()
                .with(Change::MoveEdit(step(EditState::Accepted, None)))
                .with(Change::CloseInsight(Box::new(
                    closing.answer(edit.insight, now)?,
                )))
                .then(enqueue::refresh(&edit.product, correlation_id)),
            (Sent::Refused(why), _) => {
                tracing::warn!(edit.id = %edit.id, insight.id = %edit.insight, why, "an edit was refused");
                Changes::new().with(Change::MoveEdit(step(EditState::Refused, Some(why))))
            }
            (Sent::Unreachable(why), EditAccount::Service) => {
                let retry = step(EditState::Retry, Some(why));
                let changes = Changes::new().with(Change::MoveEdit(retry));
                match later {
                    Later::NewJob => changes.then(enqueue::deliver_edit(edit)),
                    Later::SameJob => changes,
                }
            }
            (Sent::Unreachable(why), EditAccount::Person) => {
                Changes::new().with(Change::MoveEdit(step(EditState::Failed, Some(why))))
            }
        };
        self.commit_step(changes).await.map(|_| ())
    }

    /// Commits; false when somebody else has settled the edit already.
    async fn commit_step(&self, changes: Changes) -> Result<bool> {
        match self.ports.store.commit(changes).await? {
            Committed::Done(_) => Ok(true),
            Committed::Conflict(Conflict::EditMoved(_)) => Ok(false),
            Committed::Conflict(conflict) => {
                Err(anyhow::anyhow!("cannot settle an edit: {conflict:?}"))
            }
        }
    }

    /// Sends an edit of the service's account again, after a look at the product.
    /// An error asks for one more try later.
    pub(crate) async fn deliver_again(&self, id: EditId) -> Result<()> {
        let Some(edit) = self.ports.store.edit(id).await? else {
            return Ok(());
        };
        if edit.state != EditState::Retry {
            return Ok(());
        }
        let lookup = self.ports.products.product(&edit.product).await?;
        let now = self.ports.clock.now();
        let taken = EditStep {
            edit: id,
            from: EditState::Retry,
            to: EditState::Sending,
            lease_until: Some(now + self.settings.edit_lease),
            error: edit.last_error.clone(),
            at: now,
        };
        if !self
            .commit_step(Changes::new().with(Change::MoveEdit(taken)))
            .await?
        {
            return Ok(());
        }
        match self.go_on(&edit, &lookup, Later::SameJob).await? {
            Sent::Accepted | Sent::Refused(_) => Ok(()),
            Sent::Unreachable(why) => Err(anyhow::anyhow!("{}: {why}", edit.product)),
        }
    }

    /// Settles edits whose sender died: what the product says decides.
    pub async fn settle_edits(&self) -> Result<u64> {
        let left = self.ports.store.expired_edits(BATCH).await?;
        let mut settled = 0;
        for edit in left {
            if self
                .settle_left_behind(&edit)
                .await
                .with_context(|| format!("cannot settle edit {} of {}", edit.id, edit.product))?
            {
                settled += 1;
            }
        }
        Ok(settled)
    }

    async fn settle_left_behind(&self, edit: &ProductEdit) -> Result<bool> {
        let lookup = self.ports.products.product(&edit.product).await?;
        let now = self.ports.clock.now();
        // Taken over first: whoever else looks finds it in hand.
        let taken = EditStep {
            edit: edit.id,
            from: EditState::Sending,
            to: EditState::Sending,
            lease_until: Some(now + self.settings.edit_lease),
            error: Some("its sender was not heard of any more".to_owned()),
            at: now,
        };
        if !self
            .commit_step(Changes::new().with(Change::MoveEdit(taken)))
            .await?
        {
            return Ok(false);
        }
        self.go_on(edit, &lookup, Later::NewJob).await?;
        Ok(true)
    }

    /// An edit in hand that may or may not have arrived: what is there already is
    /// not sent again.
    async fn go_on(&self, edit: &ProductEdit, lookup: &Lookup, later: Later) -> Result<Sent> {
        let closing = closing_of(edit)?;
        let missing = match lookup {
            Lookup::Found(product) => missing_changes(edit, product)?,
            Lookup::Absent => {
                let sent = Sent::Refused("the product is gone".to_owned());
                self.settle(edit, &closing, &sent, later).await?;
                return Ok(sent);
            }
            Lookup::Unchecked => None,
        };
        let sent = match (missing, edit.account) {
            (None, _) => return self.nobody_knows(edit).await,
            (Some(missing), _) if missing.is_empty() => Sent::Accepted,
            (Some(missing), EditAccount::Service) => {
                self.send(edit, &missing, closing.provenance, &Credentials::Service)
                    .await
            }
            // Nobody has the person's credentials any more: the insight is open again.
            (Some(_), EditAccount::Person) => {
                Sent::Unreachable("it did not arrive, and may not be sent again".to_owned())
            }
        };
        self.settle(edit, &closing, &sent, later).await?;
        Ok(sent)
    }

    /// There is nothing to compare with: an operator decides.
    async fn nobody_knows(&self, edit: &ProductEdit) -> Result<Sent> {
        let why = "whether it arrived cannot be found out";
        tracing::error!(edit.id = %edit.id, product.barcode = %edit.product.barcode, "an edit: {why}");
        let step = EditStep {
            edit: edit.id,
            from: EditState::Sending,
            to: EditState::Unknown,
            lease_until: None,
            error: Some(why.to_owned()),
            at: self.ports.clock.now(),
        };
        self.commit_step(Changes::new().with(Change::MoveEdit(step)))
            .await?;
        Ok(Sent::Refused(why.to_owned()))
    }
}

/// The changes that the product does not show; nothing when one cannot be compared.
fn missing_changes(edit: &ProductEdit, product: &Product) -> Result<Option<Vec<ProductChange>>> {
    let mut missing = Vec::new();
    for change in changes_of(edit)? {
        match change.is_done(product) {
            Some(true) => {}
            Some(false) => missing.push(change),
            None => return Ok(None),
        }
    }
    Ok(Some(missing))
}

/// The closing of an edit's row.
pub(crate) fn closing_of(edit: &ProductEdit) -> Result<Closing> {
    serde_json::from_value(edit.closing.clone())
        .with_context(|| format!("cannot read the closing of edit {}", edit.id))
}

/// The changes of an edit's row.
pub(crate) fn changes_of(edit: &ProductEdit) -> Result<Vec<ProductChange>> {
    serde_json::from_value(edit.change.clone())
        .with_context(|| format!("cannot read the changes of edit {}", edit.id))
}
