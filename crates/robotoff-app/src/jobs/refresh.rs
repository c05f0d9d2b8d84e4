//! Refreshes one product.

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::RefreshProduct;

impl Job for RefreshProduct {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let refreshed = cx.app.imports.refresh(&self.0, Some(cx.lease)).await?;
        tracing::debug!(product.barcode = %self.0.barcode, ?refreshed, "refreshed a product");
        Ok(())
    }
}
