//! Databases for tests: SQLite in memory and on disk, PostgreSQL in a cluster of
//! the test process.

use std::sync::Arc;

use robotoff_ports::{Clock, SystemClock};
use robotoff_store::{ConnectSettings, Database, migrate};
use robotoff_testbed::Postgres;
use tokio::sync::OnceCell;

/// The migrated database that others are made like.
const TEMPLATE: &str = "template_robotoff";

/// Opens the database of a URL, as it is.
pub(crate) async fn open(url: &str, clock: Arc<dyn Clock>) -> Database {
    let url = url.parse().expect("a url of a database");
    Database::open(&url, &ConnectSettings::default(), clock)
        .await
        .expect("the database opens")
}

/// Opens the database of a URL and brings it up to date.
pub(crate) async fn migrated(url: &str, clock: Arc<dyn Clock>) -> Database {
    let database = open(url, clock).await;
    migrate::migrate(&database, |_| {})
        .await
        .expect("it migrates");
    database
}

/// A database of ours in the cluster, without rows.
pub(crate) async fn on_postgres(cluster: &Postgres, clock: Arc<dyn Clock>) -> Database {
    static MADE: OnceCell<()> = OnceCell::const_new();
    MADE.get_or_init(async || {
        cluster
            .run("postgres", &format!("CREATE DATABASE {TEMPLATE}"))
            .expect("a database");
        let template = migrated(&cluster.url(TEMPLATE), Arc::new(SystemClock)).await;
        template.close().await.expect("it closes");
    })
    .await;
    let url = cluster.database(Some(TEMPLATE)).expect("a database");
    open(&url, clock).await
}
