//! Documents of an object store, below a prefix.

use std::io;
use std::ops::ControlFlow;

use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use reqwest::Url;
use tokio::runtime::Handle;

use super::{ArchiveEntry, ArchiveLimits, Receive, Skipper, document, is_document};
use crate::objects::{self, ObjectStoreOptions};

/// Reads the objects by the bytes of their paths. Stores list them in no certain order, so
/// the paths are collected first: some hundred bytes each.
pub(super) fn read(
    url: &Url,
    options: &ObjectStoreOptions,
    limits: ArchiveLimits,
    receive: &mut Receive<'_>,
) -> io::Result<ControlFlow<()>> {
    let (store, prefix) = objects::open(url, options).map_err(io::Error::other)?;
    let runtime = Handle::current();
    let mut skipper = Skipper(limits.skip);
    let paths = runtime.block_on(documents(&*store, &prefix))?;
    for path in paths {
        if skipper.skips() {
            continue;
        }
        let read = runtime.block_on(object(&*store, &path, limits.max_document_bytes));
        let relative = path.as_ref().strip_prefix(prefix.as_ref());
        let relative = relative.unwrap_or(path.as_ref()).trim_start_matches('/');
        let entry = ArchiveEntry {
            path: relative.to_owned(),
            document: read.and_then(|bytes| document(&bytes[..], limits.max_document_bytes)),
        };
        if receive(entry).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// An object, unless it is too large to be a document.
async fn object(store: &dyn ObjectStore, path: &Path, max_bytes: u64) -> Result<Vec<u8>, String> {
    let found = store.get(path).await.map_err(|error| error.to_string())?;
    if found.meta.size > max_bytes {
        return Err(format!("it has more than {max_bytes} bytes"));
    }
    let bytes = found.bytes().await.map_err(|error| error.to_string())?;
    Ok(bytes.to_vec())
}

async fn documents(store: &dyn ObjectStore, prefix: &Path) -> io::Result<Vec<Path>> {
    let listed = store.list(Some(prefix)).map_ok(|object| object.location);
    let paths: Vec<Path> = listed.try_collect().await.map_err(io::Error::other)?;
    let mut paths: Vec<Path> = paths
        .into_iter()
        .filter(|path| is_document(path.as_ref()))
        .collect();
    paths.sort();
    Ok(paths)
}
