//! Images of products, read again or stored.

use anyhow::{Context, Result, bail};
use clap::Args;
use robotoff_app::enqueue::{ImageTask, ImageTasks, ImportImage, JobSpec, SaveImages};
use robotoff_app::imports::{ImageToRead, Imported, OcrSource};
use robotoff_core::image::ImageId;
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_ports::JobQueue;
use robotoff_ports::job::{NewJob, Queue};
use robotoff_ports::store::{ImageReads, ProductFilter, ProductReads};
use tokio_util::sync::CancellationToken;

use super::super::{ExitStatus, say};
use crate::config::Config;
use crate::{database, wire};

/// Rows that are read, and jobs that are enqueued, at a time.
const BATCH: u64 = 500;

#[derive(Args)]
pub(in crate::cli) struct RegenerateArgs {
    #[arg(value_name = "BARCODE")]
    barcode: String,
    #[arg(long, value_name = "NAME", default_value = "off")]
    server_type: ServerType,
    /// Accepted and not used: a text is read for all types at once.
    #[arg(long, value_name = "TYPE")]
    ocr_prediction_types: Vec<PredictionKind>,
}

#[derive(Args)]
pub(in crate::cli) struct RerunArgs {
    /// The product; without it, all products.
    #[arg(long, value_name = "CODE")]
    barcode: Option<String>,
    #[arg(long, value_name = "NAME", default_value = "off")]
    server_type: ServerType,
    /// Images at most.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Tasks to run; repeatable. All by default.
    #[arg(long = "flags", value_name = "TASK", value_parser = task_named)]
    tasks: Vec<ImageTask>,
    /// Accepted and not used: tasks always run in workers.
    #[arg(long = "run-async")]
    _run_async: bool,
    /// Do not ask for confirmation.
    #[arg(long, short)]
    yes: bool,
}

#[derive(Args)]
pub(in crate::cli) struct ImportInDbArgs {
    #[arg(long, value_name = "NAME", default_value = "off")]
    server_type: ServerType,
    /// Products that are read at a time.
    #[arg(long, value_name = "N", default_value_t = BATCH,
        value_parser = clap::value_parser!(u64).range(1..=10_000))]
    batch_size: u64,
    /// Do not ask for confirmation.
    #[arg(long, short)]
    yes: bool,
}

fn task_named(name: &str) -> Result<ImageTask, String> {
    ImageTask::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = ImageTask::ALL.iter().map(|task| task.name()).collect();
        format!("{name:?} is none of {}", names.join(", "))
    })
}

/// Reads all images of a product; an error for one does not stop the others.
pub(super) async fn regenerate(
    config: &Config,
    flags: &RegenerateArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    if !flags.ocr_prediction_types.is_empty() {
        tracing::warn!("--ocr-prediction-types is not used: all types are read");
    }
    let product = ProductId {
        barcode: Barcode::normalized(&flags.barcode).context("the barcode is empty")?,
        server_type: flags.server_type,
    };
    let database = database::for_command(config, stop).await?;
    let app = wire::app(config, &database)?;
    let lookup = app.ports.products.product(&product).await?;
    let Some(found) = lookup.product() else {
        bail!("cannot find {product}");
    };
    let numbers: Vec<String> = found
        .images
        .uploaded
        .iter()
        .map(|image| image.number.clone())
        .collect();
    let mut has_failed = false;
    for number in numbers {
        if stop.is_cancelled() {
            bail!("stopped before image {number}");
        }
        let Some(image) = product.image(&number) else {
            continue;
        };
        let read = ImageToRead {
            product: product.clone(),
            image,
            ocr: OcrSource::Beside,
        };
        match app.imports.import_image(read, None).await {
            Ok(Imported::Done(report)) => say(&format!("image {number}: {}", report.summary()))?,
            Ok(missing) => say(&format!("image {number}: not read: {missing}"))?,
            Err(error) => {
                has_failed = true;
                say(&format!("image {number}: {error:#}"))?;
            }
        }
    }
    database.close().await?;
    Ok(match has_failed {
        true => ExitStatus::PartialFailure,
        false => ExitStatus::Success,
    })
}

/// Enqueues the tasks of stored images, newest first, in the queue for mass operations.
pub(super) async fn rerun(
    config: &Config,
    flags: &RerunArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    let barcode = match &flags.barcode {
        Some(code) => Some(Barcode::normalized(code).context("--barcode is empty")?),
        None if !flags.yes => bail!("enqueuing the tasks of all images needs --yes"),
        None => None,
    };
    let tasks: ImageTasks = match flags.tasks.is_empty() {
        true => ImageTasks::all(),
        false => flags.tasks.iter().copied().collect(),
    };
    let database = database::for_command(config, stop).await?;
    let mut below: Option<ImageId> = None;
    let mut enqueued = 0;
    loop {
        let left = flags
            .limit
            .map_or(BATCH, |limit| limit.saturating_sub(enqueued).min(BATCH));
        let images = database.newest_images(flags.server_type, barcode.as_ref(), below, left);
        let images = images.await?;
        let jobs: Vec<NewJob> = images
            .iter()
            .filter_map(|image| {
                let product = ProductId {
                    barcode: Barcode::as_stored(&image.barcode).ok()?,
                    server_type: flags.server_type,
                };
                let import = ImportImage {
                    tasks: tasks.clone(),
                    ..ImportImage::whole(product, image.source_image.clone())
                };
                Some(in_mass(import.new_job()))
            })
            .collect();
        database.enqueue(&jobs).await?;
        enqueued += jobs.len() as u64;
        below = images.last().map(|image| image.id);
        let is_last = (images.len() as u64) < BATCH || stop.is_cancelled();
        if is_last || flags.limit.is_some_and(|limit| enqueued >= limit) {
            break;
        }
    }
    database.close().await?;
    say(&format!("enqueued the tasks of {enqueued} images"))?;
    Ok(ExitStatus::Success)
}

/// Enqueues jobs that store missing rows, for all products with a prediction.
pub(super) async fn import_in_db(
    config: &Config,
    flags: &ImportInDbArgs,
    stop: &CancellationToken,
) -> Result<ExitStatus> {
    if !flags.yes {
        bail!("enqueuing a job for each product needs --yes");
    }
    let database = database::for_command(config, stop).await?;
    let filter = ProductFilter {
        server_type: flags.server_type,
        predictions: PredictionKind::ALL.into_iter().collect(),
        insights: PredictionKind::ALL.into_iter().collect(),
    };
    let mut last: Option<Barcode> = None;
    let mut enqueued = 0;
    loop {
        let products = database.products_with(&filter, last.as_ref(), flags.batch_size);
        let products = products.await?;
        let jobs = products.iter().map(|product| {
            let product = product.clone();
            in_mass(SaveImages { product }.new_job())
        });
        database.enqueue(&jobs.collect::<Vec<_>>()).await?;
        enqueued += products.len();
        let Some(product) = products.last() else {
            break;
        };
        last = Some(product.barcode.clone());
        if stop.is_cancelled() {
            break;
        }
    }
    database.close().await?;
    say(&format!("enqueued jobs for {enqueued} products"))?;
    Ok(ExitStatus::Success)
}

fn in_mass(job: NewJob) -> NewJob {
    NewJob {
        queue: Queue::Low,
        priority: -1,
        ..job
    }
}
