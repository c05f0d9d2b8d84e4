//! Sends an edit of the service account again.

use super::{Discard, Job, JobContext};
use crate::App;
use crate::enqueue::DeliverEdit;
use crate::outage::is_outage;

/// Failed attempts after which an operator decides. Outages are not among them.
const MAX_FAILURES: u32 = 30;

impl Job for DeliverEdit {
    type App = App;

    /// The last attempt moves the edit to `unknown` itself, so that no edit stays in `retry`
    /// behind a dead job. The kind has more attempts than that: a worker that dies in
    /// between leaves the job alive.
    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let Err(error) = cx.app.delivery.redeliver(self.edit).await else {
            return Ok(());
        };
        if is_outage(&error) || cx.attempt < MAX_FAILURES {
            return Err(error);
        }
        let reason = format!("{MAX_FAILURES} attempts failed: {error:#}");
        cx.app.delivery.give_up(self.edit, &reason).await?;
        Err(Discard(reason).into())
    }
}
