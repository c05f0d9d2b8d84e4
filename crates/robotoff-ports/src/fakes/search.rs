//! A search engine in memory that compares a query with every document.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::error::{PortError, PortResult};
use crate::search::{
    HitOrder, IndexVersion, IndexWriter, PhraseSuggestion, Search, SearchDocument, SearchFinding,
    SearchHit, SearchIndex, TermQuery, in_order,
};

/// Term saturation and length normalisation of BM25.
const K1: f32 = 1.2;
const B: f32 = 0.75;

/// Indexes in memory. The engine may be made unavailable.
#[derive(Clone, Default)]
pub struct FakeSearch(Arc<Mutex<Indexes>>);

#[derive(Default)]
struct Indexes {
    versions: BTreeMap<(SearchIndex, String), FakeVersion>,
    current: BTreeMap<SearchIndex, String>,
    is_unavailable: bool,
}

#[derive(Default, Clone)]
struct FakeVersion {
    documents: Vec<SearchDocument>,
    is_complete: bool,
}

struct FakeWriter {
    indexes: FakeSearch,
    key: (SearchIndex, String),
    stored: u32,
}

fn denied(why: &str) -> PortError {
    PortError::denied("the search engine", why)
}

impl FakeSearch {
    /// Makes searches fail, or work again.
    pub fn set_unavailable(&self, is_unavailable: bool) {
        self.indexes().is_unavailable = is_unavailable;
    }

    fn indexes(&self) -> MutexGuard<'_, Indexes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FakeVersion {
    fn find(&self, query: &TermQuery) -> Vec<SearchHit> {
        let of_language = |document: &&SearchDocument| document.lang == query.lang;
        let documents: Vec<&SearchDocument> = self.documents.iter().filter(of_language).collect();
        let terms: Vec<Vec<&str>> = documents
            .iter()
            .map(|document| document.stored_terms())
            .collect();
        let mean = terms.iter().map(Vec::len).sum::<usize>() as f32 / terms.len().max(1) as f32;
        let searched = query.searched_terms();
        let mut hits = Vec::new();
        for (document, held) in documents.into_iter().zip(&terms) {
            let mut score = 0.0;
            for term in searched.iter().filter(|term| held.contains(term)) {
                let with = terms.iter().filter(|other| other.contains(term)).count() as f32;
                let frequency = held.iter().filter(|other| *other == term).count() as f32;
                let idf = (1.0 + (terms.len() as f32 - with + 0.5) / (with + 0.5)).ln();
                let norm = K1 * (1.0 - B + B * held.len() as f32 / mean);
                score += idf * frequency / (frequency + norm);
            }
            if score > 0.0 {
                hits.push(SearchHit {
                    place: document.place,
                    score: match query.order {
                        HitOrder::Relevance => score,
                        HitOrder::Place => 0.0,
                    },
                    terms: held.join(" "),
                    payload: document.payload.clone(),
                });
            }
        }
        in_order(hits, query.order, query.limit)
    }
}

#[async_trait]
impl Search for FakeSearch {
    fn describe(&self) -> String {
        "fake:".to_owned()
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
        let indexes = self.indexes();
        if indexes.is_unavailable {
            let why = "the test says so";
            return Err(PortError::unavailable("the search engine", why));
        }
        let current = indexes.current.get(&index).cloned().ok_or_else(|| {
            PortError::unavailable("the index", "it is missing; run `robotoff index build`")
        })?;
        let version = &indexes.versions[&(index, current)];
        Ok(queries.iter().map(|query| version.find(query)).collect())
    }

    async fn suggest(
        &self,
        _: &str,
        _: &[String],
    ) -> PortResult<Option<Vec<Option<PhraseSuggestion>>>> {
        Ok(None)
    }

    async fn versions(&self, index: SearchIndex) -> PortResult<Vec<IndexVersion>> {
        let indexes = self.indexes();
        let of_index = indexes.versions.iter().filter(|(key, _)| key.0 == index);
        let versions = of_index.map(|((_, name), version)| IndexVersion {
            documents: version.documents.len() as u64,
            is_complete: version.is_complete,
            is_current: indexes.current.get(&index) == Some(name),
            name: name.clone(),
        });
        Ok(versions.collect())
    }

    async fn write(&self, index: SearchIndex, version: &str) -> PortResult<Box<dyn IndexWriter>> {
        let key = (index, version.to_owned());
        let mut indexes = self.indexes();
        let written = indexes.versions.entry(key.clone()).or_default();
        if written.is_complete {
            return Err(denied("the version is complete"));
        }
        Ok(Box::new(FakeWriter {
            stored: u32::try_from(written.documents.len()).unwrap_or(u32::MAX),
            indexes: self.clone(),
            key,
        }))
    }

    async fn swap(&self, index: SearchIndex, version: &str) -> PortResult<()> {
        let mut indexes = self.indexes();
        let found = indexes.versions.get(&(index, version.to_owned()));
        if !found.is_some_and(|found| found.is_complete) {
            return Err(denied("the version is not complete"));
        }
        indexes.current.insert(index, version.to_owned());
        Ok(())
    }

    async fn delete(&self, index: SearchIndex, version: &str) -> PortResult<()> {
        let mut indexes = self.indexes();
        if indexes
            .current
            .get(&index)
            .is_some_and(|current| current == version)
        {
            return Err(denied("the version is current"));
        }
        indexes.versions.remove(&(index, version.to_owned()));
        Ok(())
    }

    async fn check(&self) -> Vec<SearchFinding> {
        let is_failure = self.indexes().is_unavailable;
        let failure = is_failure.then(|| SearchFinding {
            is_failure,
            message: "the test says so".to_owned(),
        });
        failure.into_iter().collect()
    }
}

#[async_trait]
impl IndexWriter for FakeWriter {
    fn stored(&self) -> u32 {
        self.stored
    }

    async fn append(&mut self, documents: Vec<SearchDocument>) -> PortResult<()> {
        let mut indexes = self.indexes.indexes();
        let version = indexes.versions.entry(self.key.clone()).or_default();
        version.documents.extend(documents);
        Ok(())
    }

    async fn complete(self: Box<Self>, documents: u32) -> PortResult<()> {
        let mut indexes = self.indexes.indexes();
        let version = indexes.versions.entry(self.key.clone()).or_default();
        if version.documents.len() != documents as usize {
            return Err(PortError::defect(
                "the version",
                "another number of documents",
            ));
        }
        version.is_complete = true;
        Ok(())
    }
}
