//! Edits for Product Opener and their states.
//!
//! The row that makes an edit survive a crash (ARCHITECTURE.md, delivery of edits).
//! Adapters send edits; `change.rs` lists the kinds of change.

mod change;
mod done;

use std::fmt;

use chrono::{NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

pub use change::{NutrientValue, ProductChange, Provenance};

use crate::insight::{InsightId, NewClaim, Outcome, Verdict};
use crate::product::ProductId;

/// Identifier of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EditId(pub Uuid);

impl fmt::Display for EditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Time for which an insight whose edit was made in part is not deleted, although the
/// product may have its value: the next answer makes the other changes.
pub const PARTIAL_EDIT_KEEPS: TimeDelta = TimeDelta::days(1);

/// State of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditState {
    /// A request or job sends it until its lease ends.
    Sending,
    /// Product Opener was unreachable; an ordered job sends it again.
    Retry,
    /// Product Opener accepted it.
    Accepted,
    /// Product Opener refused it; the insight is open again.
    Refused,
    /// An edit under a user's own credentials that could not be sent; the insight is open
    /// again.
    Failed,
    /// Product Opener made the first of its changes, and the others will not be sent by
    /// this edit. The insight is open again: the next answer to it sends what is missing.
    Partial,
    /// It may have arrived: the product does not show it, and an operator decides.
    Unknown,
    /// Recorded for inspection, never sent (setting `EDITS=record`).
    Recorded,
}

impl EditState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Sending,
        Self::Retry,
        Self::Accepted,
        Self::Refused,
        Self::Failed,
        Self::Partial,
        Self::Unknown,
        Self::Recorded,
    ];

    /// Name in the database and in the operator's view.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Retry => "retry",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Partial => "partial",
            Self::Unknown => "unknown",
            Self::Recorded => "recorded",
        }
    }

    /// State with a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// True while the edit may still reach the product: no second edit for the insight
    /// may start, and no question shows the insight.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Sending | Self::Retry)
    }

    /// States that may follow this one.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Sending => &[
                Self::Sending,
                Self::Retry,
                Self::Accepted,
                Self::Refused,
                Self::Failed,
                Self::Partial,
                Self::Unknown,
            ],
            // An operator settles an edit by hand, or has one that is unknown sent again.
            Self::Retry => &[Self::Sending, Self::Unknown, Self::Accepted, Self::Refused],
            Self::Unknown => &[Self::Sending, Self::Retry, Self::Accepted, Self::Refused],
            Self::Failed | Self::Partial => &[Self::Accepted, Self::Refused],
            Self::Accepted | Self::Refused | Self::Recorded => &[],
        }
    }
}

impl fmt::Display for EditState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Account that an edit is sent under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditAccount {
    /// The service account: votes and automatic application. It can send again.
    Service,
    /// The user's own credentials, which are never stored.
    Person,
}

impl EditAccount {
    /// Name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Person => "person",
        }
    }

    /// Account with a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Service, Self::Person]
            .into_iter()
            .find(|account| account.name() == name)
    }
}

/// Closure of the insight once the edit is accepted. Stored as JSON in the row of
/// the edit, so that whoever settles the edit closes the insight in the same way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingClosure {
    pub verdict: Verdict,
    pub outcome: Outcome,
    pub username: Option<String>,
    pub provenance: Provenance,
    /// New data of the insight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Map<String, Value>>,
    /// New claim of the insight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<NewClaim>,
}

/// An edit of one product, with all that its delivery needs.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductEdit {
    pub id: EditId,
    /// Insight whose answer caused the edit.
    pub insight: InsightId,
    pub product: ProductId,
    pub state: EditState,
    pub account: EditAccount,
    /// Changes in the order in which they are sent.
    pub changes: Vec<ProductChange>,
    /// Number of the first changes that Product Opener is known to have made, as far as
    /// that was recorded before the edit was settled. They are not sent again.
    pub made: usize,
    pub closure: PendingClosure,
    pub attempts: i32,
    /// End of the lease of the request or job that sends it.
    pub lease_until: Option<NaiveDateTime>,
    pub last_error: Option<String>,
    /// Identifier of the request or event that led to the edit.
    pub correlation_id: Option<String>,
    pub created_at: NaiveDateTime,
    pub settled_at: Option<NaiveDateTime>,
}

impl ProductEdit {
    /// Changes that are not known to be made, with their places in the edit.
    pub fn unmade(&self) -> impl Iterator<Item = (usize, &ProductChange)> {
        self.changes.iter().enumerate().skip(self.made)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_states_and_accounts() {
        for state in EditState::ALL {
            assert_eq!(EditState::from_name(state.name()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.name());
        }
        for account in [EditAccount::Service, EditAccount::Person] {
            assert_eq!(EditAccount::from_name(account.name()), Some(account));
        }
    }

    #[test]
    fn a_closure_is_stored_by_codes_and_pairs() {
        let stored = serde_json::json!({
            "verdict": 2, "outcome": 12, "username": "ann", "provenance": "person",
            "claim": [null, "en:vegan"],
        });
        let closure: PendingClosure = serde_json::from_value(stored.clone()).unwrap();
        assert_eq!(closure.verdict, Verdict::AcceptedWith);
        assert_eq!(closure.outcome, Outcome::UserInputUpdated);
        let tag = closure.claim.clone().and_then(|claim| claim.value_tag);
        assert_eq!(tag.as_deref(), Some("en:vegan"));
        assert_eq!(serde_json::to_value(closure).unwrap(), stored);
        let unknown = serde_json::json!({
            "verdict": 7, "outcome": 2, "username": null, "provenance": "votes",
        });
        assert!(serde_json::from_value::<PendingClosure>(unknown).is_err());
    }

    #[test]
    fn a_settled_edit_never_moves_again() {
        for state in [EditState::Accepted, EditState::Refused, EditState::Recorded] {
            assert!(state.next().is_empty(), "{state}");
            assert!(!state.is_live(), "{state}");
        }
    }

    #[test]
    fn an_edit_that_waits_for_a_person_can_be_settled_by_hand() {
        for state in [
            EditState::Retry,
            EditState::Unknown,
            EditState::Failed,
            EditState::Partial,
        ] {
            assert!(state.next().contains(&EditState::Accepted), "{state}");
            assert!(state.next().contains(&EditState::Refused), "{state}");
        }
        assert!(!EditState::Failed.is_live());
        assert!(!EditState::Partial.is_live());
        assert!(
            !EditState::Failed.next().contains(&EditState::Retry),
            "credentials of people are not stored"
        );
    }
}
