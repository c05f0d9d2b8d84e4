//! `robotoff copy`: all tables from one database to another.

use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use robotoff_store::{DatabaseUrl, copy, migrate};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::database::{self, WaitLimit};

#[derive(Args)]
pub(super) struct CopyArgs {
    /// The database that is read; it should have no other writer meanwhile.
    #[arg(long, value_name = "URL")]
    from: DatabaseUrl,
    /// The database that is filled; it is migrated first.
    #[arg(long, value_name = "URL")]
    to: DatabaseUrl,
}

pub(super) async fn run(config: &Config, flags: &CopyArgs, stop: &CancellationToken) -> Result<()> {
    let limit = WaitLimit::OneMinute;
    let from = database::open_current(&flags.from, &config.connect, limit, stop).await?;
    let to = database::open(&flags.to, &config.connect, limit, stop).await?;
    migrate::migrate(&to, |_| {})
        .await
        .with_context(|| format!("cannot migrate {}", flags.to))?;
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}")?);
    let source = flags.from.to_string();
    let copying = copy(&from, &to, &source, |progress| {
        let line = format!("{}: {} rows", progress.table, progress.copied);
        if progress.finished {
            bar.suspend(|| eprintln!("{line}"));
        }
        bar.set_message(line);
        bar.tick();
    });
    tokio::select! {
        copied = copying => copied.context("the same command resumes where it stopped")?,
        () = stop.cancelled() => {
            anyhow::bail!("stopped; the same command resumes here");
        }
    }
    to.refresh_statistics().await?;
    bar.finish_and_clear();
    to.close().await?;
    from.close().await?;
    Ok(())
}
