//! Settings of operation: folders of state and logs.

use std::path::PathBuf;

use serde::Deserialize;

/// Raw values of the settings of operation.
#[derive(Deserialize)]
pub(super) struct RawOperationConfig {
    state_dir: String,
    log_dir: String,
    backup_dir: String,
    backup_keep: u32,
}

/// Settings of operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OperationConfig {
    /// Folder of the pid file of a process in the background.
    pub(crate) state: PathBuf,
    /// Folder of log files, if there is to be one.
    logs: Option<PathBuf>,
    /// Folder of backups, if there is to be one.
    backups: Option<PathBuf>,
    /// Number of backups that are kept.
    pub(crate) backups_kept: usize,
}

impl OperationConfig {
    /// Folder of log files that is configured.
    pub(crate) const fn logs(&self) -> Option<&PathBuf> {
        self.logs.as_ref()
    }

    /// Folder of backups that is configured.
    pub(crate) const fn backups(&self) -> Option<&PathBuf> {
        self.backups.as_ref()
    }

    /// Folder of log files of a process in the background, which has no other place for them.
    pub(crate) fn logs_in_background(&self) -> PathBuf {
        self.logs.clone().unwrap_or_else(|| self.state.join("log"))
    }
}

impl RawOperationConfig {
    pub(super) fn into_config(self) -> OperationConfig {
        let folder = |folder: String| {
            let folder = Some(folder).filter(|folder| !folder.is_empty());
            folder.map(PathBuf::from)
        };
        OperationConfig {
            state: PathBuf::from(self.state_dir),
            logs: folder(self.log_dir),
            backups: folder(self.backup_dir),
            backups_kept: self.backup_keep.max(1) as usize,
        }
    }
}
