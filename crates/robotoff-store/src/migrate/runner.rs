//! Taking steps: one process migrates at a time, a step is taken once, and a step that
//! waits for a lock gives way.
//!
//! The work of a step and its record are one transaction wherever the database can do
//! that: on SQLite always, on PostgreSQL for tables. A process that is killed in between
//! leaves no trace of the step. Three kinds of step cannot be one transaction: an index
//! is built `CONCURRENTLY`, which PostgreSQL refuses inside one; random keys are filled in
//! batches, so that no reader waits for all of them; and changes of several tables commit
//! one by one, since one transaction would hold an exclusive lock on the first table while
//! it waits for the last. These can be taken again without harm.

use std::time::Duration;

use chrono::NaiveDateTime;
use robotoff_ports::{PortError, PortResult};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use sqlx::postgres::PgPoolOptions;

use super::fill_random_keys;
use super::step::{FILL_BATCH, IndexSpec, Step, StepWork, TableChange};
use super::steps::STEPS;
use crate::connect::{Database, Pool};
use crate::dialect::Dialect;
use crate::error::Context;

/// The lock that a migrating process holds; any number that no other program uses.
const MIGRATION_LOCK: i64 = 0x726f_626f_746f_6666;
/// The number of attempts, one a second, to get the migration lock or a busy table.
const MAX_TRIES: u32 = 600;
/// A statement that needs a table for itself waits for it no longer than this:
/// whoever comes behind it waits as long.
const LOCK_TIMEOUT: &str = "300ms";

/// See [`super::migrate`].
pub(super) async fn migrate(
    database: &Database,
    mut begun: impl FnMut(&'static str) + Send,
) -> PortResult<Vec<&'static str>> {
    let runner = Runner::connect(database).await?;
    runner.wait_for_turn().await?;
    let result = runner.take_missing(&mut begun).await;
    runner.release().await;
    result
}

/// Builds indexes, one process at a time.
pub(super) async fn build_indexes(
    database: &Database,
    indexes: &[&'static IndexSpec],
) -> PortResult<()> {
    let runner = Runner::connect(database).await?;
    runner.wait_for_turn().await?;
    let mut result = Ok(());
    for index in indexes {
        result = match runner.dialect {
            Dialect::Postgres => runner.build(index).await,
            Dialect::Sqlite => runner.run(&index.build(Dialect::Sqlite)).await,
        };
        if result.is_err() {
            break;
        }
    }
    runner.release().await;
    result
}

/// Questions about the schema, on any connection.
pub(super) struct Schema<'a, C> {
    connection: &'a C,
    dialect: Dialect,
}

impl<'a, C: ConnectionTrait> Schema<'a, C> {
    pub(super) const fn of(connection: &'a C, dialect: Dialect) -> Self {
        Self {
            connection,
            dialect,
        }
    }

    /// The steps that are recorded, and when each was taken.
    pub(super) async fn taken(&self) -> PortResult<Vec<(String, NaiveDateTime)>> {
        if !self.has_table("robotoff_migration").await? {
            return Ok(Vec::new());
        }
        let doing = "read which migrations were made";
        let sql = "SELECT name, applied_at FROM robotoff_migration";
        let rows = self
            .connection
            .query_all_raw(Statement::from_string(self.dialect.backend(), sql))
            .await
            .context(doing)?;
        rows.iter()
            .map(|row| {
                Ok((
                    row.try_get_by_index(0).context(doing)?,
                    row.try_get_by_index(1).context(doing)?,
                ))
            })
            .collect()
    }

    pub(super) async fn has_table(&self, table: &str) -> PortResult<bool> {
        let sql = match self.dialect {
            Dialect::Sqlite => {
                format!("SELECT count(*) > 0 FROM sqlite_master WHERE name = '{table}'")
            }
            Dialect::Postgres => format!("SELECT to_regclass('{table}') IS NOT NULL"),
        };
        self.is(&sql).await
    }

    /// The answer of a query for one boolean; false without a row.
    pub(super) async fn is(&self, sql: &str) -> PortResult<bool> {
        let doing = "read the schema";
        let row = self
            .connection
            .query_one_raw(Statement::from_string(self.dialect.backend(), sql))
            .await
            .context(doing)?;
        let is: Option<bool> = row
            .map(|row| row.try_get_by_index(0).context(doing))
            .transpose()?;
        Ok(is.unwrap_or(false))
    }
}

/// A connection of its own: it keeps locks and waits without time-out.
struct Runner<'a> {
    database: &'a Database,
    connection: DatabaseConnection,
    dialect: Dialect,
}

impl<'a> Runner<'a> {
    async fn connect(database: &'a Database) -> PortResult<Self> {
        let connection = match &database.pool {
            Pool::Sqlite => database.write.plain(),
            Pool::Postgres { direct, .. } => {
                let options = direct.connect_options().as_ref().clone();
                let only = PgPoolOptions::new()
                    .max_connections(1)
                    .connect_with(options)
                    .await
                    .context("connect to migrate")?;
                sea_orm::SqlxPostgresConnector::from_sqlx_postgres_pool(only)
            }
        };
        Ok(Self {
            database,
            connection,
            dialect: database.dialect,
        })
    }

    const fn schema(&self) -> Schema<'_, DatabaseConnection> {
        Schema::of(&self.connection, self.dialect)
    }

    async fn wait_for_turn(&self) -> PortResult<()> {
        if self.dialect == Dialect::Sqlite {
            return Ok(());
        }
        self.run("SET client_min_messages = warning").await?;
        let lock = format!("SELECT pg_try_advisory_lock({MIGRATION_LOCK})");
        for _ in 0..MAX_TRIES {
            if self.schema().is(&lock).await? {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Err(PortError::unavailable(
            "database",
            "another process has been migrating it for long",
        ))
    }

    /// Ends the connection, and its lock with it.
    async fn release(self) {
        if self.dialect == Dialect::Postgres
            && let Err(error) = self.connection.close().await
        {
            tracing::warn!(%error, "cannot close the connection that migrated");
        }
    }

    async fn take_missing(
        &self,
        begun: &mut (impl FnMut(&'static str) + Send),
    ) -> PortResult<Vec<&'static str>> {
        self.run(
            "CREATE TABLE IF NOT EXISTS robotoff_migration (
                name varchar(100) NOT NULL PRIMARY KEY,
                applied_at timestamp without time zone NOT NULL)",
        )
        .await?;
        let taken = self.schema().taken().await?;
        let mut done = Vec::new();
        for step in STEPS {
            if taken.iter().any(|(name, _)| name == step.name) {
                continue;
            }
            begun(step.name);
            self.take(step).await?;
            done.push(step.name);
        }
        Ok(done)
    }

    async fn take(&self, step: &Step) -> PortResult<()> {
        match (&step.work, self.dialect) {
            (StepWork::RandomKeys, _) => {
                let fill = || fill_random_keys(&self.connection, self.dialect, FILL_BATCH);
                while fill().await? == FILL_BATCH {}
                self.record(&self.connection, step.name).await
            }
            (StepWork::Indexes(indexes), Dialect::Postgres) => {
                for index in *indexes {
                    self.build(index).await?;
                }
                self.record(&self.connection, step.name).await
            }
            (StepWork::Changes(_), Dialect::Postgres) => self.change(step).await,
            (
                StepWork::ServiceTables(_)
                | StepWork::Tables(_)
                | StepWork::Changes(_)
                | StepWork::Indexes(_),
                _,
            ) => self.take_at_once(step).await,
        }
    }

    /// Takes the step and records it in one transaction.
    async fn take_at_once(&self, step: &Step) -> PortResult<()> {
        let doing = format!("take step {}", step.name);
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let transaction = self.connection.begin_with_options(options).await;
        let transaction = transaction.context(&doing)?;
        // SQLite has no lock for migrations: another process may have taken the step
        // between our list and our turn to write.
        let schema = Schema::of(&transaction, self.dialect);
        if schema
            .taken()
            .await?
            .iter()
            .any(|(name, _)| name == step.name)
        {
            return Ok(());
        }
        let is_adopted = matches!(step.work, StepWork::ServiceTables(_))
            && self.dialect == Dialect::Postgres
            && schema.has_table("product_insight").await?;
        if is_adopted {
            check_adopted(&schema).await?;
        } else if let StepWork::Changes(changes) = step.work {
            add_missing(&transaction, changes).await?;
        } else {
            for sql in step.sql(self.dialect) {
                transaction.execute_unprepared(&sql).await.context(&doing)?;
            }
        }
        self.record(&transaction, step.name).await?;
        transaction.commit().await.context(&doing)
    }

    /// Changes tables that others use, each in a transaction that gets its table soon or
    /// gives way and comes again; the last one records the step.
    async fn change(&self, step: &Step) -> PortResult<()> {
        let statements = step.sql(self.dialect);
        for (index, sql) in statements.iter().enumerate() {
            let is_last = index + 1 == statements.len();
            let record = is_last.then_some(step.name);
            let mut last = None;
            for _ in 0..MAX_TRIES {
                match self.change_once(sql, record).await {
                    Err(error) if error.is_retryable() => last = Some(error),
                    Err(error) => return Err(error),
                    Ok(()) => {
                        last = None;
                        break;
                    }
                }
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            if let Some(error) = last {
                return Err(error);
            }
        }
        Ok(())
    }

    async fn change_once(&self, sql: &str, record: Option<&str>) -> PortResult<()> {
        let doing = "change a table";
        let transaction = self.connection.begin().await.context(doing)?;
        let timeout = format!("SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'");
        transaction
            .execute_unprepared(&timeout)
            .await
            .context(doing)?;
        transaction.execute_unprepared(sql).await.context(doing)?;
        if let Some(name) = record {
            self.record(&transaction, name).await?;
        }
        transaction.commit().await.context(doing)
    }

    /// Builds an index while others write. One that was left half-built is built anew.
    async fn build(&self, index: &IndexSpec) -> PortResult<()> {
        let is_broken = format!(
            "SELECT count(*) > 0 FROM pg_index
             WHERE indexrelid = to_regclass('{}') AND NOT indisvalid",
            index.name
        );
        if self.schema().is(&is_broken).await? {
            self.run(&format!("DROP INDEX CONCURRENTLY {}", index.name))
                .await?;
        }
        self.run(&index.build(self.dialect)).await
    }

    async fn record(&self, connection: &impl ConnectionTrait, name: &str) -> PortResult<()> {
        let record = Statement::from_sql_and_values(
            self.dialect.backend(),
            "INSERT INTO robotoff_migration (name, applied_at) VALUES ($1, $2)",
            [name.into(), self.database.clock.now().into()],
        );
        let recorded = connection.execute_raw(record).await;
        recorded
            .map(|_| ())
            .context(&format!("record migration {name}"))
    }

    async fn run(&self, sql: &str) -> PortResult<()> {
        let start: Vec<&str> = sql.split_whitespace().take(6).collect();
        let ran = self.connection.execute_unprepared(sql).await;
        ran.map(|_| ()).context(&format!("run {}", start.join(" ")))
    }
}

/// Makes changes on SQLite, which cannot add a column only if it is missing.
async fn add_missing(transaction: &DatabaseTransaction, changes: &[TableChange]) -> PortResult<()> {
    let schema = Schema::of(transaction, Dialect::Sqlite);
    for change in changes {
        let Some(sql) = change.sql(Dialect::Sqlite) else {
            continue;
        };
        if let TableChange::AddColumn { table, column, .. } = change {
            let is_there = format!(
                "SELECT count(*) > 0 FROM pragma_table_info('{table}') WHERE name = '{column}'"
            );
            if schema.is(&is_there).await? {
                continue;
            }
        }
        transaction
            .execute_unprepared(&sql)
            .await
            .context("change a table")?;
    }
    Ok(())
}

/// Refuses tables that are older than those of `docs/reference/api.md` 3.
async fn check_adopted(schema: &Schema<'_, DatabaseTransaction>) -> PortResult<()> {
    let is_latest = "SELECT count(*) = 2 FROM pg_attribute
        WHERE attrelid = to_regclass('product_insight') AND attname IN ('lc', 'with_image')";
    if schema.is(is_latest).await? {
        return Ok(());
    }
    Err(PortError::denied(
        "database",
        "its tables are older than Robotoff's migration 009; run those migrations first",
    ))
}
