//! What the environment says; nothing else reads it.

use std::path::{Path, PathBuf};

use robotoff_off::data::DataSource;

/// Settings that flags of the command line may override.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config {
    /// `ROBOTOFF_DATA_DIR`: a folder of word lists instead of the built-in ones.
    pub(crate) data_dir: Option<PathBuf>,
}

impl Config {
    /// Reads the environment; empty variables count as absent.
    pub(crate) fn from_environment() -> Self {
        let data_dir = std::env::var_os("ROBOTOFF_DATA_DIR").filter(|value| !value.is_empty());
        Self {
            data_dir: data_dir.map(PathBuf::from),
        }
    }

    /// The folder of the flag, else of the environment, else the built-in data.
    pub(crate) fn data_source(&self, flag: Option<&Path>) -> DataSource {
        match flag.or(self.data_dir.as_deref()) {
            Some(folder) => DataSource::Folder(folder.to_owned()),
            None => DataSource::BuiltIn,
        }
    }
}
