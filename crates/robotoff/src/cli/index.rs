//! `robotoff index`: the indexes of the search engine, and their versions.

use std::io::IsTerminal;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use robotoff_app::search::{BuildSettings, IndexBuilder};
use robotoff_ports::search::SearchIndex;
use tokio_util::sync::CancellationToken;

use super::{ExitStatus, say};
use crate::config::Config;
use crate::wire::{self, NamedCorpora};

const EXAMPLES: &str = "\
Examples:
  robotoff index build                 # all indexes that are missing or stale
  robotoff index build categories --again
  robotoff index status
  robotoff index swap categories 1.0f3a5b6c7d8e9f01
  robotoff index drop --old

The engine is that of SEARCH_URL. A build that is stopped, or killed, goes on where it was;
searches use the version before until the new one is whole.";

#[derive(Subcommand)]
#[command(after_help = EXAMPLES)]
pub(super) enum IndexCommand {
    /// Build indexes, and make each current when it is whole.
    Build(BuildArgs),
    /// List the versions of all indexes, and what is wrong with the engine.
    Status,
    /// Make a version current.
    Swap(VersionArgs),
    /// Delete a version, or all but the current ones.
    Drop(DropArgs),
}

#[derive(Args)]
pub(super) struct BuildArgs {
    /// categories, spelling, phrases; all of the engine when absent.
    #[arg(value_name = "INDEX")]
    indexes: Vec<String>,
    /// Build a new version even if the current one is up to date.
    #[arg(long)]
    again: bool,
    /// Leave the new version beside the current one.
    #[arg(long)]
    no_swap: bool,
}

#[derive(Args)]
pub(super) struct VersionArgs {
    #[arg(value_name = "INDEX")]
    index: String,
    #[arg(value_name = "VERSION")]
    version: String,
}

#[derive(Args)]
pub(super) struct DropArgs {
    #[arg(value_name = "INDEX", required_unless_present = "old")]
    index: Option<String>,
    #[arg(value_name = "VERSION", required_unless_present = "old")]
    version: Option<String>,
    /// All versions of all indexes that are not current.
    #[arg(long, conflicts_with_all = ["index", "version"])]
    old: bool,
}

/// Build the indexes of Elasticsearch, by the name of Robotoff: the same as `index build`.
#[derive(Args)]
pub(super) struct InitArgs {
    /// Accepted: indexes are always created when they are missing.
    #[arg(long, overrides_with = "no_index")]
    index: bool,
    #[arg(long)]
    no_index: bool,
    /// Fill the indexes; without it nothing is done.
    #[arg(long, overrides_with = "no_data")]
    data: bool,
    #[arg(long)]
    no_data: bool,
    /// The indexes of ingredient lists alone.
    #[arg(long)]
    product: bool,
    /// The index of categories alone.
    #[arg(long)]
    category: bool,
    /// Accepted: versions are named by what they hold.
    #[arg(long, value_name = "NAME")]
    product_version: Option<String>,
}

/// Runs the command.
pub(super) async fn run(
    config: &Config,
    command: IndexCommand,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let search = wire::search_for_command(config, NamedCorpora::default())?;
    let builder = IndexBuilder::new(search.parts.clone());
    match command {
        IndexCommand::Build(flags) => {
            let settings = BuildSettings {
                again: flags.again,
                without_swap: flags.no_swap,
            };
            let indexes = named(&builder, &flags.indexes)?;
            build_all(&builder, &indexes, settings, stop).await?;
        }
        IndexCommand::Status => return status(&builder).await,
        IndexCommand::Swap(flags) => {
            let index = index_of(&builder, &flags.index)?;
            builder.engine().swap(index, &flags.version).await?;
            say(&format!("{index}: {} is current", flags.version))?;
        }
        IndexCommand::Drop(flags) => drop_versions(&builder, &flags).await?,
    }
    Ok(ExitStatus::Success)
}

/// Runs `init-elasticsearch`.
pub(super) async fn init(
    config: &Config,
    flags: &InitArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    if flags.no_data {
        say("nothing to do: an index is created when it is filled")?;
        return Ok(ExitStatus::Success);
    }
    let search = wire::search_for_command(config, NamedCorpora::default())?;
    let builder = IndexBuilder::new(search.parts.clone());
    let all = !flags.product && !flags.category;
    let wanted = builder.engine().indexes().iter().copied();
    let wanted = wanted.filter(|index| match index {
        SearchIndex::CategoryNames => all || flags.category,
        SearchIndex::SpellingWords | SearchIndex::SpellingPhrases => all || flags.product,
    });
    let wanted: Vec<SearchIndex> = wanted.collect();
    build_all(&builder, &wanted, BuildSettings::default(), stop).await?;
    Ok(ExitStatus::Success)
}

fn named(builder: &IndexBuilder, names: &[String]) -> Result<Vec<SearchIndex>> {
    match names {
        [] => Ok(builder.engine().indexes().to_vec()),
        names => names.iter().map(|name| index_of(builder, name)).collect(),
    }
}

fn index_of(builder: &IndexBuilder, name: &str) -> Result<SearchIndex> {
    let known = builder.engine().indexes();
    let Some(index) = SearchIndex::named(name).filter(|index| known.contains(index)) else {
        let names: Vec<&str> = known.iter().map(|index| index.name()).collect();
        let engine = builder.engine().describe();
        bail!(
            "there is no index {name:?} on {engine}: there are {}",
            names.join(", ")
        );
    };
    Ok(index)
}

async fn build_all(
    builder: &IndexBuilder,
    indexes: &[SearchIndex],
    settings: BuildSettings,
    stop: &CancellationToken,
) -> Result<()> {
    for index in indexes {
        let bar = match std::io::stderr().is_terminal() {
            true => ProgressBar::new(0),
            false => ProgressBar::hidden(),
        };
        let style = "{msg} [{wide_bar}] {pos}/{len} {per_sec} {eta}";
        if let Ok(style) = ProgressStyle::with_template(style) {
            bar.set_style(style);
        }
        bar.set_message(index.name());
        let progress = |stored: u32, total: u32| {
            bar.set_length(u64::from(total));
            bar.set_position(u64::from(stored));
        };
        let built = builder.build(*index, settings, &progress, stop).await;
        bar.finish_and_clear();
        let built = built.with_context(|| format!("cannot build {index}"))?;
        let what = match (built.is_new, built.resumed_from) {
            (false, _) => "is up to date".to_owned(),
            (true, 0) => "is built".to_owned(),
            (true, from) => format!("is built, from document {from} on"),
        };
        say(&format!(
            "{index}: {} ({} documents) {what}",
            built.version, built.documents
        ))?;
    }
    Ok(())
}

async fn status(builder: &IndexBuilder) -> Result<ExitStatus> {
    let engine = builder.engine();
    say(&engine.describe())?;
    let mut is_fresh = true;
    for index in engine.indexes() {
        let state = builder.state(*index).await?;
        is_fresh &= state.is_fresh();
        for version in &state.versions {
            let what = match (version.is_complete, version.is_current) {
                (false, _) => "not complete",
                (true, true) => "current",
                (true, false) => "not used",
            };
            say(&format!(
                "{index}  {}  {} documents  {what}",
                version.name, version.documents
            ))?;
        }
        if !state.is_fresh() {
            say(&format!(
                "{index}  {}  is wanted: run `robotoff index build {index}`",
                state.wanted
            ))?;
        }
    }
    for finding in engine.check().await {
        is_fresh &= !finding.is_failure;
        say(&finding.message)?;
    }
    Ok(match is_fresh {
        true => ExitStatus::Success,
        false => ExitStatus::PartialFailure,
    })
}

async fn drop_versions(builder: &IndexBuilder, flags: &DropArgs) -> Result<()> {
    let engine = builder.engine();
    if let (Some(index), Some(version)) = (&flags.index, &flags.version) {
        let index = index_of(builder, index)?;
        engine.delete(index, version).await?;
        return say(&format!("{index}: {version} is deleted"));
    }
    for index in engine.indexes() {
        for version in engine.versions(*index).await? {
            if !version.is_current {
                engine.delete(*index, &version.name).await?;
                say(&format!("{index}: {} is deleted", version.name))?;
            }
        }
    }
    Ok(())
}
