//! Data files fetched into a folder: taxonomies, word lists, dumps of products.
//!
//! A file is downloaded beside its place, verified there, and renamed into it; the record
//! of its ETag is written last. So a reader has the old file or the new one, whole, and a
//! process that is killed at any point leaves both readable: a part is resumed, a record
//! that is missing or does not fit has the file fetched again. A server that is
//! down, truncates or lies replaces no file (`docs/reference/pipeline.md` 11.2, 18).
//!
//! `asset` is the list of files, `download` fetches one, `verify` judges it, `folder`
//! knows the places.

mod asset;
mod download;
mod dump;
mod folder;
mod verify;

use std::path::{Path, PathBuf};
use std::time::Duration;

use robotoff_ports::{BlockingPool, PortError, PortResult};

use crate::http::Http;
use folder::FileRecord;

pub use asset::{ASSETS, Asset, AssetGroup, AssetSources};
pub use dump::PulledDump;
pub use folder::AssetState;
pub(crate) use folder::write_whole;

/// Settings of fetching.
#[derive(Debug, Clone)]
pub struct PullSettings {
    pub sources: AssetSources,
    /// Fewer products in a dump than this are not all (`docs/reference/pipeline.md` 2.4).
    pub min_products: u64,
    /// A new file with a smaller share of the entries of the old one is not taken.
    pub min_share: f64,
    /// Time without a byte after which a download has failed.
    pub idle_timeout: Duration,
    /// Attempts at one file; each goes on where the last one stopped.
    pub attempts: u32,
    /// Before the second attempt; each later pause is twice the one before.
    pub first_pause: Duration,
}

impl Default for PullSettings {
    fn default() -> Self {
        Self {
            sources: AssetSources::default(),
            min_products: 2_800_000,
            min_share: 0.5,
            idle_timeout: Duration::from_secs(60),
            attempts: 5,
            first_pause: Duration::from_secs(2),
        }
    }
}

/// Result of fetching one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pulled {
    /// The file is the server's present one.
    Unchanged,
    Replaced {
        bytes: u64,
        /// Nodes, lines or products.
        entries: u64,
    },
}

/// Fetches files into a folder.
#[derive(Debug, Clone)]
pub struct DataPull {
    http: Http,
    folder: PathBuf,
    settings: PullSettings,
    verifier: BlockingPool,
}

impl DataPull {
    /// Fetches into this folder, which is made when it is needed.
    pub fn new(http: Http, folder: PathBuf, settings: PullSettings) -> Self {
        Self {
            http,
            folder,
            settings,
            verifier: BlockingPool::of(1),
        }
    }

    /// The folder of the files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The right to write to the folder; `None` while another process has it.
    pub fn lock(&self) -> PortResult<Option<FolderLock>> {
        let doing = |error| failed("lock", &self.folder, error);
        std::fs::create_dir_all(&self.folder).map_err(doing)?;
        let file = std::fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.folder.join(".lock"))
            .map_err(doing)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(FolderLock { _file: file })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(doing(error)),
        }
    }

    /// Fetches a file unless it is the server's present one. `progress` gets the bytes so
    /// far and those of the whole file, where they are known.
    pub async fn pull(
        &self,
        _lock: &FolderLock,
        asset: &Asset,
        progress: &(dyn Fn(u64, Option<u64>) + Sync),
    ) -> PortResult<Pulled> {
        let places = folder::FilePlaces::of(&self.folder, asset);
        let url = asset.url(&self.settings.sources);
        let known = places.record().filter(|record| record.url == url);
        let download = download::Download {
            http: &self.http,
            settings: &self.settings,
            asset,
            places: &places,
            url: &url,
            known_etag: known.as_ref().and_then(|record| record.etag.as_deref()),
            progress,
        };
        let Some(etag) = download.run().await? else {
            return Ok(Pulled::Unchanged);
        };
        let former = places.record().map(|record| record.entries);
        let verified = self.verified(asset, &places, former).await;
        let verified = match verified {
            Ok(verified) => verified,
            Err(why) => {
                places.discard_part();
                let what = format!("{url}, which is not taken");
                return Err(PortError::defect(what, why));
            }
        };
        let record = FileRecord {
            url,
            etag,
            bytes: verified.bytes,
            entries: verified.entries,
            sha256: verified.sha256,
            fetched_at: folder::now_secs(),
        };
        places
            .install(&record)
            .map_err(|error| failed("replace", &places.target, error))?;
        Ok(Pulled::Replaced {
            bytes: record.bytes,
            entries: record.entries,
        })
    }

    /// The states of all files.
    pub fn states(&self) -> Vec<AssetState> {
        let states = ASSETS.iter();
        states
            .map(|asset| folder::state(&self.folder, asset))
            .collect()
    }

    async fn verified(
        &self,
        asset: &Asset,
        places: &folder::FilePlaces,
        former: Option<u64>,
    ) -> Result<verify::Verified, String> {
        let (part, check) = (places.part.clone(), asset.check);
        let min_products = self.settings.min_products;
        // A dump takes minutes. An attempt that was stopped holds up the next one, so that
        // no two read the same file.
        let checking = self
            .verifier
            .run(move || verify::verify(&part, check, min_products));
        let verified = checking.await.map_err(|error| error.to_string())??;
        let share = self.settings.min_share;
        match former {
            Some(former) if (verified.entries as f64) < former as f64 * share => Err(format!(
                "it has {} entries, and the present file {former}",
                verified.entries
            )),
            _ => Ok(verified),
        }
    }
}

/// The right to write to a folder; it ends with the value, or with the process.
#[derive(Debug)]
pub struct FolderLock {
    _file: std::fs::File,
}

fn failed(doing: &str, path: &Path, error: std::io::Error) -> PortError {
    PortError::defect(format!("cannot {doing} {}", path.display()), error)
}
