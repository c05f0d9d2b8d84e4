//! Builds that are killed with SIGKILL at any time: the index is complete, or it is built
//! again; it is never half-used.
//!
//! The process that builds is this test program itself, which runs one ignored test.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use robotoff_ports::search::{HitOrder, SearchDocument, SearchIndex, TermQuery};
use robotoff_ports::{PortResult, Search};
use robotoff_search::TantivySearch;

const INDEX: SearchIndex = SearchIndex::CategoryNames;
const KILLS: u32 = 50;
/// Few enough that a build takes less than a second, many enough for several commits.
const DOCUMENTS: u32 = 12_000;
const COMMIT_DOCUMENTS: u32 = 1500;
/// The folder of the process that builds.
const FOLDER: &str = "ROBOTOFF_TEST_BUILD_FOLDER";

fn engine(folder: &Path) -> TantivySearch {
    TantivySearch::new(folder).with_commit_documents(COMMIT_DOCUMENTS)
}

/// Documents that say which version they are of.
fn documents(version: &str, from: u32) -> Vec<SearchDocument> {
    let documents = (from..DOCUMENTS).map(|place| SearchDocument {
        place,
        lang: "fr".to_owned(),
        terms: format!("all {version}"),
        payload: version.to_owned(),
    });
    documents.collect()
}

async fn build(engine: &TantivySearch, version: &str) -> PortResult<()> {
    let mut writer = engine.write(INDEX, version).await?;
    for batch in documents(version, writer.stored()).chunks(500) {
        writer.append(batch.to_vec()).await?;
    }
    writer.complete(DOCUMENTS).await?;
    engine.swap(INDEX, version).await
}

/// Builds versions one after the other until it is killed.
#[tokio::test]
#[ignore = "needs to be run by `builds_that_are_killed`, which kills it"]
async fn builder() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let engine = engine(Path::new(&folder));
    let versions = engine.versions(INDEX).await.unwrap();
    let complete = versions.iter().filter(|version| version.is_complete);
    let last = complete.filter_map(|version| version.name[1..].parse::<u32>().ok());
    for number in last.max().map_or(0, |last| last + 1).. {
        build(&engine, &format!("v{number:05}")).await.unwrap();
        for old in engine.versions(INDEX).await.unwrap() {
            let last = number.saturating_sub(1);
            if !old.is_current && old.name < format!("v{last:05}") {
                engine.delete(INDEX, &old.name).await.unwrap();
            }
        }
    }
}

fn start_builder(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::builder", "--ignored"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// All documents that searches find are of one version, and there are none or all of them.
async fn check(engine: &TantivySearch) -> Option<String> {
    let query = TermQuery {
        lang: "fr".to_owned(),
        terms: vec!["all".to_owned()],
        order: HitOrder::Place,
        limit: DOCUMENTS as usize + 1,
    };
    let versions = engine.versions(INDEX).await.unwrap();
    let current = versions.into_iter().find(|version| version.is_current)?;
    assert!(current.is_complete);
    let hits = engine.find(INDEX, &[query]).await.unwrap().remove(0);
    assert_eq!(hits.len(), DOCUMENTS as usize, "version {}", current.name);
    assert!(hits.iter().all(|hit| hit.payload == current.name));
    Some(current.name)
}

#[tokio::test]
async fn builds_that_are_killed_leave_a_whole_index() {
    let folder = tempfile::tempdir().unwrap();
    let mut last = None;
    for kill in 0..KILLS {
        let mut builder = start_builder(folder.path());
        // Times spread over a build: 37 and 700 have no common divisor.
        let until = Instant::now() + Duration::from_millis(u64::from(kill * 37 % 700));
        while Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        builder.kill().unwrap();
        builder.wait().unwrap();
        let current = check(&engine(folder.path())).await;
        assert!(current >= last, "no version is lost: {current:?} {last:?}");
        last = current;
    }
    // And the next build is not hindered by what they left.
    let engine = engine(folder.path());
    build(&engine, "v99999").await.unwrap();
    assert_eq!(check(&engine).await.as_deref(), Some("v99999"));
}
