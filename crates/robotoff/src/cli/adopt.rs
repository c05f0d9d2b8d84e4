//! `robotoff adopt`: the database of an existing Robotoff, reported and then migrated.

use anyhow::{Context, Result, bail};
use clap::Args;
use robotoff_store::backup::{TableCount, count_tables};
use robotoff_store::{Database, DatabaseUrl, migrate};
use tokio_util::sync::CancellationToken;

use super::backup::target;
use super::{ExitStatus, say};
use crate::config::Config;
use crate::database::{self, WaitLimit};

/// Tables without which a database is not that of an existing Robotoff.
const REQUIRED: [&str; 4] = ["prediction", "product_insight", "annotation_vote", "image"];

/// Flags of `adopt`.
#[derive(Args)]
pub(super) struct AdoptArgs {
    /// Take the steps. Without it nothing is changed.
    #[arg(long)]
    yes: bool,
    /// Print the SQL of the steps too.
    #[arg(long)]
    sql: bool,
}

pub(super) async fn run(
    config: &Config,
    flags: &AdoptArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let DatabaseUrl::Postgres(_) = config.database else {
        bail!(
            "{} is not the database of an existing Robotoff, which is PostgreSQL",
            config.database
        );
    };
    let (url, settings) = (&config.database, &config.connect);
    let database = database::open(url, settings, WaitLimit::OneMinute, stop).await?;
    let before = count_tables(&target(config)).await?;
    for required in REQUIRED {
        if !before.iter().any(|table| table.name == required) {
            bail!("{url} has no table {required}: it is not the database of an existing Robotoff");
        }
    }
    for table in &before {
        say(&format!("{:<40} {:>12} rows", table.name, table.rows))?;
    }
    let missing = migrate::dry_run(&database).await?;
    if missing.is_empty() {
        say("adopted already: no step is missing")?;
        database.close().await?;
        return Ok(ExitStatus::Success);
    }
    for step in &missing {
        say(&format!("step {}", step.name))?;
        if flags.sql {
            step.statements
                .iter()
                .try_for_each(|sql| say(&format!("    {sql};")))?;
        }
    }
    if !flags.yes {
        say(&format!(
            "dry run: {} steps add columns, tables and indexes, and change no row or column that \
             is there; --yes takes them",
            missing.len()
        ))?;
        database.close().await?;
        return Ok(ExitStatus::Success);
    }
    adopt(config, &database, &before, stop).await?;
    database.close().await?;
    Ok(ExitStatus::Success)
}

/// Takes the steps, and compares the numbers of rows.
async fn adopt(
    config: &Config,
    database: &Database,
    before: &[TableCount],
    stop: &CancellationToken,
) -> Result<()> {
    let migrating = migrate::migrate(database, |step| eprintln!("{step}"));
    let steps = tokio::select! {
        steps = migrating => steps.with_context(|| format!("cannot adopt {}", config.database))?,
        () = stop.cancelled() => bail!("stopped; the same command resumes here"),
    };
    let after = count_tables(&target(config)).await?;
    let lost: Vec<String> = before
        .iter()
        .filter_map(|table| fewer(table, &after))
        .collect();
    if !lost.is_empty() {
        // Another process may have deleted them: the steps delete nothing.
        bail!("tables have fewer rows than before: {}", lost.join(", "));
    }
    say(&format!(
        "adopted in {} steps; every table that was there has the rows that it had, or more",
        steps.len()
    ))
}

/// A table that has fewer rows than before, if it has.
fn fewer(before: &TableCount, after: &[TableCount]) -> Option<String> {
    let now = after.iter().find(|table| table.name == before.name);
    let rows = now.map_or(0, |table| table.rows);
    (rows < before.rows).then(|| format!("{} ({} before, {rows} now)", before.name, before.rows))
}
