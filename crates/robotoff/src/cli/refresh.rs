//! `robotoff refresh`: brings predictions and insights of products in line with their
//! current data.

mod list;
mod show;

use std::io::{IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, bail};
use clap::{ArgGroup, Args};
use robotoff_app::refresh_many::{BatchSize, Executor, RefreshOrder, Selection, StartMode};
use robotoff_core::insight::InsightKind;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{ProductId, ServerType};
use robotoff_ports::store::ProductReads;
use robotoff_store::Database;
use tokio_util::sync::CancellationToken;

use super::ExitStatus;
use crate::config::Config;
use crate::{database, wire};
use list::BarcodeList;
use show::ProgressDisplay;

/// Largest number of products refreshed at the same time, each with one connection to
/// Product Opener.
const MAX_JOBS: u64 = 64;

#[derive(Args)]
#[command(group = ArgGroup::new("which").required(true).multiple(true)
    .args(["barcodes", "file", "kinds", "predictions", "all"]))]
pub(super) struct RefreshArgs {
    /// Barcodes of products; the result of each is printed.
    #[arg(value_name = "BARCODE")]
    barcodes: Vec<String>,
    /// The products of a list, one code a line, also gzipped; `-` is standard input.
    #[arg(long, value_name = "LIST|-", conflicts_with_all = ["kinds", "predictions", "all"])]
    file: Option<PathBuf>,
    /// All products with open insights of this kind, or with predictions that it
    /// is made of.
    #[arg(long = "kind", value_name = "KIND", conflicts_with_all = ["barcodes", "all"])]
    kinds: Vec<InsightKind>,
    /// All products with predictions of this type.
    #[arg(long = "prediction-type", value_name = "TYPE", conflicts_with_all = ["barcodes", "all"])]
    predictions: Vec<PredictionKind>,
    /// All products with predictions or open insights.
    #[arg(long, conflicts_with = "barcodes")]
    all: bool,
    /// off, obf, opff, opf or off_pro.
    #[arg(long, value_name = "NAME", default_value = "off")]
    server_type: ServerType,
    /// Number of products after which a checkpoint is stored; up to 10000.
    #[arg(long, value_name = "N", default_value = "100")]
    batch_size: BatchSize,
    /// Number of products refreshed at the same time.
    #[arg(long, value_name = "N", default_value_t = 4, conflicts_with = "queue",
        value_parser = clap::value_parser!(u64).range(1..=MAX_JOBS))]
    jobs: u64,
    /// Enqueue a job for each product, for the workers, in the queue for mass operations.
    #[arg(long)]
    queue: bool,
    /// Start from the beginning, ignoring the checkpoint.
    #[arg(long, conflicts_with = "barcodes")]
    restart: bool,
    /// Do not ask for confirmation.
    #[arg(long, short)]
    yes: bool,
}

pub(super) async fn run(
    config: &Config,
    flags: &RefreshArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let BarcodeList {
        products,
        bad_lines,
    } = flags.list()?;
    list::report(&bad_lines, products.len());
    let order = flags.order(products)?;
    let database = database::for_command(config, stop).await?;
    if !flags.yes && !confirmed(&database, &order, stop).await? {
        database.close().await?;
        eprintln!("no product was refreshed");
        return Ok(ExitStatus::Success);
    }
    let app = wire::app(config, &database)?;
    let mut display = ProgressDisplay::new(
        !flags.barcodes.is_empty(),
        order.executor == Executor::Workers,
    );
    let worked = app
        .batch_refresh
        .run(&order, stop, &mut |event| display.on_event(&event))
        .await;
    display.clear();
    let summary = match order.start {
        StartMode::WithoutCheckpoint => worked?,
        StartMode::Resume | StartMode::Restart => {
            worked.map_err(|error| anyhow!("{error:#}; the same command resumes here"))?
        }
    };
    display.finish(&summary.progress)?;
    database.close().await?;
    if !summary.is_completed {
        let how = match order.start {
            StartMode::WithoutCheckpoint => "",
            StartMode::Resume | StartMode::Restart => "; the same command resumes here",
        };
        bail!("stopped after {} products{how}", summary.progress.done);
    }
    Ok(match summary.progress.failed > 0 || !bad_lines.is_empty() {
        true => ExitStatus::PartialFailure,
        false => ExitStatus::Success,
    })
}

impl RefreshArgs {
    /// Flags of `refresh-insights` of the existing service: one product at once, or jobs for
    /// all products with predictions.
    pub(super) fn existing(
        barcode: Option<String>,
        prediction: Option<PredictionKind>,
        server_type: ServerType,
        batch_size: BatchSize,
        yes: bool,
    ) -> Self {
        let is_one = barcode.is_some();
        Self {
            all: !is_one && prediction.is_none(),
            barcodes: barcode.into_iter().collect(),
            file: None,
            kinds: Vec::new(),
            predictions: match is_one {
                true => Vec::new(),
                false => prediction.into_iter().collect(),
            },
            server_type,
            batch_size,
            jobs: 4,
            queue: !is_one,
            restart: !is_one,
            yes,
        }
    }

    fn list(&self) -> Result<BarcodeList> {
        let Some(path) = &self.file else {
            return Ok(BarcodeList::default());
        };
        BarcodeList::read(path, self.server_type)
            .with_context(|| format!("cannot read {}", path.display()))
    }

    fn order(&self, listed: Vec<ProductId>) -> Result<RefreshOrder> {
        Ok(RefreshOrder {
            selection: self.selection(listed)?,
            batch_size: self.batch_size,
            executor: match self.queue {
                true => Executor::Workers,
                false => {
                    let at_once = usize::try_from(self.jobs).unwrap_or(1);
                    Executor::Caller(NonZeroUsize::new(at_once).unwrap_or(NonZeroUsize::MIN))
                }
            },
            start: match (self.restart, self.barcodes.is_empty()) {
                // Products given as arguments are refreshed each time.
                (_, false) => StartMode::WithoutCheckpoint,
                (true, true) => StartMode::Restart,
                (false, true) => StartMode::Resume,
            },
        })
    }

    fn selection(&self, listed: Vec<ProductId>) -> Result<Selection> {
        if self.all {
            return Ok(Selection::of_all(self.server_type));
        }
        if !self.kinds.is_empty() || !self.predictions.is_empty() {
            return Ok(Selection::of_kinds(
                self.server_type,
                &self.kinds,
                &self.predictions,
            ));
        }
        let named = self.barcodes.iter().map(|code| {
            list::barcode(code, self.server_type)
                .map(|barcode| ProductId {
                    barcode,
                    server_type: self.server_type,
                })
                .with_context(|| format!("{code:?} is no barcode"))
        });
        let mut products: Vec<ProductId> = named.collect::<Result<_>>()?;
        products.extend(listed);
        Ok(Selection::of_list(products))
    }
}

/// True for listed products, and for a stored selection that the user confirms.
async fn confirmed(
    database: &Database,
    order: &RefreshOrder,
    stop: &CancellationToken,
) -> Result<bool> {
    let Selection::Stored(filter) = &order.selection else {
        return Ok(true);
    };
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        bail!("refreshing all of these products needs --yes where no terminal can ask");
    }
    let number = match database.count_products_with(filter).await {
        Ok(number) => number.to_string(),
        Err(error) => {
            tracing::warn!(%error, "the number of products is unknown");
            "an unknown number of".to_owned()
        }
    };
    let mut err = std::io::stderr();
    write!(
        err,
        "refresh {number} products of {}? [y/N] ",
        filter.server_type
    )?;
    err.flush()?;
    // Outside of the pool: a person may take long, and the process ends with the answer.
    let answer = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map(|_| line)
    });
    tokio::select! {
        answer = answer => Ok(matches!(answer??.trim(), "y" | "Y" | "yes")),
        () = stop.cancelled() => bail!("stopped; no product was refreshed"),
    }
}
