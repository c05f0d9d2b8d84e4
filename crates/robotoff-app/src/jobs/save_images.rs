//! Stores rows of the images of a product that have none.

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::SaveImages;

impl Job for SaveImages {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let imports = &cx.app.imports;
        let images = imports.save_images(&self.product, Some(cx.lease)).await?;
        tracing::debug!(product.barcode = %self.product.barcode, images, "stored images");
        Ok(())
    }
}
