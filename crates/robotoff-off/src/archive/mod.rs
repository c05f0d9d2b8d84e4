//! Archives of OCR documents: folders, tar, zip, JSON lines, prefixes of an object store.
//!
//! An archive is read from its start to its end, in an order that is the same each time, so
//! that a run resumes by skipping what it has read. An entry that cannot be read is reported
//! and does not end the archive, unless the rest cannot be found without it.

mod folder;
mod lines;
mod objects;
mod packed;

use std::fmt;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::str::FromStr;

use reqwest::Url;
use thiserror::Error;

use crate::objects::ObjectStoreOptions;

/// An archive of OCR documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveSource {
    /// Files below a folder, by the bytes of their paths.
    Folder(PathBuf),
    /// Tar, which may be gzipped.
    Tar(PathBuf),
    Zip(PathBuf),
    /// Lines `{"source": PATH, "content": DOCUMENT}`, which may be gzipped.
    Lines(PathBuf),
    /// Objects below a prefix.
    Objects(Url),
}

/// A document of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveEntry {
    /// Path of the document, `300/123/456/7890/1.json`.
    pub path: String,
    /// The document, unpacked; or why it cannot be read.
    pub document: Result<Vec<u8>, String>,
}

/// A source that names no archive.
#[derive(Debug, Error)]
pub enum InvalidSource {
    #[error("{0} is neither a folder nor a .tar, .tar.gz, .tgz, .zip, .jsonl or .jsonl.gz file")]
    UnknownForm(String),
    #[error("{0} is no URL of an object store: {1}")]
    Url(String, String),
}

/// Limits of a read.
#[derive(Debug, Clone, Copy)]
pub struct ArchiveLimits {
    /// Entries at the start that are passed over.
    pub skip: u64,
    /// A larger document, unpacked, is reported and not read.
    pub max_document_bytes: u64,
}

/// Receiver of the entries, in their order; it may end the read.
pub type Receive<'a> = dyn FnMut(ArchiveEntry) -> ControlFlow<()> + 'a;

impl FromStr for ArchiveSource {
    type Err = InvalidSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.contains("://") {
            let url = Url::parse(text)
                .map_err(|error| InvalidSource::Url(text.to_owned(), error.to_string()))?;
            return Ok(Self::Objects(url));
        }
        let path = PathBuf::from(text);
        let name = text.to_lowercase();
        let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        if path.is_dir() {
            Ok(Self::Folder(path))
        } else if ends(&[".tar", ".tar.gz", ".tgz"]) {
            Ok(Self::Tar(path))
        } else if ends(&[".zip"]) {
            Ok(Self::Zip(path))
        } else if ends(&[".jsonl", ".jsonl.gz"]) {
            Ok(Self::Lines(path))
        } else {
            Err(InvalidSource::UnknownForm(text.to_owned()))
        }
    }
}

impl fmt::Display for ArchiveSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) | Self::Tar(path) | Self::Zip(path) | Self::Lines(path) => {
                path.display().fmt(f)
            }
            Self::Objects(url) => url.fmt(f),
        }
    }
}

impl ArchiveSource {
    /// Reads the archive; on a thread that may block. The options are those of an object store.
    ///
    /// # Errors
    /// The archive cannot be opened, or ends in the middle of an entry.
    pub fn read(
        &self,
        options: &ObjectStoreOptions,
        limits: ArchiveLimits,
        receive: &mut Receive<'_>,
    ) -> io::Result<()> {
        let done = match self {
            Self::Folder(path) => folder::read(path, limits, receive),
            Self::Tar(path) => packed::read_tar(path, limits, receive),
            Self::Zip(path) => packed::read_zip(path, limits, receive),
            Self::Lines(path) => lines::read(path, limits, receive),
            Self::Objects(url) => objects::read(url, options, limits, receive),
        };
        done.map(|_| ())
    }
}

/// True for the path of an OCR document. Other files of an archive are passed over.
fn is_document(path: &str) -> bool {
    path.ends_with(".json") || path.ends_with(".json.gz")
}

/// Counts entries, and passes over those at the start.
struct Skipper(u64);

impl Skipper {
    /// True for an entry that is passed over.
    fn skips(&mut self) -> bool {
        let skips = self.0 > 0;
        self.0 = self.0.saturating_sub(1);
        skips
    }
}

/// A document of a file of an archive, unpacked if it is gzip; or why it cannot be read.
fn document(source: impl io::Read, max_bytes: u64) -> Result<Vec<u8>, String> {
    let read = crate::file::read_at_most(source, max_bytes, 0);
    let unpacked = read.and_then(|bytes| match crate::file::is_gzip(&bytes) {
        true => crate::file::unpack(&bytes, max_bytes),
        false => Ok(bytes),
    });
    unpacked.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
