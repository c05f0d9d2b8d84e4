//! How far long pieces of work have come, so that they go on where they stopped.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use serde_json::Value;

use crate::error::PortResult;

/// How far a piece of work has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Names the work; the same work has the same name when it is begun again.
    pub name: String,
    /// For whoever does the work.
    pub place: Value,
    pub kept_at: NaiveDateTime,
}

/// Checkpoints.
#[async_trait]
pub trait CheckpointReads: Send + Sync {
    /// How far the work of this name has come; nothing when it is not under way.
    async fn checkpoint(&self, name: &str) -> PortResult<Option<Checkpoint>>;
}
