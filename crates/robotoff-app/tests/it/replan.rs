//! Insights are brought in line with predictions and with the product as it is now.

use robotoff_core::insight::Answer;
use robotoff_ports::JobQueue;
use robotoff_ports::job::{JobId, Lease};
use serde_json::{Value, json};

use crate::fakes::{EditFault, Fault};
use crate::test_app::{TestApp, label, product};

const PREDICTED: &str = "predicts label en:organic";
const QUESTION: &str = "asks label en:organic";

/// A product with a label question; its document changes, and it is refreshed.
async fn check(document: Option<Value>, summary: &[&str]) {
    let test = TestApp::new().await;
    let id = product("10");
    test.label_question(&id).await;
    match &document {
        Some(document) => test.products.insert(&id, document.clone()),
        None => test.products.remove(&id),
    }
    test.app.imports.refresh(&id, None).await.unwrap();
    assert_eq!(test.summary(&id).await, summary, "{document:?}");
    let revision = test.snapshot(&id).await.revision;
    let again = test.app.imports.refresh(&id, None).await.unwrap();
    assert_eq!(again.insights, Default::default(), "{document:?}");
    assert_eq!(test.snapshot(&id).await.revision, revision, "{document:?}");
}

#[tokio::test]
async fn an_insight_lives_as_long_as_its_claim_is_news() {
    let image = json!({"images": {"1": {}}});
    check(Some(image), &[QUESTION, PREDICTED]).await;
    check(Some(json!({"labels_tags": ["en:organic"]})), &[PREDICTED]).await;
    check(None, &[PREDICTED]).await;
}

#[tokio::test]
async fn a_product_that_cannot_be_read_changes_no_row() {
    for fault in [Fault::Unavailable, Fault::Denied, Fault::Defect] {
        let test = TestApp::new().await;
        let id = product("10");
        test.label_question(&id).await;
        let before = test.snapshot(&id).await;
        test.products.fail(std::slice::from_ref(&id), fault);
        assert!(
            test.app.imports.refresh(&id, None).await.is_err(),
            "{fault:?}"
        );
        assert_eq!(test.snapshot(&id).await, before, "{fault:?}");
    }
}

#[tokio::test]
async fn an_answered_insight_stays() {
    let test = TestApp::new().await;
    let id = product("10");
    let insight = test.label_question(&id).await;
    test.answer_as("alice", insight.id, Answer::Reject).await;
    test.products.remove(&id);
    test.app.imports.refresh(&id, None).await.unwrap();
    assert_eq!(test.state_of(insight.id).await, "Rejected Saved");
}

#[tokio::test]
async fn an_insight_with_an_edit_on_its_way_stays() {
    let test = TestApp::new().await;
    let id = product("10");
    let insight = test.label_question(&id).await;
    test.editor
        .fail_next([EditFault::Before(Fault::Unavailable)]);
    for device in ["a", "b", "c"] {
        test.vote(insight.id, device, Answer::Accept).await;
    }
    test.products.remove(&id);
    test.app.imports.refresh(&id, None).await.unwrap();
    assert_eq!(test.state_of(insight.id).await, "retry");
}

#[tokio::test]
async fn a_plan_that_another_writer_outruns_is_made_again() {
    // 5 attempts: the fifth is lost to the fifth change, and a job does it later.
    for (changes, postponed) in [(0, false), (1, false), (4, false), (5, true)] {
        let test = TestApp::new().await;
        let id = product("10");
        test.products.insert(&id, json!({"images": {"1": {}}}));
        test.store_prediction(&id, Some("/1.jpg"), label("en:organic", None))
            .await;
        test.knowledge.change_on_read(&id, changes);
        let refreshed = test.app.imports.refresh(&id, None).await.unwrap();
        assert_eq!(refreshed.insights.postponed, postponed, "{changes} changes");
        let jobs = test.run_jobs().await;
        let expected = vec!["refresh: done"; usize::from(postponed)];
        assert_eq!(jobs, expected, "{changes} changes");
        let summary = test.summary(&id).await;
        assert_eq!(summary, [QUESTION, PREDICTED], "{changes} changes");
    }
}

#[tokio::test]
async fn a_job_that_lost_its_lease_writes_no_row() {
    let test = TestApp::new().await;
    let id = product("10");
    test.products
        .insert(&id, json!({"product_name": "vegan", "images": {"1": {}}}));
    test.store_prediction(&id, Some("/1.jpg"), label("en:organic", None))
        .await;
    let before = test.snapshot(&id).await;
    let lost = Lease {
        job: JobId(1),
        number: 1,
    };
    let error = test.app.imports.refresh(&id, Some(lost)).await;
    let error = format!("{:#}", error.unwrap_err());
    assert!(error.contains("another worker has the job now"), "{error}");
    assert_eq!(test.snapshot(&id).await, before);
    assert_eq!(test.store.counts().await.unwrap(), []);
}
