//! Settings of data that are fetched.

use std::path::PathBuf;

use anyhow::{Result, bail};
use robotoff_off::addresses::Addresses;
use robotoff_off::pull::{AssetSources, PullSettings};
use serde::Deserialize;

/// Raw values of the settings of data.
#[derive(Deserialize)]
pub(super) struct RawDataConfig {
    robotoff_data_dir: String,
    data_pull: String,
    data_folder: String,
    data_url: String,
    data_lists_url: String,
    data_parquet_url: String,
    data_min_products: u64,
}

/// Data that are fetched in the background.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BackgroundPull {
    Off,
    /// Taxonomies and word lists.
    Lists,
    /// Also the dump of products, by a periodic job.
    All,
}

impl DataConfig {
    /// True when taxonomies and word lists are fetched; never into, nor instead of, the
    /// folder of the operator.
    pub(crate) fn pulls_lists(&self) -> bool {
        self.wants_lists() && self.given.is_none()
    }

    /// True when the setting wants taxonomies and word lists to be fetched.
    pub(crate) fn wants_lists(&self) -> bool {
        self.pulls != BackgroundPull::Off
    }

    /// True when the dump of products is fetched.
    pub(crate) fn pulls_dump(&self) -> bool {
        self.pulls == BackgroundPull::All
    }
}

/// Settings of data.
pub(crate) struct DataConfig {
    /// Folder of word lists that replace the built-in ones. It is only read.
    pub(crate) given: Option<PathBuf>,
    pub(crate) pulls: BackgroundPull,
    /// Folder that fetched data are written to.
    pub(crate) folder: PathBuf,
    pub(crate) pull: PullSettings,
}

impl RawDataConfig {
    pub(super) fn into_config(self, addresses: &Addresses) -> Result<DataConfig> {
        let pulls = match self.data_pull.as_str() {
            "" | "off" => BackgroundPull::Off,
            "on" => BackgroundPull::Lists,
            "all" => BackgroundPull::All,
            other => bail!("cannot use DATA_PULL {other:?}: it is none of off, on, all"),
        };
        let default = AssetSources::default();
        let base = |url: String, default: String| match url.as_str() {
            "" => default,
            url => url.trim_end_matches('/').to_owned(),
        };
        Ok(DataConfig {
            given: Some(self.robotoff_data_dir)
                .filter(|folder| !folder.is_empty())
                .map(PathBuf::from),
            pulls,
            folder: PathBuf::from(self.data_folder),
            pull: PullSettings {
                sources: AssetSources {
                    // Staging has neither dumps nor taxonomies of its own.
                    static_files: base(self.data_url, addresses.label_images().to_owned()),
                    lists: base(self.data_lists_url, default.lists),
                    parquet: base(self.data_parquet_url, default.parquet),
                },
                min_products: self.data_min_products,
                ..PullSettings::default()
            },
        })
    }
}
