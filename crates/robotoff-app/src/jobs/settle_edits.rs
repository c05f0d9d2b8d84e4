//! Settles edits whose sender died.

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::SettleEdits;

impl Job for SettleEdits {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let settled = cx.app.delivery.settle_edits().await?;
        if settled > 0 {
            tracing::warn!(settled, "settled edits whose sender died");
        }
        Ok(())
    }
}
