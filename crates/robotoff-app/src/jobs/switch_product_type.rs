//! Moves a product whose type has changed to its project.

use super::{Job, JobContext, Skip};
use crate::App;
use crate::enqueue::SwitchProductType;

impl Job for SwitchProductType {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let imports = &cx.app.imports;
        let switched = imports.switch_type(&self.product, Some(cx.lease)).await?;
        let Some(removed) = switched else {
            return Err(Skip(format!("no project has {}", self.product)).into());
        };
        tracing::info!(product.barcode = %self.product.barcode, ?removed, "a product has moved");
        Ok(())
    }
}
