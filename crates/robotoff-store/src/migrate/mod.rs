//! Bringing a database up to date: an empty one, our own older one, or that of
//! an existing Robotoff, which is adopted in place.
//!
//! The work of each step is in `steps`. Here: one process migrates at a time, a step is
//! taken once, and a step that waits for a lock gives way.

mod steps;

use std::time::Duration;

use robotoff_ports::{PortError, PortResult};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement, TransactionTrait};
use sqlx::postgres::PgPoolOptions;

use crate::connect::{Database, Pool};
use crate::dialect::Dialect;
use crate::error::Context;
use steps::{IndexSpec, STEPS, StepWork};

/// The lock that a migrating process holds; any number that nobody else uses.
const MIGRATION_LOCK: i64 = 0x726f_626f_746f_6666;
/// The number of attempts, one a second, to get the migration lock or a busy table.
const MAX_TRIES: u32 = 600;
/// A statement that needs a table for itself waits for it no longer than this:
/// whoever comes behind it waits as long.
const LOCK_TIMEOUT: &str = "300ms";
/// Rows that get their random key in one transaction: about 0.2 s on a busy
/// machine, with the 21 indexes of an adopted table. Others wait for them so long.
const FILL_BATCH: u64 = 500;

/// The state of a database's schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SchemaState {
    Current,
    /// These steps have not been taken.
    Behind(Vec<&'static str>),
}

/// Says whether all steps have been taken.
pub async fn state(database: &Database) -> PortResult<SchemaState> {
    let runner = Runner {
        connection: database.read.clone(),
        dialect: database.dialect,
    };
    let taken = if runner.has_table("robotoff_migration").await? {
        runner.taken().await?
    } else {
        Vec::new()
    };
    let missing: Vec<&str> = STEPS
        .iter()
        .map(|step| step.name)
        .filter(|name| !taken.iter().any(|taken| taken == name))
        .collect();
    if missing.is_empty() {
        return Ok(SchemaState::Current);
    }
    Ok(SchemaState::Behind(missing))
}

/// Refuses a database that is not up to date, and names the command that helps.
pub async fn require_current(database: &Database) -> PortResult<()> {
    match state(database).await? {
        SchemaState::Current => Ok(()),
        SchemaState::Behind(missing) => Err(PortError::denied(
            "database",
            format!(
                "its schema lacks {}; run `robotoff migrate`",
                missing.join(", ")
            ),
        )),
    }
}

/// Takes the steps that are missing, and says which. Told of each as it begins.
pub async fn migrate(
    database: &Database,
    mut begun: impl FnMut(&'static str) + Send,
) -> PortResult<Vec<&'static str>> {
    let runner = Runner::alone(database).await?;
    runner.wait_for_turn().await?;
    let result = runner.take_missing(database, &mut begun).await;
    runner.release().await;
    result
}

/// A connection of its own: it keeps locks and waits without time-out.
struct Runner {
    connection: DatabaseConnection,
    dialect: Dialect,
}

impl Runner {
    async fn alone(database: &Database) -> PortResult<Self> {
        let connection = match &database.pool {
            Pool::Sqlite => database.write.clone(),
            Pool::Postgres(pool) => {
                let options = pool.connect_options().as_ref().clone();
                let only = PgPoolOptions::new()
                    .max_connections(1)
                    .connect_with(options.options([("statement_timeout", "0")]))
                    .await
                    .context("connect to migrate")?;
                sea_orm::SqlxPostgresConnector::from_sqlx_postgres_pool(only)
            }
        };
        Ok(Self {
            connection,
            dialect: database.dialect,
        })
    }

    async fn wait_for_turn(&self) -> PortResult<()> {
        if self.dialect == Dialect::Sqlite {
            return Ok(());
        }
        for _ in 0..MAX_TRIES {
            let sql = format!("SELECT pg_try_advisory_lock({MIGRATION_LOCK})");
            if self.ask(&sql).await?.unwrap_or(false) {
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
        database: &Database,
        begun: &mut (impl FnMut(&'static str) + Send),
    ) -> PortResult<Vec<&'static str>> {
        self.run(
            "CREATE TABLE IF NOT EXISTS robotoff_migration (
                name varchar(100) NOT NULL PRIMARY KEY,
                applied_at timestamp without time zone NOT NULL)",
        )
        .await?;
        let taken = self.taken().await?;
        let mut done = Vec::new();
        for step in STEPS {
            if taken.iter().any(|name| name == step.name) {
                continue;
            }
            begun(step.name);
            self.take(step.name, &step.work, database).await?;
            done.push(step.name);
        }
        Ok(done)
    }

    async fn take(
        &self,
        name: &'static str,
        work: &StepWork,
        database: &Database,
    ) -> PortResult<()> {
        match work {
            StepWork::ServiceTables(sql) => {
                if self.dialect == Dialect::Postgres && self.has_table("product_insight").await? {
                    self.check_adopted().await?;
                } else {
                    self.run_all(sql).await?;
                }
            }
            StepWork::Tables(sql) => self.run_all(sql).await?,
            StepWork::Columns(statements) => {
                for sql in *statements {
                    self.alter(sql).await?;
                }
            }
            StepWork::Indexes(indexes) => {
                for index in *indexes {
                    self.build(index).await?;
                }
            }
            StepWork::RandomKeys => self.fill_random_keys().await?,
        }
        self.connection
            .execute_raw(Statement::from_sql_and_values(
                self.dialect.backend(),
                "INSERT INTO robotoff_migration (name, applied_at) VALUES ($1, $2)",
                [name.into(), database.clock.now().into()],
            ))
            .await
            .map(|_| ())
            .context(&format!("record migration {name}"))
    }

    async fn taken(&self) -> PortResult<Vec<String>> {
        let sql = "SELECT name FROM robotoff_migration";
        let rows = self
            .connection
            .query_all_raw(Statement::from_string(self.dialect.backend(), sql))
            .await
            .context("read which migrations were made")?;
        rows.iter()
            .map(|row| row.try_get_by_index(0).context("read a migration"))
            .collect()
    }

    async fn has_table(&self, table: &str) -> PortResult<bool> {
        let sql = match self.dialect {
            Dialect::Sqlite => {
                format!("SELECT count(*) > 0 FROM sqlite_master WHERE name = '{table}'")
            }
            Dialect::Postgres => format!("SELECT to_regclass('{table}') IS NOT NULL"),
        };
        Ok(self.ask(&sql).await?.unwrap_or(false))
    }

    /// Refuses tables that are older than those of `docs/reference/api.md` 3.
    async fn check_adopted(&self) -> PortResult<()> {
        let latest = "SELECT count(*) = 2 FROM pg_attribute
            WHERE attrelid = to_regclass('product_insight') AND attname IN ('lc', 'with_image')";
        if self.ask(latest).await?.unwrap_or(false) {
            return Ok(());
        }
        Err(PortError::denied(
            "database",
            "its tables are older than Robotoff's migration 009; run those migrations first",
        ))
    }

    /// Changes a table that others use: gets it soon, or gives way and comes again.
    async fn alter(&self, sql: &str) -> PortResult<()> {
        if self.dialect == Dialect::Sqlite {
            let Some(sql) = steps::for_sqlite(sql) else {
                return Ok(());
            };
            return self.run(&sql).await;
        }
        let mut last = None;
        for _ in 0..MAX_TRIES {
            match self.alter_once(sql).await {
                Err(error) if error.is_retryable() => last = Some(error),
                other => return other,
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        Err(last.unwrap_or_else(|| PortError::unavailable("database", "no try was made")))
    }

    async fn alter_once(&self, sql: &str) -> PortResult<()> {
        let doing = "change a table";
        let transaction = self.connection.begin().await.context(doing)?;
        let timeout = format!("SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'");
        transaction
            .execute_unprepared(&timeout)
            .await
            .context(doing)?;
        transaction.execute_unprepared(sql).await.context(doing)?;
        transaction.commit().await.context(doing)
    }

    /// Builds an index while others write. One that was left half-built is built anew.
    async fn build(&self, index: &IndexSpec) -> PortResult<()> {
        if self.dialect == Dialect::Sqlite {
            return self.run(&index.for_sqlite()).await;
        }
        let broken = format!(
            "SELECT count(*) > 0 FROM pg_index
             WHERE indexrelid = to_regclass('{}') AND NOT indisvalid",
            index.name
        );
        if self.ask(&broken).await?.unwrap_or(false) {
            self.run(&format!("DROP INDEX CONCURRENTLY {}", index.name))
                .await?;
        }
        self.run(&index.sql("CONCURRENTLY IF NOT EXISTS")).await
    }

    async fn fill_random_keys(&self) -> PortResult<()> {
        while fill_random_keys(&self.connection, self.dialect, FILL_BATCH).await? == FILL_BATCH {}
        Ok(())
    }

    async fn run_all(&self, sql: &str) -> PortResult<()> {
        let doing = "make tables";
        let transaction = self.connection.begin().await.context(doing)?;
        if self.dialect == Dialect::Postgres {
            let schema = "CREATE SCHEMA IF NOT EXISTS embedding";
            transaction
                .execute_unprepared(schema)
                .await
                .context(doing)?;
        }
        transaction
            .execute_unprepared(&self.dialect.ddl(sql))
            .await
            .context(doing)?;
        transaction.commit().await.context(doing)
    }

    async fn run(&self, sql: &str) -> PortResult<()> {
        let doing = || {
            format!(
                "run {}",
                sql.split_whitespace().take(6).collect::<Vec<_>>().join(" ")
            )
        };
        self.connection
            .execute_unprepared(&self.dialect.ddl(sql))
            .await
            .map(|_| ())
            .context(&doing())
    }

    async fn ask(&self, sql: &str) -> PortResult<Option<bool>> {
        let row = self
            .connection
            .query_one_raw(Statement::from_string(self.dialect.backend(), sql))
            .await
            .context("look at the schema")?;
        row.map(|row| row.try_get_by_index(0).context("look at the schema"))
            .transpose()
    }
}

/// Gives up to `limit` adopted insights their random key; says how many.
pub(crate) async fn fill_random_keys(
    connection: &DatabaseConnection,
    dialect: Dialect,
    limit: u64,
) -> PortResult<u64> {
    let draw = match dialect {
        Dialect::Sqlite => "(random() & 9007199254740991) / 9007199254740992.0",
        Dialect::Postgres => "random()",
    };
    let sql = format!(
        "UPDATE product_insight SET rnd = {draw} WHERE id IN
         (SELECT id FROM product_insight WHERE rnd IS NULL ORDER BY id LIMIT {limit} {})",
        dialect.skip_locked()
    );
    let filled = connection
        .execute_unprepared(&sql)
        .await
        .context("fill random keys")?;
    Ok(filled.rows_affected())
}
