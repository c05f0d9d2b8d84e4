//! Fetched data and models on the disk of this host.

use std::path::Path;

use async_trait::async_trait;
use robotoff_infer::models::{ModelFolder, ModelState, catalog};
use robotoff_off::http::Http;
use robotoff_off::pull::{AssetState, DataPull};
use robotoff_ports::inventory::{DataFile, InventoryReport, ModelFile};
use robotoff_ports::{BlockingPool, Inventory};

use crate::config::Config;

/// The folders of the configuration.
pub(super) struct DiskInventory {
    data: DataPull,
    models: ModelFolder,
}

impl DiskInventory {
    pub(super) fn new(config: &Config, http: &Http) -> Self {
        Self {
            data: super::data_pull(config, http),
            models: config.pixels.models.clone(),
        }
    }
}

#[async_trait]
impl Inventory for DiskInventory {
    async fn report(&self) -> InventoryReport {
        let (data, models) = (self.data.clone(), self.models.clone());
        let read = move || InventoryReport {
            data_folder: shown(data.folder()),
            data: data.states().into_iter().map(data_file).collect(),
            model_folder: shown(models.path()),
            models: model_files(&models),
        };
        let report = BlockingPool::shared().run(read).await;
        report.unwrap_or_else(|error| {
            tracing::error!(%error, "the folders of data cannot be read");
            InventoryReport::default()
        })
    }
}

fn shown(folder: &Path) -> String {
    folder.display().to_string()
}

fn data_file(state: AssetState) -> DataFile {
    let fetched_at = state.fetched_at.and_then(|secs| i64::try_from(secs).ok());
    let fetched_at = fetched_at.and_then(|secs| chrono::DateTime::from_timestamp(secs, 0));
    DataFile {
        path: state.asset.path.to_owned(),
        group: state.asset.group.name().to_owned(),
        bytes: state.bytes,
        entries: state.entries,
        fetched_at: fetched_at.map(|at| at.naive_utc()),
    }
}

fn model_files(folder: &ModelFolder) -> Vec<ModelFile> {
    let models = catalog().iter().map(|model| {
        let state = folder.state(model);
        ModelFile {
            name: model.name.clone(),
            version: model.version.clone(),
            purpose: model.purpose.clone(),
            licence: model.licence.name.clone(),
            bytes: model.bytes,
            is_present: state == ModelState::Present,
            is_damaged: state == ModelState::Damaged,
        }
    });
    models.collect()
}
