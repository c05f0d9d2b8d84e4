//! `robotoff data build`: ranges of barcodes and keywords of brands.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use robotoff_core::knowledge::{LexiconKind, Part, TaxonomyKind};
use robotoff_off::brands::{BuiltBrands, build_brands};

use super::super::{ExitStatus, say};
use super::pull::own_folder;
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct BrandsBuildArgs {
    /// Dump of products, plain or gzipped [default: products.jsonl.gz of the folder].
    #[arg(long, value_name = "FILE")]
    dump: Option<PathBuf>,
    /// Folder of fetched data, which the lists are written to [environment: DATA_FOLDER].
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// Builds both lists.
pub(super) fn run(arguments: &BrandsBuildArgs, config: &Config) -> Result<ExitStatus> {
    let folder = own_folder(config, arguments.into.as_deref())?;
    let fetched = folder.join("products.jsonl.gz");
    let dump = arguments.dump.as_ref().unwrap_or(&fetched);
    if !dump.exists() {
        bail!(
            "no dump {}: `robotoff data pull products` fetches it",
            dump.display()
        );
    }
    let parts = [
        Part::Taxonomy(TaxonomyKind::Brands),
        Part::Lexicon(LexiconKind::BrandExclusions),
    ];
    let source = match &config.data.given {
        Some(_) => config.data_source(None),
        None => robotoff_off::data::DataSource::Pulled(folder.clone()),
    };
    let knowledge = source.load(parts)?;
    let BuiltBrands {
        products,
        prefixes,
        keywords,
    } = build_brands(dump, &knowledge, &folder)
        .map_err(anyhow::Error::msg)
        .context("cannot build the lists of brands")?;
    say(&format!(
        "{products} products: {prefixes} ranges of barcodes, {keywords} keywords"
    ))?;
    Ok(ExitStatus::Success)
}
