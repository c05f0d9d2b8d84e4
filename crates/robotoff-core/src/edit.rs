//! Changes for Product Opener and how far each has come.
//!
//! The sending itself, and what each kind of edit holds, live elsewhere: here
//! is the row that makes an edit survive a crash (architecture, section 4).

mod change;
mod done;

use std::fmt;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

pub use change::{NutrientValue, ProductChange, Provenance};

use crate::insight::InsightId;
use crate::product::ProductId;

/// Names an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EditId(pub Uuid);

impl fmt::Display for EditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How far an edit has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditState {
    /// A request or job has it in hand until its lease ends.
    Sending,
    /// Product Opener could not be reached; an ordered job sends it again.
    Retry,
    /// Product Opener took it.
    Accepted,
    /// Product Opener said no; the insight is open again.
    Refused,
    /// A person's own edit that could not be sent; the insight is open again.
    Failed,
    /// Whether it arrived cannot be found out; an operator looks at it.
    Unknown,
    /// Kept to be seen, never to be sent (setting `EDITS=record`).
    Recorded,
}

impl EditState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Sending,
        Self::Retry,
        Self::Accepted,
        Self::Refused,
        Self::Failed,
        Self::Unknown,
        Self::Recorded,
    ];

    /// The name in the database and in the operator's view.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Retry => "retry",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Recorded => "recorded",
        }
    }

    /// The state of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// True while the edit may still reach the product: no second edit for the
    /// insight may start, and nobody is asked about it.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Sending | Self::Retry)
    }

    /// The states that may follow this one.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Sending => &[
                Self::Sending,
                Self::Retry,
                Self::Accepted,
                Self::Refused,
                Self::Failed,
                Self::Unknown,
            ],
            Self::Retry => &[Self::Sending],
            Self::Unknown => &[Self::Sending, Self::Accepted, Self::Refused],
            Self::Accepted | Self::Refused | Self::Failed | Self::Recorded => &[],
        }
    }
}

impl fmt::Display for EditState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Under whose account an edit is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EditAccount {
    /// Robotoff's own: votes and automatic application. Can be sent again.
    Service,
    /// The person's own credentials, which are never stored.
    Person,
}

impl EditAccount {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Person => "person",
        }
    }

    /// The account of a stored name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Service, Self::Person]
            .into_iter()
            .find(|account| account.name() == name)
    }
}

/// One change to send to Product Opener, with all that its delivery needs.
#[derive(Debug, Clone, PartialEq)]
pub struct ProductEdit {
    pub id: EditId,
    /// The insight whose answer asks for it.
    pub insight: InsightId,
    pub product: ProductId,
    pub state: EditState,
    pub account: EditAccount,
    /// What to change; its shape belongs to the kind of edit.
    pub change: Value,
    /// What the insight is to hold once the edit is accepted.
    pub closing: Value,
    pub attempts: i32,
    /// Whoever sends it must be done by then.
    pub lease_until: Option<NaiveDateTime>,
    pub last_error: Option<String>,
    /// Ties the edit to the request or event that led to it.
    pub correlation_id: Option<String>,
    pub created_at: NaiveDateTime,
    pub settled_at: Option<NaiveDateTime>,
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
    fn a_settled_edit_never_moves_again() {
        for state in [
            EditState::Accepted,
            EditState::Refused,
            EditState::Failed,
            EditState::Recorded,
        ] {
            assert!(state.next().is_empty(), "{state}");
            assert!(!state.is_live(), "{state}");
        }
    }
}
