//! Automatic insights are applied when they are due, and only if they still hold.

use std::time::Duration;

use robotoff_app::Edits;
use robotoff_core::policy::Policy;
use robotoff_core::product::ProductId;
use robotoff_ports::job::{LeaseRequest, Queue};
use robotoff_ports::{Credentials, JobQueue};
use serde_json::json;

use crate::fakes::{EditFault, Fault};
use crate::test_app::{AUTOMATIC_WAIT, TestApp, product};

const SECOND: Duration = Duration::from_secs(1);

/// Products with automatic labels: `10`, `11`, ….
async fn automatic(test: &TestApp, number: u32) -> Vec<ProductId> {
    let codes = (10..10 + number).map(|code| product(&code.to_string()));
    let ids: Vec<ProductId> = codes.collect();
    for id in &ids {
        test.automatic_label(id).await;
    }
    ids
}

/// Enqueues what is due and runs the jobs; results of the jobs that apply insights.
async fn apply_due(test: &TestApp) -> Vec<String> {
    test.app.auto_apply.enqueue_due().await.unwrap();
    let mut results = test.run_jobs().await;
    results.retain(|result| result.starts_with("apply_insights"));
    results
}

const DONE: &str = "apply_insights: done";

#[tokio::test]
async fn an_insight_is_applied_once_its_wait_is_over() {
    let test = TestApp::new().await;
    let insight = test.automatic_label(&product("10")).await;
    test.advance(AUTOMATIC_WAIT - SECOND);
    assert_eq!(apply_due(&test).await, [""; 0]);
    test.advance(SECOND);
    assert_eq!(apply_due(&test).await, [DONE]);
    assert_eq!(test.state_of(insight.id).await, "Accepted Updated");
    assert_eq!(test.editor.applied(), ["10 add_label en:organic"]);
    assert_eq!(test.editor.sent()[0].credentials, Credentials::Service);
    assert_eq!(apply_due(&test).await, [""; 0]);
}

#[tokio::test]
async fn a_product_has_one_job_for_all_of_its_due_insights() {
    let test = TestApp::new().await;
    automatic(&test, 3).await;
    test.advance(AUTOMATIC_WAIT);
    assert_eq!(test.app.auto_apply.enqueue_due().await.unwrap(), 3);
    // Found again while the jobs wait: merged.
    assert_eq!(test.app.auto_apply.enqueue_due().await.unwrap(), 3);
    assert_eq!(apply_due(&test).await, [DONE; 3]);
    assert_eq!(test.editor.applied().len(), 3);
}

#[tokio::test]
async fn a_claim_that_no_longer_holds_is_not_applied() {
    for document in [json!({"labels_tags": ["en:organic"]}), json!(null)] {
        let test = TestApp::new().await;
        let id = product("10");
        let insight = test.automatic_label(&id).await;
        match document.is_null() {
            true => test.products.remove(&id),
            false => test.products.insert(&id, document.clone()),
        }
        test.advance(AUTOMATIC_WAIT);
        assert_eq!(apply_due(&test).await, [DONE], "{document}");
        assert_eq!(test.state_of(insight.id).await, "gone", "{document}");
        assert_eq!(test.editor.sent(), [], "{document}");
    }
}

#[tokio::test]
async fn a_product_that_fails_stops_no_other() {
    for (fault, end) in [
        (Fault::Unavailable, "postponed"),
        (Fault::Denied, "failed"),
        (Fault::Defect, "failed"),
    ] {
        let test = TestApp::new().await;
        let ids = automatic(&test, 3).await;
        test.products.fail(&ids[..1], fault);
        test.advance(AUTOMATIC_WAIT);
        let mut results = apply_due(&test).await;
        results.sort();
        assert_eq!(results[..2], [DONE; 2], "{fault:?}");
        assert!(results[2].contains(end), "{fault:?}: {results:?}");
        assert_eq!(test.editor.applied().len(), 2, "{fault:?}");
        test.products.recover();
        test.advance(Duration::from_secs(900));
        assert_eq!(apply_due(&test).await, [DONE], "{fault:?}");
        assert_eq!(test.editor.applied().len(), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn an_insight_whose_edit_is_refused_is_due_again_an_hour_later() {
    let test = TestApp::new().await;
    automatic(&test, 2).await;
    test.advance(AUTOMATIC_WAIT);
    test.editor.fail_next([EditFault::Before(Fault::Denied)]);
    assert_eq!(apply_due(&test).await, [DONE; 2]);
    assert_eq!(test.editor.applied().len(), 1);
    assert_eq!(apply_due(&test).await, [""; 0]);
    test.advance(Duration::from_secs(3600));
    assert_eq!(apply_due(&test).await, [DONE]);
    assert_eq!(test.editor.applied().len(), 2);
}

#[tokio::test]
async fn an_insight_whose_edit_is_in_retry_is_not_due() {
    let test = TestApp::new().await;
    automatic(&test, 1).await;
    test.advance(AUTOMATIC_WAIT);
    test.editor
        .fail_next([EditFault::Before(Fault::Unavailable)]);
    assert_eq!(apply_due(&test).await, [DONE]);
    assert_eq!(test.edit_states().await, ["retry"]);
    assert_eq!(test.app.auto_apply.enqueue_due().await.unwrap(), 0);
}

#[tokio::test]
async fn the_policy_caps_the_edits_of_a_day() {
    let test = TestApp::with(Edits::Send, CAPPED).await;
    automatic(&test, 3).await;
    test.advance(AUTOMATIC_WAIT);
    assert_eq!(apply_due(&test).await, [DONE; 3]);
    assert_eq!(test.editor.applied().len(), 2);
    assert_eq!(apply_due(&test).await, [DONE], "still due");
    assert_eq!(test.editor.applied().len(), 2);
    test.advance(Duration::from_secs(24 * 3600) + SECOND);
    assert_eq!(apply_due(&test).await, [DONE]);
    assert_eq!(test.editor.applied().len(), 3);
}

const CAPPED: &str = "[[rule]]\nkind = \"label\"\ndaily_cap = 2\n";

#[tokio::test]
async fn no_two_products_with_a_daily_cap_are_applied_at_the_same_time() {
    for (policy, at_once) in [("", 3), (CAPPED, 1)] {
        let test = TestApp::with(Edits::Send, policy).await;
        automatic(&test, 3).await;
        test.advance(AUTOMATIC_WAIT);
        test.app.auto_apply.enqueue_due().await.unwrap();
        let request = LeaseRequest {
            queues: Queue::ALL.to_vec(),
            kinds: None,
            worker: "test".to_owned(),
            limit: 10,
            lease: SECOND,
            done: Vec::new(),
        };
        let leased = test.store.claim_jobs(&request).await.unwrap();
        assert_eq!(leased.len(), at_once, "{policy}");
    }
}

#[tokio::test]
async fn a_job_that_was_enqueued_before_there_was_a_cap_makes_no_capped_edit() {
    let test = TestApp::new().await;
    automatic(&test, 1).await;
    test.advance(AUTOMATIC_WAIT);
    test.app.auto_apply.enqueue_due().await.unwrap();
    test.app.set_policy(Policy::parse(CAPPED).unwrap());
    assert_eq!(test.run_jobs().await, [DONE]);
    assert_eq!(test.editor.applied(), [""; 0]);
    assert_eq!(apply_due(&test).await, [DONE]);
    assert_eq!(test.editor.applied().len(), 1);
}
