//! Automatic insights are applied when they are due, and only if they still hold.

use std::time::Duration;

use robotoff_app::Edits;
use robotoff_app::auto_apply::AppliedDue;
use robotoff_core::product::ProductId;
use robotoff_ports::Credentials;
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

fn counts(applied: u64, dropped: u64, postponed: u64, failed: u64) -> AppliedDue {
    AppliedDue {
        applied,
        dropped,
        postponed,
        failed,
    }
}

#[tokio::test]
async fn an_insight_is_applied_once_its_wait_is_over() {
    let test = TestApp::new().await;
    let insight = test.automatic_label(&product("10")).await;
    test.advance(AUTOMATIC_WAIT - SECOND);
    assert_eq!(
        test.app.auto_apply.apply_due().await.unwrap(),
        counts(0, 0, 0, 0)
    );
    test.advance(SECOND);
    assert_eq!(
        test.app.auto_apply.apply_due().await.unwrap(),
        counts(1, 0, 0, 0)
    );
    assert_eq!(test.state_of(insight.id).await, "Accepted Updated");
    assert_eq!(test.editor.applied(), ["10 add_label en:organic"]);
    assert_eq!(test.editor.sent()[0].credentials, Credentials::Service);
    assert_eq!(
        test.app.auto_apply.apply_due().await.unwrap(),
        counts(0, 0, 0, 0)
    );
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
        let applied = test.app.auto_apply.apply_due().await.unwrap();
        assert_eq!(applied, counts(0, 1, 0, 0), "{document}");
        assert_eq!(test.state_of(insight.id).await, "gone", "{document}");
        assert_eq!(test.editor.sent(), [], "{document}");
    }
}

#[tokio::test]
async fn a_product_that_fails_stops_no_other() {
    for fault in [Fault::Unavailable, Fault::Denied, Fault::Defect] {
        let test = TestApp::new().await;
        let ids = automatic(&test, 3).await;
        test.products.fail(&ids[..1], fault);
        test.advance(AUTOMATIC_WAIT);
        let applied = test.app.auto_apply.apply_due().await.unwrap();
        assert_eq!(applied, counts(2, 0, 0, 1), "{fault:?}");
        test.products.recover();
        let applied = test.app.auto_apply.apply_due().await.unwrap();
        assert_eq!(applied, counts(1, 0, 0, 0), "{fault:?}");
    }
}

#[tokio::test]
async fn an_insight_whose_edit_is_refused_is_due_again_an_hour_later() {
    let test = TestApp::new().await;
    automatic(&test, 2).await;
    test.advance(AUTOMATIC_WAIT);
    test.editor.fail_next([EditFault::Before(Fault::Denied)]);
    assert_eq!(
        test.app.auto_apply.apply_due().await.unwrap(),
        counts(1, 0, 0, 1)
    );
    assert_eq!(
        test.app.auto_apply.apply_due().await.unwrap(),
        counts(0, 0, 0, 0)
    );
    test.advance(Duration::from_secs(3600));
    assert_eq!(
        test.app.auto_apply.apply_due().await.unwrap(),
        counts(1, 0, 0, 0)
    );
    assert_eq!(test.editor.applied().len(), 2);
}

#[tokio::test]
async fn an_insight_whose_edit_is_in_retry_is_not_due() {
    let test = TestApp::new().await;
    automatic(&test, 1).await;
    test.advance(AUTOMATIC_WAIT);
    test.editor
        .fail_next([EditFault::Before(Fault::Unavailable)]);
    assert_eq!(
        test.app.auto_apply.apply_due().await.unwrap(),
        counts(0, 0, 0, 1)
    );
    assert_eq!(
        test.app.auto_apply.apply_due().await.unwrap(),
        counts(0, 0, 0, 0)
    );
    assert_eq!(test.edit_states().await, ["retry"]);
}

#[tokio::test]
async fn the_policy_caps_the_edits_of_a_day() {
    let cap = "[[rule]]\nkind = \"label\"\ndaily_cap = 2\n";
    let test = TestApp::with(Edits::Send, cap).await;
    automatic(&test, 3).await;
    test.advance(AUTOMATIC_WAIT);
    assert_eq!(
        test.app.auto_apply.apply_due().await.unwrap(),
        counts(2, 0, 1, 0)
    );
    assert_eq!(
        test.app.auto_apply.apply_due().await.unwrap(),
        counts(0, 0, 1, 0)
    );
    test.advance(Duration::from_secs(24 * 3600) + SECOND);
    assert_eq!(
        test.app.auto_apply.apply_due().await.unwrap(),
        counts(1, 0, 0, 0)
    );
}
