//! Insights from the texts of many products, which come as lines of the dump on standard
//! input: what `categorize --insights` and `spellcheck --insights` share.

use std::io::{self, BufRead};
use std::sync::Arc;

use anyhow::{Context, Result};
use robotoff_app::App;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, Product, ProductId, ServerType};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{ExitStatus, say};
use crate::config::Config;
use crate::{database, wire};

/// Products that are worked on at the same time.
const AT_A_TIME: usize = 8;

/// Lines between two reports of progress.
const REPORT_LINES: u64 = 10_000;

/// Counts of a run.
#[derive(Debug, Default)]
struct Counts {
    products: u64,
    created: u64,
    failed: u64,
}

/// Predicts a kind for each product of standard input, and stores its insights. Running it
/// again changes only what has changed.
pub(super) async fn run(
    config: &Config,
    kind: PredictionKind,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let database = database::for_command(config, stop).await?;
    let app = wire::app(config, &database)?;
    let mut counts = Counts::default();
    let mut running = JoinSet::new();
    let mut lines = io::BufReader::new(io::stdin()).lines();
    while !stop.is_cancelled() {
        let Some(line) = lines
            .next()
            .transpose()
            .context("cannot read standard input")?
        else {
            break;
        };
        if line.trim().is_empty() {
            continue;
        }
        if running.len() == AT_A_TIME {
            let done = running.join_next().await;
            counts.add(done.transpose()?);
        }
        let app = app.clone();
        running.spawn(async move { predict(&app, &line, kind).await });
        if counts.products % REPORT_LINES == REPORT_LINES - 1 {
            eprintln!("robotoff: {counts:?}");
        }
    }
    while let Some(done) = running.join_next().await {
        counts.add(Some(done?));
    }
    database.close().await?;
    let Counts {
        products,
        created,
        failed,
    } = counts;
    say(&format!(
        "{products} products, {created} insights of kind {kind} created, {failed} failed"
    ))?;
    Ok(match failed {
        0 => ExitStatus::Success,
        _ => ExitStatus::PartialFailure,
    })
}

impl Counts {
    fn add(&mut self, done: Option<Result<u64>>) {
        self.products += 1;
        match done {
            Some(Ok(created)) => self.created += created,
            Some(Err(error)) => {
                self.failed += 1;
                eprintln!("robotoff: {error:#}");
            }
            None => {}
        }
    }
}

/// Insights that were created for the product of a line.
async fn predict(app: &Arc<App>, line: &str, kind: PredictionKind) -> Result<u64> {
    let document: Value = serde_json::from_str(line).context("a line is no JSON object")?;
    let code = document["code"].as_str().context("a line has no code")?;
    let barcode = Barcode::normalized(code).with_context(|| format!("code {code:?}"))?;
    let id = ProductId {
        barcode,
        server_type: ServerType::Off,
    };
    let product = Product::from_json(id.clone(), document);
    let product = product.with_context(|| format!("product {id}"))?;
    let planned = app.imports.predict_from_texts(&product, kind).await;
    let planned = planned.with_context(|| format!("product {id}"))?;
    Ok(planned.created.values().sum())
}
