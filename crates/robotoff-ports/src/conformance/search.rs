//! The conformance tests of [`Search`]. Each gets an engine without any version of an index.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::PortError;
use crate::search::{
    HitOrder, IndexVersion, Search, SearchDocument, SearchHit, SearchIndex, TermQuery,
};

const INDEX: SearchIndex = SearchIndex::CategoryNames;

type TestFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The test of one promise of a search engine.
#[derive(Clone, Copy)]
pub struct SearchTest {
    /// A sentence.
    pub name: &'static str,
    run: fn(Arc<dyn Search>) -> TestFuture,
}

/// The tests of a search engine.
pub const SEARCH_TESTS: &[SearchTest] = &[
    test("documents are found by any of their terms", |engine| {
        Box::pin(any_term(engine))
    }),
    test(
        "relevance is BM25 among the documents of a language",
        |engine| Box::pin(relevance(engine)),
    ),
    test("ties go by place and limits cut behind them", |engine| {
        Box::pin(ties(engine))
    }),
    test("terms are stored as they are given", |engine| {
        Box::pin(odd_terms(engine))
    }),
    test("many queries are answered in their order", |engine| {
        Box::pin(many_queries(engine))
    }),
    test(
        "an index without current version is unavailable",
        |engine| Box::pin(no_version(engine)),
    ),
    test("a version is current only when it is complete", |engine| {
        Box::pin(incomplete(engine))
    }),
    test("a version that was left is gone on with", |engine| {
        Box::pin(resumed(engine))
    }),
    test("a swap replaces all documents at once", |engine| {
        Box::pin(swapped(engine))
    }),
    test("the current version cannot be deleted", |engine| {
        Box::pin(deleted(engine))
    }),
    test("a wrong number of documents is a defect", |engine| {
        Box::pin(miscounted(engine))
    }),
];

const fn test(name: &'static str, run: fn(Arc<dyn Search>) -> TestFuture) -> SearchTest {
    SearchTest { name, run }
}

/// Runs the tests one after the other, each on a new engine.
///
/// # Panics
/// When a test fails, after all have been run, naming those that failed.
pub async fn run_search_tests<F, D>(mut engine: F)
where
    F: FnMut() -> D,
    D: Future<Output = Arc<dyn Search>>,
{
    let mut failed = Vec::new();
    for test in SEARCH_TESTS {
        let engine = engine().await;
        if let Err(error) = tokio::spawn((test.run)(engine)).await {
            failed.push(format!("{}: {error}", test.name));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn documents(terms: &[(&'static str, &str)]) -> Vec<SearchDocument> {
    let documents = terms.iter().zip(0..).map(|((lang, terms), place)| {
        let payload = format!("payload \"{place}\"\t{terms}");
        SearchDocument {
            place,
            lang: (*lang).to_owned(),
            terms: (*terms).to_owned(),
            payload,
        }
    });
    documents.collect()
}

async fn build(engine: &dyn Search, version: &str, documents: Vec<SearchDocument>) {
    let len = u32::try_from(documents.len()).expect("few documents");
    let mut writer = engine.write(INDEX, version).await.expect("a writer");
    assert_eq!(writer.stored(), 0);
    writer.append(documents).await.expect("they are written");
    writer.complete(len).await.expect("it is complete");
}

async fn build_current(engine: &dyn Search, terms: &[(&'static str, &str)]) {
    build(engine, "v1", documents(terms)).await;
    engine.swap(INDEX, "v1").await.expect("it is current");
}

fn query(lang: &str, terms: &str, order: HitOrder) -> TermQuery {
    TermQuery {
        lang: lang.to_owned(),
        terms: terms.split(' ').map(str::to_owned).collect(),
        order,
        limit: 100,
    }
}

async fn hits(engine: &dyn Search, query: TermQuery) -> Vec<SearchHit> {
    let found = engine.find(INDEX, &[query]).await.expect("an answer");
    found.into_iter().next().expect("one answer for each query")
}

async fn places(engine: &dyn Search, query: TermQuery) -> Vec<u32> {
    let hits = hits(engine, query).await.into_iter();
    hits.map(|hit| hit.place).collect()
}

async fn any_term(engine: Arc<dyn Search>) {
    let engine = &*engine;
    let stored = [
        ("fr", "tart pom"),
        ("en", "appl pie"),
        ("fr", "pom"),
        ("fr", "miel"),
    ];
    build_current(engine, &stored).await;
    let by_place = |lang, terms| query(lang, terms, HitOrder::Place);
    assert_eq!(places(engine, by_place("fr", "pom")).await, [0, 2]);
    assert_eq!(places(engine, by_place("fr", "miel pom")).await, [0, 2, 3]);
    assert!(places(engine, by_place("en", "pom")).await.is_empty());
    assert!(places(engine, by_place("de", "pom")).await.is_empty());
    assert!(places(engine, by_place("fr", "po")).await.is_empty());
    assert!(places(engine, by_place("fr", "")).await.is_empty());
    let found = hits(engine, by_place("fr", "tart")).await;
    assert_eq!(found[0].terms, "tart pom");
    assert_eq!(found[0].payload, "payload \"0\"\ttart pom");
}

async fn relevance(engine: Arc<dyn Search>) {
    let engine = &*engine;
    let stored = [
        ("fr", "tart pom"),
        ("fr", "tart pom rustiqu four bois"),
        ("fr", "pom"),
        ("fr", "pom pom pom"),
        ("fr", "tart"),
        ("fr", "miel"),
        // Does not count for French.
        ("en", "tart tart"),
        ("en", "tart"),
        ("en", "tart x y z"),
    ];
    build_current(engine, &stored).await;
    let found = hits(engine, query("fr", "tart pom", HitOrder::Relevance)).await;
    let french: Vec<Vec<&str>> = stored[..6]
        .iter()
        .map(|(_, terms)| terms.split(' ').collect())
        .collect();
    let mut expected: Vec<(u32, f32)> = french
        .iter()
        .zip(0..)
        .map(|(document, place)| (place, bm25(&french, document, &["tart", "pom"])))
        .filter(|(_, score)| *score > 0.0)
        .collect();
    expected.sort_by(|a, b| b.1.total_cmp(&a.1));
    let order: Vec<u32> = expected.iter().map(|(place, _)| *place).collect();
    let got: Vec<u32> = found.iter().map(|hit| hit.place).collect();
    assert_eq!(got, order);
    // Engines may scale all scores by one factor.
    let factor = found[0].score / expected[0].1;
    for (hit, (_, score)) in found.iter().zip(&expected) {
        let ratio = hit.score / (score * factor);
        assert!((ratio - 1.0).abs() < 1e-3, "{hit:?} {score}");
    }
}

/// BM25 as Lucene and tantivy define it, without the constant factor k1 + 1.
fn bm25(all: &[Vec<&str>], document: &[&str], terms: &[&str]) -> f32 {
    let count = all.len() as f32;
    let mean = all.iter().map(Vec::len).sum::<usize>() as f32 / count;
    let one = |term: &&str| {
        let with = all.iter().filter(|other| other.contains(term)).count() as f32;
        let frequency = document.iter().filter(|other| *other == term).count() as f32;
        let idf = (1.0 + (count - with + 0.5) / (with + 0.5)).ln();
        let norm = 1.2 * (1.0 - 0.75 + 0.75 * document.len() as f32 / mean);
        idf * frequency / (frequency + norm)
    };
    terms.iter().map(one).sum()
}

async fn ties(engine: Arc<dyn Search>) {
    let engine = &*engine;
    let stored: Vec<(&'static str, &str)> = (0..40)
        .map(|at| ("fr", if at % 2 == 0 { "pom vert" } else { "pom roug" }))
        .collect();
    build_current(engine, &stored).await;
    let limited = TermQuery {
        limit: 25,
        ..query("fr", "pom roug", HitOrder::Relevance)
    };
    let expected: Vec<u32> = (0..20)
        .map(|at| 2 * at + 1)
        .chain([0, 2, 4, 6, 8])
        .collect();
    assert_eq!(places(engine, limited).await, expected);
    let limited = TermQuery {
        limit: 3,
        ..query("fr", "roug pom", HitOrder::Place)
    };
    assert_eq!(places(engine, limited).await, [0, 1, 2]);
}

async fn odd_terms(engine: Arc<dyn Search>) {
    let engine = &*engine;
    let long = "l".repeat(300);
    let with_long = format!("pom {long}");
    let stored = [
        ("fr", "été"),
        ("fr", "ete"),
        ("fr", "Ete"),
        ("fr", "7up e300 l'eau"),
        ("de", "\u{10d}aj \u{1f34e} \"a\"\\b"),
        ("fr", &with_long),
        ("fr", "AND OR NOT *"),
    ];
    build_current(engine, &stored).await;
    let by_place = |lang, terms| query(lang, terms, HitOrder::Place);
    assert_eq!(places(engine, by_place("fr", "ete")).await, [1]);
    assert_eq!(places(engine, by_place("fr", "été")).await, [0]);
    assert_eq!(places(engine, by_place("fr", "l'eau")).await, [3]);
    assert!(places(engine, by_place("fr", "eau")).await.is_empty());
    assert_eq!(places(engine, by_place("de", "\u{1f34e}")).await, [4]);
    assert_eq!(places(engine, by_place("de", "\"a\"\\b")).await, [4]);
    assert_eq!(places(engine, by_place("fr", "pom")).await, [5]);
    assert!(places(engine, by_place("fr", &long)).await.is_empty());
    assert_eq!(places(engine, by_place("fr", "*")).await, [6]);
}

async fn many_queries(engine: Arc<dyn Search>) {
    let engine = &*engine;
    let names: Vec<String> = (0..300).map(|at| format!("n{at}")).collect();
    let stored: Vec<(&'static str, &str)> = names.iter().map(|name| ("en", &**name)).collect();
    build_current(engine, &stored).await;
    let queries = names.iter().rev();
    let queries = queries.map(|name| query("en", name, HitOrder::Relevance));
    let queries: Vec<TermQuery> = queries.collect();
    let found = engine.find(INDEX, &queries).await.expect("answers");
    let found: Vec<u32> = found
        .iter()
        .map(|hits| match hits.as_slice() {
            [hit] => hit.place,
            other => panic!("one hit, not {other:?}"),
        })
        .collect();
    assert_eq!(found, (0..300).rev().collect::<Vec<u32>>());
    assert!(engine.find(INDEX, &[]).await.expect("an answer").is_empty());
}

async fn no_version(engine: Arc<dyn Search>) {
    let engine = &*engine;
    let query = query("fr", "pom", HitOrder::Place);
    let error = engine.find(INDEX, &[query]).await.expect_err("no index");
    assert!(error.is_retryable(), "{error}");
    assert!(
        error.to_string().contains("robotoff index build"),
        "{error}"
    );
    assert_eq!(engine.versions(INDEX).await.expect("a list"), []);
    is_denied(engine.swap(INDEX, "v1").await);
    engine.delete(INDEX, "v1").await.expect("it is absent");
}

fn is_denied<T>(result: Result<T, PortError>) {
    assert!(matches!(result, Err(PortError::Denied { .. })));
}

async fn incomplete(engine: Arc<dyn Search>) {
    let engine = &*engine;
    build_current(engine, &[("fr", "old")]).await;
    let mut writer = engine.write(INDEX, "v2").await.expect("a writer");
    let new = documents(&[("fr", "new"), ("fr", "newer")]);
    writer.append(new).await.expect("they are written");
    let by_place = |terms| query("fr", terms, HitOrder::Place);
    assert_eq!(places(engine, by_place("old new")).await, [0]);
    drop(writer);
    is_denied(engine.swap(INDEX, "v2").await);
    assert_eq!(places(engine, by_place("old")).await, [0]);
    let versions = engine.versions(INDEX).await.expect("a list");
    assert_eq!(
        versions[0],
        IndexVersion {
            name: "v1".to_owned(),
            documents: 1,
            is_complete: true,
            is_current: true
        }
    );
    assert_eq!(versions[1].name, "v2");
    assert!(!versions[1].is_complete && !versions[1].is_current);
    engine.delete(INDEX, "v2").await.expect("it is deleted");
    assert_eq!(engine.versions(INDEX).await.expect("a list").len(), 1);
    is_denied(engine.write(INDEX, "v1").await);
}

async fn resumed(engine: Arc<dyn Search>) {
    let engine = &*engine;
    let names: Vec<String> = (0..50).map(|at| format!("n{at} all")).collect();
    let stored: Vec<(&'static str, &str)> = names.iter().map(|name| ("en", &**name)).collect();
    let documents = documents(&stored);
    let mut at = 0;
    // Each writer goes on a little farther than the one before.
    for end in [10, 20, 30, 50] {
        let mut writer = engine.write(INDEX, "v1").await.expect("a writer");
        let from = writer.stored() as usize;
        assert!(from <= at, "{from} of {at} are stored");
        for document in &documents[from..end] {
            let one = vec![document.clone()];
            writer.append(one).await.expect("it is written");
        }
        at = end;
        if end == 50 {
            writer.complete(50).await.expect("it is complete");
        }
    }
    engine.swap(INDEX, "v1").await.expect("it is current");
    let found = places(engine, query("en", "all", HitOrder::Place)).await;
    assert_eq!(found, (0..50).collect::<Vec<u32>>());
    let versions = engine.versions(INDEX).await.expect("a list");
    assert_eq!(versions[0].documents, 50);
}

async fn swapped(engine: Arc<dyn Search>) {
    let engine = &*engine;
    build_current(engine, &[("fr", "a x"), ("fr", "b x")]).await;
    build(engine, "v2", documents(&[("fr", "c x")])).await;
    let all = || query("fr", "x", HitOrder::Place);
    assert_eq!(places(engine, all()).await, [0, 1]);
    engine.swap(INDEX, "v2").await.expect("it is current");
    assert_eq!(places(engine, all()).await, [0]);
    engine.swap(INDEX, "v1").await.expect("and back");
    assert_eq!(places(engine, all()).await, [0, 1]);
    engine.delete(INDEX, "v2").await.expect("it is deleted");
    assert_eq!(places(engine, all()).await, [0, 1]);
}

async fn deleted(engine: Arc<dyn Search>) {
    let engine = &*engine;
    build_current(engine, &[("fr", "a")]).await;
    is_denied(engine.delete(INDEX, "v1").await);
    let found = places(engine, query("fr", "a", HitOrder::Place)).await;
    assert_eq!(found, [0]);
}

async fn miscounted(engine: Arc<dyn Search>) {
    let mut writer = engine.write(INDEX, "v1").await.expect("a writer");
    let one = documents(&[("fr", "a")]);
    writer.append(one).await.expect("it is written");
    let completed = writer.complete(2).await;
    assert!(matches!(completed, Err(PortError::Defect { .. })));
    is_denied(engine.swap(INDEX, "v1").await);
}
