//! The reader of a version.

use robotoff_ports::search::{HitOrder, SearchHit, SearchIndex, TermQuery, in_order};
use robotoff_ports::{PortError, PortResult};
use tantivy::collector::TopDocs;
use tantivy::columnar::Column;
use tantivy::query::{Bm25StatisticsProvider, BooleanQuery};
use tantivy::schema::{Field, Value};
use tantivy::{
    DocAddress, Index, IndexReader, Order, ReloadPolicy, Searcher, TantivyDocument, Term,
};

use super::folder::IndexFolder;
use super::schema::{IndexFields, PLACE, Stored, TermCounts, schema};

/// Hits that are read beyond the limit, so that ties at the limit are cut by place.
const BEYOND_LIMIT: usize = 64;

/// Unpacked blocks of 16 kB that are kept: all of the documents of the indexes that ship.
const CACHED_BLOCKS: usize = 4096;

/// A version that is open for queries.
pub(super) struct OpenVersion {
    pub(super) version: String,
    searcher: Searcher,
    /// The places of each segment.
    places: Vec<Column<u64>>,
    fields: IndexFields,
    stored: Stored,
}

/// The statistics of one language.
struct LanguageStatistics<'s> {
    searcher: &'s Searcher,
    counts: TermCounts,
}

impl Bm25StatisticsProvider for LanguageStatistics<'_> {
    fn total_num_tokens(&self, _: Field) -> tantivy::Result<u64> {
        Ok(self.counts.terms)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.counts.documents)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.searcher.doc_freq(term)
    }
}

impl OpenVersion {
    pub(super) fn open(
        folder: &IndexFolder,
        index: SearchIndex,
        version: &str,
    ) -> PortResult<Self> {
        let path = folder.complete(index, version);
        let broken = |error: String| {
            PortError::unavailable(
                format!("the search index {}", path.display()),
                format!("{error}; run `robotoff index build --again`"),
            )
        };
        let opened = Index::open_in_dir(&path).map_err(|error| broken(error.to_string()))?;
        let (expected, fields) = schema();
        if opened.schema() != expected {
            return Err(broken("it is of another release".to_owned()));
        }
        let stored = Stored::of(&opened);
        let stored = stored.ok_or_else(|| broken("its record is missing".to_owned()))?;
        let reader = opened
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(CACHED_BLOCKS);
        let reader: IndexReader = reader
            .try_into()
            .map_err(|error| broken(error.to_string()))?;
        let searcher = reader.searcher();
        let places = searcher.segment_readers().iter();
        let places = places.map(|segment| segment.fast_fields().u64(PLACE));
        let places = places.collect::<tantivy::Result<Vec<Column<u64>>>>();
        Ok(Self {
            version: version.to_owned(),
            places: places.map_err(|error| broken(error.to_string()))?,
            searcher,
            fields,
            stored,
        })
    }

    /// The hits of a query.
    pub(super) fn find(&self, query: &TermQuery) -> PortResult<Vec<SearchHit>> {
        let terms = query.searched_terms();
        let Some(counts) = self.stored.languages.get(&query.lang).copied() else {
            return Ok(Vec::new());
        };
        if terms.is_empty() || query.limit == 0 {
            return Ok(Vec::new());
        }
        let searcher = &self.searcher;
        let terms = terms
            .into_iter()
            .map(|term| self.fields.term(&query.lang, term));
        let any = BooleanQuery::new_multiterms_query(terms.collect());
        let found = match query.order {
            HitOrder::Relevance => relevant(searcher, &any, counts, query.limit),
            HitOrder::Place => first(searcher, &any, query.limit),
        };
        let hits = found.and_then(|found| self.hits(&found, query));
        hits.map_err(|error| PortError::unavailable("the search index", error))
    }

    /// The hits in order. Documents are read only of those within the limit.
    fn hits(
        &self,
        found: &[(f32, DocAddress)],
        query: &TermQuery,
    ) -> tantivy::Result<Vec<SearchHit>> {
        let mut addresses = Vec::with_capacity(found.len());
        let mut hits = Vec::with_capacity(found.len());
        for (score, address) in found {
            let column = &self.places[address.segment_ord as usize];
            let place = column.first(address.doc_id).unwrap_or_default();
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            addresses.push((place, *address));
            hits.push(SearchHit {
                place,
                score: *score,
                terms: String::new(),
                payload: String::new(),
            });
        }
        addresses.sort_unstable_by_key(|(place, _)| *place);
        let mut hits = in_order(hits, query.order, query.limit);
        for hit in &mut hits {
            let at = addresses.binary_search_by_key(&hit.place, |(place, _)| *place);
            let Ok(at) = at else { continue };
            let document: TantivyDocument = self.searcher.doc(addresses[at].1)?;
            let text = |field| {
                let value = document.get_first(field);
                let text = value.and_then(|value| value.as_str().map(str::to_owned));
                text.unwrap_or_default()
            };
            hit.terms = text(self.fields.terms);
            hit.payload = text(self.fields.payload);
        }
        Ok(hits)
    }
}

fn relevant(
    searcher: &Searcher,
    query: &BooleanQuery,
    counts: TermCounts,
    limit: usize,
) -> tantivy::Result<Vec<(f32, DocAddress)>> {
    let statistics = LanguageStatistics { searcher, counts };
    let collector = TopDocs::with_limit(2 * limit + BEYOND_LIMIT).order_by_score();
    searcher.search_with_statistics_provider(query, &collector, &statistics)
}

fn first(
    searcher: &Searcher,
    query: &BooleanQuery,
    limit: usize,
) -> tantivy::Result<Vec<(f32, DocAddress)>> {
    let collector = TopDocs::with_limit(limit).order_by_u64_field(PLACE, Order::Asc);
    let found = searcher.search(query, &collector)?;
    Ok(found
        .into_iter()
        .map(|(_, address)| (0.0, address))
        .collect())
}
