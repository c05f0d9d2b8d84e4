//! Checkpoints of long runs, from which they resume.

use async_trait::async_trait;
use chrono::NaiveDateTime;
use serde_json::Value;

use crate::error::PortResult;

/// The progress of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// The name of the run; it is the same when the run is started again.
    pub name: String,
    /// The position, in a form that only the run reads.
    pub place: Value,
    pub kept_at: NaiveDateTime,
}

/// Checkpoints.
#[async_trait]
pub trait CheckpointReads: Send + Sync {
    /// The checkpoint of the run of this name; `None` when there is no such run.
    async fn checkpoint(&self, name: &str) -> PortResult<Option<Checkpoint>>;
}
