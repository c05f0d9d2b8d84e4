//! The recorded answers of the existing service, asked again by their own tool.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use robotoff_api::{router, serve};
use robotoff_store::{Database, copy};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::{pictures, use_cases};
use crate::service::{api, migrated};

/// The routes that are served.
const PATHS: &str =
    r"/robots\.txt|/api/v1/(status|health|(insights|questions)/?(\?|$|\d|detail/|random|popular))";

/// The database of the existing service with the recorded rows, adopted.
async fn adopted(shared: &Path) -> Option<Database> {
    let cluster = robotoff_testbed::postgres()?;
    let url = cluster.database(None).expect("a database");
    let (_, name) = url.rsplit_once('/').expect("a url");
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../robotoff-store");
    let schema = store.join("tests/old_schema.sql");
    cluster.run_file(name, &schema).expect("the old tables");
    let fixture = shared.join("cases/fixture.sql");
    cluster.run_file(name, &fixture).expect("the recorded rows");
    Some(migrated(&url).await)
}

fn shared() -> Option<PathBuf> {
    let shared = robotoff_testbed::shared();
    if shared.is_none() {
        eprintln!("skipped: ROBOTOFF_SHARED names no folder with cases/");
    }
    shared
}

async fn check(shared: PathBuf, database: Database, cases: &'static str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("it works");
    let address = listener.local_addr().expect("it works");
    let stop = CancellationToken::new();
    let mut api = api(Arc::new(database.clone()));
    api.service = Arc::new(use_cases(&database, &shared.join("data")).await);
    api.pictures = Arc::new(pictures());
    let routes = router(api);
    let server = tokio::spawn(serve(listener, routes, stop.clone()));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let compared = tokio::task::spawn_blocking(move || {
        Command::new("python3")
            .arg(shared.join("tools/compare_api.py"))
            .arg(shared.join("cases").join(cases))
            .arg(format!("http://{address}"))
            .args(["--paths", PATHS, "--accept"])
            .arg(root.join("tests/accepted_differences.json"))
            .output()
            .expect("python3 runs the tool")
    });
    let compared = compared.await.expect("it works");
    let said = String::from_utf8_lossy(&compared.stdout);
    eprintln!("{said}");
    assert!(
        compared.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&compared.stderr)
    );
    stop.cancel();
    server.await.expect("the task ends").expect("it served");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adopted_database_gives_the_recorded_answers() {
    let Some(shared) = shared() else { return };
    if let Some(database) = adopted(&shared).await {
        check(shared, database, "api_get.jsonl.gz").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_on_sqlite_gives_the_recorded_answers() {
    let Some(shared) = shared() else { return };
    let Some(from) = adopted(&shared).await else {
        return;
    };
    let to = migrated("sqlite::memory:").await;
    copy(&from, &to, "recorded", |_| {}).await.expect("a copy");
    check(shared, to, "api_get.jsonl.gz").await;
}
