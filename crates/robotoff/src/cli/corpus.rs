//! `robotoff corpus`: counts what the matcher and the speller know from products.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use robotoff_off::file;

use super::ExitStatus;
use crate::config::Config;
use crate::wire;

/// More than the whole dump, unpacked, would need a machine of its own.
const MAX_BYTES: u64 = 32 << 30;

const EXAMPLES: &str = "\
Examples:
  robotoff corpus categories products.jsonl.gz --out data/search/category_corpus.txt.gz
  robotoff corpus spelling products.jsonl.gz --out data/search/spelling_corpus.txt.gz
  robotoff corpus taxonomy categories.full.json.gz --out data/search/categories.json.gz

Lines are products of the dump of Open Food Facts; for spelling also {\"lang\",\"text\"}.";

/// Make the corpora of `categorize` and `spellcheck` from products.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CorpusArgs {
    #[command(subcommand)]
    action: Action,
    /// Folder with the taxonomies [environment: ROBOTOFF_DATA_DIR; default: what ships].
    #[arg(long, value_name = "DIR", global = true)]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Learn categories from products that have them.
    Categories(Files),
    /// Count words of clean ingredient lists; without products, of the taxonomy.
    Spelling(Files),
    /// Keep of a taxonomy what the matcher needs.
    Taxonomy(Files),
}

#[derive(Debug, Args)]
struct Files {
    /// Products, one JSON object a line, or the taxonomy; plain or gzip.
    #[arg(value_name = "FILE")]
    from: Option<PathBuf>,
    /// Where to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Files {
    fn bytes(&self) -> Result<Vec<u8>> {
        let Some(path) = &self.from else {
            return Ok(Vec::new());
        };
        file::read(path, MAX_BYTES).with_context(|| format!("cannot read {}", path.display()))
    }

    fn text(&self) -> Result<String> {
        let name = self.from.as_deref().unwrap_or(Path::new("-"));
        String::from_utf8(self.bytes()?).with_context(|| format!("{} is not UTF-8", name.display()))
    }

    /// Writes the file whole or not at all.
    fn write(&self, bytes: &[u8]) -> Result<()> {
        file::replace(&self.out, bytes)
            .with_context(|| format!("cannot write {}", self.out.display()))
    }
}

/// Runs the command.
pub(super) fn run(args: &CorpusArgs, config: &Config) -> Result<ExitStatus> {
    let source = config.data_source(args.data_dir.as_deref());
    let start = Instant::now();
    let (files, packed) = match &args.action {
        Action::Categories(files) => (files, wire::category_corpus(&source, &files.text()?)?),
        Action::Spelling(files) => (files, wire::spelling_corpus(&source, &files.text()?)?),
        Action::Taxonomy(files) => (files, wire::small_taxonomy(&files.bytes()?)?),
    };
    files.write(&packed)?;
    eprintln!(
        "robotoff: {} bytes in {}, {:.1} s",
        packed.len(),
        files.out.display(),
        start.elapsed().as_secs_f32()
    );
    Ok(ExitStatus::Success)
}
