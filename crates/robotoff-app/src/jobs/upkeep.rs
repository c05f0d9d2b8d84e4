//! Upkeep that the schedule enqueues: finished jobs, devices of old votes, temporary files,
//! backups.

use std::time::Duration;

use super::{Job, JobContext, Skip};
use crate::App;
use crate::enqueue::{BackUp, CleanTemporaryFiles, ExpirePersonalData, PurgeJobs};

/// Votes that one statement changes, so that other writers wait for an instant only.
const VOTES_AT_ONCE: u64 = 500;
/// Age of temporary files that no running process uses any more.
const TEMPORARY_FILES_AGE: Duration = Duration::from_secs(2 * 24 * 3600);

impl Job for PurgeJobs {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let jobs = cx
            .app
            .ports
            .queue
            .purge(cx.app.settings.job_retention)
            .await?;
        if jobs > 0 {
            tracing::info!(jobs, "deleted finished jobs");
        }
        Ok(())
    }
}

impl Job for ExpirePersonalData {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let before = cx.app.ports.clock.now() - cx.app.settings.personal_data;
        let mut votes = 0;
        loop {
            let store = &cx.app.ports.store;
            let batch = store.expire_personal_data(before, VOTES_AT_ONCE).await?;
            votes += batch;
            if batch == 0 {
                break;
            }
        }
        if votes > 0 {
            tracing::info!(votes, "replaced the devices of old votes");
        }
        Ok(())
    }
}

impl Job for CleanTemporaryFiles {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let Some(files) = &cx.app.ports.parts.temporary_files else {
            return Err(Skip("this process has no temporary files".to_owned()).into());
        };
        let files = files.delete_older_than(TEMPORARY_FILES_AGE).await?;
        if files > 0 {
            tracing::info!(files, "deleted temporary files");
        }
        Ok(())
    }
}

impl Job for BackUp {
    type App = App;

    async fn run(&self, cx: &JobContext) -> anyhow::Result<()> {
        let Some(backups) = &cx.app.ports.parts.backups else {
            return Err(Skip("no backups are made here (BACKUP_DIR)".to_owned()).into());
        };
        let made = backups.back_up().await?;
        tracing::info!(
            place = made.place,
            rows = made.rows,
            bytes = made.bytes,
            deleted = made.deleted,
            "made a backup"
        );
        Ok(())
    }
}
