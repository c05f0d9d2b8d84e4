//! `robotoff train`: models of our own, learned from products.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use robotoff_off::file;

use super::ExitStatus;
use crate::config::Config;
use crate::wire;

/// Products beyond this would not fit into memory together.
const MAX_BYTES: u64 = 2 << 30;

const EXAMPLES: &str = "\
Examples:
  robotoff train category --products products.jsonl.gz
  robotoff train category --products products.jsonl.gz --out other.bin
  robotoff categorize --predictors local --model other.bin --lang fr \"Miel de lavande\"

Lines are products of the dump of Open Food Facts, or objects with \"lang\", \"product_name\",
\"categories_tags\" and perhaps \"generic_name\", \"brands\", \"labels_tags\" and
\"ingredients_text\". The same lines give the same bytes.";

/// Train models of our own.
#[derive(Debug, Subcommand)]
pub(super) enum TrainCommand {
    Category(CategoryArgs),
}

/// Train the category model, predictor `local`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CategoryArgs {
    /// Products, one JSON object a line; plain or gzip.
    #[arg(long, value_name = "FILE")]
    products: PathBuf,
    /// Where to write the model.
    #[arg(long, value_name = "FILE", default_value = "data/models/category.bin")]
    out: PathBuf,
    /// Folder with the taxonomies [environment: ROBOTOFF_DATA_DIR; default: what ships].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Runs the command.
pub(super) fn run(command: &TrainCommand, config: &Config) -> Result<ExitStatus> {
    let TrainCommand::Category(args) = command;
    let path = args.products.display();
    let start = Instant::now();
    let bytes = file::read(&args.products, MAX_BYTES);
    let bytes = bytes.with_context(|| format!("cannot read {path}"))?;
    let lines = String::from_utf8(bytes).with_context(|| format!("{path} is not UTF-8"))?;
    let source = config.data_source(args.data_dir.as_deref());
    let bar = ProgressBar::new(0).with_style(
        ProgressStyle::with_template("{elapsed} training, step {pos} of {len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let model = wire::category_model(&source, &lines, &|done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    file::replace(&args.out, &model)
        .with_context(|| format!("cannot write {}", args.out.display()))?;
    eprintln!(
        "robotoff: {} bytes in {}, {:.1} s",
        model.len(),
        args.out.display(),
        start.elapsed().as_secs_f32()
    );
    Ok(ExitStatus::Success)
}
