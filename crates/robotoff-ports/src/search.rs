//! The search engine: indexes of terms that this program made, and queries of terms.
//!
//! Text is analysed once, in core, for every engine: an engine stores terms as they are
//! given and splits them at blanks only. So all engines find the same documents in the same
//! order, and none needs plugins.
//!
//! An index has versions. One is current, the others are built, or are left from before;
//! queries are answered by the current one. A version that is not whole never becomes
//! current.

use std::fmt;

use async_trait::async_trait;

use crate::error::PortResult;

/// Longer terms are neither stored nor searched: engines split or refuse them.
pub const MAX_TERM_BYTES: usize = 200;

/// Further terms of a query are not searched: no real text has as many.
pub const MAX_QUERY_TERMS: usize = 256;

/// Relative difference of scores that counts as a tie: engines add up 32-bit floats in
/// different orders.
const SCORE_TOLERANCE: f32 = 1e-4;

/// An index of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SearchIndex {
    /// Names and synonyms of categories.
    CategoryNames,
    /// Known words by their forms with a letter left out.
    SpellingWords,
    /// Phrases of ingredient lists, for the phrase suggester of an engine that has one.
    SpellingPhrases,
}

impl SearchIndex {
    /// All indexes.
    pub const ALL: [Self; 3] = [
        Self::CategoryNames,
        Self::SpellingWords,
        Self::SpellingPhrases,
    ];

    /// The name in commands, folders and servers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CategoryNames => "categories",
            Self::SpellingWords => "spelling",
            Self::SpellingPhrases => "phrases",
        }
    }

    /// The index of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|index| index.name() == name)
    }
}

impl fmt::Display for SearchIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A document of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchDocument {
    /// The number of the document; those of an index count from 0 without gaps.
    pub place: u32,
    /// Documents of one language are searched and weighed apart from the others.
    pub lang: String,
    /// With single blanks between them.
    pub terms: String,
    /// Returned with the document; not searched.
    pub payload: String,
}

impl SearchDocument {
    /// The terms that are stored: none too long.
    pub fn stored_terms(&self) -> Vec<&str> {
        let terms = self.terms.split(' ');
        let is_stored = |term: &&str| !term.is_empty() && term.len() <= MAX_TERM_BYTES;
        terms.filter(is_stored).collect()
    }
}

/// The order of the documents that a query finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HitOrder {
    /// By BM25 (k1 1.2, b 0.75) among the documents of the language, best first; ties by place.
    Relevance,
    /// By place.
    Place,
}

/// A query for the documents of a language that hold at least one of the terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermQuery {
    pub lang: String,
    pub terms: Vec<String>,
    pub order: HitOrder,
    pub limit: usize,
}

impl TermQuery {
    /// The terms that are searched: each once, none too long, not too many.
    pub fn searched_terms(&self) -> Vec<&str> {
        let mut terms: Vec<&str> = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            let is_searched = !term.is_empty() && term.len() <= MAX_TERM_BYTES;
            if is_searched && !terms.contains(&term.as_str()) {
                terms.push(term);
            }
            if terms.len() == MAX_QUERY_TERMS {
                break;
            }
        }
        terms
    }
}

/// A document that a query found.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    pub place: u32,
    /// 0 in the order of places.
    pub score: f32,
    pub terms: String,
    pub payload: String,
}

/// Brings hits into the order that every engine returns: scores that are equal but for
/// rounding are ties, which go by place.
pub fn in_order(mut hits: Vec<SearchHit>, order: HitOrder, limit: usize) -> Vec<SearchHit> {
    match order {
        HitOrder::Place => hits.sort_by_key(|hit| hit.place),
        HitOrder::Relevance => {
            hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.place.cmp(&b.place)));
            for tied in
                hits.chunk_by_mut(|a, b| a.score - b.score <= SCORE_TOLERANCE * a.score.abs())
            {
                tied.sort_by_key(|hit| hit.place);
            }
        }
    }
    hits.truncate(limit);
    hits
}

/// A version of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexVersion {
    pub name: String,
    pub documents: u64,
    /// False while it is built, and after a build that ended early.
    pub is_complete: bool,
    /// Queries are answered by it.
    pub is_current: bool,
}

/// A piece of text that a phrase suggester would write differently.
#[derive(Debug, Clone, PartialEq)]
pub struct PhraseSuggestion {
    pub text: String,
    pub score: f32,
}

/// Something about the engine that an operator should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchFinding {
    /// True when searches fail, or soon may.
    pub is_failure: bool,
    /// The finding and its cure.
    pub message: String,
}

/// A search engine.
#[async_trait]
pub trait Search: Send + Sync {
    /// The engine and its place, without secrets.
    fn describe(&self) -> String;

    /// The indexes that the engine keeps.
    fn indexes(&self) -> &'static [SearchIndex];

    /// True for an engine whose indexes are built when they are needed; those of a server that
    /// others use are built by an operator.
    fn builds_on_need(&self) -> bool;

    /// The hits of each query, in the order of the queries.
    ///
    /// # Errors
    /// `Unavailable` when there is no current version or the engine is out of reach.
    async fn find(
        &self,
        index: SearchIndex,
        queries: &[TermQuery],
    ) -> PortResult<Vec<Vec<SearchHit>>>;

    /// The best suggestion for each text; `None` of an engine without phrase suggester.
    async fn suggest(
        &self,
        lang: &str,
        texts: &[String],
    ) -> PortResult<Option<Vec<Option<PhraseSuggestion>>>>;

    /// The versions of an index, sorted by name.
    async fn versions(&self, index: SearchIndex) -> PortResult<Vec<IndexVersion>>;

    /// Begins to write a version, or goes on with one that is not complete.
    ///
    /// # Errors
    /// `Denied` when the version is complete, or another writer has the index.
    async fn write(&self, index: SearchIndex, version: &str) -> PortResult<Box<dyn IndexWriter>>;

    /// Makes a version current, in one step.
    ///
    /// # Errors
    /// `Denied` when there is no such version or it is not complete.
    async fn swap(&self, index: SearchIndex, version: &str) -> PortResult<()>;

    /// Deletes a version. Deleting one that does not exist is no error.
    ///
    /// # Errors
    /// `Denied` when it is current.
    async fn delete(&self, index: SearchIndex, version: &str) -> PortResult<()>;

    /// Findings about the engine; empty when all is well.
    async fn check(&self) -> Vec<SearchFinding>;
}

/// The one writer of a version. Dropped, it leaves a version that [`Search::write`] goes on
/// with.
#[async_trait]
pub trait IndexWriter: Send {
    /// Documents that need not be written again: all before this place are stored.
    fn stored(&self) -> u32;

    /// Writes documents, which follow those before. They are stored after the next call at
    /// the latest, unless the process ends before.
    async fn append(&mut self, documents: Vec<SearchDocument>) -> PortResult<()>;

    /// Completes the version, which must hold this number of documents.
    ///
    /// # Errors
    /// `Defect` when it holds another number.
    async fn complete(self: Box<Self>, documents: u32) -> PortResult<()>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(place: u32, score: f32) -> SearchHit {
        SearchHit {
            place,
            score,
            terms: String::new(),
            payload: String::new(),
        }
    }

    #[test]
    fn ties_within_rounding_go_by_place() {
        let hits = vec![hit(3, 2.0), hit(1, 1.999_99), hit(2, 3.0), hit(0, 1.0)];
        let places =
            |hits: Vec<SearchHit>| -> Vec<u32> { hits.into_iter().map(|hit| hit.place).collect() };
        let found = in_order(hits.clone(), HitOrder::Relevance, 3);
        assert_eq!(places(found), [2, 1, 3]);
        let found = in_order(hits, HitOrder::Place, 2);
        assert_eq!(places(found), [0, 1]);
    }

    #[test]
    fn terms_are_searched_once_and_none_too_long() {
        let query = TermQuery {
            lang: "fr".into(),
            terms: vec!["a".into(), String::new(), "x".repeat(201), "a".into()],
            order: HitOrder::Place,
            limit: 1,
        };
        assert_eq!(query.searched_terms(), ["a"]);
    }
}
