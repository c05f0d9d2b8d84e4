//! The newest dump of products, fetched when it has changed.

use async_trait::async_trait;
use chrono::{DateTime, NaiveDateTime};
use robotoff_ports::dump::{DatedDump, DumpSource};
use robotoff_ports::{PortError, PortResult};

use super::asset::{ASSETS, AssetGroup};
use super::{DataPull, folder};
use crate::products::DumpFile;

/// Dumps in a folder of fetched data.
pub struct PulledDump {
    pull: DataPull,
}

impl PulledDump {
    /// Fetches by this.
    pub const fn new(pull: DataPull) -> Self {
        Self { pull }
    }
}

#[async_trait]
impl DumpSource for PulledDump {
    async fn newest(&self) -> PortResult<DatedDump> {
        let what = "dump of products";
        let asset = ASSETS
            .iter()
            .find(|asset| asset.group == AssetGroup::Products);
        let asset = asset.ok_or_else(|| PortError::defect(what, "it is not in the list"))?;
        let Some(lock) = self.pull.lock()? else {
            let why = "another process is fetching into the folder";
            return Err(PortError::unavailable(what, why));
        };
        self.pull.pull(&lock, asset, &|_, _| {}).await?;
        let state = folder::state(&self.pull.folder, asset);
        let fetched_at = state.fetched_at.and_then(day_of);
        let as_of = fetched_at.ok_or_else(|| PortError::defect(what, "it has no date"))?;
        let dump = DumpFile::open(&self.pull.folder.join(asset.path))?;
        Ok(DatedDump {
            dump: Box::new(dump),
            as_of,
        })
    }
}

/// The start of the day. A dump shows its products as they were some hours before it is
/// there (`docs/reference/pipeline.md` 3.6 and 11.2, 59).
fn day_of(secs: u64) -> Option<NaiveDateTime> {
    let time = DateTime::from_timestamp(i64::try_from(secs).ok()?, 0)?;
    time.date_naive().and_hms_opt(0, 0, 0)
}
