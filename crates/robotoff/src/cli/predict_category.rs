//! `robotoff predict-category OUTPUT`, the command of 2020 (`docs/reference/ocr.md` 8.2.2):
//! categories of the products of a dump that have none, as lines of a file.

use std::fs::File;
use std::io::{self, BufRead, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use robotoff_app::search::{NamedProduct, SearchUses};
use robotoff_core::product::{Barcode, Product, ProductId, ServerType};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{ExitStatus, say};
use crate::config::Config;
use crate::wire::{self, NamedCorpora};

const EXAMPLES: &str = "\
Examples:
  zcat openfoodfacts-products.jsonl.gz | robotoff predict-category categories.jsonl

Products with a category are passed over. `robotoff categorize --insights` stores insights at
once instead.";

/// Write the predicted categories of the products of a dump, read from standard input.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PredictCategoryArgs {
    /// Where to write, one JSON object a line; `-` is standard output.
    #[arg(value_name = "OUTPUT")]
    output: PathBuf,
}

/// Runs the command.
pub(super) async fn run(
    args: &PredictCategoryArgs,
    config: &Config,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let search = wire::search_for_command(config, NamedCorpora::default())?;
    let uses = SearchUses::new(&search.parts);
    let mut out: Box<dyn Write> = if args.output.as_os_str() == "-" {
        Box::new(io::stdout())
    } else {
        let file = File::create(&args.output);
        let file = file.with_context(|| format!("cannot write {}", args.output.display()))?;
        Box::new(BufWriter::new(file))
    };
    let (mut predicted, mut failed) = (0_u64, 0_u64);
    for line in io::BufReader::new(io::stdin()).lines() {
        let line = line.context("cannot read standard input")?;
        if stop.is_cancelled() {
            break;
        }
        if line.trim().is_empty() {
            continue;
        }
        match prediction(&uses, &line).await {
            Ok(Some(found)) => {
                predicted += 1;
                writeln!(out, "{found}").context("cannot write a prediction")?;
            }
            Ok(None) => {}
            Err(error) => {
                failed += 1;
                eprintln!("robotoff: {error:#}");
            }
        }
    }
    out.flush().context("cannot write the predictions")?;
    if args.output.as_os_str() != "-" {
        say(&format!(
            "{predicted} categories predicted, {failed} lines failed"
        ))?;
    }
    Ok(match failed {
        0 => ExitStatus::Success,
        _ => ExitStatus::PartialFailure,
    })
}

/// The prediction for the product of a line, in the form of 2020.
async fn prediction(uses: &SearchUses, line: &str) -> Result<Option<Value>> {
    let document: Value = serde_json::from_str(line).context("a line is no JSON object")?;
    let code = document["code"].as_str().context("a line has no code")?;
    let barcode = Barcode::normalized(code).with_context(|| format!("code {code:?}"))?;
    let id = ProductId {
        barcode,
        server_type: ServerType::Off,
    };
    let product = Product::from_json(id.clone(), document);
    let product = product.with_context(|| format!("product {id}"))?;
    let named = NamedProduct::of(&product).filter(|_| product.categories_tags.is_empty());
    let Some(named) = named else {
        return Ok(None);
    };
    let best = uses.categorizer.best(named.clone()).await?;
    Ok(best.map(|found| {
        json!({
            "barcode": id.barcode.to_string(), "type": "category",
            "insights": [{
                "category": found.value_tag, "lang": named.lang,
                "product_name": named.product_name, "model": found.predictor,
                "confidence": found.confidence,
            }],
        })
    }))
}
