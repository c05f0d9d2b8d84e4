//! One picture of a product is read.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use async_trait::async_trait;
use robotoff_core::product::{ProductId, SourceImage};
use robotoff_ports::job::{JobKind, NewJob, Queue};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Try, Work, arguments, product_key};
use crate::App;
use crate::import_image::{ImageToRead, Imported, OcrSource};

/// A picture was uploaded, or its OCR document is there.
pub const IMPORT_IMAGE: JobKind = JobKind {
    name: "import_image",
    queue: Queue::High,
    max_attempts: 6,
    timeout: Duration::from_secs(180),
    ordered: false,
};

#[derive(Serialize, Deserialize)]
struct Arguments {
    product: ProductId,
    image: SourceImage,
    /// The address of the OCR document, if it is not beside the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ocr_url: Option<String>,
}

/// Reads the picture of the product in the background.
pub fn import_image_job(
    product: &ProductId,
    image: &SourceImage,
    ocr_url: Option<String>,
) -> NewJob {
    let arguments = Arguments {
        product: product.clone(),
        image: image.clone(),
        ocr_url,
    };
    NewJob::new(&IMPORT_IMAGE, json!(arguments))
        .unique(format!("import_image:{}:{image}", product.server_type))
        .keyed(product_key(product))
}

pub(super) struct ImportImage(pub(super) Arc<App>);

#[async_trait]
impl Work for ImportImage {
    async fn run(&self, this: Try) -> anyhow::Result<()> {
        let arguments: Arguments = arguments(&this)?;
        let image = ImageToRead {
            product: arguments.product,
            image: arguments.image,
            ocr: arguments.ocr_url.map_or(OcrSource::Beside, OcrSource::At),
        };
        let name = format!("{} of {}", image.image, image.product);
        match self.0.import_image(image, Some(this.lease)).await? {
            Imported::Done(report) => {
                tracing::info!(image = name, "{}", report.summary());
                Ok(())
            }
            // A new picture may be seen a little later (`docs/reference/pipeline.md`
            // 11.4, 75).
            missing @ (Imported::NoSuchImage | Imported::NoOcr | Imported::NoProduct)
                if this.attempts < 3 =>
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
