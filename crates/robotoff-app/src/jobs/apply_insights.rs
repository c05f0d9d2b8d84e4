//! Applies due automatic insights of one product.

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::ApplyInsights;

impl Job for ApplyInsights {
    type App = App;

    /// May be dropped while an edit is being sent: `delivery` recovers from that.
    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let counts = cx.app.auto_apply.apply(self).await?;
        tracing::info!(
            product.barcode = %self.product.barcode,
            applied = counts.applied,
            dropped = counts.dropped,
            postponed = counts.postponed,
            failed = counts.failed,
            "applied due insights"
        );
        Ok(())
    }
}
