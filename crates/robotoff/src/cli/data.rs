//! `robotoff data`: word lists, taxonomies and dumps checked, fetched, built.

mod build;
mod pull;

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::{Args, Subcommand};
use robotoff_core::knowledge::Part;
use robotoff_off::data::{DataSource, LICENCE_NOTICE};
use robotoff_off::pull::AssetGroup;

use super::ExitStatus;
use crate::config::Config;

/// Check, fetch and build word lists, taxonomies and dumps.
#[derive(Debug, Args)]
pub(super) struct DataArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Read each part and print its size or its error; code 3 when one is broken.
    Check {
        /// Folder of word lists and taxonomies [environment: ROBOTOFF_DATA_DIR; default: built-in].
        #[arg(long, value_name = "DIR")]
        data_dir: Option<PathBuf>,
    },
    /// Fetch files that have changed at their servers.
    Pull(pull::PullArgs),
    /// List the files of the folder of fetched data.
    Status(pull::DataStatusArgs),
    /// Build the lists of brands from a dump of products and the taxonomy of brands.
    Build(build::BrandsBuildArgs),
}

/// Arguments of the existing service's `download-taxonomies`.
#[derive(Debug, Args)]
pub(super) struct DownloadTaxonomiesArgs {
    /// Accepted: files are fetched only when they have changed, always.
    #[arg(long = "download-newer")]
    _download_newer: bool,
}

/// Arguments of the existing service's `download-dataset`.
#[derive(Debug, Args)]
pub(super) struct DownloadDatasetArgs {
    /// Fetch the dump in JSON lines; the default, as is the one in Parquet.
    #[arg(long = "download-jsonl", overrides_with = "no_download_jsonl")]
    _download_jsonl: bool,
    #[arg(long)]
    no_download_jsonl: bool,
    #[arg(long = "download-parquet", overrides_with = "no_download_parquet")]
    _download_parquet: bool,
    #[arg(long)]
    no_download_parquet: bool,
    /// Accepted and not used: the dump is read as it is.
    #[arg(long)]
    minify_jsonl: bool,
}

/// Fetches taxonomies.
pub(super) fn download_taxonomies(
    _: &DownloadTaxonomiesArgs,
    config: &Config,
) -> anyhow::Result<ExitStatus> {
    pull::pull(&pull::PullArgs::of(vec![AssetGroup::Taxonomies]), config)
}

/// Fetches the dumps of products that are not refused.
pub(super) fn download_dataset(
    arguments: &DownloadDatasetArgs,
    config: &Config,
) -> anyhow::Result<ExitStatus> {
    if arguments.minify_jsonl {
        eprintln!("robotoff: --minify-jsonl is not used: the dump is read as it is");
    }
    let mut groups = Vec::new();
    groups.extend((!arguments.no_download_jsonl).then_some(AssetGroup::Products));
    groups.extend((!arguments.no_download_parquet).then_some(AssetGroup::Parquet));
    if groups.is_empty() {
        return Ok(ExitStatus::Success);
    }
    pull::pull(&pull::PullArgs::of(groups), config)
}

/// Runs the command.
pub(super) fn run(arguments: &DataArgs, config: &Config) -> anyhow::Result<ExitStatus> {
    let data_dir = match &arguments.action {
        Action::Check { data_dir } => data_dir,
        Action::Pull(arguments) => return pull::pull(arguments, config),
        Action::Status(arguments) => return pull::status(arguments, config),
        Action::Build(arguments) => return build::run(arguments, config),
    };
    let source = config.data_source(data_dir.as_deref());
    let mut out = io::stdout().lock();
    check(&source, &mut out).context("cannot write to standard output")
}

fn check(source: &DataSource, out: &mut impl Write) -> io::Result<ExitStatus> {
    match source {
        DataSource::BuiltIn => writeln!(out, "built-in data: AGPL-3.0-or-later, like the program")?,
        DataSource::Folder(folder) | DataSource::Pulled(folder) => {
            writeln!(out, "{}: {LICENCE_NOTICE}", folder.display())?
        }
    }
    let mut outcome = ExitStatus::Success;
    for part in Part::all() {
        let start = Instant::now();
        match source.load_part(part) {
            Ok(loaded) => {
                let duration_ms = start.elapsed().as_millis();
                writeln!(
                    out,
                    "{:<46} {:>8} {duration_ms:>6} ms",
                    part.path(),
                    loaded.len()
                )?;
            }
            Err(error) => {
                writeln!(out, "{:<46} broken: {error}", part.path())?;
                outcome = ExitStatus::BrokenData;
            }
        }
    }
    Ok(outcome)
}
