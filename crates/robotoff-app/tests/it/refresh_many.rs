//! Many products are refreshed: in batches, resumed, failures named.

use std::num::NonZeroUsize;

use robotoff_app::refresh_many::{
    Executor, Progress, ProgressEvent, RefreshOrder, RunSummary, Selection, StartMode,
};
use robotoff_core::insight::InsightKind;
use robotoff_core::product::{ProductId, ServerType};
use robotoff_ports::JobQueue;
use robotoff_ports::job::{JobState, Queue};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::fakes::Fault;
use crate::test_app::{TestApp, label, product, product_of};

fn at_once(number: usize) -> Executor {
    Executor::Caller(NonZeroUsize::new(number).expect("not 0"))
}

fn order(selection: Selection, batch_size: &str) -> RefreshOrder {
    RefreshOrder {
        selection,
        batch_size: batch_size.parse().expect("a batch size"),
        executor: at_once(2),
        start: StartMode::Resume,
    }
}

/// Products with labels that were read on an image: `10`, `11`, ….
async fn labelled(number: usize) -> (TestApp, Vec<ProductId>) {
    let test = TestApp::new().await;
    let ids: Vec<ProductId> = (10..10 + number)
        .map(|code| product(&code.to_string()))
        .collect();
    for id in &ids {
        insert_labelled(&test, id).await;
    }
    (test, ids)
}

async fn insert_labelled(test: &TestApp, id: &ProductId) {
    test.products.insert(id, json!({"images": {"1": {}}}));
    test.store_prediction(id, Some("/1.jpg"), label("en:organic", None))
        .await;
}

fn labels() -> Selection {
    Selection::of_kinds(ServerType::Off, &[InsightKind::Label], &[])
}

fn codes(ids: &[ProductId]) -> Vec<String> {
    ids.iter().map(|id| id.barcode.to_string()).collect()
}

impl TestApp {
    async fn run(&self, order: &RefreshOrder) -> RunSummary {
        let stop = CancellationToken::new();
        let summary = self.app.batch_refresh.run(order, &stop, &mut |_| {}).await;
        summary.expect("the run ends")
    }

    /// Stops the run when so many batches are done.
    async fn run_batches(&self, order: &RefreshOrder, batches: u32) -> RunSummary {
        let stop = CancellationToken::new();
        let mut left = batches;
        let mut on_event = |event: ProgressEvent<'_>| {
            if let ProgressEvent::Batch(_) = event {
                left -= 1;
                if left == 0 {
                    stop.cancel();
                }
            }
        };
        let summary = self
            .app
            .batch_refresh
            .run(order, &stop, &mut on_event)
            .await;
        summary.expect("the run ends")
    }
}

#[tokio::test]
async fn every_product_of_a_kind_is_refreshed_once() {
    for batch_size in ["1", "2", "7", "100"] {
        let (test, ids) = labelled(7).await;
        let elsewhere = product_of(ServerType::Obf, "50");
        insert_labelled(&test, &elsewhere).await;
        let without_rows = product("60");
        test.products.insert(&without_rows, json!({}));
        let summary = test.run(&order(labels(), batch_size)).await;
        assert!(summary.is_completed);
        assert_eq!(test.products.take_reads(), codes(&ids), "{batch_size}");
        let Progress {
            total,
            done,
            created,
            updated,
            failed,
            ..
        } = summary.progress;
        assert_eq!(
            (total, done, created, updated, failed),
            (Some(7), 7, 7, 0, 0)
        );
        assert_eq!(
            test.summary(&ids[0]).await,
            ["asks label en:organic", "predicts label en:organic"]
        );
        let again = test.run(&order(labels(), batch_size)).await.progress;
        assert_eq!(
            (again.done, again.created, again.updated, again.deleted),
            (7, 0, 0, 0)
        );
    }
}

#[tokio::test]
async fn what_has_open_insights_only_is_refreshed_too() {
    let (test, ids) = labelled(1).await;
    test.run(&order(labels(), "10")).await;
    let rows = test.snapshot(&ids[0]).await;
    let delete = robotoff_ports::store::Change::DeletePredictions(vec![rows.predictions[0].id]);
    let changes = robotoff_ports::store::Changes::of(ids[0].clone(), rows.revision).with(delete);
    robotoff_ports::Store::commit(&*test.store, changes)
        .await
        .unwrap();
    let summary = test.run(&order(labels(), "10")).await;
    assert_eq!(summary.progress.deleted, 1);
    assert_eq!(test.summary(&ids[0]).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_run_that_was_stopped_is_resumed() {
    let (_, ids) = labelled(7).await;
    for selection in [
        labels(),
        Selection::of_all(ServerType::Off),
        Selection::of_list(ids.clone()),
    ] {
        let (test, ids) = labelled(7).await;
        let order = order(selection, "2");
        let summary = test.run_batches(&order, 2).await;
        assert!(!summary.is_completed);
        assert_eq!(summary.progress.done, 4);
        assert_eq!(test.products.take_reads(), codes(&ids[..4]));
        let summary = test.run(&order).await;
        assert!(summary.is_completed);
        assert_eq!(
            (summary.progress.done_before(), summary.progress.done),
            (4, 7)
        );
        assert_eq!(summary.progress.created, 7, "both runs are counted");
        assert_eq!(test.products.take_reads(), codes(&ids[4..]));
        // Completed: the same order starts at the beginning.
        test.run(&order).await;
        assert_eq!(test.products.take_reads(), codes(&ids));
    }
}

#[tokio::test]
async fn another_order_does_not_resume_it() {
    let (test, ids) = labelled(5).await;
    let stopped = order(labels(), "2");
    test.run_batches(&stopped, 1).await;
    test.products.take_reads();
    let everything = order(Selection::of_all(ServerType::Off), "2");
    let restart = RefreshOrder {
        start: StartMode::Restart,
        ..stopped.clone()
    };
    let without = RefreshOrder {
        start: StartMode::WithoutCheckpoint,
        ..stopped.clone()
    };
    for order in [&everything, &without, &restart] {
        test.run(order).await;
        assert_eq!(test.products.take_reads(), codes(&ids), "{order:?}");
    }
    test.run_batches(&without, 1).await;
    test.products.take_reads();
    test.run(&stopped).await;
    assert_eq!(
        test.products.take_reads(),
        codes(&ids),
        "no checkpoint is left"
    );
}

/// A kill: in the middle of a batch, without a stop.
#[tokio::test]
async fn a_run_that_was_killed_loses_no_product() {
    let (test, ids) = labelled(9).await;
    let order = order(labels(), "4");
    let killed = CancellationToken::new();
    let mut on_event = |event: ProgressEvent<'_>| {
        if let ProgressEvent::Product(_, _, progress) = event
            && progress.done == 6
        {
            killed.cancel();
        }
    };
    let stop = CancellationToken::new();
    tokio::select! {
        biased;
        () = killed.cancelled() => {}
        _ = test.app.batch_refresh.run(&order, &stop, &mut on_event) => panic!("it was to be killed"),
    }
    test.products.take_reads();
    let summary = test.run(&order).await;
    assert_eq!(
        test.products.take_reads(),
        codes(&ids[4..]),
        "the second batch is repeated"
    );
    assert_eq!(summary.progress.done, 9);
    for id in &ids {
        assert_eq!(test.summary(id).await.len(), 2, "{id}");
    }
}

#[tokio::test]
async fn a_product_that_fails_is_named_and_does_not_stop_the_run() {
    let (test, ids) = labelled(6).await;
    test.products.fail(&ids[1..3], Fault::Unavailable);
    let mut order = order(labels(), "2");
    let summary = test.run_batches(&order, 2).await;
    assert_eq!(summary.progress.failed, 2);
    let summary = test.run(&order).await;
    assert!(summary.is_completed);
    assert_eq!((summary.progress.done, summary.progress.created), (6, 4));
    let failed: Vec<String> = summary
        .progress
        .failures
        .iter()
        .map(|failure| format!("{} {}", failure.product.barcode, failure.error))
        .collect();
    let locked = "the product server is unavailable: out of reach";
    assert_eq!(failed, [format!("11 {locked}"), format!("12 {locked}")]);
    test.products.recover();
    order.executor = at_once(5);
    assert_eq!(test.run(&order).await.progress.failed, 0);
}

#[tokio::test]
async fn a_panic_is_a_failure_of_its_product_only() {
    let (test, ids) = labelled(4).await;
    test.products.fail(&ids[2..3], Fault::Panic);
    let summary = test.run(&order(labels(), "4")).await;
    assert_eq!((summary.progress.done, summary.progress.created), (4, 3));
    let failure = &summary.progress.failures[0];
    assert_eq!(failure.product, ids[2]);
    assert!(failure.error.contains("a panic on demand"), "{failure:?}");
}

#[tokio::test]
async fn an_outage_ends_the_run_before_all_products_fail() {
    let (test, ids) = labelled(60).await;
    let order = order(labels(), "30");
    test.products.fail(&ids[30..], Fault::Unavailable);
    let stop = CancellationToken::new();
    let failed = test.app.batch_refresh.run(&order, &stop, &mut |_| {}).await;
    let error = failed.unwrap_err().to_string();
    assert!(error.contains("20 products in a row"), "{error}");
    assert!(test.products.take_reads().len() < 60);
    test.products.recover();
    let summary = test.run(&order).await;
    assert_eq!((summary.progress.done, summary.progress.failed), (60, 0));
    assert_eq!(test.products.take_reads(), codes(&ids[30..]));
}

#[tokio::test]
async fn workers_get_a_job_for_each_product() {
    let (test, ids) = labelled(5).await;
    let order = RefreshOrder {
        executor: Executor::Workers,
        ..order(labels(), "2")
    };
    assert_eq!(test.run_batches(&order, 1).await.progress.enqueued, 2);
    assert_eq!(test.run(&order).await.progress.enqueued, 5);
    // Enqueued once more: merged with the waiting jobs.
    test.run(&order).await;
    let counts = test.store.counts().await.unwrap();
    let waiting: Vec<_> = counts
        .iter()
        .map(|count| (count.queue, count.state, count.jobs))
        .collect();
    assert_eq!(waiting, [(Queue::Low, JobState::Waiting, ids.len() as u64)]);
    assert_eq!(test.products.take_reads(), Vec::<String>::new());
}

#[tokio::test]
async fn so_many_products_are_refreshed_at_the_same_time() {
    for number in [1, 3] {
        let (test, _) = labelled(9).await;
        let order = RefreshOrder {
            executor: at_once(number),
            ..order(labels(), "9")
        };
        test.run(&order).await;
        assert_eq!(test.products.most_reads_at_once(), number);
    }
}
