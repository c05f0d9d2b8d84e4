//! Where ports get their adapters: the only place that names them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use robotoff_ports::{PortError, SystemClock};
use robotoff_store::{ConnectSettings, Database, DatabaseUrl, migrate};
use tokio_util::sync::CancellationToken;

/// Between tries to reach a database, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// A command that a person waits for gives up after so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Opens the database, up to date or not. One that is down is waited for, but no
/// longer than told; each try that fails is said.
pub(crate) async fn open(
    url: &DatabaseUrl,
    settings: &ConnectSettings,
    patience: Duration,
    stop: &CancellationToken,
) -> Result<Database> {
    make_folder_of(url)?;
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let opened = Database::open(url, settings, Arc::new(SystemClock)).await;
        let error = match opened {
            Ok(database) => return Ok(database),
            Err(error) => error,
        };
        let gives_up = !error.is_retryable() || begun.elapsed() + pause > patience;
        if gives_up || stop.is_cancelled() {
            return Err(error).with_context(|| format!("cannot use database {url}"));
        }
        tracing::warn!(%error, pause_secs = pause.as_secs(), "waiting for database {url}");
        let _ = tokio::time::timeout(pause, stop.cancelled()).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Opens a database that must be up to date.
pub(crate) async fn open_current(
    url: &DatabaseUrl,
    settings: &ConnectSettings,
    patience: Duration,
    stop: &CancellationToken,
) -> Result<Database> {
    let database = open(url, settings, patience, stop).await?;
    loop {
        match migrate::require_current(&database).await {
            Ok(()) => return Ok(database),
            Err(PortError::Unavailable { .. }) if !stop.is_cancelled() => {
                let _ = tokio::time::timeout(FIRST_PAUSE, stop.cancelled()).await;
            }
            Err(error) => return Err(error).with_context(|| format!("cannot use database {url}")),
        }
    }
}

fn make_folder_of(url: &DatabaseUrl) -> Result<()> {
    let DatabaseUrl::SqliteFile(path) = url else {
        return Ok(());
    };
    let Some(folder) = std::path::Path::new(path).parent() else {
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make folder {}", folder.display()))
}
