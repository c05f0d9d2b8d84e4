//! Word lists and taxonomies, loaded when they are first needed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use robotoff_core::knowledge::{Knowledge, Part};

use crate::error::PortResult;

/// A source of knowledge. Loading never blocks a start.
#[async_trait]
pub trait KnowledgeSource: Send + Sync {
    /// Knowledge with at least these parts. Parts that are not loaded yet are
    /// loaded now and waited for, at most so long: then `Unavailable`,
    /// while loading goes on for the next call.
    async fn knowledge(&self, parts: &[Part], at_most: Duration) -> PortResult<Arc<Knowledge>>;
}
