//! Products of Product Opener: reading them, and editing them.

use async_trait::async_trait;
use robotoff_core::edit::{ProductChange, Provenance};
use robotoff_core::insight::InsightId;
use robotoff_core::product::{Lookup, ProductId};

use crate::error::PortResult;

/// Where products are read.
#[async_trait]
pub trait Products: Send + Sync {
    /// What the product says now. That there is none is an answer; an error means
    /// that nobody knows.
    async fn product(&self, id: &ProductId) -> PortResult<Lookup>;
}

/// Who asks for an edit. Never stored, never logged.
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

/// Where products are edited.
#[async_trait]
pub trait Editor: Send + Sync {
    /// Asks for the change once and says what came of it. `Denied`: it was
    /// refused, and nothing changed. `Unavailable`: it may or may not have
    /// arrived; compare before it is sent again.
    async fn edit(&self, request: &EditRequest<'_>) -> PortResult<()>;
}
