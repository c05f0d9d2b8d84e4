//! Documents of tar and zip files.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::{ArchiveEntry, ArchiveLimits, Receive, Skipper, document, is_document};

/// Bytes that are read from a file at a time.
const BUFFER: usize = 1 << 20;

/// Reads a tar file, as a stream: it may be larger than the disk of a pipe's other end.
pub(super) fn read_tar(
    path: &Path,
    limits: ArchiveLimits,
    receive: &mut Receive<'_>,
) -> io::Result<ControlFlow<()>> {
    let mut archive = tar::Archive::new(unpacked(path)?);
    let mut skipper = Skipper(limits.skip);
    for entry in archive.entries()? {
        let entry = entry?;
        let name = entry.path()?.to_string_lossy().into_owned();
        if !entry.header().entry_type().is_file() || !is_document(&name) || skipper.skips() {
            continue;
        }
        let entry = ArchiveEntry {
            document: document(entry, limits.max_document_bytes),
            path: name,
        };
        if receive(entry).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Reads a zip file, in the order of its directory.
pub(super) fn read_zip(
    path: &Path,
    limits: ArchiveLimits,
    receive: &mut Receive<'_>,
) -> io::Result<ControlFlow<()>> {
    let file = BufReader::with_capacity(BUFFER, File::open(path)?);
    let mut archive = zip::ZipArchive::new(file).map_err(io::Error::other)?;
    let mut skipper = Skipper(limits.skip);
    for index in 0..archive.len() {
        let Some(name) = archive.name_for_index(index).map(str::to_owned) else {
            continue;
        };
        if !is_document(&name) || skipper.skips() {
            continue;
        }
        let document = match archive.by_index(index) {
            Ok(file) => document(file, limits.max_document_bytes),
            Err(error) => Err(error.to_string()),
        };
        let entry = ArchiveEntry {
            path: name,
            document,
        };
        if receive(entry).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The content of a file that may be gzipped, by its first bytes.
pub(super) fn unpacked(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::with_capacity(BUFFER, File::open(path)?);
    let start = io::BufRead::fill_buf(&mut file)?;
    match crate::file::is_gzip(start) {
        true => Ok(Box::new(MultiGzDecoder::new(file))),
        false => Ok(Box::new(file)),
    }
}
