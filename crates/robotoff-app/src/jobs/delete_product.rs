//! Deletes predictions and open insights of a product that was deleted.

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::DeleteProduct;

impl Job for DeleteProduct {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let imports = &cx.app.imports;
        let removed = imports
            .remove_product(&self.product, Some(cx.lease))
            .await?;
        tracing::info!(product.barcode = %self.product.barcode, ?removed, "a product was deleted");
        Ok(())
    }
}
