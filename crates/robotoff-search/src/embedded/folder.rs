//! The folder of indexes: names of versions, the file that names the current one, the lock
//! of the writer.

use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use robotoff_ports::search::SearchIndex;
use robotoff_ports::{PortError, PortResult};

/// Ends the name of the folder of a version that is not complete.
const UNFINISHED: &str = ".part";

/// A folder of indexes.
#[derive(Debug)]
pub(super) struct IndexFolder(PathBuf);

/// A version in the folder.
#[derive(Debug)]
pub(super) struct FoundVersion {
    pub(super) name: String,
    pub(super) path: PathBuf,
    pub(super) is_complete: bool,
}

fn unavailable(path: &Path, error: impl ToString) -> PortError {
    PortError::unavailable(format!("the search index {}", path.display()), error)
}

impl IndexFolder {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The place of a complete version.
    pub(super) fn complete(&self, index: SearchIndex, version: &str) -> PathBuf {
        self.0.join(format!("{index}-{version}"))
    }

    /// The place where a version is built.
    pub(super) fn unfinished(&self, index: SearchIndex, version: &str) -> PathBuf {
        self.0.join(format!("{index}-{version}{UNFINISHED}"))
    }

    fn alias(&self, index: SearchIndex) -> PathBuf {
        self.0.join(format!("{index}.current"))
    }

    /// The name of the current version.
    pub(super) fn current(&self, index: SearchIndex) -> PortResult<Option<String>> {
        let alias = self.alias(index);
        match fs::read_to_string(&alias) {
            Ok(name) => Ok(Some(name.trim().to_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unavailable(&alias, error)),
        }
    }

    /// The name of the current version, or an error with the cure.
    pub(super) fn require_current(&self, index: SearchIndex) -> PortResult<String> {
        self.current(index)?.ok_or_else(|| {
            let why = "it is missing; run `robotoff index build`";
            unavailable(&self.0.join(index.name()), why)
        })
    }

    /// All versions, sorted by name.
    pub(super) fn versions(&self, index: SearchIndex) -> PortResult<Vec<FoundVersion>> {
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unavailable(&self.0, error)),
        };
        let prefix = format!("{index}-");
        let mut found = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| unavailable(&self.0, error))?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let Some(name) = name.and_then(|name| name.strip_prefix(&prefix)) else {
                continue;
            };
            let unfinished = name.strip_suffix(UNFINISHED);
            found.push(FoundVersion {
                name: unfinished.unwrap_or(name).to_owned(),
                is_complete: unfinished.is_none(),
                path,
            });
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// Takes the lock of the writer of an index. The system releases it when the process
    /// ends, however it ends.
    pub(super) fn lock(&self, index: SearchIndex) -> PortResult<File> {
        let path = self.0.join(format!("{index}.lock"));
        fs::create_dir_all(&self.0).map_err(|error| unavailable(&self.0, error))?;
        let file = File::options().create(true).append(true).open(&path);
        let file = file.map_err(|error| unavailable(&path, error))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(PortError::denied(
                format!("the search index {}", path.display()),
                "another process writes it; wait until it is done",
            )),
            Err(TryLockError::Error(error)) => Err(unavailable(&path, error)),
        }
    }

    /// Makes a version that was built complete: its files reach the disk before its name.
    pub(super) fn finish(&self, index: SearchIndex, version: &str) -> PortResult<()> {
        let (from, to) = (
            self.unfinished(index, version),
            self.complete(index, version),
        );
        let renamed = sync_files(&from)
            .and_then(|()| fs::rename(&from, &to))
            .and_then(|()| File::open(&self.0)?.sync_all());
        renamed.map_err(|error| unavailable(&to, error))
    }

    pub(super) fn swap(&self, index: SearchIndex, version: &str) -> PortResult<()> {
        if !self.complete(index, version).is_dir() {
            return Err(PortError::denied(
                format!("the search index {index}"),
                format!("version {version} is not complete"),
            ));
        }
        let alias = self.alias(index);
        let temporary = alias.with_extension("new");
        let written = File::create(&temporary).and_then(|mut file| {
            file.write_all(version.as_bytes())?;
            file.sync_all()?;
            fs::rename(&temporary, &alias)?;
            File::open(&self.0)?.sync_all()
        });
        written.map_err(|error| unavailable(&alias, error))
    }

    pub(super) fn delete(&self, index: SearchIndex, version: &str) -> PortResult<()> {
        if self.current(index)?.as_deref() == Some(version) {
            return Err(PortError::denied(
                format!("the search index {index}"),
                format!("version {version} is current; make another one current first"),
            ));
        }
        if !self.0.is_dir() {
            return Ok(());
        }
        let _held = self.lock(index)?;
        for path in [
            self.complete(index, version),
            self.unfinished(index, version),
        ] {
            match fs::remove_dir_all(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(unavailable(&path, error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn sync_files(folder: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        File::open(entry?.path())?.sync_all()?;
    }
    File::open(folder)?.sync_all()
}
