//! The manifest of a backup.

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};

/// Names of the copies of the two databases.
pub(super) const SQLITE_COPY: &str = "database.db";
pub(super) const POSTGRES_COPY: &str = "database.dump";
/// Version of the form of backups.
pub(super) const FORMAT: u32 = 1;

/// Contents of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub created_at: NaiveDateTime,
    /// Version of the program that made it.
    pub program: String,
    /// File with the copy of the database.
    pub database: String,
    /// Steps of the schema that the database had taken.
    pub steps: Vec<String>,
    /// Rows at the instant of the copy.
    pub tables: Vec<TableCount>,
    pub files: Vec<BackupFile>,
}

/// Number of rows of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCount {
    pub name: String,
    pub rows: u64,
}

/// File of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupFile {
    pub name: String,
    pub bytes: u64,
    /// In lower-case hexadecimal digits.
    pub sha256: String,
}

impl Manifest {
    /// True for a copy of SQLite, false for one of PostgreSQL.
    pub fn is_sqlite(&self) -> bool {
        self.database == SQLITE_COPY
    }

    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}
