//! An edit of the service's account that could not be sent is sent again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use robotoff_core::edit::{EditId, ProductEdit};
use robotoff_ports::job::{JobKind, NewJob, Queue};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Try, Work, arguments};
use crate::App;

/// Ordered: later edits of the product wait for the earlier ones.
pub const DELIVER_EDIT: JobKind = JobKind {
    name: "deliver_edit",
    queue: Queue::High,
    // With back-off up to an hour each: Product Opener may be down for a day.
    max_attempts: 30,
    timeout: Duration::from_secs(180),
    ordered: true,
};

#[derive(Serialize, Deserialize)]
struct Arguments {
    edit: EditId,
}

/// Sends the edit again, a little later.
pub(crate) fn deliver_job(edit: &ProductEdit) -> NewJob {
    NewJob {
        correlation_id: edit.correlation_id.clone(),
        ..NewJob::new(&DELIVER_EDIT, json!(Arguments { edit: edit.id }))
            .unique(format!("deliver_edit:{}", edit.id))
            .keyed(format!(
                "edits:{}:{}",
                edit.product.server_type, edit.product.barcode
            ))
            .after(Duration::from_secs(10))
    }
}

pub(super) struct DeliverEdit(pub(super) Arc<App>);

#[async_trait]
impl Work for DeliverEdit {
    async fn run(&self, this: Try) -> anyhow::Result<()> {
        let arguments: Arguments = arguments(&this)?;
        self.0.deliver_again(arguments.edit).await
    }
}
