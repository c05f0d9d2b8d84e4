//! Tokens of machines, and the record of what callers wrote.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use robotoff_core::access::{Role, TokenScope};
use uuid::Uuid;

use crate::error::PortResult;

/// A token of a machine, as far as it is stored: its secret is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    pub id: Uuid,
    /// Its name in the record of writes.
    pub name: String,
    /// Hash of its secret, in hexadecimal digits.
    pub digest: String,
    pub role: Role,
    pub scope: TokenScope,
    pub created_at: NaiveDateTime,
    pub expires_at: Option<NaiveDateTime>,
    pub revoked_at: Option<NaiveDateTime>,
    pub last_used_at: Option<NaiveDateTime>,
}

impl AccessToken {
    /// Tells whether the token is good at a time.
    pub fn is_live(&self, now: NaiveDateTime) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

/// A request that wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteRecord {
    pub id: Uuid,
    pub at: NaiveDateTime,
    /// `user NAME`, `token NAME` or `device ID`.
    pub actor: String,
    /// Method and path: `POST /api/v1/insights/annotate`.
    pub action: String,
    /// Status of the response.
    pub status: u16,
    pub request_id: String,
}

/// Tokens, and the record of writes.
#[async_trait]
pub trait AccessStore: Send + Sync {
    /// Stores a new token.
    async fn create_token(&self, token: &AccessToken) -> PortResult<()>;

    /// The token of an id, whether it is good or not.
    async fn token(&self, id: Uuid) -> PortResult<Option<AccessToken>>;

    /// All tokens, oldest first.
    async fn tokens(&self) -> PortResult<Vec<AccessToken>>;

    /// Revokes a token; false when it is unknown, revoked or expired. Of two at the same
    /// instant one gets true.
    async fn revoke_token(&self, id: Uuid, now: NaiveDateTime) -> PortResult<bool>;

    /// Records that a token was used.
    async fn note_token_use(&self, id: Uuid, now: NaiveDateTime) -> PortResult<()>;

    /// Stores records of writes.
    async fn record_writes(&self, records: &[WriteRecord]) -> PortResult<()>;

    /// Up to `limit` records of writes, newest first; of one actor, if one is named.
    async fn writes(&self, actor: Option<&str>, limit: u64) -> PortResult<Vec<WriteRecord>>;

    /// Deletes up to `limit` records from before a time; returns how many.
    async fn delete_writes(&self, before: NaiveDateTime, limit: u64) -> PortResult<u64>;
}
