//! Reads one image of a product.

use anyhow::bail;
use robotoff_ports::job::Queue;

use super::{Job, JobContext, Skip};
use crate::App;
use crate::enqueue::ImportImage;
use crate::imports::{ImageToRead, Imported, Launched, OcrSource, TaskQueue};

/// Attempts at an image, a document or a product that does not exist (yet).
const ATTEMPTS_AT_MISSING: u32 = 3;

impl Job for ImportImage {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let image = ImageToRead {
            product: self.product.clone(),
            image: self.image.clone(),
            ocr: match &self.ocr_url {
                Some(url) => OcrSource::At(url.clone()),
                None => OcrSource::Beside,
            },
        };
        let name = format!("{} of {}", self.image, self.product);
        let queue = match cx.queue {
            Queue::Low => TaskQueue::Low,
            Queue::High | Queue::Ml => TaskQueue::OfKind,
        };
        let imports = &cx.app.imports;
        let lease = Some(cx.lease);
        let launched = imports
            .import_tasks(image, &self.tasks, queue, lease)
            .await?;
        let imported = match launched {
            Launched::Text(imported) => imported,
            Launched::Jobs(jobs) => {
                tracing::info!(image = name, jobs, "enqueued the tasks of an image");
                return Ok(());
            }
        };
        match imported {
            Imported::Done(report) => {
                tracing::info!(image = name, "{}", report.summary());
                Ok(())
            }
            // A new image may become visible a little later (`docs/reference/pipeline.md`
            // 11.4, 75).
            missing @ (Imported::NoSuchImage | Imported::NoOcr | Imported::NoProduct)
                if cx.attempt < ATTEMPTS_AT_MISSING =>
            {
                bail!("{name}: {missing}")
            }
            Imported::NoSuchImage => {
                // It was deleted, or it was never there: its rows say nothing any more.
                imports
                    .remove_image(&self.product, &self.image, lease)
                    .await?;
                Err(Skip(format!("{name}: {}", Imported::NoSuchImage)).into())
            }
            missing => Err(Skip(format!("{name}: {missing}")).into()),
        }
    }
}
