//! Backups of the database: made while others write, verified, restored into an empty one.
//!
//! A backup is a folder with a copy of the database in the form of its own tools, files that
//! belong to it, and a manifest with their checksums and the number of rows of each table. It
//! is written under another name and renamed when all of it is on disk, so a folder of this
//! name is always whole. The rows are counted in the snapshot that is copied; so a restore
//! can be compared with it, however many rows were written meanwhile.
//!
//! Indexes of search are not part of it: they are built from corpora, and again when they are
//! missing.

mod folder;
mod manifest;
mod postgres;
mod program;
mod sqlite;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use robotoff_ports::{Clock, PortError, PortResult};

use crate::connect::Database;
use crate::migrate::{self, SchemaState};
use crate::pools::ConnectSettings;
use crate::url::DatabaseUrl;

pub use folder::{list, retain};
pub use manifest::{BackupFile, Manifest, TableCount};
pub(crate) use sqlite::copy_online;

/// A database, and how it is reached.
#[derive(Debug, Clone)]
pub struct BackupTarget {
    pub url: DatabaseUrl,
    pub settings: ConnectSettings,
}

impl BackupTarget {
    /// The server itself: tools of PostgreSQL need sessions, which a pooler does not give.
    pub(super) fn direct(&self) -> &DatabaseUrl {
        self.settings.direct_url.as_ref().unwrap_or(&self.url)
    }
}

/// Progress of a backup or a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupProgress {
    pub step: &'static str,
    /// Bytes of the copy so far, where they are known.
    pub bytes: u64,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    pub folder: PathBuf,
    pub manifest: Manifest,
}

/// Makes a backup below a folder, with copies of other files (a policy), and verifies it.
pub async fn back_up(
    database: &Database,
    target: &BackupTarget,
    parent: &Path,
    files: &[PathBuf],
    mut progress: impl FnMut(BackupProgress) + Send,
) -> PortResult<Backup> {
    let draft = folder::UnfinishedBackup::create(parent, database.clock.now())?;
    let (copy, tables) = match &target.url {
        DatabaseUrl::SqliteMemory => {
            let why = "a database in memory has no file; `robotoff dump` writes its rows";
            return Err(PortError::denied("backup", why));
        }
        DatabaseUrl::SqliteFile(file) => {
            sqlite::copy(file, target, draft.path(), &mut progress).await?
        }
        DatabaseUrl::Postgres(_) => postgres::copy(target, draft.path(), &mut progress).await?,
    };
    progress(BackupProgress {
        step: "checksums",
        bytes: 0,
    });
    let manifest = Manifest {
        format: manifest::FORMAT,
        created_at: database.clock.now(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        database: copy,
        steps: migrate::list(database)
            .await?
            .into_iter()
            .filter(|step| step.applied_at.is_some())
            .map(|step| step.name.to_owned())
            .collect(),
        tables,
        files: Vec::new(),
    };
    let (folder, manifest) = draft.finish(manifest, files).await?;
    let backup = Backup { folder, manifest };
    verify(&backup.folder, &mut progress).await?;
    Ok(backup)
}

/// Verifies a backup: its checksums, and that its copy can be read to the end.
pub async fn verify(
    folder: &Path,
    mut progress: impl FnMut(BackupProgress) + Send,
) -> PortResult<Manifest> {
    progress(BackupProgress {
        step: "verify",
        bytes: 0,
    });
    let manifest = folder::read_verified(folder).await?;
    let copy = folder.join(&manifest.database);
    match manifest.is_sqlite() {
        true => sqlite::verify(&copy, &manifest).await?,
        false => postgres::verify(&copy).await?,
    }
    Ok(manifest)
}

/// Restores a backup into the database of a URL, compares its rows with the manifest, and
/// takes the steps that the program has added since. The database must be empty, unless it is
/// to be replaced; a file of SQLite is then kept beside it.
pub async fn restore(
    folder: &Path,
    target: &BackupTarget,
    replaces: bool,
    clock: Arc<dyn Clock>,
    mut progress: impl FnMut(BackupProgress) + Send,
) -> PortResult<Manifest> {
    let manifest = verify(folder, &mut progress).await?;
    refuse_newer(&manifest)?;
    let copy = folder.join(&manifest.database);
    match (&target.url, manifest.is_sqlite()) {
        (DatabaseUrl::SqliteFile(file), true) => {
            sqlite::restore(&copy, Path::new(file), replaces).await?;
        }
        (DatabaseUrl::Postgres(_), false) => {
            postgres::restore(&copy, target, replaces, &mut progress).await?;
        }
        _ => {
            let why = format!(
                "it is of another database than {}: `robotoff dump` and `load` move rows between \
                 databases",
                target.url
            );
            return Err(PortError::denied("backup", why));
        }
    }
    progress(BackupProgress {
        step: "compare",
        bytes: 0,
    });
    compare(&manifest, &count_tables(target).await?)?;
    let database = Database::open(&target.url, &target.settings, clock).await?;
    if migrate::state(&database).await? != SchemaState::Current {
        migrate::migrate(&database, |_| {}).await?;
    }
    database.refresh_statistics().await?;
    database.close().await?;
    Ok(manifest)
}

/// Refuses a backup with steps that this program does not know.
fn refuse_newer(manifest: &Manifest) -> PortResult<()> {
    let unknown = manifest.steps.iter().find(|step| !migrate::is_known(step));
    unknown.map_or(Ok(()), |step| {
        let why = format!(
            "it was made by robotoff {}, whose step {step} this version does not know",
            manifest.program
        );
        Err(PortError::denied("backup", why))
    })
}

fn compare(manifest: &Manifest, tables: &[TableCount]) -> PortResult<()> {
    for expected in &manifest.tables {
        let found = tables.iter().find(|table| table.name == expected.name);
        let rows = found.map(|table| table.rows);
        if rows != Some(expected.rows) {
            let rows = rows.map_or("no table".to_owned(), |rows| format!("{rows} rows"));
            let why = format!(
                "{} has {rows} in place of {} rows",
                expected.name, expected.rows
            );
            return Err(PortError::defect("the restored database", why));
        }
    }
    Ok(())
}

/// Number of rows of each table, however many there are.
pub async fn count_tables(target: &BackupTarget) -> PortResult<Vec<TableCount>> {
    match &target.url {
        DatabaseUrl::SqliteMemory => Ok(Vec::new()),
        DatabaseUrl::SqliteFile(file) => sqlite::counts(Path::new(file), false).await,
        DatabaseUrl::Postgres(_) => postgres::count(target).await,
    }
}

/// Query of the number of rows of a table, which may have a schema before its name.
fn count_of(table: &str) -> String {
    let quoted: Vec<String> = table
        .split('.')
        .map(|part| format!("\"{}\"", part.replace('"', "\"\"")))
        .collect();
    format!("SELECT count(*) FROM {}", quoted.join("."))
}
