//! The search engine inside the program: tantivy indexes in a folder.
//!
//! A version of an index is a folder of its own. It is built beside its place and renamed
//! when it is whole, and a small file names the version that is current; so a process that
//! is killed leaves a version that is whole or one that is not there. The alternative, one
//! tantivy index whose commits are the versions, cannot be swapped back and mixes the
//! statistics of two versions while both have documents.

mod folder;
mod reader;
mod schema;
mod writer;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use robotoff_ports::search::{
    IndexVersion, IndexWriter, PhraseSuggestion, SearchFinding, SearchHit, SearchIndex, TermQuery,
};
use robotoff_ports::{BlockingPool, PortError, PortResult, Search};

use folder::IndexFolder;
use reader::OpenVersion;
use writer::TantivyWriter;

/// Documents between two commits of a build, which a build that was killed does not write
/// again.
const COMMIT_DOCUMENTS: u32 = 50_000;

/// Indexes in a folder.
pub struct TantivySearch {
    folder: Arc<IndexFolder>,
    open: Arc<Mutex<HashMap<SearchIndex, Arc<OpenVersion>>>>,
    commit_documents: u32,
}

impl TantivySearch {
    /// The engine over a folder, which is made when something is written.
    pub fn new(folder: impl AsRef<Path>) -> Self {
        Self {
            folder: Arc::new(IndexFolder::new(folder.as_ref())),
            open: Arc::default(),
            commit_documents: COMMIT_DOCUMENTS,
        }
    }

    /// The same with another number of documents between two commits.
    #[must_use]
    pub const fn with_commit_documents(mut self, documents: u32) -> Self {
        self.commit_documents = documents;
        self
    }
}

/// Runs work on files on a thread for such work.
async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> PortResult<T> + Send + 'static,
) -> PortResult<T> {
    let joined = BlockingPool::shared().run(work).await;
    joined.unwrap_or_else(|error| Err(PortError::defect("the search index", error)))
}

/// The open current version; a new one when another became current.
fn current(
    folder: &IndexFolder,
    open: &Mutex<HashMap<SearchIndex, Arc<OpenVersion>>>,
    index: SearchIndex,
) -> PortResult<Arc<OpenVersion>> {
    let known = |version: &str| {
        let open = open.lock().unwrap_or_else(PoisonError::into_inner);
        let known = open.get(&index);
        known.filter(|known| known.version == version).cloned()
    };
    let version = folder.require_current(index)?;
    if let Some(known) = known(&version) {
        return Ok(known);
    }
    let opened = match OpenVersion::open(folder, index, &version) {
        // Another version may have become current, and this one been deleted, in between.
        Err(_) if folder.current(index)?.is_some_and(|now| now != version) => {
            OpenVersion::open(folder, index, &folder.require_current(index)?)
        }
        opened => opened,
    };
    let opened = Arc::new(opened?);
    let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
    open.insert(index, opened.clone());
    Ok(opened)
}

#[async_trait]
impl Search for TantivySearch {
    fn describe(&self) -> String {
        format!("tantivy:{}", self.folder.path().display())
    }

    fn indexes(&self) -> &'static [SearchIndex] {
        &[SearchIndex::CategoryNames, SearchIndex::SpellingWords]
    }

    fn builds_on_need(&self) -> bool {
        true
    }

    async fn find(
        &self,
        index: SearchIndex,
        queries: &[TermQuery],
    ) -> PortResult<Vec<Vec<SearchHit>>> {
        let (folder, open) = (self.folder.clone(), self.open.clone());
        let queries = queries.to_vec();
        on_thread(move || {
            let version = current(&folder, &open, index)?;
            queries.iter().map(|query| version.find(query)).collect()
        })
        .await
    }

    async fn suggest(
        &self,
        _: &str,
        _: &[String],
    ) -> PortResult<Option<Vec<Option<PhraseSuggestion>>>> {
        Ok(None)
    }

    async fn versions(&self, index: SearchIndex) -> PortResult<Vec<IndexVersion>> {
        let folder = self.folder.clone();
        on_thread(move || {
            let current = folder.current(index)?;
            let mut versions = Vec::new();
            for found in folder.versions(index)? {
                versions.push(IndexVersion {
                    documents: schema::stored_documents(&found.path),
                    is_complete: found.is_complete,
                    is_current: found.is_complete && current.as_ref() == Some(&found.name),
                    name: found.name,
                });
            }
            Ok(versions)
        })
        .await
    }

    async fn write(&self, index: SearchIndex, version: &str) -> PortResult<Box<dyn IndexWriter>> {
        let (folder, version) = (self.folder.clone(), version.to_owned());
        let commit_documents = self.commit_documents;
        let writer =
            on_thread(move || TantivyWriter::open(folder, index, &version, commit_documents));
        Ok(Box::new(writer.await?))
    }

    async fn swap(&self, index: SearchIndex, version: &str) -> PortResult<()> {
        let (folder, version) = (self.folder.clone(), version.to_owned());
        on_thread(move || folder.swap(index, &version)).await
    }

    async fn delete(&self, index: SearchIndex, version: &str) -> PortResult<()> {
        let (folder, version) = (self.folder.clone(), version.to_owned());
        on_thread(move || folder.delete(index, &version)).await
    }

    async fn check(&self) -> Vec<SearchFinding> {
        let (folder, open) = (self.folder.clone(), self.open.clone());
        let indexes = self.indexes();
        let checked = on_thread(move || {
            let mut findings = Vec::new();
            for index in indexes {
                // One that is missing is built when it is needed.
                if folder.current(*index)?.is_none() {
                    continue;
                }
                if let Err(error) = current(&folder, &open, *index) {
                    findings.push(SearchFinding {
                        is_failure: true,
                        message: error.to_string(),
                    });
                }
            }
            Ok(findings)
        });
        match checked.await {
            Ok(findings) => findings,
            Err(error) => vec![SearchFinding {
                is_failure: true,
                message: error.to_string(),
            }],
        }
    }
}

#[cfg(test)]
mod tests;
