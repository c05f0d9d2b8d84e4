//! Sends an edit of the service account again.

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::DeliverEdit;

impl Job for DeliverEdit {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        cx.app.delivery.redeliver(self.edit).await
    }
}
