//! The conformance tests on folders, and what only a folder can suffer.

use robotoff_ports::conformance::run_search_tests;
use robotoff_ports::fakes::FakeSearch;
use robotoff_ports::search::{HitOrder, SearchDocument};

use super::*;

const INDEX: SearchIndex = SearchIndex::SpellingWords;

fn documents(from: u32, to: u32) -> Vec<SearchDocument> {
    let documents = (from..to).map(|place| SearchDocument {
        place,
        lang: "fr".to_owned(),
        terms: format!("all n{place}"),
        payload: String::new(),
    });
    documents.collect()
}

fn all() -> TermQuery {
    TermQuery {
        lang: "fr".to_owned(),
        terms: vec!["all".to_owned()],
        order: HitOrder::Place,
        limit: 1000,
    }
}

async fn build(engine: &TantivySearch, version: &str, to: u32) {
    let mut writer = engine.write(INDEX, version).await.unwrap();
    let from = writer.stored();
    writer.append(documents(from, to)).await.unwrap();
    writer.complete(to).await.unwrap();
    engine.swap(INDEX, version).await.unwrap();
}

#[tokio::test]
async fn the_embedded_engine_keeps_the_promises_of_the_port() {
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    run_search_tests(|| {
        number += 1;
        let engine = TantivySearch::new(folder.path().join(number.to_string()));
        let engine: Arc<dyn Search> = Arc::new(engine.with_commit_documents(7));
        std::future::ready(engine)
    })
    .await;
}

#[tokio::test]
async fn the_fake_of_other_tests_keeps_them_too() {
    run_search_tests(|| {
        let engine: Arc<dyn Search> = Arc::new(FakeSearch::default());
        std::future::ready(engine)
    })
    .await;
}

#[tokio::test]
async fn a_build_goes_on_behind_its_last_commit() {
    let folder = tempfile::tempdir().unwrap();
    let engine = TantivySearch::new(folder.path()).with_commit_documents(10);
    let mut writer = engine.write(INDEX, "v1").await.unwrap();
    writer.append(documents(0, 25)).await.unwrap();
    drop(writer);
    let writer = engine.write(INDEX, "v1").await.unwrap();
    assert_eq!(writer.stored(), 20);
    drop(writer);
    build(&engine, "v1", 30).await;
    let found = engine.find(INDEX, &[all()]).await.unwrap();
    let places: Vec<u32> = found[0].iter().map(|hit| hit.place).collect();
    assert_eq!(places, (0..30).collect::<Vec<u32>>());
}

#[tokio::test]
async fn a_second_writer_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let engine = TantivySearch::new(folder.path());
    let writer = engine.write(INDEX, "v1").await.unwrap();
    let refused = TantivySearch::new(folder.path()).write(INDEX, "v2").await;
    assert!(matches!(refused, Err(PortError::Denied { .. })));
    drop(writer);
    assert!(engine.write(INDEX, "v2").await.is_ok());
}

#[tokio::test]
async fn what_a_killed_process_left_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let engine = TantivySearch::new(folder.path());
    build(&engine, "v1", 3).await;
    // Before the first commit: a folder without a record.
    let part = folder.path().join("spelling-v2.part");
    std::fs::create_dir(&part).unwrap();
    std::fs::write(part.join("meta.json"), "{").unwrap();
    // While the name of the current version was written.
    std::fs::write(folder.path().join("spelling.new"), "v").unwrap();
    assert_eq!(engine.find(INDEX, &[all()]).await.unwrap()[0].len(), 3);
    build(&engine, "v2", 5).await;
    assert_eq!(engine.find(INDEX, &[all()]).await.unwrap()[0].len(), 5);
}

#[tokio::test]
async fn a_broken_version_is_named_with_its_cure() {
    let folder = tempfile::tempdir().unwrap();
    build(&TantivySearch::new(folder.path()), "v1", 3).await;
    let meta = folder.path().join("spelling-v1/meta.json");
    std::fs::write(meta, "{}").unwrap();
    let engine = TantivySearch::new(folder.path());
    let error = engine.find(INDEX, &[all()]).await.unwrap_err();
    assert!(error.is_retryable());
    assert!(error.to_string().contains("index build --again"), "{error}");
    let findings = engine.check().await;
    assert!(findings.iter().all(|finding| finding.is_failure));
    // The other index is missing, and built when it is needed.
    assert_eq!(findings.len(), 1, "{findings:?}");
}

#[tokio::test]
async fn another_process_that_swaps_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (
        TantivySearch::new(folder.path()),
        TantivySearch::new(folder.path()),
    );
    build(&one, "v1", 3).await;
    assert_eq!(other.find(INDEX, &[all()]).await.unwrap()[0].len(), 3);
    build(&one, "v2", 4).await;
    one.delete(INDEX, "v1").await.unwrap();
    assert_eq!(other.find(INDEX, &[all()]).await.unwrap()[0].len(), 4);
}
