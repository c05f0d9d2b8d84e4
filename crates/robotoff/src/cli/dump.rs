//! `robotoff dump`, `robotoff load`: all rows in one file, for any version and either database.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;
use indicatif::ProgressBar;
use robotoff_ports::SystemClock;
use robotoff_store::backup::TableCount;
use robotoff_store::{CopyProgress, portable};
use tokio_util::sync::CancellationToken;

use super::backup::{refuse_running, spinner, target};
use super::{ExitStatus, say};
use crate::config::Config;

/// Flags of `dump`.
#[derive(Args)]
pub(super) struct DumpArgs {
    /// File to write, by convention NAME.db.gz.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Flags of `load`.
#[derive(Args)]
pub(super) struct LoadArgs {
    /// File that `robotoff dump` wrote.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(super) async fn dump(
    config: &Config,
    flags: &DumpArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let bar = spinner()?;
    let (clock, target) = (Arc::new(SystemClock), target(config));
    let dumping = portable::dump(&target, &flags.file, clock, |progress| {
        show(&bar, &progress)
    });
    let tables = tokio::select! {
        dumped = dumping => dumped?,
        () = stop.cancelled() => bail!("stopped; no file was written"),
    };
    bar.finish_and_clear();
    say(&format!("{}: {}", flags.file.display(), rows(&tables)))?;
    Ok(ExitStatus::Success)
}

pub(super) async fn load(
    config: &Config,
    flags: &LoadArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    refuse_running(config, stop).await?;
    let bar = spinner()?;
    let (clock, target) = (Arc::new(SystemClock), target(config));
    let folder = &config.temporary_folder;
    let progress = |progress: CopyProgress| show(&bar, &progress);
    let loading = portable::load(&flags.file, &target, folder, clock, progress);
    let tables = tokio::select! {
        loaded = loading => loaded?,
        () = stop.cancelled() => bail!("stopped; empty the database before the next attempt"),
    };
    bar.finish_and_clear();
    let (url, file) = (&config.database, flags.file.display());
    say(&format!("{url} has the rows of {file}: {}", rows(&tables)))?;
    Ok(ExitStatus::Success)
}

fn show(bar: &ProgressBar, progress: &CopyProgress) {
    bar.set_message(format!("{}: {} rows", progress.table, progress.copied));
    bar.tick();
}

fn rows(tables: &[TableCount]) -> String {
    let total: u64 = tables.iter().map(|table| table.rows).sum();
    let filled = tables.iter().filter(|table| table.rows > 0);
    let filled: Vec<_> = filled.map(|t| format!("{} {}", t.name, t.rows)).collect();
    format!("{total} rows ({})", filled.join(", "))
}
