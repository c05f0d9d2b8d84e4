//! Decides an insight by its votes.

use super::{Job, JobContext};
use crate::App;
use crate::enqueue::DecideVotes;

impl Job for DecideVotes {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let correlation_id = cx.correlation_id.as_deref();
        let answers = &cx.app.answers;
        answers.decide_votes(self.insight, correlation_id).await
    }
}
