//! The insights of one product are planned anew.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use robotoff_core::product::ProductId;
use robotoff_ports::job::{JobKind, NewJob, Queue};
use serde_json::json;

use super::{Try, Work, arguments, product_key};
use crate::App;

/// After an answer, an edit, a change of the product.
pub const REFRESH: JobKind = JobKind {
    name: "refresh",
    queue: Queue::High,
    max_attempts: 8,
    timeout: Duration::from_secs(180),
    ordered: false,
};

/// A refresh of the product; one that waits already is enough.
pub(crate) fn refresh_job(product: &ProductId, correlation_id: Option<&str>) -> NewJob {
    let key = product_key(product);
    NewJob {
        correlation_id: correlation_id.map(str::to_owned),
        ..NewJob::new(&REFRESH, json!(product))
            .unique(format!("refresh:{key}"))
            .keyed(key)
    }
}

/// A refresh that many products have at once: it waits in the queue for mass
/// operations, and holds back nothing else of its product.
pub(crate) fn mass_refresh_job(product: &ProductId) -> NewJob {
    let key = product_key(product);
    NewJob {
        queue: Queue::Low,
        ..NewJob::new(&REFRESH, json!(product))
            // Merged with an urgent one, that one would wait as long.
            .unique(format!("mass refresh:{key}"))
            .keyed(key)
            .with_priority(-1)
    }
}

pub(super) struct Refresh(pub(super) Arc<App>);

#[async_trait]
impl Work for Refresh {
    async fn run(&self, this: Try) -> anyhow::Result<()> {
        let product: ProductId = arguments(&this)?;
        let refreshed = self.0.refresh(&product, Some(this.lease)).await?;
        tracing::debug!(product.barcode = %product.barcode, ?refreshed, "refreshed a product");
        Ok(())
    }
}
