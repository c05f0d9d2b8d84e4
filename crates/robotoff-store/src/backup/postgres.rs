//! Copies of a PostgreSQL database, by `pg_dump` in its custom format.

use std::ffi::OsStr;
use std::path::Path;
use std::str::FromStr;

use robotoff_ports::{PortError, PortResult};
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, Row};

use super::manifest::{POSTGRES_COPY, TableCount};
use super::program::{Program, ServerAccess};
use super::{BackupProgress, BackupTarget, count_of};
use crate::dialect::Dialect;
use crate::error::Context;
use crate::url::DatabaseUrl;

/// Longest wait of a dump for the lock of a table; a migration may hold it.
const LOCK_TIMEOUT: &str = "--lock-wait-timeout=60s";

/// Copies a database that others may be writing. The rows are counted in a snapshot, which is
/// handed to `pg_dump`: both see the same instant.
pub(super) async fn copy(
    target: &BackupTarget,
    folder: &Path,
    progress: &mut (impl FnMut(BackupProgress) + Send),
) -> PortResult<(String, Vec<TableCount>)> {
    let doing = "take a snapshot of the database";
    let url = url_of(target)?;
    let mut session = connect(url).await?;
    let program = Program::find("pg_dump", server_version(&mut session).await?)?;
    sqlx::query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .execute(&mut session)
        .await
        .context(doing)?;
    let row = sqlx::query("SELECT pg_export_snapshot()")
        .fetch_one(&mut session)
        .await
        .context(doing)?;
    let snapshot: String = row.try_get(0).context(doing)?;
    progress(BackupProgress {
        step: "count",
        bytes: 0,
    });
    let tables = counts(&mut session).await?;
    let path = folder.join(POSTGRES_COPY);
    let file = argument("--file=", path.as_os_str());
    let snapshot = argument("--snapshot=", OsStr::new(&snapshot));
    let arguments = ["--format=custom", "--no-password", LOCK_TIMEOUT].map(OsStr::new);
    let arguments = [&arguments[..], &[&*snapshot, &*file]].concat();
    let access = ServerAccess::of(url)?;
    program
        .run(Some(&access), &arguments, || {
            let bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
            progress(BackupProgress {
                step: "copy",
                bytes,
            });
        })
        .await?;
    // Only now: the snapshot ends with its transaction.
    sqlx::query("COMMIT")
        .execute(&mut session)
        .await
        .context(doing)?;
    session.close().await.context(doing)?;
    Ok((POSTGRES_COPY.to_owned(), tables))
}

fn argument(name: &str, value: &OsStr) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(name);
    argument.push(value);
    argument
}

fn url_of(target: &BackupTarget) -> PortResult<&str> {
    match target.direct() {
        DatabaseUrl::Postgres(url) => Ok(url),
        other => Err(PortError::denied(
            "backup",
            format!("{other} is not of PostgreSQL"),
        )),
    }
}

async fn connect(url: &str) -> PortResult<PgConnection> {
    let doing = "connect to the database";
    let options = PgConnectOptions::from_str(url).context(doing)?;
    let options = options.application_name("robotoff backup");
    let mut session = PgConnection::connect_with(&options).await.context(doing)?;
    // A count of a large table takes long, and so does the program meanwhile.
    for sql in [
        "SET statement_timeout = 0",
        "SET idle_in_transaction_session_timeout = 0",
    ] {
        sqlx::query(sql)
            .execute(&mut session)
            .await
            .context(doing)?;
    }
    Ok(session)
}

/// Major version of the server.
async fn server_version(session: &mut PgConnection) -> PortResult<u32> {
    let doing = "read the version of the server";
    let row = sqlx::query("SELECT current_setting('server_version_num')::int / 10000")
        .fetch_one(session)
        .await
        .context(doing)?;
    let version: i32 = row.try_get(0).context(doing)?;
    Ok(version.unsigned_abs())
}

async fn counts(session: &mut PgConnection) -> PortResult<Vec<TableCount>> {
    let doing = "count rows";
    let names = sqlx::query(Dialect::Postgres.tables())
        .fetch_all(&mut *session)
        .await
        .context(doing)?;
    let mut tables = Vec::new();
    for row in names {
        let name: String = row.try_get(0).context(doing)?;
        let sql = sqlx::AssertSqlSafe(count_of(&name));
        let row = sqlx::query(sql)
            .fetch_one(&mut *session)
            .await
            .context(doing)?;
        let rows: i64 = row.try_get(0).context(doing)?;
        tables.push(TableCount {
            name,
            rows: rows.unsigned_abs(),
        });
    }
    Ok(tables)
}

/// Number of rows of each table.
pub(super) async fn count(target: &BackupTarget) -> PortResult<Vec<TableCount>> {
    let mut session = connect(url_of(target)?).await?;
    let tables = counts(&mut session).await?;
    session.close().await.context("end a session")?;
    Ok(tables)
}

/// Reads a copy to its end, which decompresses all of it.
pub(super) async fn verify(path: &Path) -> PortResult<()> {
    let program = Program::find("pg_restore", 0)?;
    let arguments = [OsStr::new("--file=/dev/null"), path.as_os_str()];
    program.run(None, &arguments, || {}).await
}

/// Restores a copy, in one transaction: a restore that fails leaves the database as it was.
pub(super) async fn restore(
    copy: &Path,
    target: &BackupTarget,
    replaces: bool,
    progress: &mut (impl FnMut(BackupProgress) + Send),
) -> PortResult<()> {
    let url = url_of(target)?;
    let mut session = connect(url).await?;
    let version = server_version(&mut session).await?;
    let tables = counts(&mut session).await?;
    session.close().await.context("end a session")?;
    if !tables.is_empty() && !replaces {
        let why = format!("{} has tables: --replace deletes them first", target.url);
        return Err(PortError::denied("restore", why));
    }
    let program = Program::find("pg_restore", version)?;
    let access = ServerAccess::of(url)?;
    let database = database_of(url)?;
    let database = argument("--dbname=", OsStr::new(&database));
    let mut arguments = [
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        "--no-password",
    ]
    .map(OsStr::new)
    .to_vec();
    if !tables.is_empty() {
        arguments.extend(["--clean", "--if-exists"].map(OsStr::new));
    }
    arguments.extend([&*database, copy.as_os_str()]);
    program
        .run(Some(&access), &arguments, || {
            progress(BackupProgress {
                step: "restore",
                bytes: 0,
            });
        })
        .await
}

/// Name of the database of a URL.
fn database_of(url: &str) -> PortResult<String> {
    let options = PgConnectOptions::from_str(url).context("read the url of the database")?;
    let name = options.get_database().unwrap_or(options.get_username());
    Ok(name.to_owned())
}
