//! Backups and files of rows on each database, while others write.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use robotoff_ports::job::{JobKind, NewJob, Queue};
use robotoff_ports::{JobQueue, PortError, SystemClock};
use robotoff_store::backup::{self, Backup, BackupTarget, TableCount, count_tables};
use robotoff_store::{ConnectSettings, Database, generate, migrate, portable};
use serde_json::json;

use crate::raw::RawDatabase;

const KIND: JobKind = JobKind {
    name: "probe",
    queue: Queue::Low,
    max_attempts: 1,
    timeout: std::time::Duration::from_secs(1),
    ordered: false,
};

fn target(url: &str) -> BackupTarget {
    BackupTarget {
        url: url.parse().expect("a url"),
        settings: ConnectSettings::default(),
    }
}

async fn open(target: &BackupTarget) -> Database {
    let opened = Database::open(&target.url, &target.settings, Arc::new(SystemClock)).await;
    opened.expect("it opens")
}

async fn filled(url: &str) -> (Database, BackupTarget) {
    let target = target(url);
    let database = open(&target).await;
    migrate::migrate(&database, |_| {}).await.expect("steps");
    generate(&database, 300, |_| {}).await.expect("rows");
    (database, target)
}

fn file(folder: &Path, name: &str) -> String {
    format!("sqlite:{}/{name}.db", folder.display())
}

fn server() -> String {
    robotoff_testbed::postgres()
        .database(None)
        .expect("a database")
}

/// Enqueues pairs of jobs in one transaction each, until it is told to stop.
fn writer(database: &Database, stop: &Arc<AtomicBool>) -> tokio::task::JoinHandle<u64> {
    let (database, stop) = (database.clone(), stop.clone());
    tokio::spawn(async move {
        let mut written = 0;
        while !stop.load(Ordering::SeqCst) {
            let pair = [0, 1].map(|_| NewJob::new(&KIND, json!({})));
            database.enqueue(&pair).await.expect("jobs");
            written += 2;
        }
        written
    })
}

fn rows(tables: &[TableCount], name: &str) -> u64 {
    let table = tables.iter().find(|table| table.name == name);
    table.expect("the table").rows
}

/// A backup that is made while rows are written restores to an instant between two of their
/// transactions, and to nothing else.
async fn check_backup(url: &str, other: &str, occupied: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let (database, from) = filled(url).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writing = writer(&database, &stop);
    let policy = folder.path().join("policy.toml");
    std::fs::write(&policy, "# a policy\n").expect("a file");
    let parent = folder.path().join("backups");
    let mut steps = Vec::new();
    let progress = |progress: backup::BackupProgress| steps.push(progress.step);
    let made = backup::back_up(&database, &from, &parent, &[policy], progress).await;
    let made = made.expect("a backup");
    stop.store(true, Ordering::SeqCst);
    let written = writing.await.expect("the writer");
    assert!(written > 0 && steps.contains(&"verify"), "{steps:?}");
    let jobs = rows(&made.manifest.tables, "job");
    assert!(
        jobs.is_multiple_of(2) && jobs <= written,
        "{jobs} of {written}"
    );
    let names: Vec<_> = made
        .manifest
        .files
        .iter()
        .map(|f| f.name.as_str())
        .collect();
    assert!(names.contains(&"policy.toml"), "{names:?}");
    let to = target(other);
    let restored = backup::restore(&made.folder, &to, false, Arc::new(SystemClock), |_| {}).await;
    restored.expect("it is restored");
    let tables = count_tables(&to).await.expect("counts");
    assert_eq!(tables, made.manifest.tables);
    assert_eq!(rows(&tables, "product_insight"), 300);
    // The next job of the restored database has a number of its own.
    let next = open(&to).await;
    next.enqueue(&[NewJob::new(&KIND, json!({}))])
        .await
        .expect("a job");
    next.close().await.expect("closed");
    check_refusals(&made, &to, &target(occupied)).await;
    // Of two backups one is kept, the later.
    let later = backup::back_up(&database, &from, &parent, &[], |_| {}).await;
    let later = later.expect("a backup");
    let deleted = backup::retain(&parent, 1).await.expect("retention");
    assert_eq!(deleted, [made.folder]);
    let left = backup::list(&parent).expect("a list");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].0, later.folder);
    database.close().await.expect("closed");
}

/// A database that has rows is replaced only where that is said; a backup of another database,
/// and one that is damaged, are refused.
async fn check_refusals(made: &Backup, to: &BackupTarget, other: &BackupTarget) {
    let clock = || Arc::new(SystemClock);
    let refused = backup::restore(&made.folder, to, false, clock(), |_| {}).await;
    let says = refused.expect_err("it has rows").to_string();
    assert!(says.contains("--replace"), "{says}");
    let replaced = backup::restore(&made.folder, to, true, clock(), |_| {}).await;
    replaced.expect("it is replaced");
    let tables = count_tables(to).await.expect("counts");
    assert_eq!(tables, made.manifest.tables);
    let wrong = backup::restore(&made.folder, other, false, clock(), |_| {}).await;
    let says = wrong.expect_err("another database").to_string();
    assert!(says.contains("dump"), "{says}");
    let copy = made.folder.join(&made.manifest.database);
    let mut bytes = std::fs::read(&copy).expect("the copy");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xFF;
    std::fs::write(&copy, bytes).expect("damage");
    let damaged = backup::verify(&made.folder, |_| {}).await;
    assert!(
        matches!(damaged, Err(PortError::Defect { .. })),
        "{damaged:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_sqlite_under_load_restores_to_one_instant() {
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (file(folder.path(), "from"), file(folder.path(), "to"));
    check_backup(&from, &to, &server()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_postgres_under_load_restores_to_one_instant() {
    let folder = tempfile::tempdir().expect("a folder");
    check_backup(&server(), &server(), &file(folder.path(), "other")).await;
}

/// A file of rows is of one instant, and loads into either database with the same counts.
async fn check_rows(from: &str, to: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let (database, from) = filled(from).await;
    let stop = Arc::new(AtomicBool::new(false));
    let writing = writer(&database, &stop);
    let path = folder.path().join("rows.db.gz");
    let clock = || Arc::new(SystemClock);
    let dumped = portable::dump(&from, &path, clock(), |_| {}).await;
    let dumped = dumped.expect("a dump");
    stop.store(true, Ordering::SeqCst);
    writing.await.expect("the writer");
    assert_eq!(rows(&dumped, "job") % 2, 0, "half a transaction was dumped");
    let to = target(to);
    let loaded = portable::load(&path, &to, folder.path(), clock(), |_| {}).await;
    let loaded = loaded.expect("it is loaded");
    for table in &dumped {
        assert_eq!(rows(&loaded, &table.name), table.rows, "{}", table.name);
    }
    assert_eq!(rows(&loaded, "product_insight"), 300);
    let again = portable::load(&path, &to, folder.path(), clock(), |_| {}).await;
    let says = again.expect_err("it has rows").to_string();
    assert!(says.contains("load into an empty one"), "{says}");
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .collect();
    assert_eq!(left.len(), 1, "only the file is left: {left:?}");
    database.close().await.expect("closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_sqlite_load_into_postgres() {
    let folder = tempfile::tempdir().expect("a folder");
    check_rows(&file(folder.path(), "from"), &server()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_postgres_load_into_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    check_rows(&server(), &file(folder.path(), "to")).await;
}

/// An index that is gone is found, and built again.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_index_is_built_again() {
    for raw in RawDatabase::both() {
        let database = raw.migrated().await;
        let none: Vec<String> = Vec::new();
        assert_eq!(
            migrate::missing_indexes(&database).await.expect("a read"),
            none
        );
        raw.run("DROP INDEX insight_voted_kind_rnd").await;
        let missing = migrate::missing_indexes(&database).await.expect("a read");
        assert_eq!(missing, ["insight_voted_kind_rnd"]);
        let built = migrate::build_missing_indexes(&database).await;
        assert_eq!(built.expect("built"), missing);
        assert_eq!(
            migrate::missing_indexes(&database).await.expect("a read"),
            none
        );
        database.close().await.expect("closed");
    }
}
