//! Documents of a folder and the folders below it.

use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;

use super::{ArchiveEntry, ArchiveLimits, Receive, Skipper, document, is_document};

pub(super) fn read(
    folder: &Path,
    limits: ArchiveLimits,
    receive: &mut Receive<'_>,
) -> io::Result<ControlFlow<()>> {
    let mut skipper = Skipper(limits.skip);
    below(folder, "", limits.max_document_bytes, &mut skipper, receive)
}

/// Reads one folder: its names are sorted, so memory holds one folder at each depth. Links
/// to folders are not followed: they may lead in circles.
fn below(
    folder: &Path,
    prefix: &str,
    max_bytes: u64,
    skipper: &mut Skipper,
    receive: &mut Receive<'_>,
) -> io::Result<ControlFlow<()>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        // Names of documents are ASCII; a name that is no text is none of them.
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        entries.push((name, entry.file_type()?.is_dir()));
    }
    entries.sort();
    for (name, is_folder) in entries {
        let path = folder.join(&name);
        let entry_path = format!("{prefix}{name}");
        if is_folder {
            let prefix = format!("{entry_path}/");
            if below(&path, &prefix, max_bytes, skipper, receive)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            continue;
        }
        if !is_document(&name) || skipper.skips() {
            continue;
        }
        let document = File::open(&path)
            .map_err(|error| error.to_string())
            .and_then(|file| document(file, max_bytes));
        let entry = ArchiveEntry {
            path: entry_path,
            document,
        };
        if receive(entry).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}
