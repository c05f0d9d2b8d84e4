//! An empty database of each kind, and SQL on it behind the back of the store.

use std::sync::Arc;

use robotoff_ports::{Clock, SystemClock};
use robotoff_store::Database;
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};

use crate::databases::open;
use crate::old_service::name_of;

/// A database, and its folder if it is a file.
pub(crate) struct RawDatabase {
    pub(crate) url: String,
    pub(crate) folder: Option<tempfile::TempDir>,
}

impl RawDatabase {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}/robotoff.db", folder.path().display());
        Self {
            url,
            folder: Some(folder),
        }
    }

    pub(crate) fn postgres() -> Self {
        let cluster = robotoff_testbed::postgres();
        Self {
            url: cluster.database(None).expect("a database"),
            folder: None,
        }
    }

    /// One of each kind.
    pub(crate) fn both() -> [Self; 2] {
        [Self::sqlite(), Self::postgres()]
    }

    /// Opens it by the clock of the system.
    pub(crate) async fn open(&self) -> Database {
        self.open_with(Arc::new(SystemClock)).await
    }

    pub(crate) async fn open_with(&self, clock: Arc<dyn Clock>) -> Database {
        open(&self.url, clock).await
    }

    /// Opens it and brings it up to date.
    pub(crate) async fn migrated(&self) -> Database {
        crate::databases::migrated(&self.url, Arc::new(SystemClock)).await
    }

    pub(crate) fn is_sqlite(&self) -> bool {
        self.folder.is_some()
    }

    /// Runs statements of the database's own dialect.
    pub(crate) async fn run(&self, sql: &str) {
        match self.url.strip_prefix("sqlite:") {
            Some(path) => {
                let connection = SqliteConnection::connect(&format!("sqlite:{path}")).await;
                let mut connection = connection.expect("the file opens");
                let ran = connection.execute(AssertSqlSafe(sql)).await;
                ran.unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
            None => {
                let ran = robotoff_testbed::postgres().run(name_of(&self.url), sql);
                ran.unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
        }
    }

    /// The first column of the first row, a number.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        match self.url.strip_prefix("sqlite:") {
            Some(path) => {
                let connection = SqliteConnection::connect(&format!("sqlite:{path}")).await;
                let mut connection = connection.expect("the file opens");
                let number = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut connection);
                number
                    .await
                    .unwrap_or_else(|error| panic!("{sql}: {error}"))
            }
            None => {
                let ran = robotoff_testbed::postgres().run(name_of(&self.url), sql);
                let printed = ran.unwrap_or_else(|error| panic!("{sql}: {error}"));
                printed.trim().parse().expect("a number")
            }
        }
    }
}
