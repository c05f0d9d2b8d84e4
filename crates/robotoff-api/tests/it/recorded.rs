//! The recorded answers of the existing service, asked again by their own tool.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use robotoff_api::{router, serve};
use robotoff_store::{Database, copy};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::{pictures, use_cases};
use crate::service::{api, migrated};

/// Recorded cases, and which of them are asked: by path, by id.
struct Cases {
    file: &'static str,
    paths: &'static str,
    ids: &'static str,
}

/// The routes that read.
const READS: Cases = Cases {
    file: "api_get.jsonl.gz",
    paths: r"/robots\.txt|/api/v1/(status|health|(insights|questions)/?(\?|$|\d|detail/|random|popular))",
    ids: "",
};

/// Answers to insights; those left out are about kinds whose edits are to come.
const ANSWERS: Cases = Cases {
    file: "api_annotate.jsonl.gz",
    paths: "",
    ids: r"annotate-([0-9]|1[0-6]|2[5-9]|3[0-9]|4[0-7])$",
};

/// A database with the recorded rows, and its URL.
struct Recorded {
    database: Database,
    url: String,
    _folder: Option<TempDir>,
}

/// The database of the existing service, adopted.
async fn adopted(shared: &Path) -> Option<Recorded> {
    let cluster = robotoff_testbed::postgres()?;
    let url = cluster.database(None).expect("a database");
    let (_, name) = url.rsplit_once('/').expect("a url");
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../robotoff-store");
    let schema = store.join("tests/old_schema.sql");
    cluster.run_file(name, &schema).expect("the old tables");
    let fixture = shared.join("cases/fixture.sql");
    let loaded = cluster.run_file(name, &fixture);
    loaded.expect("the recorded rows");
    Some(Recorded {
        database: migrated(&url).await,
        url,
        _folder: None,
    })
}

/// The same on SQLite.
async fn copied(shared: &Path) -> Option<Recorded> {
    let from = adopted(shared).await?.database;
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}/copy.db", folder.path().display());
    let database = migrated(&url).await;
    let copying = copy(&from, &database, "recorded", |_| {});
    copying.await.expect("a copy");
    Some(Recorded {
        database,
        url,
        _folder: Some(folder),
    })
}

fn shared() -> Option<PathBuf> {
    let shared = robotoff_testbed::shared();
    if shared.is_none() {
        eprintln!("skipped: ROBOTOFF_SHARED names no folder with cases/");
    }
    shared
}

async fn check(shared: PathBuf, recorded: Recorded, cases: Cases) {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let mut api = api(Arc::new(recorded.database.clone()));
    api.service = Arc::new(use_cases(&recorded.database, &shared.join("data")).await);
    api.pictures = Arc::new(pictures());
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve(listener, router(api), stop.clone()));
    let accepted = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let compared = tokio::task::spawn_blocking(move || {
        Command::new("python3")
            .arg(shared.join("tools/compare_api.py"))
            .arg(shared.join("cases").join(cases.file))
            .arg(format!("http://{address}"))
            .args(["--paths", cases.paths, "--ids", cases.ids])
            .args(["--database", &recorded.url, "--accept"])
            .arg(accepted.join("accepted_differences.json"))
            .output()
            .expect("python3 runs the tool")
    });
    let compared = compared.await.expect("the task ends");
    let said = String::from_utf8_lossy(&compared.stdout);
    eprintln!("{said}");
    let errors = String::from_utf8_lossy(&compared.stderr);
    assert!(compared.status.success(), "{said}{errors}");
    stop.cancel();
    server.await.expect("the task ends").expect("it served");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adopted_database_gives_the_recorded_answers() {
    let Some(shared) = shared() else { return };
    if let Some(recorded) = adopted(&shared).await {
        check(shared, recorded, READS).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_on_sqlite_gives_the_recorded_answers() {
    let Some(shared) = shared() else { return };
    if let Some(recorded) = copied(&shared).await {
        check(shared, recorded, READS).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adopted_database_takes_answers_as_recorded() {
    let Some(shared) = shared() else { return };
    if let Some(recorded) = adopted(&shared).await {
        check(shared, recorded, ANSWERS).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_on_sqlite_takes_answers_as_recorded() {
    let Some(shared) = shared() else { return };
    if let Some(recorded) = copied(&shared).await {
        check(shared, recorded, ANSWERS).await;
    }
}
