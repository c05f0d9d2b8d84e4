//! Opening the database, waiting for one that is down.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use robotoff_ports::{PortError, SystemClock};
use robotoff_store::{ConnectSettings, Database, DatabaseUrl, migrate};
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// Pause between two attempts to open a database: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Time that a database has to come up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitLimit {
    /// For services, which start before or after their database.
    Unlimited,
    /// For commands that a person waits for.
    OneMinute,
    /// For a check, which reports a database that is down.
    None,
}

impl WaitLimit {
    fn permits(self, waited: Duration) -> bool {
        match self {
            Self::Unlimited => true,
            Self::OneMinute => waited <= Duration::from_secs(60),
            Self::None => false,
        }
    }
}

/// Opens a database of any schema version. Each failed attempt is logged.
pub(crate) async fn open(
    url: &DatabaseUrl,
    settings: &ConnectSettings,
    limit: WaitLimit,
    stop: &CancellationToken,
) -> Result<Database> {
    create_folder_of(url)?;
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let opened = Database::open(url, settings, Arc::new(SystemClock)).await;
        let error = match opened {
            Ok(database) => return Ok(database),
            Err(error) => error,
        };
        let may_wait = error.is_retryable() && limit.permits(started.elapsed() + pause);
        if !may_wait || stop.is_cancelled() {
            return Err(error).with_context(|| format!("cannot use database {url}"));
        }
        tracing::warn!(%error, pause_secs = pause.as_secs(), "waiting for database {url}");
        let _ = tokio::time::timeout(pause, stop.cancelled()).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Opens a database and requires its schema to be up to date.
pub(crate) async fn open_current(
    url: &DatabaseUrl,
    settings: &ConnectSettings,
    limit: WaitLimit,
    stop: &CancellationToken,
) -> Result<Database> {
    let database = open(url, settings, limit, stop).await?;
    loop {
        match migrate::require_current(&database).await {
            Ok(()) => return Ok(database),
            Err(PortError::Unavailable { .. })
                if limit != WaitLimit::None && !stop.is_cancelled() =>
            {
                let _ = tokio::time::timeout(FIRST_PAUSE, stop.cancelled()).await;
            }
            Err(error) => return Err(error).with_context(|| format!("cannot use database {url}")),
        }
    }
}

/// Opens the configured database for a command that a person waits for.
pub(crate) async fn for_command(config: &Config, stop: &CancellationToken) -> Result<Database> {
    open_current(
        &config.database,
        &config.connect,
        WaitLimit::OneMinute,
        stop,
    )
    .await
}

fn create_folder_of(url: &DatabaseUrl) -> Result<()> {
    let DatabaseUrl::SqliteFile(path) = url else {
        return Ok(());
    };
    let Some(folder) = std::path::Path::new(path).parent() else {
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make folder {}", folder.display()))
}
