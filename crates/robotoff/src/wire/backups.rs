//! Backups that the schedule makes.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use robotoff_ports::PortResult;
use robotoff_ports::parts::{Backups, MadeBackup};
use robotoff_store::Database;
use robotoff_store::backup::{self, BackupTarget};

use crate::config::Config;

/// Backups in the folder of the configuration.
struct ConfiguredBackups {
    database: Database,
    target: BackupTarget,
    folder: PathBuf,
    keep: usize,
    files: Vec<PathBuf>,
}

/// Backups, if a folder is configured for them.
pub(super) fn backups(config: &Config, database: &Database) -> Option<Arc<dyn Backups>> {
    let folder = config.operation.backups()?;
    Some(Arc::new(ConfiguredBackups {
        database: database.clone(),
        target: BackupTarget {
            url: config.database.clone(),
            settings: config.connect.clone(),
        },
        folder: folder.clone(),
        keep: config.operation.backups_kept,
        files: config.service.policy.iter().cloned().collect(),
    }))
}

#[async_trait]
impl Backups for ConfiguredBackups {
    async fn back_up(&self) -> PortResult<MadeBackup> {
        let (folder, files) = (&self.folder, &self.files);
        let made = backup::back_up(&self.database, &self.target, folder, files, |_| {}).await?;
        let deleted = backup::retain(folder, self.keep).await?;
        Ok(MadeBackup {
            place: made.folder.display().to_string(),
            rows: made.manifest.rows(),
            bytes: made.manifest.bytes(),
            deleted: deleted.len(),
        })
    }
}
