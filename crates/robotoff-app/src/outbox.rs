//! Edits in the hands of an operator: settled or sent again where the service cannot go
//! on by itself.
//!
//! `delivery` sends edits and settles them by what Product Opener answers. Here a person
//! has looked at the product and knows more: the commit is the same, an edit and the
//! closure of its insight together.

use std::sync::Arc;

use anyhow::Result;
use chrono::NaiveDateTime;
use robotoff_core::edit::{EditAccount, EditState, ProductEdit};
use robotoff_ports::job::Enqueued;
use robotoff_ports::store::{Change, Changes, Committed, Conflict, EditStep};
use robotoff_ports::{Clock, Store};

use crate::delivery::insight_closure;
use crate::enqueue;

/// An operator's word on what became of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettledAs {
    /// The product has it, however it got there.
    Accepted,
    /// The product does not have it and shall not get it from this edit.
    Refused,
}

impl SettledAs {
    const fn state(self) -> EditState {
        match self {
            Self::Accepted => EditState::Accepted,
            Self::Refused => EditState::Refused,
        }
    }
}

/// Result of an operator's command about one edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperatorResult {
    /// Done; the text says what follows.
    Done(&'static str),
    /// Not done; the text says why.
    NotDone(String),
}

/// Settles edits for an operator, or has them sent again.
pub struct Outbox {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
}

impl Outbox {
    /// An outbox on a store.
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }

    /// True when [`Self::settle`] can act on an edit in this state.
    pub fn can_settle(state: EditState) -> bool {
        // One that is being sent settles itself when its lease is over at the latest.
        state != EditState::Sending && state.next().contains(&EditState::Accepted)
    }

    /// True when [`Self::retry`] can act on an edit in this state.
    pub const fn can_retry(state: EditState) -> bool {
        matches!(state, EditState::Retry | EditState::Unknown)
    }

    /// Settles an edit that waits for a person. Accepted, its insight is closed by the same
    /// commit as if Product Opener had just accepted it; refused, the insight is open.
    ///
    /// # Errors
    /// The store cannot be reached.
    pub async fn settle(
        &self,
        edit: &ProductEdit,
        settled_as: SettledAs,
    ) -> Result<OperatorResult> {
        if !Self::can_settle(edit.state) {
            return Ok(not_in_state(edit));
        }
        let now = self.clock.now();
        let step = step_of(edit, settled_as.state(), "settled by hand", now);
        let moved = Changes::new().with(Change::MoveEdit(step));
        if settled_as == SettledAs::Refused {
            let committed = self.store.commit(moved).await?;
            return Ok(result(committed, edit, "its insight may be asked again"));
        }
        let moved = moved.then(enqueue::refresh(
            &edit.product,
            edit.correlation_id.as_deref(),
        ));
        let closure = Change::CloseInsight(Box::new(insight_closure(edit, now)));
        match self.store.commit(moved.clone().with(closure)).await? {
            // Answered or deleted meanwhile: the edit is settled all the same.
            Committed::Conflict(Conflict::NotOpen(_)) => {
                let committed = self.store.commit(moved).await?;
                Ok(result(committed, edit, "its insight was no longer open"))
            }
            committed => Ok(result(committed, edit, "its insight is closed")),
        }
    }

    /// Has an edit of the service account sent again, as soon as a worker has compared it
    /// with the product.
    ///
    /// # Errors
    /// The store cannot be reached.
    pub async fn retry(&self, edit: &ProductEdit) -> Result<OperatorResult> {
        if !Self::can_retry(edit.state) {
            return Ok(not_in_state(edit));
        }
        if edit.account == EditAccount::Person {
            let why = "only its user can send it again: credentials are not stored";
            return Ok(OperatorResult::NotDone(why.to_owned()));
        }
        let mut changes = Changes::new().then(enqueue::deliver_edit_now(edit));
        if edit.state != EditState::Retry {
            let step = step_of(
                edit,
                EditState::Retry,
                "sent again by hand",
                self.clock.now(),
            );
            changes = changes.with(Change::MoveEdit(step));
        }
        let committed = self.store.commit(changes).await?;
        let follows = match &committed {
            Committed::Done(receipt) if matches!(receipt.jobs[..], [Enqueued::Merged(_)]) => {
                "its job waits already"
            }
            Committed::Done(_) | Committed::Conflict(_) => "a job sends it again",
        };
        Ok(result(committed, edit, follows))
    }
}

fn step_of(edit: &ProductEdit, to: EditState, why: &str, at: NaiveDateTime) -> EditStep {
    EditStep {
        edit: edit.id,
        from: edit.state,
        to,
        lease_until: None,
        error: Some(match &edit.last_error {
            Some(error) => format!("{why}, after: {error}"),
            None => why.to_owned(),
        }),
        at,
    }
}

fn not_in_state(edit: &ProductEdit) -> OperatorResult {
    OperatorResult::NotDone(format!("it is {}", edit.state))
}

fn result(committed: Committed, edit: &ProductEdit, follows: &'static str) -> OperatorResult {
    let conflict = match committed {
        Committed::Done(_) => return OperatorResult::Done(follows),
        Committed::Conflict(conflict) => conflict,
    };
    OperatorResult::NotDone(match conflict {
        Conflict::EditMoved(_) => format!("it is no longer {}", edit.state),
        Conflict::LiveEdit(_) => "another edit of its insight is on its way".to_owned(),
        Conflict::NotOpen(_) => "its insight is gone or closed".to_owned(),
        Conflict::Revision(_) | Conflict::LeaseLost(_) => format!("{conflict:?}"),
    })
}
