//! Brings a product that was edited up to date (`docs/reference/pipeline.md` 4.4.15).

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::UpdateProduct;

impl Job for UpdateProduct {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let updated = cx
            .app
            .imports
            .refresh(&self.product, Some(cx.lease))
            .await?;
        tracing::debug!(product.barcode = %self.product.barcode, ?updated, "updated a product");
        Ok(())
    }
}
