//! Brings all stored rows in line with the newest dump of products.

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use super::{Discard, Job, JobContext, Skip};
use crate::App;
use crate::dump_refresh::{DumpRefreshSettings, DumpRefreshed, MAX_DELETED_SHARE};
use crate::enqueue::RefreshFromDump;

impl Job for RefreshFromDump {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let Some(dumps) = &cx.app.ports.parts.dumps else {
            return Err(Skip("no dump is fetched here (DATA_PULL=all)".to_owned()).into());
        };
        let dated = dumps.newest().await.context("cannot get the newest dump")?;
        let settings = DumpRefreshSettings {
            until: dated.as_of,
            max_deleted_share: MAX_DELETED_SHARE,
            dry_run: false,
        };
        // The worker drops this future to stop it; the reader of the dump ends with it.
        let stop = CancellationToken::new();
        let refresh = &cx.app.dump_refresh;
        let refreshed = refresh.run(dated.dump, &settings, &stop, &|_| {}).await?;
        match refreshed {
            DumpRefreshed::Done(report) => {
                tracing::info!(?report, "refreshed all insights from the dump");
                Ok(())
            }
            DumpRefreshed::Tripped(report) => {
                tracing::error!(
                    ?report,
                    "the dump lacks too many products: nothing is deleted"
                );
                // The same dump would trip it again.
                Err(Discard(format!(
                    "the dump lacks too many products or images: {} of {} would lose rows; look \
                     at `robotoff refresh-from-dump --dry-run`",
                    report.losing, report.known
                ))
                .into())
            }
            DumpRefreshed::Stopped(_) => Ok(()),
        }
    }
}
