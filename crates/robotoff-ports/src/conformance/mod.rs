//! The exams that every adapter of a port passes, the embedded one too.
//!
//! An exam gets an empty store and a clock that it moves by hand; none sleeps.
//! `sit` runs a list of exams, each on a store of its own, and names all that fail.

mod model;
mod products;
mod queue;
mod samples;
mod services;
mod store;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};

use crate::{JobQueue, ManualClock, Services, Store};

pub use products::{examine_products, product_documents};
pub use queue::QUEUE_EXAMS;
pub use services::SERVICE_EXAMS;
pub use store::STORE_EXAMS;

/// What an exam works on; nothing is in it yet.
#[derive(Clone)]
pub struct Desk {
    pub store: Arc<dyn Store>,
    pub queue: Arc<dyn JobQueue>,
    pub services: Arc<dyn Services>,
    /// The clock that all were opened with.
    pub clock: Arc<ManualClock>,
}

type Sitting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One promise, put to the test.
#[derive(Clone, Copy)]
pub struct Exam {
    /// A sentence.
    pub name: &'static str,
    run: fn(Desk) -> Sitting,
}

impl Exam {
    const fn new(name: &'static str, run: fn(Desk) -> Sitting) -> Self {
        Self { name, run }
    }
}

/// When exams begin.
pub fn morning() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2025, 3, 4)
        .and_then(|day| day.and_hms_micro_opt(8, 0, 0, 250_000))
        .expect("the time exists")
}

/// Runs the exams one after the other, each at a new desk.
///
/// # Panics
/// When an exam fails, after all have been run, naming those that failed.
pub async fn sit<F, D>(exams: &[Exam], mut desk: F)
where
    F: FnMut(Arc<ManualClock>) -> D,
    D: Future<Output = Desk>,
{
    let mut failed = Vec::new();
    for exam in exams {
        let desk = desk(Arc::new(ManualClock::at(morning()))).await;
        // In a task of its own, so that a failed exam does not end the others.
        if let Err(error) = tokio::spawn((exam.run)(desk)).await {
            failed.push(format!("{}: {error}", exam.name));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {} fail:\n{}",
        failed.len(),
        exams.len(),
        failed.join("\n")
    );
}
