//! `robotoff migrate`: migrates the database.

use std::io::Write;

use anyhow::{Context, Result};
use clap::Args;
use robotoff_store::{Database, migrate};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::database::{self, WaitLimit};

#[derive(Args)]
pub(super) struct MigrateArgs {
    /// List all steps, and when each was taken.
    #[arg(long, conflicts_with = "dry_run")]
    list: bool,
    /// Print the SQL of the steps that are missing, and change no table.
    #[arg(long)]
    dry_run: bool,
    /// Make no copy of an `SQLite` file that has rows.
    #[arg(long)]
    no_backup: bool,
}

pub(super) async fn run(
    config: &Config,
    arguments: &MigrateArgs,
    stop: &CancellationToken,
) -> Result<()> {
    let database = database::open(
        &config.database,
        &config.connect,
        WaitLimit::OneMinute,
        stop,
    )
    .await?;
    if arguments.list {
        list(&database).await?;
    } else if arguments.dry_run {
        dry_run(&database).await?;
    } else {
        if config.backs_up_before_migrating && !arguments.no_backup {
            back_up(&database).await?;
        }
        tokio::select! {
            done = migrate::migrate(&database, |step| eprintln!("{step}")) => {
                let done = done.with_context(|| format!("cannot migrate {}", config.database))?;
                match done.len() {
                    0 => eprintln!("{} is up to date", config.database),
                    steps => eprintln!("{} is up to date after {steps} steps", config.database),
                }
            }
            // A step that was not finished is taken again by the next call.
            () = stop.cancelled() => return Ok(()),
        }
    }
    database.close().await?;
    Ok(())
}

/// Copies a file with rows that lacks steps, and reports where.
pub(super) async fn back_up(database: &Database) -> Result<()> {
    let copy = migrate::back_up(database).await.context(
        "cannot copy the database before it is migrated (`robotoff migrate --no-backup` or \
         MIGRATE_BACKUP=false migrates without a copy)",
    )?;
    if let Some(copy) = copy {
        tracing::info!(copy = %copy.display(), "copied the database before it is migrated");
    }
    Ok(())
}

async fn list(database: &Database) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for step in migrate::list(database).await? {
        let state = step.applied_at.map_or_else(
            || "missing".to_owned(),
            |at| at.format("%Y-%m-%d %H:%M:%S").to_string(),
        );
        writeln!(out, "{:<24} {state}", step.name)?;
    }
    Ok(())
}

async fn dry_run(database: &Database) -> Result<()> {
    let mut out = std::io::stdout().lock();
    for step in migrate::dry_run(database).await? {
        writeln!(out, "-- {}", step.name)?;
        for statement in step.statements {
            writeln!(out, "{};", statement.trim_end().trim_end_matches(';'))?;
        }
        writeln!(out)?;
    }
    Ok(())
}
