//! The folder of a backup: written whole, verified, and deleted when newer ones replace it.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use chrono::NaiveDateTime;
use robotoff_ports::{BlockingPool, PortError, PortResult};
use sha2::{Digest, Sha256};

use super::manifest::{BackupFile, FORMAT, Manifest};

const MANIFEST: &str = "manifest.json";
const PREFIX: &str = "robotoff-";
const UNFINISHED: &str = ".unfinished";
/// Bytes that are read at a time.
const CHUNK: usize = 1 << 20;

/// A backup under way. Its folder is deleted unless it is finished.
pub(super) struct UnfinishedBackup {
    path: PathBuf,
    name: String,
}

impl UnfinishedBackup {
    pub(super) fn create(parent: &Path, now: NaiveDateTime) -> PortResult<Self> {
        let name = format!("{PREFIX}{}", now.format("%Y%m%dT%H%M%S%3fZ"));
        let path = parent.join(format!("{name}{UNFINISHED}"));
        create_private(&path).map_err(|error| cannot("make", &path, &error))?;
        Ok(Self { path, name })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds other files and the manifest, and gives the folder its name.
    pub(super) async fn finish(
        self,
        manifest: Manifest,
        files: &[PathBuf],
    ) -> PortResult<(PathBuf, Manifest)> {
        let files = files.to_vec();
        blocking(move || {
            for file in &files {
                let name = file.file_name().unwrap_or_default();
                fs::copy(file, self.path.join(name)).map_err(|e| cannot("copy", file, &e))?;
            }
            let manifest = Manifest {
                files: checksums(&self.path)?,
                ..manifest
            };
            let path = self.path.join(MANIFEST);
            let text = serde_json::to_string_pretty(&manifest)
                .map_err(|error| PortError::defect("the manifest", error))?;
            let written = fs::write(&path, text).and_then(|()| sync(&self.path));
            written.map_err(|error| cannot("write", &path, &error))?;
            let target = self.path.with_file_name(&self.name);
            fs::rename(&self.path, &target).map_err(|e| cannot("rename", &target, &e))?;
            Ok((target, manifest))
        })
        .await
    }
}

impl Drop for UnfinishedBackup {
    fn drop(&mut self) {
        // After a rename it is gone already.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Makes a folder that only its owner reads: it will hold all data.
fn create_private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::DirBuilder::new().mode(0o700).create(path)
}

/// Writes all files of a folder, and their names, to the disk.
fn sync(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        File::open(entry?.path())?.sync_all()?;
    }
    File::open(folder)?.sync_all()
}

fn checksums(folder: &Path) -> PortResult<Vec<BackupFile>> {
    let entries = fs::read_dir(folder).map_err(|error| cannot("read", folder, &error))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| cannot("read", folder, &error))?
            .path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (bytes, sha256) = digest(&path).map_err(|error| cannot("read", &path, &error))?;
        files.push(BackupFile {
            name: name.into_owned(),
            bytes,
            sha256,
        });
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            let digest = hash.finalize();
            let hex = digest.iter().map(|byte| format!("{byte:02x}"));
            return Ok((bytes, hex.collect()));
        }
        hash.update(&chunk[..read]);
        bytes += read as u64;
    }
}

/// Reads the manifest of a backup, and compares all files with it.
pub(super) async fn read_verified(folder: &Path) -> PortResult<Manifest> {
    let folder = folder.to_owned();
    blocking(move || {
        let manifest = read(&folder)?;
        for file in &manifest.files {
            let path = folder.join(&file.name);
            let (bytes, sha256) = digest(&path).map_err(|error| cannot("read", &path, &error))?;
            if (bytes, &sha256) != (file.bytes, &file.sha256) {
                let why = format!("{} is not what was written into it", path.display());
                return Err(PortError::defect("backup", why));
            }
        }
        Ok(manifest)
    })
    .await
}

/// Reads the manifest of a backup.
fn read(folder: &Path) -> PortResult<Manifest> {
    let path = folder.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(|error| cannot("read", &path, &error))?;
    let manifest: Manifest = serde_json::from_str(&text)
        .map_err(|error| PortError::defect(path.display().to_string(), error))?;
    if manifest.format != FORMAT {
        let why = format!("form {} is not known", manifest.format);
        return Err(PortError::denied(path.display().to_string(), why));
    }
    // A name from the file must not lead out of the folder.
    let is_plain = |name: &str| {
        Path::new(name)
            .file_name()
            .is_some_and(|plain| plain == name)
    };
    let names = manifest.files.iter().map(|file| &file.name);
    if !names.chain([&manifest.database]).all(|name| is_plain(name)) {
        let why = "it names a file outside of its folder";
        return Err(PortError::defect(path.display().to_string(), why));
    }
    Ok(manifest)
}

/// The backups below a folder, oldest first. Unfinished ones are left out.
pub fn list(parent: &Path) -> PortResult<Vec<(PathBuf, Manifest)>> {
    let entries = match fs::read_dir(parent) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot("read", parent, &error)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| cannot("read", parent, &error))?
            .path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(PREFIX) && !name.ends_with(UNFINISHED) && path.join(MANIFEST).exists() {
            let manifest = read(&path)?;
            found.push((path, manifest));
        }
    }
    found.sort_by_key(|(_, manifest)| manifest.created_at);
    Ok(found)
}

/// Deletes the oldest backups until `keep` are left; returns those that are gone.
pub async fn retain(parent: &Path, keep: usize) -> PortResult<Vec<PathBuf>> {
    let parent = parent.to_owned();
    blocking(move || {
        let found = list(&parent)?;
        let surplus = found.len().saturating_sub(keep.max(1));
        let mut deleted = Vec::new();
        for (path, _) in found.into_iter().take(surplus) {
            fs::remove_dir_all(&path).map_err(|error| cannot("delete", &path, &error))?;
            deleted.push(path);
        }
        Ok(deleted)
    })
    .await
}

/// Runs work with files on a thread for it.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> PortResult<T> + Send + 'static,
) -> PortResult<T> {
    // It may take minutes: in the shared pool it would hold up everything else.
    let done = BlockingPool::of(1).run(work).await;
    done.unwrap_or_else(|error| Err(PortError::defect("backup", error)))
}

pub(super) fn cannot(doing: &str, path: &Path, error: &impl ToString) -> PortError {
    let why = format!("cannot {doing} {}: {}", path.display(), error.to_string());
    PortError::denied("backup", why)
}
