//! Documents of images, and batches of corrected lists.

use anyhow::{Context, Result, bail};
use clap::Args;
use robotoff_off::file;
use robotoff_ports::{Clock, ImageFiles, SystemClock};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::super::reader::MAX_DOCUMENT_BYTES;
use super::super::{ExitStatus, say};
use crate::config::Config;
use crate::{database, wire};

#[derive(Args)]
pub(in crate::cli) struct PrintOcrArgs {
    /// URL or path of an OCR document, or of the image that it is beside.
    #[arg(value_name = "PLACE")]
    place: String,
}

#[derive(Args)]
pub(in crate::cli) struct ImportBatchArgs {
    /// The folder of the batch, below BATCH_RESULTS_URL.
    #[arg(value_name = "FOLDER")]
    batch_dir: String,
}

/// Prints an OCR document, indented.
pub(super) async fn print_ocr(config: &Config, flags: &PrintOcrArgs) -> Result<ExitStatus> {
    let place = match flags.place.strip_suffix(".jpg") {
        Some(stem) => format!("{stem}.json"),
        None => flags.place.clone(),
    };
    let document = if place.contains("://") {
        let found = wire::image_files(config)?.at(&place).await?;
        found.with_context(|| format!("there is no {place}"))?
    } else {
        file::read(place.as_ref(), MAX_DOCUMENT_BYTES)
            .with_context(|| format!("cannot read {place}"))?
    };
    let document: Value =
        serde_json::from_slice(&document).with_context(|| format!("cannot read {place}"))?;
    say(&format!("{document:#}"))?;
    Ok(ExitStatus::Success)
}

/// Imports the results of a batch, in this process.
pub(super) async fn import_batch(
    config: &Config,
    flags: &ImportBatchArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let database = database::for_command(config, stop).await?;
    let app = wire::app(config, &database)?;
    let Some(batches) = &app.ports.parts.batches else {
        bail!("no folder of batches is configured: set BATCH_RESULTS_URL");
    };
    let rows = batches.corrections(&flags.batch_dir).await?;
    let version = format!("llm-v1-{}", SystemClock.now().format("%Y%m%d%H%M%S"));
    let imported = app.imports.import_batch(rows, &version, None).await?;
    database.close().await?;
    say(&format!(
        "{} corrections imported, {} passed over, {} failed",
        imported.imported, imported.passed_over, imported.failed
    ))?;
    Ok(match imported.failed {
        0 => ExitStatus::Success,
        _ => ExitStatus::PartialFailure,
    })
}
