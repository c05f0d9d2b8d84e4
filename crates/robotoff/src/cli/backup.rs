//! `robotoff backup`, `robotoff restore`: the database in a folder of its own, and back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use robotoff_ports::{Clock, SystemClock};
use robotoff_store::backup::{self, BackupProgress, BackupTarget, Manifest};
use robotoff_store::{Database, DatabaseUrl};
use tokio_util::sync::CancellationToken;

use super::{ExitStatus, say};
use crate::config::Config;
use crate::database::{self, WaitLimit};
use robotoff_app::service_control::ServiceSelector;

/// Flags of `backup`.
#[derive(Args)]
pub(super) struct BackupArgs {
    /// Folder below which the backup gets a folder of its own, in place of BACKUP_DIR.
    #[arg(long, value_name = "DIR", global = true)]
    to: Option<PathBuf>,
    /// Backups that are kept, in place of BACKUP_KEEP; 0 keeps all.
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    #[command(subcommand)]
    command: Option<BackupCommand>,
}

#[derive(Subcommand)]
enum BackupCommand {
    /// List the backups.
    List,
    /// Compare a backup with its checksums, and read its copy to the end.
    Verify {
        #[arg(value_name = "BACKUP")]
        folder: PathBuf,
    },
}

/// Flags of `restore`.
#[derive(Args)]
pub(super) struct RestoreArgs {
    /// Folder of a backup, or of several: then the last one.
    #[arg(value_name = "BACKUP")]
    folder: PathBuf,
    /// Replace the database that is there. A file of SQLite is kept beside it.
    #[arg(long)]
    replace: bool,
}

pub(super) fn target(config: &Config) -> BackupTarget {
    BackupTarget {
        url: config.database.clone(),
        settings: config.connect.clone(),
    }
}

pub(super) async fn run(
    config: &Config,
    flags: &BackupArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let parent = flags.to.as_ref().or(config.operation.backups());
    match &flags.command {
        Some(BackupCommand::Verify { folder }) => {
            let bar = spinner()?;
            let manifest = backup::verify(folder, |progress| show(&bar, progress)).await?;
            bar.finish_and_clear();
            say(&format!(
                "{} is whole: {}",
                folder.display(),
                summary(&manifest)
            ))?;
        }
        Some(BackupCommand::List) => {
            for (folder, manifest) in backup::list(required(parent)?)? {
                say(&format!("{}  {}", folder.display(), summary(&manifest)))?;
            }
        }
        None => {
            let parent = required(parent)?;
            let keep = flags.keep.unwrap_or(config.operation.backups_kept);
            make(config, parent, keep, stop).await?;
        }
    }
    Ok(ExitStatus::Success)
}

fn required(parent: Option<&PathBuf>) -> Result<&Path> {
    let parent = parent.context("name a folder: --to DIR, or the setting BACKUP_DIR")?;
    Ok(parent)
}

async fn make(config: &Config, parent: &Path, keep: usize, stop: &CancellationToken) -> Result<()> {
    let database = database::for_command(config, stop).await?;
    let (target, files) = (target(config), files(config));
    let bar = spinner()?;
    let making = backup::back_up(&database, &target, parent, &files, |progress| {
        show(&bar, progress);
    });
    let made = tokio::select! {
        made = making => made?,
        () = stop.cancelled() => bail!("stopped; no backup was made"),
    };
    bar.finish_and_clear();
    database.close().await?;
    say(&format!(
        "{}  {}",
        made.folder.display(),
        summary(&made.manifest)
    ))?;
    if keep > 0 {
        for deleted in backup::retain(parent, keep).await? {
            say(&format!("deleted {}", deleted.display()))?;
        }
    }
    Ok(())
}

/// Files that a backup holds beside the database.
pub(super) fn files(config: &Config) -> Vec<PathBuf> {
    config.service.policy.iter().cloned().collect()
}

pub(super) async fn restore(
    config: &Config,
    flags: &RestoreArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let folder = last_of(&flags.folder)?;
    refuse_running(config, stop).await?;
    let bar = spinner()?;
    let clock = Arc::new(SystemClock);
    let target = target(config);
    let progress = |progress| show(&bar, progress);
    let restoring = backup::restore(&folder, &target, flags.replace, clock, progress);
    let manifest = tokio::select! {
        restored = restoring => restored?,
        () = stop.cancelled() => bail!("stopped; on PostgreSQL the database is as it was"),
    };
    bar.finish_and_clear();
    say(&format!(
        "{} is restored into {}, and its rows are those of the backup: {}",
        folder.display(),
        config.database,
        summary(&manifest)
    ))?;
    Ok(ExitStatus::Success)
}

/// The backup itself, or the last one below a folder.
fn last_of(folder: &Path) -> Result<PathBuf> {
    if folder.join("manifest.json").exists() {
        return Ok(folder.to_owned());
    }
    let last = backup::list(folder)?.pop();
    let (folder, _) = last.with_context(|| format!("no backup in {}", folder.display()))?;
    Ok(folder)
}

/// A service would write between the old rows and the new ones.
pub(super) async fn refuse_running(config: &Config, stop: &CancellationToken) -> Result<()> {
    if let DatabaseUrl::SqliteFile(file) = &config.database
        && !Path::new(file).exists()
    {
        return Ok(());
    }
    let (url, settings) = (&config.database, &config.connect);
    let opened = database::open(url, settings, WaitLimit::None, stop).await;
    let Ok(database) = opened else {
        // A damaged file is what a restore replaces; a server that is away is reported by it.
        return Ok(());
    };
    let running = running(&database).await;
    let _ = database.close().await;
    if !running.is_empty() {
        bail!(
            "services run on {url}: {}. End them first (`robotoff down`, `robotoff stop all \
             --exit`, or their supervisor)",
            running.join(", ")
        );
    }
    Ok(())
}

async fn running(database: &Database) -> Vec<String> {
    let Ok(selector) = "all".parse::<ServiceSelector>() else {
        return Vec::new();
    };
    // An empty database has no registry.
    let alive = selector.alive(database, SystemClock.now()).await;
    let alive = alive.unwrap_or_default();
    alive
        .iter()
        .map(|s| format!("{}@{}", s.kind, s.host))
        .collect()
}

fn summary(manifest: &Manifest) -> String {
    format!(
        "{}, robotoff {}, {} rows, {} MB",
        manifest.created_at.format("%Y-%m-%d %H:%M:%S"),
        manifest.program,
        manifest.rows(),
        manifest.bytes().div_ceil(1 << 20)
    )
}

pub(super) fn spinner() -> Result<ProgressBar> {
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {msg}")?);
    Ok(bar)
}

fn show(bar: &ProgressBar, progress: BackupProgress) {
    bar.set_message(match progress.bytes {
        0 => progress.step.to_owned(),
        bytes => format!("{}: {} MB", progress.step, bytes >> 20),
    });
    bar.tick();
}
