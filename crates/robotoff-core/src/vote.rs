//! Votes: answers of anonymous users, and skips.
//!
//! `insight::answer` decides on the votes of an insight.

use chrono::NaiveDateTime;
use uuid::Uuid;

use crate::insight::InsightId;

/// Identity of a voter: a user name, or a device for anonymous users
/// (`docs/reference/api.md` 1.9).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Voter {
    User(String),
    /// Identifier of the device. It may be empty: some clients send an empty one.
    Device(String),
}

impl Voter {
    /// Key of the voter's vote on an insight ([`Vote::voter_key`]).
    pub fn key_for(&self, insight: InsightId) -> Uuid {
        let name = match self {
            Self::User(name) => format!("user\0{name}"),
            Self::Device(device) => format!("device\0{device}"),
        };
        Uuid::new_v5(&insight.0, name.as_bytes())
    }
}

/// Identities of a person who looks for questions. A vote under any of them hides its insight:
/// clients send one identity with a vote and another with the next request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Viewer {
    pub username: Option<String>,
    pub device: Device,
}

/// Device of a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Device {
    /// The request names it.
    Named(String),
    /// The request names none: the hash of the addresses that it came through.
    Addresses(String),
}

impl Device {
    /// Identifier under which votes are stored.
    pub fn id(&self) -> &str {
        match self {
            Self::Named(id) | Self::Addresses(id) => id,
        }
    }
}

/// Identity under which votes are a viewer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity<'a> {
    User(&'a str),
    Device(&'a str),
    /// Votes that named a device, from these addresses.
    Addresses(&'a str),
}

impl Viewer {
    /// Identities to look for. Addresses count only for a device that is not named, since many
    /// may share them (`docs/reference/api.md` 9.3, 62).
    pub fn identities(&self) -> Vec<Identity<'_>> {
        let user = self.username.as_deref().map(Identity::User);
        let mut identities: Vec<Identity<'_>> = user.into_iter().collect();
        identities.push(Identity::Device(self.device.id()));
        if let Device::Addresses(hash) = &self.device {
            identities.push(Identity::Addresses(hash));
        }
        identities
    }

    /// True for a user, to whom only anonymous votes of the device and the addresses belong:
    /// those of users are known to be of others.
    pub const fn is_user(&self) -> bool {
        self.username.is_some()
    }
}

/// Value of a vote; the column `value` of `annotation_vote`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VoteValue {
    /// Skip: do not ask again.
    Skip,
    No,
    Yes,
}

impl VoteValue {
    /// All values.
    pub const ALL: [Self; 3] = [Self::Skip, Self::No, Self::Yes];

    /// Number on the wire and in the database.
    pub const fn code(self) -> i32 {
        match self {
            Self::Skip => -1,
            Self::No => 0,
            Self::Yes => 1,
        }
    }

    /// Value with a stored number.
    pub fn from_code(code: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|value| value.code() == code)
    }
}

/// One row of `annotation_vote` (`docs/reference/api.md` 3.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vote {
    pub id: Uuid,
    pub insight: InsightId,
    pub username: Option<String>,
    pub value: VoteValue,
    pub device_id: String,
    /// Hash of the addresses that the vote came through, if it named a device.
    pub address_hash: Option<String>,
    pub timestamp: NaiveDateTime,
}

impl Vote {
    /// Voter: the user if there is one, else the device.
    pub fn voter(&self) -> Voter {
        self.username
            .clone()
            .map_or_else(|| Voter::Device(self.device_id.clone()), Voter::User)
    }

    /// Key that is equal for all votes of one voter on one insight, and differs
    /// otherwise.
    pub fn voter_key(&self) -> Uuid {
        self.voter().key_for(self.insight)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vote(username: Option<&str>, device_id: &str) -> Vote {
        Vote {
            id: Uuid::nil(),
            insight: InsightId(Uuid::from_u128(7)),
            username: username.map(str::to_owned),
            value: VoteValue::Yes,
            device_id: device_id.to_owned(),
            address_hash: None,
            timestamp: NaiveDateTime::default(),
        }
    }

    #[test]
    fn a_voter_is_known_by_name_before_device() {
        assert_eq!(
            vote(Some("ann"), "a").voter_key(),
            vote(Some("ann"), "b").voter_key()
        );
        assert_ne!(
            vote(None, "ann").voter_key(),
            vote(Some("ann"), "ann").voter_key()
        );
        assert_ne!(vote(None, "a").voter_key(), vote(None, "").voter_key());
    }

    #[test]
    fn a_viewer_is_known_by_every_identity_but_shared_addresses() {
        for (username, device, expected) in [
            (
                None,
                Device::Named("d".to_owned()),
                vec![Identity::Device("d")],
            ),
            (
                None,
                Device::Addresses("a".to_owned()),
                vec![Identity::Device("a"), Identity::Addresses("a")],
            ),
            (
                Some("ann"),
                Device::Named(String::new()),
                vec![Identity::User("ann"), Identity::Device("")],
            ),
        ] {
            let username = username.map(str::to_owned);
            let viewer = Viewer { username, device };
            assert_eq!(viewer.identities(), expected, "{viewer:?}");
        }
    }

    #[test]
    fn codes_lead_back_to_values() {
        for value in VoteValue::ALL {
            assert_eq!(VoteValue::from_code(value.code()), Some(value));
        }
    }
}
