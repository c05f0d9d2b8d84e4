//! Three nodes with one replica, one of which is killed during searches and writes: no
//! document is lost, and searches go on.

use robotoff_testbed::{ElasticNode, ElasticVersion};

use super::*;

const INDEX: SearchIndex = SearchIndex::CategoryNames;
const DOCUMENTS: u32 = 20_000;
const BATCH: u32 = 2000;

#[test]
fn a_killed_node_loses_nothing() {
    let _turn = turn();
    let mut nodes = ElasticNode::start_cluster(ElasticVersion::V8, 3).expect("they start");
    let urls: Vec<String> = nodes.iter().map(ElasticNode::url).collect();
    let settings = ElasticSettings {
        replicas: 1,
        // A write waits until another node has taken over.
        attempts: 10,
        timeout: Duration::from_secs(30),
        ..settings(&urls.join(","))
    };
    let engine = ElasticSearch::new(settings).expect("settings");
    let runtime = runtime();
    runtime.block_on(build(&engine));
    let searching = runtime.spawn(search(engine.clone()));
    let writing = runtime.spawn(write(engine.clone()));
    runtime.block_on(begun(&engine));
    // The first node answers calls and, as likely as not, is the master.
    nodes[0].kill().expect("it is killed");
    let written = runtime.block_on(writing).expect("no panic");
    written.expect("all is written");
    let searches = runtime.block_on(searching).expect("no panic");
    assert!(searches > 0, "searches went on");
    runtime.block_on(async {
        engine.swap(INDEX, "v2").await.expect("it is current");
        assert_eq!(places(&engine, "all", 10_000).await.len(), 10_000);
        let versions = engine.versions(INDEX).await.expect("a list");
        for version in versions {
            assert!(version.is_complete);
            assert_eq!(version.documents, u64::from(DOCUMENTS));
        }
        for place in (0..DOCUMENTS).step_by(997) {
            assert_eq!(places(&engine, &format!("n{place}"), 10).await, [place]);
        }
    });
}

async fn build(engine: &ElasticSearch) {
    let mut writer = engine.write(INDEX, "v1").await.expect("a writer");
    let all = documents(0, DOCUMENTS);
    writer.append(all).await.expect("they are written");
    writer.complete(DOCUMENTS).await.expect("it is complete");
    engine.swap(INDEX, "v1").await.expect("it is current");
}

/// Waits until the second version is being written.
async fn begun(engine: &ElasticSearch) {
    for _ in 0..600 {
        let versions = engine.versions(INDEX).await.expect("a list");
        if versions.iter().any(|version| version.name == "v2") {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the second version is not begun");
}

async fn write(engine: ElasticSearch) -> robotoff_ports::PortResult<()> {
    let mut writer = engine.write(INDEX, "v2").await?;
    for from in (0..DOCUMENTS).step_by(BATCH as usize) {
        writer.append(documents(from, from + BATCH)).await?;
    }
    writer.complete(DOCUMENTS).await
}

/// Searches until 200 were answered; each must be right.
async fn search(engine: ElasticSearch) -> u32 {
    for number in 0..200 {
        let place = number * 97 % DOCUMENTS;
        assert_eq!(places(&engine, &format!("n{place}"), 10).await, [place]);
    }
    200
}
