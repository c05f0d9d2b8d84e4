//! Builds the indexes of the search engine from the corpora.
//!
//! The name of a version is a hash of its documents: an index is stale when its name is not
//! the one that the corpora of today give, and a build that was stopped is gone on with only
//! when its documents are the same.

use std::time::Duration;

use robotoff_core::search::IndexEntry;
use robotoff_ports::search::{IndexVersion, SearchDocument, SearchIndex};
use robotoff_ports::{PortError, PortResult, SearchParts};
use tokio_util::sync::CancellationToken;

/// The form of documents; part of the name of each version.
const FORMAT: u32 = 1;

/// Documents that are handed to the engine at once.
const BATCH: usize = 10_000;

/// Pause between two looks at an index that another process builds, and how many there are.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
const POLLS: u32 = 480;

/// Builds indexes.
#[derive(Clone)]
pub struct IndexBuilder {
    parts: SearchParts,
}

/// Settings of a build.
#[derive(Debug, Clone, Copy, Default)]
pub struct BuildSettings {
    /// Build a new version even if the current one has the same documents.
    pub again: bool,
    /// Leave the version beside the current one.
    pub without_swap: bool,
}

/// Result of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildReport {
    pub version: String,
    pub documents: u32,
    /// Documents that an earlier build had stored.
    pub resumed_from: u32,
    /// False when the version was there already.
    pub is_new: bool,
}

/// The versions of an index, and the one that the corpora of today give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexState {
    pub index: SearchIndex,
    pub wanted: String,
    pub versions: Vec<IndexVersion>,
}

impl IndexState {
    /// False when the current version is missing or of other corpora.
    pub fn is_fresh(&self) -> bool {
        let mut versions = self.versions.iter();
        versions.any(|version| version.is_current && is_of(&version.name, &self.wanted))
    }
}

/// True for a version of these documents: the first one, or one that was built again.
fn is_of(version: &str, wanted: &str) -> bool {
    version
        .strip_prefix(wanted)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

impl IndexBuilder {
    /// A builder over these parts.
    pub const fn new(parts: SearchParts) -> Self {
        Self { parts }
    }

    /// The engine.
    pub fn engine(&self) -> &dyn robotoff_ports::Search {
        &*self.parts.engine
    }

    /// The state of an index.
    pub async fn state(&self, index: SearchIndex) -> PortResult<IndexState> {
        let documents = self.documents(index).await?;
        Ok(IndexState {
            index,
            wanted: version_of(&documents),
            versions: self.parts.engine.versions(index).await?,
        })
    }

    /// Builds an index. `progress` is called with the documents that are stored and all.
    pub async fn build(
        &self,
        index: SearchIndex,
        settings: BuildSettings,
        progress: &(dyn Fn(u32, u32) + Sync),
        stop: &CancellationToken,
    ) -> PortResult<BuildReport> {
        let documents = self.documents(index).await?;
        let versions = self.parts.engine.versions(index).await?;
        let version = free_name(&version_of(&documents), &versions, settings.again);
        let known = versions.iter().find(|known| known.name == version);
        let total = u32::try_from(documents.len()).unwrap_or(u32::MAX);
        let mut report = BuildReport {
            documents: total,
            resumed_from: 0,
            is_new: !known.is_some_and(|known| known.is_complete),
            version,
        };
        if report.is_new {
            report.resumed_from = self
                .write(index, &report.version, &documents, progress, stop)
                .await?;
        }
        if !settings.without_swap {
            self.parts.engine.swap(index, &report.version).await?;
        }
        Ok(report)
    }

    /// Writes a version; the number of documents that were stored before.
    async fn write(
        &self,
        index: SearchIndex,
        version: &str,
        documents: &[SearchDocument],
        progress: &(dyn Fn(u32, u32) + Sync),
        stop: &CancellationToken,
    ) -> PortResult<u32> {
        let total = u32::try_from(documents.len()).unwrap_or(u32::MAX);
        let mut writer = self.parts.engine.write(index, version).await?;
        let resumed_from = writer.stored();
        let mut stored = resumed_from;
        progress(stored, total);
        for batch in documents
            .get(stored as usize..)
            .unwrap_or_default()
            .chunks(BATCH)
        {
            if stop.is_cancelled() {
                let why = "stopped; the next build goes on from here";
                return Err(PortError::unavailable(format!("the build of {index}"), why));
            }
            writer.append(batch.to_vec()).await?;
            stored += u32::try_from(batch.len()).unwrap_or(u32::MAX);
            progress(stored, total);
        }
        writer.complete(total).await?;
        Ok(resumed_from)
    }

    /// Builds an index that an engine in this program needs, if it is missing or stale, and
    /// deletes the versions before. Waits while another process builds it.
    pub async fn ensure(&self, index: SearchIndex) -> PortResult<()> {
        if !self.parts.engine.builds_on_need() {
            return Ok(());
        }
        let stop = CancellationToken::new();
        for _ in 0..POLLS {
            let mut settings = BuildSettings::default();
            if self.state(index).await?.is_fresh() {
                // No queries: the version is only opened.
                match self.parts.engine.find(index, &[]).await {
                    Ok(_) => return Ok(()),
                    Err(error) => {
                        tracing::warn!(%error, "a search index is broken");
                        settings.again = true;
                    }
                }
            }
            tracing::info!(index = index.name(), "building a search index");
            let built = self.build(index, settings, &|_, _| {}, &stop);
            match built.await {
                Ok(report) => {
                    tracing::info!(
                        index = index.name(),
                        version = report.version,
                        documents = report.documents,
                        "the search index is built"
                    );
                    return self.delete_old(index).await;
                }
                // Another process builds it.
                Err(PortError::Denied { .. }) => tokio::time::sleep(POLL_INTERVAL).await,
                Err(error) => return Err(error),
            }
        }
        let why = "another process builds it and does not end";
        Err(PortError::unavailable(
            format!("the search index {index}"),
            why,
        ))
    }

    async fn delete_old(&self, index: SearchIndex) -> PortResult<()> {
        for version in self.parts.engine.versions(index).await? {
            if !version.is_current {
                let deleted = self.parts.engine.delete(index, &version.name).await;
                if let Err(error) = deleted {
                    tracing::warn!(%error, "an old version of a search index is not deleted");
                }
            }
        }
        Ok(())
    }

    /// All documents of an index.
    async fn documents(&self, index: SearchIndex) -> PortResult<Vec<SearchDocument>> {
        let corpora = &self.parts.corpora;
        match index {
            SearchIndex::CategoryNames => {
                let matcher = corpora.matcher().await?;
                Ok(numbered(matcher.knowledge().index_entries()))
            }
            SearchIndex::SpellingWords => Ok(numbered(corpora.speller().await?.index_entries())),
            SearchIndex::SpellingPhrases => Ok(numbered(corpora.phrases().await?.into_iter())),
        }
    }
}

fn numbered(entries: impl Iterator<Item = IndexEntry>) -> Vec<SearchDocument> {
    let documents = entries.zip(0..).map(|(entry, place)| SearchDocument {
        place,
        lang: entry.lang,
        terms: entry.terms,
        payload: entry.payload,
    });
    documents.collect()
}

/// The name of a version with these documents: 64 bits of FNV-1a.
fn version_of(documents: &[SearchDocument]) -> String {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let mut add = |text: &str| {
        for byte in text.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        }
    };
    for document in documents {
        add(&document.lang);
        add(&document.terms);
        add(&document.payload);
    }
    format!("{FORMAT}.{hash:016x}")
}

/// The wanted name, or when it is to be built again the first one that is not complete.
fn free_name(wanted: &str, versions: &[IndexVersion], again: bool) -> String {
    let is_complete = |name: &str| {
        let mut versions = versions.iter();
        versions.any(|version| version.is_complete && version.name == name)
    };
    if !again || !is_complete(wanted) {
        return wanted.to_owned();
    }
    let names = (2..).map(|number: u32| format!("{wanted}-{number}"));
    let mut free = names.filter(|name| !is_complete(name));
    free.next().unwrap_or_else(|| wanted.to_owned())
}
