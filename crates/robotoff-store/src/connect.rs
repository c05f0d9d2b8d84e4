//! Opening the database of a URL: pools, time limits, the one writer of SQLite.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};
use robotoff_ports::{Clock, PortError, PortResult};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode,
    SqlxSqliteConnector, TransactionOptions, Value,
};
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqliteConnectOptions;

use crate::connection::Connection;
use crate::current_pool::{CurrentPool, LastLoan};
use crate::dialect::Dialect;
use crate::error::Context;
use crate::insights::{HotLists, TagCountsCache, ViewerVotes};
use crate::pools::{
    ConnectSettings, direct_pool, open_file, open_server, open_snapshot, sqlite_pool, tuned,
};
use crate::unreadable::UnreadableRows;
use crate::url::DatabaseUrl;
use crate::wakeup::Wakeup;

/// The pool below, for what only one of the two databases can do.
#[derive(Debug, Clone)]
pub(crate) enum Pool {
    Sqlite,
    Postgres {
        /// Sessions of the server itself.
        direct: PgPool,
    },
}

/// An open database: [`Store`](robotoff_ports::Store) and
/// [`JobQueue`](robotoff_ports::JobQueue) at once. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    pub(crate) read: Connection,
    pub(crate) write: Connection,
    pub(crate) pool: Pool,
    /// The file of SQLite.
    pub(crate) file: Option<PathBuf>,
    pub(crate) dialect: Dialect,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) wakeup: Arc<Wakeup>,
    pub(crate) unreadable: Arc<UnreadableRows>,
    pub(crate) hot: Arc<HotLists>,
    pub(crate) tag_counts: Arc<TagCountsCache>,
    pub(crate) viewer_votes: Arc<ViewerVotes>,
    /// For one call, the way to the database included.
    call_timeout: Duration,
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
                Ok(Self::on_sqlite(only.clone(), only, settings, clock))
            }
            DatabaseUrl::SqliteFile(path) => {
                let (read, write) = open_file(path, settings).await.context(&doing)?;
                let read = SqlxSqliteConnector::from_sqlx_sqlite_pool(read);
                let write = SqlxSqliteConnector::from_sqlx_sqlite_pool(write);
                Ok(Self {
                    file: Some(PathBuf::from(path)),
                    ..Self::on_sqlite(read, write, settings, clock)
                })
            }
            DatabaseUrl::Postgres(url) => Self::open_postgres(url, settings, clock, &doing).await,
        }
    }

    async fn open_postgres(
        url: &str,
        settings: &ConnectSettings,
        clock: Arc<dyn Clock>,
        doing: &str,
    ) -> PortResult<Self> {
        let last_loan = LastLoan::now();
        let pool = open_server(url, settings, &last_loan).await;
        Self::on_server(pool.context(doing)?, last_loan, settings, clock)
    }

    /// Opens a database for reading all of it as it is at one instant. On PostgreSQL all reads
    /// are of one transaction, on one connection; SQLite is copied by its own means instead,
    /// so a file is opened as usual.
    pub(crate) async fn open_snapshot(
        url: &DatabaseUrl,
        settings: &ConnectSettings,
        clock: Arc<dyn Clock>,
    ) -> PortResult<Self> {
        let direct = settings.direct_url.as_ref().unwrap_or(url);
        let DatabaseUrl::Postgres(direct) = direct else {
            return Self::open(url, settings, clock).await;
        };
        let settings = ConnectSettings {
            direct_url: None,
            ..settings.clone()
        };
        let pool = open_snapshot(direct, &settings).await;
        let pool = pool.context(&format!("open {url}"))?;
        Self::on_server(pool, LastLoan::now(), &settings, clock)
    }

    fn on_server(
        pool: PgPool,
        last_loan: LastLoan,
        settings: &ConnectSettings,
        clock: Arc<dyn Clock>,
    ) -> PortResult<Self> {
        let timeout = settings.call_timeout();
        let connection = CurrentPool::of_server(pool.clone(), last_loan, timeout);
        let (connection, direct) = match &settings.direct_url {
            None => (Connection::direct(connection, timeout), pool),
            Some(DatabaseUrl::Postgres(url)) => {
                let direct = direct_pool(url, settings).context("use the direct url")?;
                (Connection::behind_pooler(connection, timeout), direct)
            }
            Some(other) => {
                let why = format!("{other} is not of PostgreSQL");
                return Err(PortError::denied("direct database url", why));
            }
        };
        let wakeup = Wakeup::between_processes(connection.clone(), direct.clone());
        Ok(Self {
            read: connection.clone(),
            write: connection,
            pool: Pool::Postgres { direct },
            file: None,
            dialect: Dialect::Postgres,
            clock,
            wakeup: Arc::new(wakeup),
            unreadable: Arc::default(),
            hot: Arc::default(),
            tag_counts: Arc::default(),
            viewer_votes: Arc::default(),
            call_timeout: timeout,
        })
    }

    fn on_sqlite(
        read: DatabaseConnection,
        write: DatabaseConnection,
        settings: &ConnectSettings,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let timeout = settings.call_timeout();
        Self {
            read: Connection::direct(CurrentPool::of_file(read, timeout), timeout),
            write: Connection::direct(CurrentPool::of_file(write, timeout), timeout),
            pool: Pool::Sqlite,
            file: None,
            dialect: Dialect::Sqlite,
            clock,
            wakeup: Arc::default(),
            unreadable: Arc::default(),
            hot: Arc::default(),
            tag_counts: Arc::default(),
            viewer_votes: Arc::default(),
            call_timeout: timeout,
        }
    }

    /// The time by which leases are judged, where it is not that of PostgreSQL: a test's
    /// clock, or the host's for SQLite, whose processes share the host. `None`: the server
    /// says what time it is, so that hosts whose clocks differ agree about each lease.
    pub(crate) fn own_time(&self) -> Option<NaiveDateTime> {
        let is_server = self.dialect == Dialect::Postgres && !self.clock.overrides_database();
        (!is_server).then(|| self.clock.now())
    }

    /// The parameter of [`Dialect::after_now`].
    pub(crate) fn after_now(&self, by: Duration) -> Value {
        match self.dialect {
            Dialect::Sqlite => (self.clock.now() + by).into(),
            Dialect::Postgres => i64::try_from(by.as_micros()).unwrap_or(i64::MAX).into(),
        }
    }

    /// The time by which leases are judged, asked of the server if need be.
    pub(crate) async fn time(
        &self,
        connection: &impl ConnectionTrait,
    ) -> PortResult<NaiveDateTime> {
        if let Some(now) = self.own_time() {
            return Ok(now);
        }
        let doing = "ask the database for the time";
        let sql = format!("SELECT {} AS now", self.dialect.now("NULL"));
        let row = connection.query_one_raw(self.statement(&sql, [])).await;
        let row = row.context(doing)?;
        row.map_or_else(
            || Err(PortError::defect("database", "it has no time")),
            |row| row.try_get("", "now").context(doing),
        )
    }

    /// Time by which the clock of this host is ahead of that of the database.
    pub async fn clock_difference(&self) -> PortResult<TimeDelta> {
        let before = self.clock.now();
        let there = self.time(&self.read).await?;
        // The server answered somewhere between the two.
        let after = self.clock.now();
        Ok(before + (after - before) / 2 - there)
    }

    /// A time that the host's clock gave, as the clock of leases would have given it.
    pub(crate) async fn corrected(
        &self,
        connection: &impl ConnectionTrait,
        until: Option<NaiveDateTime>,
    ) -> PortResult<Option<NaiveDateTime>> {
        let (Some(until), None) = (until, self.own_time()) else {
            return Ok(until);
        };
        let host = self.clock.now();
        let ahead: TimeDelta = host - self.time(connection).await?;
        Ok(Some(until - ahead))
    }

    /// Ends a call that the database does not answer. The limit of a statement ends on the
    /// server and does not help where the way to it is cut: nobody says so until the
    /// kernel gives up after a quarter of an hour.
    pub(crate) async fn limited<T>(
        &self,
        doing: &str,
        call: impl Future<Output = PortResult<T>>,
    ) -> PortResult<T> {
        match tokio::time::timeout(self.call_timeout, call).await {
            Ok(result) => result,
            Err(_) => {
                let secs = self.call_timeout.as_secs_f32();
                let why = format!("cannot {doing}: no answer within {secs} s");
                Err(PortError::unavailable("database", why))
            }
        }
    }

    /// Begins to write. On SQLite the writer's turn is taken at once: a
    /// transaction that reads first could not become a writer later.
    pub(crate) async fn begin(&self) -> PortResult<DatabaseTransaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        self.write.begin(options).await.context("begin to write")
    }

    /// Checks that the database answers.
    pub async fn ping(&self) -> PortResult<()> {
        let doing = "reach the database";
        let answered = async { self.read.ping().await.context(doing) };
        self.limited(doing, answered).await
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

    /// The number of rows that were left out of answers because they cannot be read.
    pub fn unreadable_rows(&self) -> u64 {
        self.unreadable.count()
    }

    /// The number of pages that were served from lists in memory, which are kept while many
    /// clients ask for the same one.
    pub fn pages_from_memory(&self) -> u64 {
        self.hot.served()
    }

    /// Connections of each pool: name, open ones, idle ones.
    pub fn connections(&self) -> Vec<(&'static str, u32, usize)> {
        let read = self.read.plain();
        let write = self.write.plain();
        match &self.pool {
            Pool::Sqlite => {
                let (read, write) = (
                    read.get_sqlite_connection_pool(),
                    write.get_sqlite_connection_pool(),
                );
                vec![
                    ("read", read.size(), read.num_idle()),
                    ("write", write.size(), write.num_idle()),
                ]
            }
            Pool::Postgres { .. } => {
                let pool = read.get_postgres_connection_pool();
                vec![("all", pool.size(), pool.num_idle())]
            }
        }
    }

    /// Closes all connections, once what is running has ended. One that does not come back
    /// within the limit of a call is lost on its way.
    pub async fn close(self) -> PortResult<()> {
        self.wakeup.flush().await;
        let doing = "close the database";
        let close = async {
            self.read.plain().close().await.context(doing)?;
            self.write.plain().close().await.context(doing)?;
            if let Pool::Postgres { direct } = &self.pool {
                direct.close().await;
            }
            Ok(())
        };
        match tokio::time::timeout(self.call_timeout, close).await {
            Ok(closed) => closed,
            Err(_) => {
                tracing::warn!("connections to the database did not come back before the end");
                Ok(())
            }
        }
    }
}
