//! Clients that are killed with SIGKILL during bulk writes: the version is complete, or the
//! next build goes on; it is never half-used.
//!
//! The client is this test program itself, which runs one ignored test.

use std::process::{Command, Stdio};

use super::*;

const INDEX: SearchIndex = SearchIndex::SpellingWords;
const KILLS: u32 = 50;
const DOCUMENTS: u32 = 40_000;
/// The address of the server and the prefix of the indexes.
const SERVER: &str = "ROBOTOFF_TEST_ELASTICSEARCH";

fn engine_of(url: &str, prefix: &str) -> ElasticSearch {
    let settings = ElasticSettings {
        prefix: prefix.to_owned(),
        ..settings(url)
    };
    ElasticSearch::new(settings).expect("settings")
}

async fn write(engine: &ElasticSearch) -> robotoff_ports::PortResult<()> {
    let mut writer = engine.write(INDEX, "v1").await?;
    for from in (writer.stored()..DOCUMENTS).step_by(500) {
        let to = (from + 500).min(DOCUMENTS);
        writer.append(documents(from, to)).await?;
    }
    writer.complete(DOCUMENTS).await?;
    engine.swap(INDEX, "v1").await
}

/// Writes until it is killed or done.
#[tokio::test]
#[ignore = "needs to be run by `clients_are_killed`, which kills it"]
async fn client() {
    let Some(server) = std::env::var(SERVER).ok() else {
        return;
    };
    let (url, prefix) = server.split_once(' ').expect("two words");
    // Denied once it is complete.
    let _ = write(&engine_of(url, prefix)).await;
}

/// Kills clients; then the version is completed and holds each document once.
pub(super) async fn clients_are_killed(url: &str) {
    let prefix = new_prefix();
    let engine = engine_of(url, &prefix);
    let mut building = 0;
    for kill in 0..KILLS {
        let mut client = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "kills::client", "--ignored"])
            .env(SERVER, format!("{url} {prefix}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        // Not a wait for a result: wherever the kill falls, the index must survive it.
        tokio::time::sleep(Duration::from_millis(u64::from(40 + kill * 37 % 200))).await;
        client.kill().expect("it is killed");
        client.wait().expect("it has ended");
        let versions = engine.versions(INDEX).await.expect("a list");
        for version in versions.iter().filter(|version| version.is_current) {
            assert!(version.is_complete, "{version:?}");
            assert_eq!(version.documents, u64::from(DOCUMENTS));
        }
        building += u32::from(versions.iter().any(|version| !version.is_complete));
    }
    assert!(building > 0, "no kill fell into a build");
    if let Ok(writer) = engine.write(INDEX, "v1").await {
        drop(writer);
        write(&engine).await.expect("it goes on");
    }
    let swapped = engine.swap(INDEX, "v1").await;
    swapped.expect("it is complete");
    let versions = engine.versions(INDEX).await.expect("a list");
    assert_eq!(versions[0].documents, u64::from(DOCUMENTS));
    let queries: Vec<TermQuery> = (0..DOCUMENTS)
        .step_by(499)
        .map(|place| query(&format!("n{place}"), 10))
        .collect();
    let found = engine.find(INDEX, &queries).await.expect("answers");
    assert!(found.iter().all(|hits| hits.len() == 1));
}
