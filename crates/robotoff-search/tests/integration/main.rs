//! The search engine on real Elasticsearch servers, which the tests start for themselves.

mod agreement;
mod cluster;
mod kills;
mod one_node;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use robotoff_ports::Search;
use robotoff_ports::search::{HitOrder, SearchDocument, SearchIndex, TermQuery};
use robotoff_search::{ElasticSearch, ElasticSettings};

/// The turn of a test: one starts servers at a time. Six at once on two processors are so slow
/// that a cluster which has lost a node does not elect another master within any time limit.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A prefix for names of indexes that no other test has.
fn new_prefix() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

fn settings(urls: &str) -> ElasticSettings {
    ElasticSettings {
        prefix: new_prefix(),
        first_pause: Duration::from_millis(100),
        ..ElasticSettings::new(urls).expect("addresses")
    }
}

fn engine(urls: &str) -> Arc<dyn Search> {
    Arc::new(ElasticSearch::new(settings(urls)).expect("settings"))
}

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().expect("a runtime")
}

/// Documents that all hold the term `all`.
fn documents(from: u32, to: u32) -> Vec<SearchDocument> {
    let documents = (from..to).map(|place| SearchDocument {
        place,
        lang: "fr".to_owned(),
        terms: format!("all n{place}"),
        payload: format!("p{place}"),
    });
    documents.collect()
}

fn query(term: &str, limit: usize) -> TermQuery {
    TermQuery {
        lang: "fr".to_owned(),
        terms: vec![term.to_owned()],
        order: HitOrder::Place,
        limit,
    }
}

async fn places(engine: &dyn Search, term: &str, limit: usize) -> Vec<u32> {
    let queries = [query(term, limit)];
    let found = engine.find(SearchIndex::CategoryNames, &queries);
    let hits = found.await.expect("an answer").remove(0).into_iter();
    hits.map(|hit| hit.place).collect()
}
