//! The writer of a version.

use std::fs::{self, File};
use std::sync::Arc;

use async_trait::async_trait;
use robotoff_ports::search::{IndexWriter, SearchDocument, SearchIndex};
use robotoff_ports::{BlockingPool, PortError, PortResult};
use tantivy::Index;
use tantivy::merge_policy::NoMergePolicy;

use super::folder::IndexFolder;
use super::schema::{IndexFields, Stored, schema};

/// Memory for documents that are not on the disk yet.
const BUFFER_BYTES: usize = 64 << 20;

/// Writes a version, then gives it its place.
pub(super) struct TantivyWriter {
    /// `None` only while a thread works with it.
    inner: Option<Inner>,
    stored: u32,
    /// Commits and the merge at the end may take minutes.
    threads: BlockingPool,
}

struct Inner {
    folder: Arc<IndexFolder>,
    index: SearchIndex,
    version: String,
    writer: tantivy::IndexWriter,
    fields: IndexFields,
    /// Of all documents that were written.
    counts: Stored,
    /// Documents of the last commit.
    committed: u32,
    commit_documents: u32,
    /// Held until the writer is dropped.
    _lock: File,
}

fn defect(error: impl ToString) -> PortError {
    PortError::defect("cannot write the search index", error)
}

impl TantivyWriter {
    /// Opens the version that was begun, or begins it.
    pub(super) fn open(
        folder: Arc<IndexFolder>,
        index: SearchIndex,
        version: &str,
        commit_documents: u32,
    ) -> PortResult<Self> {
        let lock = folder.lock(index)?;
        if folder.complete(index, version).exists() {
            return Err(PortError::denied(
                format!("the search index {index}"),
                format!("version {version} is complete"),
            ));
        }
        let path = folder.unfinished(index, version);
        let (schema, fields) = schema();
        let begun = Index::open_in_dir(&path)
            .ok()
            .filter(|begun| begun.schema() == schema)
            .and_then(|begun| Stored::of(&begun).map(|stored| (begun, stored)));
        let (begun, counts) = match begun {
            Some(begun) => begun,
            None => {
                // What a killed process left before its first commit cannot be used.
                match fs::remove_dir_all(&path) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(defect(error));
                    }
                    _ => {}
                }
                fs::create_dir_all(&path).map_err(defect)?;
                let created = Index::create_in_dir(&path, schema).map_err(defect)?;
                (created, Stored::default())
            }
        };
        let writer = begun.writer_with_num_threads(1, BUFFER_BYTES);
        let writer: tantivy::IndexWriter = writer.map_err(defect)?;
        // One merge at the end: segments that a merge in the background takes meanwhile
        // would be missing there.
        writer.set_merge_policy(Box::new(NoMergePolicy));
        Ok(Self {
            stored: counts.documents,
            threads: BlockingPool::of(1),
            inner: Some(Inner {
                folder,
                index,
                version: version.to_owned(),
                writer,
                fields,
                committed: counts.documents,
                counts,
                commit_documents,
                _lock: lock,
            }),
        })
    }

    fn take(&mut self) -> PortResult<Inner> {
        // It is gone when the future of a call was dropped before the call ended.
        let gone = || PortError::unavailable("the search index", "an earlier write was stopped");
        self.inner.take().ok_or_else(gone)
    }
}

impl Inner {
    fn append(&mut self, documents: &[SearchDocument]) -> PortResult<()> {
        for document in documents {
            if document.place != self.counts.documents {
                return Err(defect(format!(
                    "document {} follows {} others",
                    document.place, self.counts.documents
                )));
            }
            let stored = self.fields.document(document, &mut self.counts);
            self.writer.add_document(stored).map_err(defect)?;
            if self.counts.documents - self.committed >= self.commit_documents {
                self.commit()?;
            }
        }
        Ok(())
    }

    fn commit(&mut self) -> PortResult<()> {
        let record = serde_json::to_string(&self.counts).map_err(defect)?;
        let mut commit = self.writer.prepare_commit().map_err(defect)?;
        commit.set_payload(&record);
        commit.commit().map_err(defect)?;
        self.committed = self.counts.documents;
        Ok(())
    }

    fn complete(mut self, documents: u32) -> PortResult<()> {
        self.commit()?;
        if self.counts.documents != documents {
            return Err(defect(format!(
                "version {} of {} holds {} documents instead of {documents}",
                self.version, self.index, self.counts.documents
            )));
        }
        let segments = self.writer.index().searchable_segment_ids();
        let segments = segments.map_err(defect)?;
        if segments.len() > 1 {
            // One segment is searched faster. The commits' record is kept by a merge.
            self.writer.merge(&segments).wait().map_err(defect)?;
        }
        self.writer.wait_merging_threads().map_err(defect)?;
        self.folder.finish(self.index, &self.version)
    }
}

#[async_trait]
impl IndexWriter for TantivyWriter {
    fn stored(&self) -> u32 {
        self.stored
    }

    async fn append(&mut self, documents: Vec<SearchDocument>) -> PortResult<()> {
        let mut inner = self.take()?;
        let work = move || inner.append(&documents).map(|()| inner);
        let appended = self.threads.run(work).await.map_err(defect)?;
        self.inner = Some(appended?);
        Ok(())
    }

    async fn complete(mut self: Box<Self>, documents: u32) -> PortResult<()> {
        let inner = self.take()?;
        let completed = self.threads.run(move || inner.complete(documents)).await;
        completed.map_err(defect)?
    }
}
