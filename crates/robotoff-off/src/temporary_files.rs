//! Temporary files that processes of this program leave when they are killed
//! (`docs/reference/pipeline.md` 3.2).
//!
//! The existing service deletes every folder of the system's temporary folder whose name
//! begins with `tmp`, whoever made it. Here only names with our own prefix are deleted, so
//! every temporary file or folder of this program begins with it.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use robotoff_ports::parts::TemporaryFiles;
use robotoff_ports::{BlockingPool, PortError, PortResult};

/// Start of the names of our temporary files and folders.
pub const TEMPORARY_PREFIX: &str = "robotoff-tmp-";

/// Temporary files in a folder.
#[derive(Debug, Clone)]
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Those in this folder, which other programs use too.
    pub const fn new(folder: PathBuf) -> Self {
        Self(folder)
    }
}

#[async_trait]
impl TemporaryFiles for TemporaryFolder {
    async fn delete_older_than(&self, age: Duration) -> PortResult<u64> {
        let folder = self.0.clone();
        let deleted = BlockingPool::shared()
            .run(move || delete(&folder, age))
            .await;
        let what = "the temporary folder";
        deleted
            .map_err(|error| PortError::defect(what, error))?
            .map_err(|error| PortError::defect(what, error))
    }
}

/// Deletes our files and folders that were last written so long ago; returns their number.
/// One that cannot be deleted, or is gone meanwhile, is left.
fn delete(folder: &Path, age: Duration) -> std::io::Result<u64> {
    let mut deleted = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if !name.to_string_lossy().starts_with(TEMPORARY_PREFIX) {
            continue;
        }
        let Ok(written) = entry.metadata().and_then(|data| data.modified()) else {
            continue;
        };
        let is_old = SystemTime::now()
            .duration_since(written)
            .is_ok_and(|since| since >= age);
        if !is_old {
            continue;
        }
        let path = entry.path();
        // A link is deleted itself, not what it leads to.
        let is_folder = entry.file_type().is_ok_and(|it| it.is_dir());
        let result = match is_folder {
            true => std::fs::remove_dir_all(&path),
            false => std::fs::remove_file(&path),
        };
        deleted += u64::from(result.is_ok());
    }
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_files_of_our_own_are_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("robotoff-tmp-folder")).unwrap();
        std::fs::write(at("robotoff-tmp-folder/file"), "x").unwrap();
        std::fs::write(at("robotoff-tmp-file"), "x").unwrap();
        std::fs::create_dir(at("tmp-of-others")).unwrap();
        assert_eq!(delete(folder.path(), Duration::from_secs(3600)).unwrap(), 0);
        assert_eq!(delete(folder.path(), Duration::ZERO).unwrap(), 2);
        assert!(at("tmp-of-others").exists());
        assert!(!at("robotoff-tmp-folder").exists());
    }
}
