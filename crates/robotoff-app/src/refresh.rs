//! The predictions and insights of a product are brought in line with what it says now.

use anyhow::Result;
use robotoff_core::product::{Lookup, ProductId};
use robotoff_ports::job::Lease;

use crate::App;
use crate::product_name::NameReport;
use crate::replan::{AffectedKinds, Replanned};

/// Counts of what a refresh changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// There is no such product: its open insights go.
    pub is_absent: bool,
    /// Predictions that rest on the name of the product.
    pub name: NameReport,
    pub insights: Replanned,
}

impl App {
    /// Reads the name of the product, then plans all kinds of insight anew from its
    /// stored predictions. Doing it again writes nothing.
    pub async fn refresh(&self, product: &ProductId, lease: Option<Lease>) -> Result<Refreshed> {
        let lookup = self.ports.products.product(product).await?;
        let name = match lookup.product() {
            Some(product) => self.keep_name(product, lease).await?,
            None => NameReport::default(),
        };
        let insights = self
            .replan(product, &lookup, &AffectedKinds::Everything, lease)
            .await?;
        Ok(Refreshed {
            is_absent: lookup == Lookup::Absent,
            name,
            insights,
        })
    }
}
