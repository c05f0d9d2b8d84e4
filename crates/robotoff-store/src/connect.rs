//! Opening the database of a URL: pools, time-outs, the one writer of SQLite.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use robotoff_ports::connection_url::without_password;
use robotoff_ports::{Clock, PortResult};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, SqlxPostgresConnector,
    SqlxSqliteConnector, TransactionOptions, TransactionTrait,
};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};

use crate::dialect::Dialect;
use crate::error::Context;
use crate::wakeup::Wakeup;

/// Pages of the write-ahead log between checkpoints. With the default of 1000 a
/// mass import spends its time in fsync (measured: 73.9 s instead of 4.6 s).
const WAL_AUTOCHECKPOINT_PAGES: &str = "20000";

/// The database of a URL: `sqlite:PATH`, `sqlite::memory:` or `postgres://…`.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    SqliteMemory,
    SqliteFile(String),
    Postgres(String),
}

/// A URL of no database that we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidDatabaseUrl(String);

impl fmt::Display for InvalidDatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use database url: {}", self.0)
    }
}

impl std::error::Error for InvalidDatabaseUrl {}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(InvalidDatabaseUrl("it has no scheme".to_owned()));
        };
        match scheme {
            "sqlite" if rest == ":memory:" => Ok(Self::SqliteMemory),
            "sqlite" => match rest.strip_prefix("//").unwrap_or(rest) {
                "" => Err(InvalidDatabaseUrl("sqlite: needs a path".to_owned())),
                path => Ok(Self::SqliteFile(path.to_owned())),
            },
            "postgres" | "postgresql" => Ok(Self::Postgres(url.to_owned())),
            other => Err(InvalidDatabaseUrl(format!(
                "scheme {other:?} is neither sqlite nor postgres"
            ))),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SqliteMemory => f.write_str("sqlite::memory:"),
            Self::SqliteFile(path) => write!(f, "sqlite:{path}"),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Time limits of the database, and the number of connections.
#[derive(Debug, Clone)]
pub struct ConnectSettings {
    /// Connections to PostgreSQL, or readers of an SQLite file.
    pub max_connections: u32,
    /// For a connection to be had, or made.
    pub connect_timeout: Duration,
    /// For one statement on PostgreSQL, and for the writer's turn on SQLite.
    pub statement_timeout: Duration,
}

impl Default for ConnectSettings {
    fn default() -> Self {
        Self {
            max_connections: 10,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
        }
    }
}

/// The pool below, for what only one of the two databases can do.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite,
    Postgres(PgPool),
}

/// An open database: [`Store`](robotoff_ports::Store) and
/// [`JobQueue`](robotoff_ports::JobQueue) at once. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pub(crate) read: DatabaseConnection,
    pub(crate) write: DatabaseConnection,
    pub(crate) pool: Pool,
    pub(crate) dialect: Dialect,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) wakeup: Arc<Wakeup>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database")
            .field("dialect", &self.dialect)
            .finish_non_exhaustive()
    }
}

impl Database {
    /// Connects. The tables are not checked: see [`crate::migrate`].
    pub async fn open(
        url: &DatabaseUrl,
        settings: &ConnectSettings,
        clock: Arc<dyn Clock>,
    ) -> PortResult<Self> {
        let doing = format!("open {url}");
        match url {
            DatabaseUrl::SqliteMemory => {
                let options = SqliteConnectOptions::new().in_memory(true);
                let only = sqlite_pool(1, settings)
                    .connect_with(tuned(options, settings))
                    .await;
                let only = SqlxSqliteConnector::from_sqlx_sqlite_pool(only.context(&doing)?);
                Ok(Self::on_sqlite(only.clone(), only, clock))
            }
            DatabaseUrl::SqliteFile(path) => {
                let (read, write) = open_file(path, settings).await.context(&doing)?;
                Ok(Self::on_sqlite(
                    SqlxSqliteConnector::from_sqlx_sqlite_pool(read),
                    SqlxSqliteConnector::from_sqlx_sqlite_pool(write),
                    clock,
                ))
            }
            DatabaseUrl::Postgres(url) => {
                let pool = open_server(url, settings).await.context(&doing)?;
                let connection = SqlxPostgresConnector::from_sqlx_postgres_pool(pool.clone());
                Ok(Self {
                    read: connection.clone(),
                    write: connection,
                    wakeup: Arc::new(Wakeup::listening(pool.clone())),
                    pool: Pool::Postgres(pool),
                    dialect: Dialect::Postgres,
                    clock,
                })
            }
        }
    }

    fn on_sqlite(
        read: DatabaseConnection,
        write: DatabaseConnection,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            read,
            write,
            pool: Pool::Sqlite,
            dialect: Dialect::Sqlite,
            clock,
            wakeup: Arc::new(Wakeup::default()),
        }
    }

    /// Begins to write. On SQLite the writer's turn is taken at once: a
    /// transaction that reads first could not become a writer later.
    pub(crate) async fn begin(&self) -> PortResult<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.write
            .begin_with_options(options)
            .await
            .context("begin to write")
    }

    /// Checks that the database answers.
    pub async fn ping(&self) -> PortResult<()> {
        self.read.ping().await.context("reach the database")
    }

    /// Refreshes the statistics of the planner after a mass write: with old ones it
    /// may choose the wrong index.
    pub async fn refresh_statistics(&self) -> PortResult<()> {
        use sea_orm::ConnectionTrait;
        let sql = match self.dialect {
            Dialect::Sqlite => "PRAGMA analysis_limit = 1000; ANALYZE",
            Dialect::Postgres => "ANALYZE",
        };
        let ran = self.write.execute_unprepared(sql).await;
        ran.map(|_| ()).context("refresh statistics")
    }

    /// Closes all connections, once what is running has ended.
    pub async fn close(self) -> PortResult<()> {
        self.read.close().await.context("close the database")?;
        self.write.close().await.context("close the database")
    }
}

/// Connections that stay: one in memory would take the data with it.
fn sqlite_pool(connections: u32, settings: &ConnectSettings) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(settings.statement_timeout)
}

fn tuned(options: SqliteConnectOptions, settings: &ConnectSettings) -> SqliteConnectOptions {
    options
        .foreign_keys(true)
        .busy_timeout(settings.connect_timeout)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("wal_autocheckpoint", WAL_AUTOCHECKPOINT_PAGES)
        .optimize_on_close(true, 1000)
        .disable_statement_logging()
}

async fn open_file(
    path: &str,
    settings: &ConnectSettings,
) -> Result<(SqlitePool, SqlitePool), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path);
    let options = tuned(options, settings);
    let writer = options.clone().create_if_missing(true);
    let write = sqlite_pool(1, settings).connect_with(writer).await?;
    let reader = options.pragma("query_only", "on");
    let read = sqlite_pool(settings.max_connections, settings)
        .connect_with(reader)
        .await?;
    Ok((read, write))
}

async fn open_server(url: &str, settings: &ConnectSettings) -> Result<PgPool, sqlx::Error> {
    let statement_timeout = settings.statement_timeout.as_millis().to_string();
    let options = PgConnectOptions::from_str(url)?
        .application_name("robotoff")
        .options([
            ("statement_timeout", statement_timeout.as_str()),
            ("idle_in_transaction_session_timeout", "60000"),
            ("timezone", "UTC"),
            // "already exists, skipping" is no news.
            ("client_min_messages", "warning"),
        ])
        .disable_statement_logging();
    // One connection first, by itself: a pool hides why it cannot connect.
    let first = tokio::time::timeout(settings.connect_timeout, options.connect()).await;
    match first {
        Ok(connection) => connection?.close().await?,
        Err(_) => return Err(sqlx::Error::PoolTimedOut),
    }
    PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.connect_timeout)
        .connect_with(options)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_chooses_the_database() {
        for (url, expected) in [
            ("sqlite::memory:", DatabaseUrl::SqliteMemory),
            (
                "sqlite:var/a.db",
                DatabaseUrl::SqliteFile("var/a.db".to_owned()),
            ),
            (
                "sqlite:///srv/a.db",
                DatabaseUrl::SqliteFile("/srv/a.db".to_owned()),
            ),
        ] {
            assert_eq!(url.parse(), Ok(expected), "{url}");
        }
        for url in ["mysql://a", "robotoff.db", "sqlite:"] {
            assert!(url.parse::<DatabaseUrl>().is_err(), "{url}");
        }
    }

    #[test]
    fn a_printed_url_holds_no_password() {
        for (url, printed) in [
            (
                "postgres://me:s3cret@db:5432/robotoff",
                "postgres://me:…@db:5432/robotoff",
            ),
            (
                "postgres://me:a@b/c@db/robotoff",
                "postgres://me:…@db/robotoff",
            ),
            (
                "postgresql://db/robotoff?password=s3cret",
                "postgresql://db/robotoff?password=…",
            ),
        ] {
            let url: DatabaseUrl = url.parse().unwrap();
            assert_eq!(url.to_string(), printed);
        }
    }
}
