//! Finds the products that have due automatic insights.

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::ApplyDue;

impl Job for ApplyDue {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let products = cx.app.auto_apply.enqueue_due().await?;
        if products > 0 {
            tracing::info!(products, "enqueued products with due insights");
        }
        Ok(())
    }
}
