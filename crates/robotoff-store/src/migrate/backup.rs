//! The copy of an SQLite file that is made before it is migrated.

use std::fs::File;
use std::path::{Path, PathBuf};

use robotoff_ports::{BlockingPool, PortError, PortResult};
use sea_orm::{ConnectionTrait, Statement};

use super::runner::Schema;
use super::{SchemaState, state};
use crate::connect::Database;
use crate::dialect::Dialect;
use crate::error::Context;

/// Copies an SQLite file beside itself, named after the first step that it lacks; returns
/// where. `None` when it lacks no step, has no rows, is in memory, or is PostgreSQL, of
/// which the operator makes backups.
///
/// The copy is online: `VACUUM INTO` writes a consistent snapshot while other processes
/// read and write. It is written under another name and renamed when it is on disk, so
/// that a file of this name is always whole. A copy of an earlier attempt, which was
/// killed before it took that step, is replaced.
pub async fn back_up(database: &Database) -> PortResult<Option<PathBuf>> {
    let Some(file) = &database.file else {
        return Ok(None);
    };
    let SchemaState::Behind(missing) = state(database).await? else {
        return Ok(None);
    };
    let (Some(first), true) = (missing.first(), has_rows(database).await?) else {
        return Ok(None);
    };
    let target = beside(file, &format!(".before-{first}"));
    let unfinished = beside(file, &format!(".before-{first}.unfinished"));
    match std::fs::remove_file(&unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(cannot(&unfinished, &error));
        }
        _ => {}
    }
    let path = unfinished.to_string_lossy().into_owned();
    let copy =
        Statement::from_sql_and_values(Dialect::Sqlite.backend(), "VACUUM INTO $1", [path.into()]);
    // Without the limit of a statement: a large file takes minutes.
    let copied = database.write.plain().execute_raw(copy).await;
    copied.context("copy the database before it is migrated")?;
    let (from, to) = (unfinished, target.clone());
    let stored = BlockingPool::shared().run(move || {
        File::open(&from)?.sync_all()?;
        std::fs::rename(&from, &to)
    });
    match stored.await {
        Ok(Ok(())) => Ok(Some(target)),
        Ok(Err(error)) => Err(cannot(&target, &error)),
        Err(error) => Err(cannot(&target, &error)),
    }
}

async fn has_rows(database: &Database) -> PortResult<bool> {
    let doing = "read the tables";
    let schema = Schema::of(&database.read, Dialect::Sqlite);
    let sql = "SELECT name FROM sqlite_master
        WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'robotoff_migration'";
    let statement = Statement::from_string(Dialect::Sqlite.backend(), sql);
    let tables = database.read.query_all_raw(statement).await;
    for row in tables.context(doing)? {
        let table: String = row.try_get_by_index(0).context(doing)?;
        let table = table.replace('"', "\"\"");
        let has_row = format!("SELECT EXISTS (SELECT 1 FROM \"{table}\")");
        if schema.is(&has_row).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn cannot(path: &Path, error: &impl ToString) -> PortError {
    let why = format!("cannot write {}: {}", path.display(), error.to_string());
    PortError::denied("backup of the database", why)
}
