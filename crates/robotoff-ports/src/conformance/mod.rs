//! The conformance tests that every adapter of a port passes, the embedded one too.
//!
//! An conformance test gets an empty store and a clock that it moves by hand; none sleeps.
//! `sit` runs a list of conformance tests, each on a store of its own, and names all that fail.

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
pub use queue::QUEUE_TESTS;
pub use services::SERVICE_TESTS;
pub use store::STORE_TESTS;

/// What an conformance test works on; nothing is in it yet.
#[derive(Clone)]
pub struct TestContext {
    pub store: Arc<dyn Store>,
    pub queue: Arc<dyn JobQueue>,
    pub services: Arc<dyn Services>,
    /// The clock that all were opened with.
    pub clock: Arc<ManualClock>,
}

type Sitting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// One promise, put to the test.
#[derive(Clone, Copy)]
pub struct ConformanceTest {
    /// A sentence.
    pub name: &'static str,
    run: fn(TestContext) -> Sitting,
}

impl ConformanceTest {
    const fn new(name: &'static str, run: fn(TestContext) -> Sitting) -> Self {
        Self { name, run }
    }
}

/// When conformance tests begin.
pub fn morning() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2025, 3, 4)
        .and_then(|day| day.and_hms_micro_opt(8, 0, 0, 250_000))
        .expect("the time exists")
}

/// Runs the conformance tests one after the other, each at a new cx.
///
/// # Panics
/// When an conformance test fails, after all have been run, naming those that failed.
pub async fn sit<F, D>(exams: &[ConformanceTest], mut cx: F)
where
    F: FnMut(Arc<ManualClock>) -> D,
    D: Future<Output = TestContext>,
{
    let mut failed = Vec::new();
    for exam in exams {
        let cx = cx(Arc::new(ManualClock::at(morning()))).await;
        // In a task of its own, so that a failed conformance test does not end the others.
        if let Err(error) = tokio::spawn((exam.run)(cx)).await {
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
