//! Reads one image of a product.

use anyhow::bail;

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::ImportImage;
use crate::imports::{ImageToRead, Imported, OcrSource};

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
        match cx.app.imports.import_image(image, Some(cx.lease)).await? {
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
            missing => {
                tracing::info!(image = name, "not read: {missing}");
                Ok(())
            }
        }
    }
}
