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
//! - A row moves only from the state in which it was read (`EditStep::from`), and to
//!   `sending` only when no lease on it is in force. Of two processes that settle the
//!   same edit one commits; the other gets `EditMoved`, and leaves the edit alone.
//! - An edit that may have arrived is sent again only after the product was read, and
//!   only those changes that the product does not show. So no edit is made twice.
//! - Whatever happens between the commits, the row is found: by its job (`retry`) or by
//!   its expired lease (`sending`). So no edit is lost.
//! - Of an edit of several changes, each one that Product Opener makes is recorded before
//!   the next is sent, and is never sent again. An edit that ends in between is `partial`
//!   and its insight open: the next answer sends what the product does not show.
//! - An edit is delivered by a task of its own. A caller that leaves, or runs into its
//!   timeout, does not stop the delivery between the two commits.
//!
//! The alternative, to enqueue a job for each edit and to answer the caller at once, needs
//! no second commit in the request; but the caller could not be told whether the product
//! was edited, and a user's credentials would have to be stored for the job.
//!
//! `settle` holds the second commit, and what happens to edits that have no sender.

mod settle;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::NaiveDateTime;
use robotoff_core::edit::{EditId, ProductChange, ProductEdit, Provenance};
use robotoff_ports::store::{Change, Changes, Committed, Conflict, InsightClosure};
use robotoff_ports::{Clock, Credentials, EditRequest, Editor, PortError, Products, Store};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::ports::Ports;
use crate::settings::{AppSettings, Edits};
use settle::RetryBy;

/// Longest time that the changes of one edit are sent for. A request that waits for them
/// takes longer than this only by a read of the product and two commits.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(45);

/// Longest wait of a process that ends for the edits that it sends.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(50);

/// Share of the lease in which sending has to end.
const SEND_SHARE_OF_LEASE: f32 = 0.75;

/// Sends edits, and settles those whose sender died.
pub struct Delivery {
    store: Arc<dyn Store>,
    products: Arc<dyn Products>,
    editor: Arc<dyn Editor>,
    clock: Arc<dyn Clock>,
    edits: Edits,
    lease: Duration,
    /// Deliveries under way in this process.
    tasks: TaskTracker,
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

/// End of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// The edit was not sent: its insight is closed, or has another live edit.
    NotStarted(Conflict),
    Ended(DeliveryResult),
}

/// Result of sending an edit. `made` is the number of its first changes that are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeliveryResult {
    Accepted,
    Refused {
        made: usize,
        reason: String,
    },
    /// The change after those that are made may or may not have arrived.
    Unreachable {
        made: usize,
        reason: String,
    },
}

impl DeliveryResult {
    /// Sentence for the caller on what is not made of the edit, and what is; `None` for an
    /// edit that is made.
    pub(crate) fn problem(&self, edit: &ProductEdit) -> Option<String> {
        let (made, reason) = match self {
            Self::Accepted => return None,
            Self::Refused { made, reason } | Self::Unreachable { made, reason } => (*made, reason),
        };
        if made == 0 {
            return Some(reason.clone());
        }
        let all = edit.changes.len();
        let actions = edit.changes.iter().take(made).map(ProductChange::action);
        let actions: Vec<String> = actions.collect();
        Some(format!(
            "{made} of {all} changes made ({}), the rest not: {reason}",
            actions.join(", ")
        ))
    }
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
            tasks: TaskTracker::new(),
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

    /// Stores the row of an edit, sends the edit, and settles its row, in a task of its
    /// own: dropping this future stops none of it.
    pub(crate) async fn deliver(
        self: &Arc<Self>,
        edit: ProductEdit,
        credentials: Credentials,
    ) -> Result<Delivered> {
        let delivery = self.clone();
        let task = async move { delivery.start_and_send(&edit, &credentials).await };
        let delivered = self.tasks.spawn(task.in_current_span()).await;
        delivered.context("the delivery of an edit ended early")?
    }

    /// Waits for the deliveries under way, for a process that is about to end. False when
    /// some are left after `at_most`: the schedule settles their edits once their leases
    /// have expired.
    pub async fn drain(&self, at_most: Duration) -> bool {
        self.tasks.close();
        let all_ended = timeout(at_most, self.tasks.wait()).await.is_ok();
        if !all_ended {
            tracing::warn!(edits = self.tasks.len(), "leaving edits that take too long");
        }
        all_ended
    }

    async fn start_and_send(
        &self,
        edit: &ProductEdit,
        credentials: &Credentials,
    ) -> Result<Delivered> {
        let start = Changes::new().with(Change::StartEdit(Box::new(edit.clone())));
        if let Committed::Conflict(conflict) = self.store.commit(start).await? {
            return Ok(Delivered::NotStarted(conflict));
        }
        let all: Vec<_> = edit.unmade().collect();
        let result = self
            .send(edit, &all, edit.closure.provenance, credentials)
            .await;
        self.settle(edit, &result, RetryBy::NewJob).await?;
        Ok(Delivered::Ended(result))
    }

    /// Sends changes of an edit, each with its place in the edit. Those before the first
    /// one, and those between, are made already.
    async fn send(
        &self,
        edit: &ProductEdit,
        changes: &[(usize, &ProductChange)],
        provenance: Provenance,
        credentials: &Credentials,
    ) -> DeliveryResult {
        let mut made = changes
            .first()
            .map_or(edit.changes.len(), |(place, _)| *place);
        let all = async {
            for (place, change) in changes {
                let request = EditRequest {
                    product: &edit.product,
                    change,
                    insight: edit.insight,
                    provenance,
                    credentials,
                };
                self.editor.edit(&request).await?;
                made = place + 1;
                if made < edit.changes.len() {
                    self.record_made(edit.id, made).await;
                }
            }
            Ok::<_, PortError>(())
        };
        // Sending ends before the lease does. Otherwise another process could take the
        // edit over, read the product before our request arrives there, and send it too.
        let at_most = SEND_TIMEOUT.min(self.lease.mul_f32(SEND_SHARE_OF_LEASE));
        let ended = timeout(at_most, all).await;
        match ended {
            Ok(Ok(())) => DeliveryResult::Accepted,
            Ok(Err(error)) if error.is_retryable() => DeliveryResult::Unreachable {
                made,
                reason: error.to_string(),
            },
            Ok(Err(error)) => DeliveryResult::Refused {
                made,
                reason: error.to_string(),
            },
            Err(_) => DeliveryResult::Unreachable {
                made,
                reason: format!("no answer within {} s", at_most.as_secs()),
            },
        }
    }

    /// Records a part of an edit. A process that dies later has less to find out by
    /// comparison; when the store is out of reach, the comparison is left.
    async fn record_made(&self, edit: EditId, made: usize) {
        let record = Changes::new().with(Change::RecordMade { edit, made });
        if let Err(error) = self.store.commit(record).await {
            tracing::warn!(%error, edit.id = %edit, made, "cannot record a part of an edit");
        }
    }
}
