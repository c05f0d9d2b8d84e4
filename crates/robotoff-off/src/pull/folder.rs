//! Places of a file in the folder, and the records beside it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::asset::Asset;

/// Record of a file that was fetched, `NAME.pulled.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileRecord {
    pub(super) url: String,
    pub(super) etag: Option<String>,
    pub(super) bytes: u64,
    pub(super) entries: u64,
    pub(super) sha256: Option<String>,
    /// Seconds since 1970.
    pub(super) fetched_at: u64,
}

/// Record of a download that has begun, `NAME.part.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartRecord {
    pub(super) url: String,
    /// A strong ETag: the server must be able to tell whether a part is of its file.
    pub(super) etag: String,
}

/// State of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct AssetState {
    pub asset: Asset,
    /// `None`: there is no file.
    pub bytes: Option<u64>,
    /// Known when the file was fetched and is as it was.
    pub entries: Option<u64>,
    pub etag: Option<String>,
    /// Seconds since 1970.
    pub fetched_at: Option<u64>,
    /// Bytes of a download that has not ended.
    pub part_bytes: Option<u64>,
}

/// Places of a file and of what belongs to it.
#[derive(Debug, Clone)]
pub(super) struct FilePlaces {
    pub(super) target: PathBuf,
    pub(super) part: PathBuf,
    record: PathBuf,
    part_record: PathBuf,
}

impl FilePlaces {
    pub(super) fn of(folder: &Path, asset: &Asset) -> Self {
        let beside = |suffix: &str| folder.join(format!("{}{suffix}", asset.path));
        Self {
            target: beside(""),
            part: beside(".part"),
            record: beside(".pulled.json"),
            part_record: beside(".part.json"),
        }
    }

    /// The record of the file, if it is of the file that is there.
    pub(super) fn record(&self) -> Option<FileRecord> {
        let record: FileRecord = read_json(&self.record)?;
        (size(&self.target) == Some(record.bytes)).then_some(record)
    }

    /// The part that can be resumed, and its size.
    pub(super) fn resumable(&self, url: &str) -> Option<(PartRecord, u64)> {
        let record: PartRecord = read_json(&self.part_record)?;
        let bytes = size(&self.part)?;
        (record.url == url && bytes > 0).then_some((record, bytes))
    }

    /// Begins a part. Its record comes first: a part without one is never resumed.
    pub(super) fn begin_part(&self, record: Option<&PartRecord>) -> io::Result<File> {
        if let Some(folder) = self.target.parent() {
            fs::create_dir_all(folder)?;
        }
        self.discard_part();
        if let Some(record) = record {
            write_json(&self.part_record, record)?;
        }
        File::create(&self.part)
    }

    pub(super) fn resume_part(&self) -> io::Result<File> {
        File::options().append(true).open(&self.part)
    }

    pub(super) fn discard_part(&self) {
        // Absent files are as good as deleted ones; a file that cannot be deleted cannot be
        // created anew either, and that is reported.
        let _ = fs::remove_file(&self.part_record);
        let _ = fs::remove_file(&self.part);
    }

    /// Puts the verified part in the place of the file, then stores its record.
    pub(super) fn install(&self, record: &FileRecord) -> io::Result<()> {
        File::open(&self.part)?.sync_all()?;
        fs::rename(&self.part, &self.target)?;
        sync_folder(&self.target)?;
        write_json(&self.record, record)?;
        let _ = fs::remove_file(&self.part_record);
        Ok(())
    }
}

/// State of a file in the folder.
pub(super) fn state(folder: &Path, asset: &Asset) -> AssetState {
    let places = FilePlaces::of(folder, asset);
    let record = places.record();
    AssetState {
        asset: *asset,
        bytes: size(&places.target),
        entries: record.as_ref().map(|record| record.entries),
        fetched_at: record.as_ref().map(|record| record.fetched_at),
        etag: record.and_then(|record| record.etag),
        part_bytes: size(&places.part),
    }
}

pub(super) fn now_secs() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| time.as_secs())
}

fn size(path: &Path) -> Option<u64> {
    let about = fs::metadata(path).ok()?;
    about.is_file().then_some(about.len())
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

/// Writes a record in one step: a reader has the old or the new one.
fn write_json(path: &Path, value: &impl Serialize) -> io::Result<()> {
    write_whole(path, &serde_json::to_vec(value)?)
}

/// Replaces a file in one step.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let mut file = File::create(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)
}

/// Makes a rename last: it is an entry of the folder.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
