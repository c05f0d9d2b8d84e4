//! Imports the results of a batch job.

use super::{Discard, Job, JobContext, Skip};
use crate::App;
use crate::enqueue::ImportBatch;

impl Job for ImportBatch {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let Some(batches) = &cx.app.ports.parts.batches else {
            return Err(Skip("no folder of batches is configured".to_owned()).into());
        };
        let rows = match batches.corrections(&self.batch_dir).await {
            Ok(rows) => rows,
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => return Err(Discard(error.to_string()).into()),
        };
        let now = cx.app.ports.clock.now();
        let version = format!("llm-v1-{}", now.format("%Y%m%d%H%M%S"));
        let imports = &cx.app.imports;
        let imported = imports.import_batch(rows, &version, Some(cx.lease)).await?;
        tracing::info!(batch = self.batch_dir, ?imported, "imported a batch");
        Ok(())
    }
}
