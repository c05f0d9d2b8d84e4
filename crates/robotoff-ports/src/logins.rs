//! Logins of people, which another server knows.

use async_trait::async_trait;

use crate::error::PortResult;
use crate::products::Credentials;

/// Result of a check of credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authentication {
    /// They are valid; the name is the one that the server has, if it says so.
    Valid { username: Option<String> },
    /// Wrong password, or a session that has ended.
    Invalid,
}

/// The server that knows who may log in.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Checks credentials, once. An error means that nothing is known about them.
    async fn authenticate(&self, credentials: &Credentials) -> PortResult<Authentication>;
}
