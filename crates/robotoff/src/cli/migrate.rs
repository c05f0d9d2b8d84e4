//! `robotoff migrate`: migrates the database.

use anyhow::{Context, Result};
use robotoff_store::migrate;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::database::{self, WaitLimit};

pub(super) async fn run(config: &Config, stop: &CancellationToken) -> Result<()> {
    let database = database::open(
        &config.database,
        &config.connect,
        WaitLimit::OneMinute,
        stop,
    )
    .await?;
    let done = tokio::select! {
        done = migrate::migrate(&database, |step| eprintln!("{step}")) => {
            done.with_context(|| format!("cannot migrate {}", config.database))?
        }
        // The next call repeats a step that was not finished.
        () = stop.cancelled() => return Ok(()),
    };
    match done.len() {
        0 => eprintln!("{} is up to date", config.database),
        steps => eprintln!("{} is up to date after {steps} steps", config.database),
    }
    database.close().await?;
    Ok(())
}
