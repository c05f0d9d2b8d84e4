//! Jobs of events as they are enqueued: delays and ranks.

use std::time::Duration;

use robotoff_core::event::{EventJob, ImageReadiness};
use robotoff_ports::job::{Debounce, NewJob, Queue};

use crate::enqueue::{
    DeleteImage, DeleteProduct, ImageTasks, ImportImage, JobSpec, PredictCategory,
    SwitchProductType, UpdateProduct,
};

/// A product that is edited without pause is updated after so many waits.
const MAX_WAITS: u32 = 6;
/// Rank of the jobs of a backlog: behind those of people and of new events, before those of
/// mass operations.
const BACKLOG_PRIORITY: i16 = -1;

/// The job, due after the wait where Product Opener may still be writing.
pub(super) fn new_job(job: EventJob, wait: Duration) -> NewJob {
    // Quick edits of a product wait for one another: they give one job.
    let debounce = Debounce {
        quiet: wait,
        at_most: wait * MAX_WAITS,
    };
    match job {
        EventJob::ImportImage {
            product,
            image,
            readiness,
        } => ImportImage {
            product,
            image,
            ocr_url: None,
            tasks: match readiness {
                ImageReadiness::Uploaded => ImageTasks::on_upload(),
                ImageReadiness::OcrReady => ImageTasks::on_ocr(),
            },
        }
        .new_job(),
        EventJob::DeleteImage { product, image } => {
            DeleteImage { product, image }.new_job().after(wait)
        }
        EventJob::UpdateProduct(product) => UpdateProduct { product }.new_job().debounced(debounce),
        EventJob::PredictCategory(product) => {
            PredictCategory { product }.new_job().debounced(debounce)
        }
        EventJob::SwitchProductType(product) => SwitchProductType { product }.new_job().after(wait),
        EventJob::DeleteProduct(product) => DeleteProduct { product }.new_job(),
    }
}

/// The job behind all others. It has a unique key of its own: a job of a person that merged
/// with it would wait as long.
pub(super) fn of_robot(job: NewJob) -> NewJob {
    NewJob {
        queue: Queue::Low,
        unique_key: job.unique_key.map(|key| format!("robot {key}")),
        ..job
    }
}

/// The job of an event that is read late, after an outage or in a flood.
pub(super) fn of_backlog(job: NewJob) -> NewJob {
    job.with_priority(BACKLOG_PRIORITY)
}
