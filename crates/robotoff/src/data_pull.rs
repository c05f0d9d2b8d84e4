//! Taxonomies and word lists fetched in the background, and put to use.

use std::time::Duration;

use anyhow::Result;
use robotoff_off::http::{Http, HttpSettings};
use robotoff_off::knowledge::LoadedKnowledge;
use robotoff_off::pull::{ASSETS, AssetGroup, DataPull, Pulled};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::wire;

/// Time between two looks at the servers (`docs/reference/pipeline.md` 3).
const PULL_INTERVAL: Duration = Duration::from_secs(2 * 3600);
/// Time between two looks at the folder, which another process may have filled.
const RELOAD_INTERVAL: Duration = Duration::from_secs(60);

/// The background fetch, if the configuration wants one.
pub(crate) fn background(config: &Config) -> Result<Option<DataPull>> {
    if !config.data.pulls_lists() {
        if let (Some(given), true) = (&config.data.given, config.data.wants_lists()) {
            tracing::warn!(
                "DATA_PULL fetches no lists: ROBOTOFF_DATA_DIR names {}, which is only read",
                given.display()
            );
        }
        return Ok(None);
    }
    let http = Http::new(config.service.addresses.clone(), HttpSettings::default())?;
    Ok(Some(wire::data_pull(config, &http)))
}

/// Fetches what has changed, and puts it to use, until `stop` is cancelled. Meanwhile, and
/// while servers are out of reach, the former lists or the built-in ones serve.
pub(crate) async fn follow(pull: DataPull, knowledge: LoadedKnowledge, stop: CancellationToken) {
    tracing::info!(
        folder = %pull.folder().display(),
        "fetching taxonomies and word lists in the background; the present ones serve meanwhile"
    );
    let mut pull_at = Instant::now();
    while !stop.is_cancelled() {
        if Instant::now() >= pull_at {
            pull_at = Instant::now() + PULL_INTERVAL;
            tokio::select! {
                () = stop.cancelled() => return,
                () = pull_all(&pull) => {}
            }
        }
        let changed = knowledge.reload_changed();
        if !changed.is_empty() {
            tracing::info!(
                parts = changed.len(),
                "loading changed word lists and taxonomies"
            );
        }
        let _ = timeout(RELOAD_INTERVAL, stop.cancelled()).await;
    }
}

async fn pull_all(pull: &DataPull) {
    let lock = match pull.lock() {
        Ok(Some(lock)) => lock,
        // Another process fetches into the folder.
        Ok(None) => return,
        Err(error) => return tracing::warn!(%error, "cannot fetch data"),
    };
    let is_small = |group| matches!(group, AssetGroup::Taxonomies | AssetGroup::Lists);
    for asset in ASSETS.iter().filter(|asset| is_small(asset.group)) {
        match pull.pull(&lock, asset, &|_, _| {}).await {
            Ok(Pulled::Unchanged) => {}
            Ok(Pulled::Replaced { bytes, entries }) => {
                tracing::info!(file = asset.path, bytes, entries, "fetched data");
            }
            Err(error) => tracing::warn!(%error, file = asset.path, "cannot fetch data"),
        }
    }
}
