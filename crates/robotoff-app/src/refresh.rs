//! The insights of a product are brought in line with what it says now.

use anyhow::Result;
use robotoff_core::product::ProductId;
use robotoff_ports::job::Lease;

use crate::App;
use crate::replan::{Replanned, Touched};

impl App {
    /// Plans all kinds of insight of the product anew from its stored predictions.
    pub async fn refresh(&self, product: &ProductId, lease: Option<Lease>) -> Result<Replanned> {
        let lookup = self.ports.products.product(product).await?;
        self.replan(product, &lookup, &Touched::Everything, lease)
            .await
    }
}
