//! Copies of an SQLite file: online, by `VACUUM INTO`.

use std::fs;
use std::path::{Path, PathBuf};

use robotoff_ports::{PortError, PortResult};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Row, SqliteConnection};

use super::folder::{blocking, cannot};
use super::manifest::{Manifest, SQLITE_COPY, TableCount};
use super::{BackupProgress, BackupTarget, count_of};
use crate::dialect::Dialect;
use crate::error::Context;
use crate::pools::tuned;

/// Copies a file that others may be writing, and counts the rows of the copy.
pub(super) async fn copy(
    file: &str,
    target: &BackupTarget,
    folder: &Path,
    progress: &mut (impl FnMut(BackupProgress) + Send),
) -> PortResult<(String, Vec<TableCount>)> {
    progress(BackupProgress {
        step: "copy",
        bytes: 0,
    });
    let path = folder.join(SQLITE_COPY);
    copy_online(file, target, &path).await?;
    let tables = counts(&path, true).await?;
    Ok((SQLITE_COPY.to_owned(), tables))
}

/// Copies a file into another one, which must not be there yet.
pub(crate) async fn copy_online(file: &str, target: &BackupTarget, path: &Path) -> PortResult<()> {
    let doing = "copy the database";
    let options = SqliteConnectOptions::new().filename(file);
    // A connection of its own: the one writer of a service goes on meanwhile.
    let mut source = SqliteConnection::connect_with(&tuned(options, &target.settings))
        .await
        .context(doing)?;
    sqlx::query("VACUUM INTO ?")
        .bind(path.to_string_lossy().into_owned())
        .execute(&mut source)
        .await
        .context(doing)?;
    source.close().await.context(doing)
}

/// Number of rows of each table of a file, which nobody writes if it is a copy.
pub(super) async fn counts(path: &Path, is_copy: bool) -> PortResult<Vec<TableCount>> {
    let doing = "count rows";
    let mut copy = open(path, is_copy).await?;
    let names = sqlx::query(Dialect::Sqlite.tables())
        .fetch_all(&mut copy)
        .await
        .context(doing)?;
    let mut tables = Vec::new();
    for row in names {
        let name: String = row.try_get(0).context(doing)?;
        let sql = sqlx::AssertSqlSafe(count_of(&name));
        let row = sqlx::query(sql).fetch_one(&mut copy).await.context(doing)?;
        let rows: i64 = row.try_get(0).context(doing)?;
        tables.push(TableCount {
            name,
            rows: rows.unsigned_abs(),
        });
    }
    copy.close().await.context(doing)?;
    Ok(tables)
}

async fn open(path: &Path, is_copy: bool) -> PortResult<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(path);
    // Immutable: no file is made beside a copy.
    let options = options.immutable(is_copy);
    let opened = SqliteConnection::connect_with(&options).await;
    opened.context("open a file of SQLite")
}

/// Checks that all pages and indexes of a copy are consistent, and its rows are those of the
/// manifest.
pub(super) async fn verify(path: &Path, manifest: &Manifest) -> PortResult<()> {
    let doing = "verify the copy of the database";
    let mut copy = open(path, true).await?;
    let row = sqlx::query("PRAGMA integrity_check(1)")
        .fetch_one(&mut copy)
        .await
        .context(doing)?;
    let found: String = row.try_get(0).context(doing)?;
    copy.close().await.context(doing)?;
    if found != "ok" {
        return Err(PortError::defect("the copy of the database", found));
    }
    super::compare(manifest, &counts(path, true).await?)
}

/// Puts a copy in place of a file; one that is there already is kept beside it.
pub(super) async fn restore(copy: &Path, file: &Path, replaces: bool) -> PortResult<()> {
    let (copy, file) = (copy.to_owned(), file.to_owned());
    blocking(move || {
        if file.exists() && !replaces {
            let why = format!(
                "{} exists: --replace keeps it under another name",
                file.display()
            );
            return Err(PortError::denied("restore", why));
        }
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|error| cannot("make", folder, &error))?;
        }
        let draft = beside(&file, ".restoring");
        fs::copy(&copy, &draft).map_err(|error| cannot("write", &draft, &error))?;
        let synced = fs::File::open(&draft).and_then(|file| file.sync_all());
        synced.map_err(|error| cannot("write", &draft, &error))?;
        // The log of the former file must not be applied to the new one.
        for suffix in ["", "-wal", "-shm"] {
            let former = beside(&file, suffix);
            let kept = beside(&file, &format!(".before-restore{suffix}"));
            match fs::rename(&former, &kept) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(cannot("rename", &former, &error));
                }
                _ => {}
            }
        }
        fs::rename(&draft, &file).map_err(|error| cannot("write", &file, &error))
    })
    .await
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
