//! The end of an edit: the second commit of its delivery, and edits without a sender.

use anyhow::{Result, anyhow};
use robotoff_core::edit::{EditAccount, EditId, EditState, ProductChange, ProductEdit};
use robotoff_core::product::{Lookup, Product};
use robotoff_ports::store::{Change, Changes, Committed, Conflict, EditStep};
use robotoff_ports::{Credentials, PortError};

use super::{Delivery, DeliveryResult, insight_closure};
use crate::enqueue;
use crate::metrics;

/// Edits that are read at a time.
const BATCH: u64 = 100;

/// Sender of the next attempt at an edit that could not be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetryBy {
    /// A job that is enqueued for it.
    NewJob,
    /// The present job, which fails and backs off.
    SameJob,
}

/// State of an edit that was sent, and the reason.
fn next_state(result: &DeliveryResult, account: EditAccount) -> (EditState, Option<&str>) {
    match (result, account) {
        (DeliveryResult::Accepted, _) => (EditState::Accepted, None),
        (DeliveryResult::Refused { made: 0, reason }, _) => (EditState::Refused, Some(reason)),
        (DeliveryResult::Unreachable { reason, .. }, EditAccount::Service) => {
            (EditState::Retry, Some(reason))
        }
        // Credentials are never stored: only the user can send it again.
        (DeliveryResult::Unreachable { made: 0, reason }, EditAccount::Person) => {
            (EditState::Failed, Some(reason))
        }
        (DeliveryResult::Refused { reason, .. }, _)
        | (DeliveryResult::Unreachable { reason, .. }, EditAccount::Person) => {
            (EditState::Partial, Some(reason))
        }
    }
}

impl Delivery {
    /// The second commit: state of the edit, closure of the insight, and what follows.
    pub(super) async fn settle(
        &self,
        edit: &ProductEdit,
        result: &DeliveryResult,
        retry_by: RetryBy,
    ) -> Result<()> {
        let (to, reason) = next_state(result, edit.account);
        if let Some(reason) = reason {
            tracing::warn!(edit.id = %edit.id, insight.id = %edit.insight, reason, "edit {to}");
        }
        metrics::edit(to.name());
        let step = self.step(edit.id, EditState::Sending, to, reason);
        let mut changes = Changes::new().with(Change::MoveEdit(step.clone()));
        if let DeliveryResult::Refused { made, .. } | DeliveryResult::Unreachable { made, .. } =
            *result
            && made > 0
        {
            let edit = edit.id;
            changes = changes.with(Change::RecordMade { edit, made });
        }
        let refresh = || enqueue::refresh(&edit.product, edit.correlation_id.as_deref());
        if to == EditState::Accepted {
            let closure = insight_closure(edit, step.at);
            changes = changes.with(Change::CloseInsight(Box::new(closure)));
        }
        if matches!(to, EditState::Accepted | EditState::Partial) {
            changes = changes.then(refresh());
        }
        if to == EditState::Retry && retry_by == RetryBy::NewJob {
            changes = changes.then(enqueue::deliver_edit(edit));
        }
        match self.store.commit(changes).await? {
            // The insight was closed elsewhere, by the old service or by hand. The edit is
            // made all the same, and its row must not come up again.
            Committed::Conflict(Conflict::NotOpen(_)) if to == EditState::Accepted => {
                let accepted = Changes::new().with(Change::MoveEdit(step));
                self.commit_step(accepted.then(refresh())).await?;
                Ok(())
            }
            committed => moved(committed).map(|_| ()),
        }
    }

    fn step(&self, edit: EditId, from: EditState, to: EditState, error: Option<&str>) -> EditStep {
        EditStep {
            edit,
            from,
            to,
            lease_until: (to == EditState::Sending).then(|| self.lease_until()),
            error: error.map(str::to_owned),
            at: self.clock.now(),
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
        if !self.lease_edit(&edit, edit.last_error.as_deref()).await? {
            return Ok(());
        }
        let result = self.resume_delivery(&edit, &lookup, RetryBy::SameJob);
        match result.await? {
            DeliveryResult::Accepted | DeliveryResult::Refused { .. } => Ok(()),
            DeliveryResult::Unreachable { reason, .. } => {
                Err(PortError::unavailable(&edit.product, reason).into())
            }
        }
    }

    /// Leaves an edit that waits in `retry` to an operator.
    pub(crate) async fn give_up(&self, id: EditId, reason: &str) -> Result<()> {
        tracing::error!(edit.id = %id, reason, "edit given up");
        let step = self.step(id, EditState::Retry, EditState::Unknown, Some(reason));
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
        if !self.lease_edit(edit, Some("its sender died")).await? {
            return Ok(false);
        }
        let lookup = self.products.product(&edit.product).await?;
        self.resume_delivery(edit, &lookup, RetryBy::NewJob).await?;
        Ok(true)
    }

    /// Takes an edit over, before it is sent again: a process that comes to the same edit
    /// meanwhile finds it leased. False when another process was faster.
    async fn lease_edit(&self, edit: &ProductEdit, reason: Option<&str>) -> Result<bool> {
        let step = self.step(edit.id, edit.state, EditState::Sending, reason);
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
            Lookup::Absent | Lookup::Moved(_) => {
                // Nobody can complete it, so what is made of it does not count.
                let reason = "the product is gone".to_owned();
                let result = DeliveryResult::Refused { made: 0, reason };
                self.settle(edit, &result, retry_by).await?;
                return Ok(result);
            }
            Lookup::Unchecked => None,
        };
        let result = match (missing, edit.account) {
            (None, _) => return self.mark_unknown(edit).await,
            (Some(missing), EditAccount::Service) => {
                let service = Credentials::Service;
                self.send(edit, &missing, edit.closure.provenance, &service)
                    .await
            }
            (Some(missing), EditAccount::Person) => match missing.first() {
                None => DeliveryResult::Accepted,
                // The credentials died with the sender: the insight is open again.
                Some((made, _)) => DeliveryResult::Unreachable {
                    made: *made,
                    reason: "it did not arrive, and the credentials are gone".to_owned(),
                },
            },
        };
        self.settle(edit, &result, retry_by).await?;
        Ok(result)
    }

    /// Marks an edit that cannot be compared with its product: an operator decides.
    async fn mark_unknown(&self, edit: &ProductEdit) -> Result<DeliveryResult> {
        let reason = "cannot find out whether it arrived";
        tracing::error!(edit.id = %edit.id, product.barcode = %edit.product.barcode, "edit unknown: {reason}");
        let step = self.step(
            edit.id,
            EditState::Sending,
            EditState::Unknown,
            Some(reason),
        );
        self.commit_step(Changes::new().with(Change::MoveEdit(step)))
            .await?;
        Ok(DeliveryResult::Refused {
            made: edit.made,
            reason: reason.to_owned(),
        })
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

/// Changes of the edit that are not known to be made and that the product does not show,
/// with their places; `None` when one of them cannot be compared.
fn missing_changes<'e>(
    edit: &'e ProductEdit,
    product: &Product,
) -> Option<Vec<(usize, &'e ProductChange)>> {
    let mut missing = Vec::new();
    for (place, change) in edit.unmade() {
        match change.is_done(product) {
            Some(true) => {}
            Some(false) => missing.push((place, change)),
            None => return None,
        }
    }
    Some(missing)
}
