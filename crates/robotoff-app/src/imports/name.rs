//! The name of a product becomes predictions (`docs/reference/pipeline.md` 4.4.15,
//! step 6).

use anyhow::Result;
use robotoff_core::extract::{MAX_NAME_CHARS, Reading, product_name_kinds};
use robotoff_core::prediction::{Method, Scope};
use robotoff_core::product::Product;
use robotoff_ports::job::Lease;

use super::{Extraction, Imports, PredictionCounts};

impl Imports {
    /// Brings the predictions of a product's name in line with its name. Only names of
    /// food are read: another product has none.
    pub(super) async fn store_name(
        &self,
        product: &Product,
        lease: Option<Lease>,
    ) -> Result<PredictionCounts> {
        let extraction = self.read_name(product).await?;
        self.store_extraction(&product.id, &extraction, lease).await
    }

    /// Reads the name. A product without one has no predictions of its name.
    async fn read_name(&self, product: &Product) -> Result<Extraction> {
        let name = match product.is_food() {
            true => product.name.as_deref().unwrap_or_default(),
            false => "",
        };
        if name.chars().nth(MAX_NAME_CHARS).is_some() {
            tracing::warn!(
                product.barcode = %product.id.barcode,
                "the name of a product is longer than {MAX_NAME_CHARS} characters; the rest is not read"
            );
        }
        let reading = match name {
            "" => Reading::default(),
            name => self.name_extractors.read_name(name.to_owned()).await?,
        };
        for kind in &reading.failed {
            tracing::error!(
                product.barcode = %product.id.barcode,
                prediction.kind = %kind,
                "an extractor failed on the name of a product"
            );
        }
        let kinds = product_name_kinds().iter().copied();
        Ok(Extraction {
            scope: Scope {
                method: Method::ProductName,
                // Stored predictions of a kind that failed stay as they are.
                kinds: kinds
                    .filter(|kind| !reading.failed.contains(kind))
                    .collect(),
                source_image: None,
            },
            predictions: reading.predictions,
            image: None,
            has_follow_ups: false,
        })
    }
}
