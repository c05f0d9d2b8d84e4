//! Each conformance test of the ports on each database.

use std::sync::Arc;

use robotoff_ports::ManualClock;
use robotoff_ports::conformance::{
    ConformanceTest, QUEUE_TESTS, SERVICE_TESTS, STORE_TESTS, TestContext, run_all,
};
use robotoff_store::Database;

use crate::databases::{migrated, on_postgres};

fn cx(database: Database, clock: Arc<ManualClock>) -> TestContext {
    let database = Arc::new(database);
    TestContext {
        store: database.clone(),
        queue: database.clone(),
        services: database,
        clock,
    }
}

async fn in_memory(tests: &[ConformanceTest]) {
    run_all(tests, async |clock| {
        cx(migrated("sqlite::memory:", clock.clone()).await, clock)
    })
    .await;
}

async fn on_disk(tests: &[ConformanceTest]) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut number = 0;
    run_all(tests, |clock| {
        number += 1;
        let url = format!("sqlite:{}/{number}.db", folder.path().display());
        async move { cx(migrated(&url, clock.clone()).await, clock) }
    })
    .await;
}

async fn on_server(tests: &[ConformanceTest]) {
    let cluster = robotoff_testbed::postgres();
    run_all(tests, async |clock| {
        cx(on_postgres(cluster, clock.clone()).await, clock)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_memory_passes() {
    in_memory(STORE_TESTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_on_disk_passes() {
    on_disk(STORE_TESTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_on_postgres_passes() {
    on_server(STORE_TESTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_in_memory_passes() {
    in_memory(QUEUE_TESTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_on_disk_passes() {
    on_disk(QUEUE_TESTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_on_postgres_passes() {
    on_server(QUEUE_TESTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_in_memory_pass() {
    in_memory(SERVICE_TESTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_on_disk_pass() {
    on_disk(SERVICE_TESTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_on_postgres_pass() {
    on_server(SERVICE_TESTS).await;
}
