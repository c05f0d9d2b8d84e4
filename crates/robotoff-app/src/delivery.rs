//! Edits on their way to Product Opener (architecture, section 4).
//!
//! Product Opener has no idempotency keys and takes part in no transaction of ours, so an
//! edit takes two commits. The first stores its row, in state `sending` and with a lease,
//! before the edit is sent. The second stores the result: the state of the edit, the
//! closure of its insight, a refresh job. No transaction is open in between.
//!
//! Invariants:
//! - An insight has at most one live edit (a unique index of the store). While it has
//!   one, no question asks about it and no plan deletes it.
//! - A row moves only from the state in which it was read ([`EditStep::from`]), and to
//!   `sending` only when no lease on it is in force. Of two processes that settle the
//!   same edit one commits; the other gets `EditMoved`, and leaves the edit alone.
//! - An edit that may have arrived is sent again only after the product was read, and
//!   only those changes that the product does not show. So no edit is made twice.
//! - Whatever happens between the commits, the row is found: by its job (`retry`) or by
//!   its expired lease (`sending`). So no edit is lost.
//!
//! The alternative, to enqueue a job for each edit and to answer the caller at once, needs
//! no second commit in the request; but the caller could not be told whether the product
//! was edited, and a user's credentials would have to be stored for the job.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use chrono::NaiveDateTime;
use robotoff_core::edit::{EditAccount, EditId, EditState, ProductChange, ProductEdit, Provenance};
use robotoff_core::product::{Lookup, Product};
use robotoff_ports::store::{Change, Changes, Committed, Conflict, EditStep, InsightClosure};
use robotoff_ports::{Clock, Credentials, EditRequest, Editor, PortError, Products, Store};
use tokio::time::timeout;

use crate::enqueue;
use crate::ports::Ports;
use crate::settings::{AppSettings, Edits};

/// Edits that are read at a time.
const BATCH: u64 = 100;

/// Sends edits, and settles those whose sender died.
pub struct Delivery {
    store: Arc<dyn Store>,
    products: Arc<dyn Products>,
    editor: Arc<dyn Editor>,
    clock: Arc<dyn Clock>,
    edits: Edits,
    lease: Duration,
}

/// The closure of an edit's insight.
pub(crate) fn insight_closure(edit: &ProductEdit, at: NaiveDateTime) -> InsightClosure {
    let closure = edit.closure.clone();
    InsightClosure {
        insight: edit.insight,
        verdict: closure.verdict,
        outcome: Some(closure.outcome),
        username: closure.username,
        completed_at: at,
        data: closure.data,
        claim: closure.claim,
    }
}

/// Sender of the next attempt at an edit that could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RetryBy {
    /// A job that is enqueued for it.
    NewJob,
    /// The present job, which fails and backs off.
    SameJob,
}

/// Result of sending an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeliveryResult {
    Accepted,
    Refused(String),
    /// It may or may not have arrived.
    Unreachable(String),
}

impl Delivery {
    pub(crate) fn new(ports: &Ports, settings: &AppSettings) -> Self {
        Self {
            store: ports.store.clone(),
            products: ports.products.clone(),
            editor: ports.editor.clone(),
            clock: ports.clock.clone(),
            edits: settings.edits,
            lease: settings.edit_lease,
        }
    }

    /// Treatment of edits.
    pub(crate) const fn edits(&self) -> Edits {
        self.edits
    }

    /// End of the lease of an edit that is sent now.
    pub(crate) fn lease_until(&self) -> NaiveDateTime {
        self.clock.now() + self.lease
    }

    /// Sends an edit that is in state `sending`, and settles its row.
    pub(crate) async fn send_and_settle(
        &self,
        edit: &ProductEdit,
        changes: &[ProductChange],
        credentials: &Credentials,
    ) -> Result<DeliveryResult> {
        let result = self
            .send(edit, changes, edit.closure.provenance, credentials)
            .await;
        self.settle(edit, &result, RetryBy::NewJob).await?;
        Ok(result)
    }

    async fn send(
        &self,
        edit: &ProductEdit,
        changes: &[ProductChange],
        provenance: Provenance,
        credentials: &Credentials,
    ) -> DeliveryResult {
        let all = async {
            for change in changes {
                let request = EditRequest {
                    product: &edit.product,
                    change,
                    insight: edit.insight,
                    provenance,
                    credentials,
                };
                self.editor.edit(&request).await?;
            }
            Ok::<_, PortError>(())
        };
        // Sending ends before the lease does. Otherwise another process could take the
        // edit over, read the product before our request arrives there, and send it too.
        let at_most = self.lease.mul_f32(0.75);
        match timeout(at_most, all).await {
            Ok(Ok(())) => DeliveryResult::Accepted,
            Ok(Err(error)) if error.is_retryable() => {
                DeliveryResult::Unreachable(error.to_string())
            }
            Ok(Err(error)) => DeliveryResult::Refused(error.to_string()),
            Err(_) => {
                DeliveryResult::Unreachable(format!("no answer within {} s", at_most.as_secs()))
            }
        }
    }

    /// The second commit: state of the edit, closure of the insight, and what follows.
    async fn settle(
        &self,
        edit: &ProductEdit,
        result: &DeliveryResult,
        retry_by: RetryBy,
    ) -> Result<()> {
        let now = self.clock.now();
        let step = |to: EditState, error: Option<&str>| {
            Change::MoveEdit(EditStep {
                edit: edit.id,
                from: EditState::Sending,
                to,
                lease_until: None,
                error: error.map(str::to_owned),
                at: now,
            })
        };
        let changes = match (result, edit.account) {
            (DeliveryResult::Accepted, _) => {
                let closure = insight_closure(edit, now);
                let refresh = enqueue::refresh(&edit.product, edit.correlation_id.as_deref());
                Changes::new()
                    .with(step(EditState::Accepted, None))
                    .with(Change::CloseInsight(Box::new(closure)))
                    .then(refresh)
            }
            (DeliveryResult::Refused(reason), _) => {
                tracing::warn!(edit.id = %edit.id, insight.id = %edit.insight, reason, "edit refused");
                Changes::new().with(step(EditState::Refused, Some(reason)))
            }
            (DeliveryResult::Unreachable(reason), EditAccount::Service) => {
                let changes = Changes::new().with(step(EditState::Retry, Some(reason)));
                match retry_by {
                    RetryBy::NewJob => changes.then(enqueue::deliver_edit(edit)),
                    RetryBy::SameJob => changes,
                }
            }
            // Credentials are never stored: only the user can send it again.
            (DeliveryResult::Unreachable(reason), EditAccount::Person) => {
                Changes::new().with(step(EditState::Failed, Some(reason)))
            }
        };
        match self.store.commit(changes).await? {
            // The insight was closed elsewhere, by the old service or by hand. The edit is
            // made all the same, and its row must not come up again.
            Committed::Conflict(Conflict::NotOpen(_)) if *result == DeliveryResult::Accepted => {
                let refresh = enqueue::refresh(&edit.product, edit.correlation_id.as_deref());
                let accepted = Changes::new().with(step(EditState::Accepted, None));
                self.commit_step(accepted.then(refresh)).await?;
                Ok(())
            }
            committed => moved(committed).map(|_| ()),
        }
    }

    /// Commits a step of an edit; false when another process has moved the edit already.
    async fn commit_step(&self, changes: Changes) -> Result<bool> {
        moved(self.store.commit(changes).await?)
    }

    /// Sends an edit of the service account again, after reading the product.
    ///
    /// # Errors
    /// The edit could not be sent: the job is to be tried again later.
    pub(crate) async fn redeliver(&self, id: EditId) -> Result<()> {
        let Some(edit) = self.store.edit(id).await? else {
            return Ok(());
        };
        if edit.state != EditState::Retry {
            return Ok(());
        }
        let lookup = self.products.product(&edit.product).await?;
        let reason = edit.last_error.clone();
        if !self.lease_edit(&edit, reason).await? {
            return Ok(());
        }
        let result = self.resume_delivery(&edit, &lookup, RetryBy::SameJob);
        match result.await? {
            DeliveryResult::Accepted | DeliveryResult::Refused(_) => Ok(()),
            DeliveryResult::Unreachable(reason) => {
                Err(PortError::unavailable(&edit.product, reason).into())
            }
        }
    }

    /// Leaves an edit that waits in `retry` to an operator.
    pub(crate) async fn give_up(&self, id: EditId, reason: &str) -> Result<()> {
        tracing::error!(edit.id = %id, reason, "edit given up");
        let step = EditStep {
            edit: id,
            from: EditState::Retry,
            to: EditState::Unknown,
            lease_until: None,
            error: Some(reason.to_owned()),
            at: self.clock.now(),
        };
        let changes = Changes::new().with(Change::MoveEdit(step));
        self.commit_step(changes).await.map(|_| ())
    }

    /// Settles edits whose sender died, by comparing them with their products; returns their
    /// number.
    pub async fn settle_edits(&self) -> Result<u64> {
        let mut settled = 0;
        for edit in self.store.expired_edits(BATCH).await? {
            match self.settle_expired(&edit).await {
                Ok(is_settled) => settled += u64::from(is_settled),
                Err(error) => tracing::warn!(
                    edit.id = %edit.id,
                    product.barcode = %edit.product.barcode,
                    error = format!("{error:#}"),
                    "cannot settle an edit"
                ),
            }
        }
        Ok(settled)
    }

    /// The edit is leased before its product is read: one whose product cannot be read
    /// then comes again when this lease expires, behind all others, and blocks none.
    async fn settle_expired(&self, edit: &ProductEdit) -> Result<bool> {
        let reason = "its sender died".to_owned();
        if !self.lease_edit(edit, Some(reason)).await? {
            return Ok(false);
        }
        let lookup = self.products.product(&edit.product).await?;
        self.resume_delivery(edit, &lookup, RetryBy::NewJob).await?;
        Ok(true)
    }

    /// Takes an edit over, before it is sent again: a process that comes to the same edit
    /// meanwhile finds it leased. False when another process was faster.
    async fn lease_edit(&self, edit: &ProductEdit, reason: Option<String>) -> Result<bool> {
        let step = EditStep {
            edit: edit.id,
            from: edit.state,
            to: EditState::Sending,
            lease_until: Some(self.lease_until()),
            error: reason,
            at: self.clock.now(),
        };
        self.commit_step(Changes::new().with(Change::MoveEdit(step)))
            .await
    }

    /// Sends what the product does not show of a leased edit that may have arrived, and
    /// settles its row.
    async fn resume_delivery(
        &self,
        edit: &ProductEdit,
        lookup: &Lookup,
        retry_by: RetryBy,
    ) -> Result<DeliveryResult> {
        let missing = match lookup {
            Lookup::Found(product) => missing_changes(edit, product),
            Lookup::Absent => {
                let result = DeliveryResult::Refused("the product is gone".to_owned());
                self.settle(edit, &result, retry_by).await?;
                return Ok(result);
            }
            Lookup::Unchecked => None,
        };
        let result = match (missing, edit.account) {
            (None, _) => return self.mark_unknown(edit).await,
            (Some(missing), _) if missing.is_empty() => DeliveryResult::Accepted,
            (Some(missing), EditAccount::Service) => {
                let service = Credentials::Service;
                self.send(edit, &missing, edit.closure.provenance, &service)
                    .await
            }
            // The credentials died with the sender: the insight is open again.
            (Some(_), EditAccount::Person) => DeliveryResult::Unreachable(
                "it did not arrive, and the credentials are gone".to_owned(),
            ),
        };
        self.settle(edit, &result, retry_by).await?;
        Ok(result)
    }

    /// Marks an edit that cannot be compared with its product: an operator decides.
    async fn mark_unknown(&self, edit: &ProductEdit) -> Result<DeliveryResult> {
        let reason = "cannot find out whether it arrived";
        tracing::error!(edit.id = %edit.id, product.barcode = %edit.product.barcode, "edit unknown: {reason}");
        let step = EditStep {
            edit: edit.id,
            from: EditState::Sending,
            to: EditState::Unknown,
            lease_until: None,
            error: Some(reason.to_owned()),
            at: self.clock.now(),
        };
        self.commit_step(Changes::new().with(Change::MoveEdit(step)))
            .await?;
        Ok(DeliveryResult::Refused(reason.to_owned()))
    }
}

/// True when the step of an edit was committed, false when another process has moved the
/// edit already.
fn moved(committed: Committed) -> Result<bool> {
    match committed {
        Committed::Done(_) => Ok(true),
        Committed::Conflict(Conflict::EditMoved(_)) => Ok(false),
        Committed::Conflict(conflict) => Err(anyhow!("cannot settle an edit: {conflict:?}")),
    }
}

/// Changes of the edit that the product does not show; `None` when one of them cannot be
/// compared.
fn missing_changes(edit: &ProductEdit, product: &Product) -> Option<Vec<ProductChange>> {
    let mut missing = Vec::new();
    for change in &edit.changes {
        match change.is_done(product) {
            Some(true) => {}
            Some(false) => missing.push(change.clone()),
            None => return None,
        }
    }
    Some(missing)
}
