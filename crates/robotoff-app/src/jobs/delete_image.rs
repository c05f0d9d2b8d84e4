//! Deletes predictions and open insights of an image that was deleted.

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::DeleteImage;

impl Job for DeleteImage {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let imports = &cx.app.imports;
        let removed = imports.remove_image(&self.product, &self.image, Some(cx.lease));
        let removed = removed.await?;
        tracing::info!(image = %self.image, ?removed, "an image was deleted");
        Ok(())
    }
}
