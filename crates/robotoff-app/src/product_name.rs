//! What the name of a product says becomes predictions (`docs/reference/pipeline.md`
//! 4.4.15, step 6).

use anyhow::{Result, bail};
use robotoff_core::extract::{MAX_NAME_CHARS, Reading, product_name_kinds};
use robotoff_core::prediction::{Method, Prediction, Scope};
use robotoff_core::product::Product;
use robotoff_ports::job::Lease;
use robotoff_ports::store::{Change, Changes, Committed, Conflict, NewPrediction};

use crate::App;

/// How often storing is tried anew because the product changed meanwhile.
const TRIES: u32 = 5;

/// Counts of what reading a name changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NameReport {
    pub new_predictions: u64,
    pub deleted_predictions: u64,
}

impl App {
    /// Brings the predictions that rest on the name of a product in line with its
    /// name. Only the names of food are read. Doing it again writes nothing.
    pub(crate) async fn keep_name(
        &self,
        product: &Product,
        lease: Option<Lease>,
    ) -> Result<NameReport> {
        if !product.id.server_type.is_food() {
            return Ok(NameReport::default());
        }
        let (scope, found) = self.read_name(product).await?;
        for _ in 0..TRIES {
            let snapshot = self.ports.store.product_snapshot(&product.id).await?;
            let differences = scope.differences(found.clone(), &snapshot.predictions);
            if differences.is_empty() {
                return Ok(NameReport::default());
            }
            let deleted_predictions = differences.delete.len() as u64;
            let mut changes = Changes::of(product.id.clone(), snapshot.revision);
            changes.lease = lease;
            if deleted_predictions > 0 {
                changes = changes.with(Change::DeletePredictions(differences.delete));
            }
            if !differences.put.is_empty() {
                changes = changes.with(self.putting(product, differences.put));
            }
            match self.ports.store.commit(changes).await? {
                Committed::Done(receipt) => {
                    return Ok(NameReport {
                        new_predictions: receipt.new_predictions,
                        deleted_predictions,
                    });
                }
                Committed::Conflict(Conflict::Revision(_)) => {}
                Committed::Conflict(conflict) => {
                    bail!(
                        "cannot store what the name of {} says: {conflict:?}",
                        product.id
                    );
                }
            }
        }
        bail!(
            "cannot store what the name of {} says: somebody else changes it all the time",
            product.id
        )
    }

    fn putting(&self, product: &Product, predictions: Vec<Prediction>) -> Change {
        let new = predictions.into_iter().map(|prediction| NewPrediction {
            source_image: None,
            prediction,
        });
        Change::StorePredictions {
            product: product.id.clone(),
            predictions: new.collect(),
            at: self.ports.clock.now(),
        }
    }

    /// What was looked for, and what the name says. A name that is gone says nothing.
    async fn read_name(&self, product: &Product) -> Result<(Scope, Vec<Prediction>)> {
        let name = product.name.as_deref().unwrap_or_default();
        if name.chars().nth(MAX_NAME_CHARS).is_some() {
            tracing::warn!(
                product.barcode = %product.id.barcode,
                "the name of a product is longer than {MAX_NAME_CHARS} characters; the rest is not read"
            );
        }
        let reading = match name {
            "" => Reading::default(),
            name => self.name_extraction.read_name(name.to_owned()).await?,
        };
        for kind in &reading.failed {
            tracing::error!(
                product.barcode = %product.id.barcode,
                prediction.kind = %kind,
                "an extractor failed on the name of a product"
            );
        }
        let scope = Scope {
            method: Method::ProductName,
            // Kinds whose extractor failed were not read: their stored predictions stay.
            kinds: product_name_kinds()
                .iter()
                .copied()
                .filter(|kind| !reading.failed.contains(kind))
                .collect(),
            source_image: None,
        };
        Ok((scope, reading.predictions))
    }
}
