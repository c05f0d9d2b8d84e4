//! Commands of the existing service under their names (`docs/reference/pipeline.md` 8.1),
//! where our own have others.

mod absent;
mod documents;
mod images;
mod ocr;
mod predictions;
mod rows;
#[cfg(test)]
mod tests;

use anyhow::Result;
use clap::{Args, Subcommand};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::ServerType;
use tokio_util::sync::CancellationToken;

use super::{ExitStatus, refresh};
use crate::config::Config;

#[derive(Subcommand)]
pub(super) enum ExistingCommand {
    /// As in Robotoff: refresh one product, or enqueue jobs that refresh all.
    #[command(hide = true)]
    RefreshInsights(RefreshInsightsArgs),
    /// As in Robotoff: read the text of all images of a product again.
    #[command(hide = true)]
    RegenerateOcrInsights(images::RegenerateArgs),
    /// As in Robotoff: enqueue tasks of stored images, newest first.
    #[command(hide = true)]
    RerunImportImages(images::RerunArgs),
    /// As in Robotoff: enqueue jobs that store rows of images that have none.
    #[command(hide = true)]
    ImportImagesInDb(images::ImportInDbArgs),
    /// As in Robotoff: write barcodes and paths of images in their normalised form.
    #[command(hide = true)]
    LaunchNormalizeBarcodeJob(rows::NormalizeArgs),
    /// As in Robotoff: write the OCR document of an image, by the Vision API or another engine.
    #[command(hide = true)]
    GenerateOcrResult(ocr::OcrResultArgs),
    /// As in Robotoff: set whether insights have an image.
    #[command(hide = true)]
    UpdateInsightWithImageField,
    /// As in Robotoff: write the predictions of an archive of OCR documents, one a line.
    #[command(hide = true)]
    GenerateOcrPredictions(predictions::GenerateOcrArgs),
    /// As in Robotoff: import predictions, one a line, or those of an archive.
    #[command(hide = true)]
    ImportInsights(predictions::ImportInsightsArgs),
    /// As in Robotoff: import the results of a batch of corrected lists.
    #[command(hide = true)]
    ImportBatchJobPredictions(documents::ImportBatchArgs),
    /// As in Robotoff: print an OCR document.
    #[command(hide = true)]
    PprintOcrResult(documents::PrintOcrArgs),
    #[command(flatten)]
    Absent(absent::AbsentCommand),
}

#[derive(Args)]
pub(super) struct RefreshInsightsArgs {
    /// The product; without it, all that have predictions.
    #[arg(long, value_name = "CODE")]
    barcode: Option<String>,
    /// Only products with predictions of this type.
    #[arg(long, value_name = "TYPE")]
    prediction_type: Option<PredictionKind>,
    #[arg(long, value_name = "NAME", default_value = "off")]
    server_type: ServerType,
    /// Products after which a checkpoint is stored.
    #[arg(long, value_name = "N", default_value = "100")]
    batch_size: robotoff_app::refresh_many::BatchSize,
    /// Do not ask for confirmation.
    #[arg(long, short)]
    yes: bool,
}

pub(super) async fn run(
    config: &Config,
    command: ExistingCommand,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    match command {
        ExistingCommand::RefreshInsights(flags) => {
            let flags = refresh::RefreshArgs::existing(
                flags.barcode,
                flags.prediction_type,
                flags.server_type,
                flags.batch_size,
                flags.yes,
            );
            refresh::run(config, &flags, stop).await
        }
        ExistingCommand::RegenerateOcrInsights(flags) => {
            images::regenerate(config, &flags, stop).await
        }
        ExistingCommand::RerunImportImages(flags) => images::rerun(config, &flags, stop).await,
        ExistingCommand::ImportImagesInDb(flags) => {
            images::import_in_db(config, &flags, stop).await
        }
        ExistingCommand::LaunchNormalizeBarcodeJob(flags) => {
            rows::normalize(config, &flags, stop).await
        }
        ExistingCommand::GenerateOcrResult(flags) => ocr::generate(config, &flags).await,
        ExistingCommand::UpdateInsightWithImageField => rows::with_image(config, stop).await,
        ExistingCommand::GenerateOcrPredictions(flags) => {
            predictions::generate(config, flags).await
        }
        ExistingCommand::ImportInsights(flags) => predictions::import(config, flags, stop).await,
        ExistingCommand::ImportBatchJobPredictions(flags) => {
            documents::import_batch(config, &flags, stop).await
        }
        ExistingCommand::PprintOcrResult(flags) => documents::print_ocr(config, &flags).await,
        ExistingCommand::Absent(command) => Ok(absent::run(&command)),
    }
}
