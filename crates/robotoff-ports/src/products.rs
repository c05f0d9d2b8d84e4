//! Products of Product Opener: reading them, and editing them.

use async_trait::async_trait;
use robotoff_core::edit::{ProductChange, Provenance};
use robotoff_core::insight::InsightId;
use robotoff_core::product::{Lookup, ProductId};

use crate::error::PortResult;

/// A source of products.
#[async_trait]
pub trait Products: Send + Sync {
    /// The product as it is now. `Absent` is an answer; an error means that its state
    /// is unknown.
    async fn product(&self, id: &ProductId) -> PortResult<Lookup>;
}

/// The credentials of an edit. Never stored, never logged.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Robotoff's own account.
    Service,
    /// The person's session at Product Opener.
    Session(String),
    Password {
        username: String,
        password: String,
    },
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Service => "Service",
            Self::Session(_) => "Session",
            Self::Password { .. } => "Password",
        })
    }
}

/// One change on its way.
#[derive(Debug, Clone)]
pub struct EditRequest<'a> {
    pub product: &'a ProductId,
    pub change: &'a ProductChange,
    pub insight: InsightId,
    pub provenance: Provenance,
    pub credentials: &'a Credentials,
}

/// The server that edits products.
#[async_trait]
pub trait Editor: Send + Sync {
    /// Sends the change once and returns the result. `Denied`: it was
    /// refused, and the product is unchanged. `Unavailable`: it may or may not have
    /// arrived; compare before it is sent again.
    async fn edit(&self, request: &EditRequest<'_>) -> PortResult<()>;
}
