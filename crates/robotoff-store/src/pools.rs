//! The pools of connections: options, limits, tests of a connection before and after use.

use std::io::ErrorKind;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Executor, PgConnection};

use crate::current_pool::LastLoan;
use crate::url::DatabaseUrl;

/// Time limits of the database, and the number of connections.
#[derive(Debug, Clone)]
pub struct ConnectSettings {
    /// Connections to PostgreSQL, or readers of an SQLite file.
    pub max_connections: u32,
    /// For a connection to be had, or made.
    pub connect_timeout: Duration,
    /// For one statement on PostgreSQL, and for the writer's turn on SQLite.
    pub statement_timeout: Duration,
    /// The server itself, when the URL leads to it through PgBouncer in transaction mode:
    /// notifications and the lock of migrations need a session of their own.
    pub direct_url: Option<DatabaseUrl>,
}

impl Default for ConnectSettings {
    fn default() -> Self {
        Self {
            max_connections: 10,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            direct_url: None,
        }
    }
}

impl ConnectSettings {
    /// For one call: a connection, a statement, and the way there.
    pub(crate) const fn call_timeout(&self) -> Duration {
        let way = self.connect_timeout.saturating_mul(2);
        way.saturating_add(self.statement_timeout)
    }
}

/// Pages of the write-ahead log between checkpoints. With the default of 1000 a
/// mass import spends its time in fsync (measured: 73.9 s instead of 4.6 s).
const WAL_AUTOCHECKPOINT_PAGES: &str = "20000";

/// A connection that was in use so lately is not tested before it is used again.
const TRUSTED_FOR: Duration = Duration::from_secs(1);

/// Connections that stay: one in memory would take the data with it.
pub(crate) fn sqlite_pool(connections: u32, settings: &ConnectSettings) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        // No other side can hang up.
        .test_before_acquire(false)
        .acquire_timeout(settings.statement_timeout)
}

pub(crate) fn tuned(
    options: SqliteConnectOptions,
    settings: &ConnectSettings,
) -> SqliteConnectOptions {
    options
        .foreign_keys(true)
        .busy_timeout(settings.connect_timeout)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .pragma("wal_autocheckpoint", WAL_AUTOCHECKPOINT_PAGES)
        .optimize_on_close(true, 1000)
        .disable_statement_logging()
}

pub(crate) async fn open_file(
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

pub(crate) async fn open_server(
    url: &str,
    settings: &ConnectSettings,
    last_loan: &LastLoan,
) -> Result<PgPool, sqlx::Error> {
    let mut options = server_options(url)?;
    if settings.direct_url.is_some() {
        options = options.statement_cache_capacity(0);
    }
    // One connection first, by itself: a pool hides why it cannot connect.
    let first = tokio::time::timeout(settings.connect_timeout, options.connect()).await;
    match first {
        Ok(connection) => connection?.close().await?,
        Err(_) => return Err(sqlx::Error::PoolTimedOut),
    }
    server_pool(settings, settings.max_connections, last_loan)
        .connect_with(options)
        .await
}

/// One connection that is in a read-only transaction for all its life. A second connection
/// would see another instant, so there is none.
pub(crate) async fn open_snapshot(
    url: &str,
    settings: &ConnectSettings,
) -> Result<PgPool, sqlx::Error> {
    let is_connected = Arc::new(AtomicBool::new(false));
    let statement_timeout = settings.statement_timeout.as_millis();
    PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(settings.connect_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(move |connection, _| {
            let is_first = !is_connected.swap(true, Ordering::SeqCst);
            let begin = sqlx::AssertSqlSafe(format!(
                "SET statement_timeout = {statement_timeout};
                 SET idle_in_transaction_session_timeout = 0;
                 SET tcp_keepalives_idle = 30;
                 BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            ));
            Box::pin(async move {
                if !is_first {
                    return Err(sqlx::Error::Io(ErrorKind::ConnectionReset.into()));
                }
                connection.execute(begin).await.map(|_| ())
            })
        })
        .connect_with(server_options(url)?)
        .await
}

/// Sessions of the server itself, made when they are needed.
pub(crate) fn direct_pool(url: &str, settings: &ConnectSettings) -> Result<PgPool, sqlx::Error> {
    let pool = server_pool(settings, 1, &LastLoan::now());
    Ok(pool.connect_lazy_with(server_options(url)?))
}

/// Options without parameters that PgBouncer refuses at the start of a session. The
/// `extra_float_digits` of the server's default gives exact floats since PostgreSQL 12.
fn server_options(url: &str) -> Result<PgConnectOptions, sqlx::Error> {
    Ok(PgConnectOptions::from_str(url)?
        .application_name("robotoff")
        .extra_float_digits(None)
        .disable_statement_logging())
}

/// Connections with limits that are set after the start, as PgBouncer wants it. Keepalives
/// end the session, and the locks, of a client whose host is gone.
///
/// The library tests a connection before each use, and once more when it comes back; the
/// second test has no limit: on a path that went silent each connection that comes back
/// would be lost to the pool until the kernel gives up, after a quarter of an hour. So a
/// test with a limit comes before that one, and the one before each use is left out where
/// the connection was in use a moment ago. A path that goes silent between these two tests
/// of a return still costs its connection: `current_pool` replaces a pool that lost all.
fn server_pool(
    settings: &ConnectSettings,
    connections: u32,
    last_loan: &LastLoan,
) -> PgPoolOptions {
    let set = format!(
        "SET statement_timeout = {};
         SET idle_in_transaction_session_timeout = 60000;
         SET tcp_keepalives_idle = 30;
         SET tcp_keepalives_interval = 10;
         SET tcp_keepalives_count = 3;
         SET client_min_messages = warning",
        settings.statement_timeout.as_millis()
    );
    let at_most = settings.connect_timeout;
    let (of_new, of_idle) = (last_loan.clone(), last_loan.clone());
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(settings.connect_timeout)
        .after_connect(move |connection, _| {
            let set = sqlx::AssertSqlSafe(set.clone());
            of_new.note();
            Box::pin(async move { connection.execute(set).await.map(|_| ()) })
        })
        .test_before_acquire(false)
        .before_acquire(move |connection, used| {
            of_idle.note();
            Box::pin(async move {
                if used.idle_for >= TRUSTED_FOR {
                    test(connection, at_most).await?;
                }
                Ok(true)
            })
        })
        .after_release(move |connection, _| {
            Box::pin(async move {
                test(connection, at_most).await?;
                Ok(true)
            })
        })
}

/// A round trip, within a limit. An error makes the pool drop the connection.
async fn test(connection: &mut PgConnection, at_most: Duration) -> Result<(), sqlx::Error> {
    match tokio::time::timeout(at_most, connection.ping()).await {
        Ok(answered) => answered,
        Err(_) => Err(sqlx::Error::Io(ErrorKind::TimedOut.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The server's side of a path that went silent: it ends the session, and its locks.
    #[tokio::test]
    async fn the_server_ends_statements_transactions_and_hosts_that_take_too_long() {
        let url = robotoff_testbed::postgres().database(None);
        let url = url.expect("a database");
        let settings = ConnectSettings {
            statement_timeout: Duration::from_secs(7),
            ..ConnectSettings::default()
        };
        let pool = open_server(&url, &settings, &LastLoan::now()).await;
        let pool = pool.expect("it answers");
        for (setting, value) in [
            ("statement_timeout", "7s"),
            ("idle_in_transaction_session_timeout", "1min"),
            ("tcp_keepalives_idle", "30"),
            ("tcp_keepalives_interval", "10"),
            ("tcp_keepalives_count", "3"),
        ] {
            let show = sqlx::AssertSqlSafe(format!("SHOW {setting}"));
            let shown: String = sqlx::query_scalar(show)
                .fetch_one(&pool)
                .await
                .expect("a setting");
            assert_eq!(shown, value, "{setting}");
        }
    }
}
