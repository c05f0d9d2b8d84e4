//! Brings the predictions and insights of a logo in line with its annotation.

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::ApplyLogo;

impl Job for ApplyLogo {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        cx.app.logos.apply(self.logo, Some(cx.lease)).await
    }
}
