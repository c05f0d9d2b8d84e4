//! The conformance tests that every adapter of a port passes, the embedded one too.
//!
//! A conformance test gets an empty store and a clock that it moves by hand; none sleeps.
//! `run_all` runs a list of conformance tests, each on a store of its own, and names all that fail.

mod dice;
pub mod inference;
mod jobs;
mod model;
mod products;
mod queue;
mod samples;
mod search;
mod services;
mod store;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};

use crate::{JobQueue, ManualClock, Services, Store};

pub use products::{check_products, product_documents};
pub use queue::QUEUE_TESTS;
pub use search::{SEARCH_TESTS, SearchTest, run_search_tests};
pub use services::SERVICE_TESTS;
pub use store::STORE_TESTS;

/// The empty ports that a conformance test works on.
#[derive(Clone)]
pub struct TestContext {
    pub store: Arc<dyn Store>,
    pub queue: Arc<dyn JobQueue>,
    pub services: Arc<dyn Services>,
    /// The clock that all were opened with.
    pub clock: Arc<ManualClock>,
}

type TestFuture = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The test of one promise.
#[derive(Clone, Copy)]
pub struct ConformanceTest {
    /// A sentence.
    pub name: &'static str,
    run: fn(TestContext) -> TestFuture,
}

impl ConformanceTest {
    const fn new(name: &'static str, run: fn(TestContext) -> TestFuture) -> Self {
        Self { name, run }
    }
}

/// The time at which conformance tests start.
pub fn epoch() -> NaiveDateTime {
    NaiveDate::from_ymd_opt(2025, 3, 4)
        .and_then(|day| day.and_hms_micro_opt(8, 0, 0, 250_000))
        .expect("the time exists")
}

/// Runs the conformance tests one after the other, each at a new cx.
///
/// # Panics
/// When a conformance test fails, after all have been run, naming those that failed.
pub async fn run_all<F, D>(tests: &[ConformanceTest], mut cx: F)
where
    F: FnMut(Arc<ManualClock>) -> D,
    D: Future<Output = TestContext>,
{
    let mut failed = Vec::new();
    for test in tests {
        let cx = cx(Arc::new(ManualClock::at(epoch()))).await;
        // In a task of its own, so that a failed conformance test does not end the others.
        if let Err(error) = tokio::spawn((test.run)(cx)).await {
            failed.push(format!("{}: {error}", test.name));
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {} fail:\n{}",
        failed.len(),
        tests.len(),
        failed.join("\n")
    );
}
