//! Automatic insights that are due are applied.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use robotoff_ports::job::{JobKind, Queue};

use super::{Try, Work};
use crate::App;

/// Fired by the schedule.
pub const APPLY_DUE: JobKind = JobKind {
    name: "apply_due",
    queue: Queue::High,
    max_attempts: 3,
    timeout: Duration::from_secs(600),
    ordered: false,
};

pub(super) struct ApplyDue(pub(super) Arc<App>);

#[async_trait]
impl Work for ApplyDue {
    async fn run(&self, _: Try) -> anyhow::Result<()> {
        // Dropped with its job, in the middle of an edit too: edits survive that.
        let counts = self.0.apply_due().await?;
        tracing::info!(
            applied = counts.applied,
            dropped = counts.dropped,
            postponed = counts.postponed,
            failed = counts.failed,
            "applied due insights"
        );
        Ok(())
    }
}
