//! Edits whose sender died are settled.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use robotoff_ports::job::{JobKind, Queue};

use super::{Try, Work};
use crate::App;

/// Fired by the schedule.
pub const SETTLE_EDITS: JobKind = JobKind {
    name: "settle_edits",
    queue: Queue::High,
    max_attempts: 3,
    timeout: Duration::from_secs(600),
    ordered: false,
};

pub(super) struct SettleEdits(pub(super) Arc<App>);

#[async_trait]
impl Work for SettleEdits {
    async fn run(&self, _: Try) -> anyhow::Result<()> {
        let settled = self.0.settle_edits().await?;
        if settled > 0 {
            tracing::warn!(settled, "settled edits whose sender was lost");
        }
        Ok(())
    }
}
