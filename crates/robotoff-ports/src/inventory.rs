//! Fetched data and models of this host.

use async_trait::async_trait;
use chrono::NaiveDateTime;

/// A file of fetched data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Path below the folder of data.
    pub path: String,
    pub group: String,
    /// `None`: there is no file.
    pub bytes: Option<u64>,
    /// Entries in it, where they were counted.
    pub entries: Option<u64>,
    /// `None` when it was not fetched by this program.
    pub fetched_at: Option<NaiveDateTime>,
}

/// A model and its weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    pub name: String,
    pub version: String,
    pub purpose: String,
    pub licence: String,
    pub bytes: u64,
    /// The weights are there, with the recorded size.
    pub is_present: bool,
    /// They are there, but not whole.
    pub is_damaged: bool,
}

/// Data and models of this host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InventoryReport {
    /// Folder of fetched data; blank where the data are built in.
    pub data_folder: String,
    pub data: Vec<DataFile>,
    pub model_folder: String,
    pub models: Vec<ModelFile>,
}

/// Lists data and models.
#[async_trait]
pub trait Inventory: Send + Sync {
    /// The data and models that are there now. Reads the folders, not the files.
    async fn report(&self) -> InventoryReport;
}
