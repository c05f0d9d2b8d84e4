//! Each exam of the ports on each database.

use std::sync::Arc;

use robotoff_ports::ManualClock;
use robotoff_ports::conformance::{Desk, Exam, QUEUE_EXAMS, SERVICE_EXAMS, STORE_EXAMS, sit};
use robotoff_store::Database;

use crate::databases::{migrated, on_postgres};

fn desk(database: Database, clock: Arc<ManualClock>) -> Desk {
    let database = Arc::new(database);
    Desk {
        store: database.clone(),
        queue: database.clone(),
        services: database,
        clock,
    }
}

async fn in_memory(exams: &[Exam]) {
    sit(exams, async |clock| {
        desk(migrated("sqlite::memory:", clock.clone()).await, clock)
    })
    .await;
}

async fn on_disk(exams: &[Exam]) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut number = 0;
    sit(exams, |clock| {
        number += 1;
        let url = format!("sqlite:{}/{number}.db", folder.path().display());
        async move { desk(migrated(&url, clock.clone()).await, clock) }
    })
    .await;
}

async fn on_server(exams: &[Exam]) {
    let Some(cluster) = robotoff_testbed::postgres() else {
        return;
    };
    sit(exams, async |clock| {
        desk(on_postgres(cluster, clock.clone()).await, clock)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_in_memory_passes() {
    in_memory(STORE_EXAMS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_on_disk_passes() {
    on_disk(STORE_EXAMS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_on_postgres_passes() {
    on_server(STORE_EXAMS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_in_memory_passes() {
    in_memory(QUEUE_EXAMS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_on_disk_passes() {
    on_disk(QUEUE_EXAMS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_on_postgres_passes() {
    on_server(QUEUE_EXAMS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_in_memory_pass() {
    in_memory(SERVICE_EXAMS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_on_disk_pass() {
    on_disk(SERVICE_EXAMS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_on_postgres_pass() {
    on_server(SERVICE_EXAMS).await;
}
