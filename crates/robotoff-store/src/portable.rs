//! All rows in one file, for any version and either database.
//!
//! The file is an SQLite database, compressed by gzip: `gunzip` and any tool of SQLite read
//! it, its rows are typed, and the steps of migrations bring one of an older version up to
//! date before it is loaded. A text with one row a line would need a second reader and writer
//! of each table, which would age with each step. Rows go through memory in batches.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use robotoff_ports::{BlockingPool, Clock, PortError, PortResult};
use sea_orm::ConnectionTrait;

use crate::backup::{BackupTarget, TableCount, copy_online, count_tables};
use crate::connect::Database;
use crate::copy::{CopyProgress, copy};
use crate::error::Context;
use crate::migrate;
use crate::pools::ConnectSettings;
use crate::url::DatabaseUrl;

/// Tables that a copy leaves out: what runs is other processes, and the others are about the
/// database itself.
const OWN_TABLES: [&str; 7] = [
    "service",
    "copy_progress",
    "robotoff_migration",
    "event_entry",
    "insight_loan",
    "measurement",
    "request_key",
];

/// Writes all rows of a database into a file, as they are at one instant. Returns the number
/// of rows of each table.
pub async fn dump(
    target: &BackupTarget,
    file: &Path,
    clock: Arc<dyn Clock>,
    progress: impl FnMut(CopyProgress) + Send,
) -> PortResult<Vec<TableCount>> {
    let draft = Draft::beside(file);
    let settings = ConnectSettings::default();
    let snapshot = Draft::beside(&with_suffix(file, ".snapshot"));
    let from = snapshot_of(target, &snapshot, clock.clone()).await?;
    migrate::require_current(&from).await?;
    let to = Database::open(&draft.url(), &settings, clock).await?;
    migrate::migrate(&to, |_| {}).await?;
    copy(&from, &to, "dump", progress).await?;
    from.close().await?;
    to.close().await?;
    let tables = rows_of(&draft.target()).await?;
    let (database, file) = (draft.database.clone(), file.to_owned());
    blocking(move || compress(&database, &file)).await?;
    Ok(tables)
}

/// A database as it is at one instant: a file of SQLite is copied online, which keeps others
/// from writing for no longer than a read.
async fn snapshot_of(
    target: &BackupTarget,
    copy: &Draft,
    clock: Arc<dyn Clock>,
) -> PortResult<Database> {
    match &target.url {
        DatabaseUrl::SqliteFile(file) => {
            copy_online(file, target, &copy.database).await?;
            Database::open(&copy.url(), &ConnectSettings::default(), clock).await
        }
        url @ (DatabaseUrl::SqliteMemory | DatabaseUrl::Postgres(_)) => {
            Database::open_snapshot(url, &target.settings, clock).await
        }
    }
}

/// Loads a file into a database without rows, and compares their numbers with those of the
/// file. Returns them.
pub async fn load(
    file: &Path,
    target: &BackupTarget,
    folder: &Path,
    clock: Arc<dyn Clock>,
    progress: impl FnMut(CopyProgress) + Send,
) -> PortResult<Vec<TableCount>> {
    let name = file.file_name().unwrap_or_default();
    let draft = Draft::beside(&folder.join(name));
    let (source, database) = (file.to_owned(), draft.database.clone());
    blocking(move || expand(&source, &database)).await?;
    let settings = ConnectSettings::default();
    let from = Database::open(&draft.url(), &settings, clock.clone()).await?;
    if let Some(step) = migrate::unknown_step(&from).await? {
        let why = format!("it was written by a newer version: its step {step} is not known");
        return Err(PortError::denied(file.display().to_string(), why));
    }
    migrate::migrate(&from, |_| {}).await?;
    let to = Database::open(&target.url, &target.settings, clock).await?;
    migrate::migrate(&to, |_| {}).await?;
    refuse_rows(&rows_of(target).await?, &target.url)?;
    copy(&from, &to, "load", progress).await?;
    forget_copies(&to).await?;
    to.refresh_statistics().await?;
    from.close().await?;
    to.close().await?;
    let (expected, found) = (rows_of(&draft.target()).await?, rows_of(target).await?);
    compare(&expected, &found)?;
    Ok(found)
}

/// Forgets how far copies into a database have come, once they are whole.
async fn forget_copies(database: &Database) -> PortResult<()> {
    let sql = "DELETE FROM copy_progress";
    let forgotten = database.write.execute_unprepared(sql).await;
    forgotten
        .map(|_| ())
        .context("forget how far copies have come")
}

/// A database that has rows is not overwritten, and rows of two are not mixed.
fn refuse_rows(tables: &[TableCount], url: &DatabaseUrl) -> PortResult<()> {
    // A service that was started on it has filled its schedule.
    let filled = tables.iter();
    let mut filled = filled.filter(|table| table.rows > 0 && table.name != "schedule");
    filled.next().map_or(Ok(()), |table| {
        let why = format!(
            "{url} has {} rows in {}: load into an empty one",
            table.rows, table.name
        );
        Err(PortError::denied("load", why))
    })
}

fn compare(expected: &[TableCount], found: &[TableCount]) -> PortResult<()> {
    for table in expected.iter().filter(|table| table.name != "schedule") {
        let rows = found.iter().find(|other| other.name == table.name);
        let rows = rows.map(|other| other.rows);
        if rows != Some(table.rows) {
            let why = format!(
                "{} has {} rows in place of {}",
                table.name,
                rows.unwrap_or_default(),
                table.rows
            );
            return Err(PortError::defect("the loaded database", why));
        }
    }
    Ok(())
}

/// Rows of the tables that a copy holds, by the names that they have in SQLite.
async fn rows_of(target: &BackupTarget) -> PortResult<Vec<TableCount>> {
    let mut tables = count_tables(target).await?;
    for table in &mut tables {
        table.name = table.name.replace("embedding.", "");
    }
    tables.retain(|table| !OWN_TABLES.contains(&table.name.as_str()));
    Ok(tables)
}

/// The database of a file, while it is written or read. Deleted at the end.
struct Draft {
    database: PathBuf,
}

impl Draft {
    fn beside(file: &Path) -> Self {
        let draft = Self {
            database: with_suffix(file, ".unfinished.db"),
        };
        draft.delete();
        draft
    }

    fn url(&self) -> DatabaseUrl {
        DatabaseUrl::SqliteFile(self.database.to_string_lossy().into_owned())
    }

    fn target(&self) -> BackupTarget {
        BackupTarget {
            url: self.url(),
            settings: ConnectSettings::default(),
        }
    }

    fn delete(&self) {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(with_suffix(&self.database, suffix));
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        self.delete();
    }
}

/// Compresses a file; the result gets its name when it is whole.
fn compress(from: &Path, to: &Path) -> io::Result<()> {
    let unfinished = with_suffix(to, ".unfinished");
    let mut source = File::open(from)?;
    let target = BufWriter::new(File::create(&unfinished)?);
    let mut encoder = GzEncoder::new(target, Compression::fast());
    io::copy(&mut source, &mut encoder)?;
    let mut target = encoder.finish()?;
    target.flush()?;
    target.get_ref().sync_all()?;
    fs::rename(&unfinished, to)
}

fn expand(from: &Path, to: &Path) -> io::Result<()> {
    let mut source = MultiGzDecoder::new(BufReader::new(File::open(from)?));
    let mut target = File::create(to)?;
    io::copy(&mut source, &mut target)?;
    Ok(())
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> PortResult<()> {
    // It may take minutes: in the shared pool it would hold up everything else.
    match BlockingPool::of(1).run(work).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(PortError::denied("the file of rows", error)),
        Err(error) => Err(PortError::defect("the file of rows", error)),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
