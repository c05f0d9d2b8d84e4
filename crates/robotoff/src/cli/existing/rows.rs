//! Corrections of stored rows.

use anyhow::Result;
use clap::{ArgAction, Args};
use robotoff_store::maintenance::{self, BarcodeTable};
use tokio_util::sync::CancellationToken;

use super::super::{ExitStatus, say};
use crate::config::Config;
use crate::database;

#[derive(Args)]
pub(in crate::cli) struct NormalizeArgs {
    /// Accepted and not used: rows are written in small batches.
    #[arg(long, value_name = "N")]
    batch_size: Option<u64>,
    /// Leave predictions as they are.
    #[arg(long = "no-launch-prediction", action = ArgAction::SetTrue)]
    no_predictions: bool,
    /// Leave insights as they are.
    #[arg(long = "no-launch-insight", action = ArgAction::SetTrue)]
    no_insights: bool,
    /// Leave images as they are.
    #[arg(long = "no-launch-image", action = ArgAction::SetTrue)]
    no_images: bool,
}

pub(super) async fn normalize(
    config: &Config,
    flags: &NormalizeArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    if flags.batch_size.is_some() {
        tracing::warn!("--batch-size is not used");
    }
    let database = database::for_command(config, stop).await?;
    let mut corrected = 0;
    for table in BarcodeTable::ALL {
        let is_left = match table {
            BarcodeTable::Predictions => flags.no_predictions,
            BarcodeTable::Insights => flags.no_insights,
            BarcodeTable::Images => flags.no_images,
        };
        if is_left || stop.is_cancelled() {
            continue;
        }
        let rows = maintenance::normalize_barcodes(&database, table, |_| !stop.is_cancelled());
        let rows = rows.await?;
        corrected += rows.corrected;
        say(&format!(
            "{}: {} rows read, {} corrected",
            table.name(),
            rows.read,
            rows.corrected
        ))?;
    }
    if corrected > 0 {
        say("products whose codes have changed: `robotoff refresh --all` plans their insights")?;
    }
    database.close().await?;
    Ok(ExitStatus::Success)
}

pub(super) async fn with_image(config: &Config, stop: &CancellationToken) -> Result<ExitStatus> {
    let database = database::for_command(config, stop).await?;
    let corrected = maintenance::fill_with_image(&database).await?;
    say(&format!("{corrected} insights corrected"))?;
    database.close().await?;
    Ok(ExitStatus::Success)
}
