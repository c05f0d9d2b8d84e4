//! Applies automatic insights that are due.

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::ApplyDue;

impl Job for ApplyDue {
    type App = App;

    /// May be dropped while an edit is being sent: `delivery` recovers from that.
    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let counts = cx.app.auto_apply.apply_due().await?;
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
