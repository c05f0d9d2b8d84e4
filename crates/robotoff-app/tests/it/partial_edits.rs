//! Edits of two changes: none is half made and reported as not made.

use std::time::Duration;

use robotoff_app::explain::Planned;
use robotoff_core::insight::AnswerResult;
use serde_json::json;

use crate::deliver::Account;
use crate::fakes::{EditFault, Fault};
use crate::test_app::{EDIT_LEASE, TestApp, product};

const FIRST: &str = "10 unselect_image front_fr";
const SECOND: &str = "10 unselect_image packaging_fr";

/// States of an insight and of its edits: `open: partial`.
async fn states(test: &TestApp, insight: robotoff_core::insight::InsightId) -> String {
    let edits = test.edit_states().await.join(", ");
    format!("{}: {edits}", test.state_of(insight).await)
}

/// An edit of two changes meets these faults, one for each change that is sent. States at
/// once, after jobs and the settling of edits, and after the next answer. In the end each
/// change is made, and made once.
async fn check(
    account: Account,
    faults: &[EditFault],
    at_once: &str,
    settled: &str,
    answered: &str,
) {
    let case = format!("{account:?} {faults:?}");
    let test = TestApp::new().await;
    let insight = test.upc_question(&product("10")).await;
    account.prepare(&test, &insight).await;
    test.editor.fail_next(faults.iter().copied());
    let reply = account.accept(&test, &insight, "c").await;
    assert_eq!(states(&test, insight.id).await, at_once, "{case}, at once");
    if let Ok(reply) = reply {
        // What is known to be made is reported, and so is what is not.
        let is_known = faults.len() == 2 && reply.result == AnswerResult::FailedUpdate;
        let text = reply.description();
        let is_reported = text.starts_with("1 of 2 changes made (Unselecting image front_fr)");
        assert_eq!(is_reported, is_known, "{case}: {reply:?}");
    }
    test.advance(EDIT_LEASE + Duration::from_secs(1));
    test.app.delivery.settle_edits().await.unwrap();
    test.run_jobs().await;
    assert_eq!(states(&test, insight.id).await, settled, "{case}, settled");
    if settled.starts_with("open") {
        let reply = account.accept(&test, &insight, "d").await;
        assert_eq!(reply.unwrap().result, AnswerResult::Updated, "{case}");
    }
    assert_eq!(
        states(&test, insight.id).await,
        answered,
        "{case}, answered"
    );
    assert_eq!(test.editor.applied(), [FIRST, SECOND], "{case}");
}

/// Fault of one change that is sent.
fn fault(name: &str) -> EditFault {
    match name {
        "made" => EditFault::Applied,
        "denied" => EditFault::Before(Fault::Denied),
        "defect" => EditFault::Before(Fault::Defect),
        "lost" => EditFault::Before(Fault::Unavailable),
        "reply-lost" => EditFault::After(Fault::Unavailable),
        "dies" => EditFault::Before(Fault::Panic),
        "dies-after" => EditFault::After(Fault::Panic),
        other => panic!("{other}"),
    }
}

const MADE: &str = "Accepted Updated: accepted";

/// Account, faults, states at once, when settled, and edits in the end.
#[rustfmt::skip]
const PATHS: &[(Account, &str, &str, &str, &str)] = &[
    // Accepted.
    (Account::User, "", MADE, MADE, "accepted"),
    (Account::Votes, "", MADE, MADE, "accepted"),
    // Refused, at once or in the middle. Votes are decided again by their job.
    (Account::User, "denied", "open: refused", "open: refused", "refused, accepted"),
    (Account::User, "defect", "open: refused", "open: refused", "refused, accepted"),
    (Account::User, "made denied", "open: partial", "open: partial", "partial, accepted"),
    (Account::User, "made defect", "open: partial", "open: partial", "partial, accepted"),
    (Account::Votes, "denied", "open, 3 votes: refused", "", "refused, accepted"),
    (Account::Votes, "made denied", "open, 3 votes: partial", "", "partial, accepted"),
    (Account::Votes, "made defect", "open, 3 votes: partial", "", "partial, accepted"),
    // Unreachable. The service sends the rest later.
    (Account::Votes, "lost", "retry: retry", MADE, "accepted"),
    (Account::Votes, "reply-lost", "retry: retry", MADE, "accepted"),
    (Account::Votes, "made lost", "retry: retry", MADE, "accepted"),
    (Account::Votes, "made reply-lost", "retry: retry", MADE, "accepted"),
    // A user answers again; what did arrive is not sent again.
    (Account::User, "lost", "open: failed", "open: failed", "failed, accepted"),
    (Account::User, "reply-lost", "open: failed", "open: failed", "failed, accepted"),
    (Account::User, "made lost", "open: partial", "open: partial", "partial, accepted"),
    (Account::User, "made reply-lost", "open: partial", "open: partial", "partial"),
    // The process dies, and the edit is settled.
    (Account::Votes, "dies", "sending: sending", MADE, "accepted"),
    (Account::Votes, "dies-after", "sending: sending", MADE, "accepted"),
    (Account::Votes, "made dies", "sending: sending", MADE, "accepted"),
    (Account::Votes, "made dies-after", "sending: sending", MADE, "accepted"),
    (Account::User, "dies", "sending: sending", "open: failed", "failed, accepted"),
    (Account::User, "dies-after", "sending: sending", "open: partial", "partial, accepted"),
    (Account::User, "made dies", "sending: sending", "open: partial", "partial, accepted"),
    (Account::User, "made dies-after", "sending: sending", MADE, "accepted"),
];

#[tokio::test]
async fn an_edit_of_two_changes_is_never_half_made_and_reported_as_not_made() {
    for (account, faults, at_once, settled, edits) in PATHS {
        let answered = format!("Accepted Updated: {edits}");
        let settled = match settled.is_empty() {
            true => answered.as_str(),
            false => *settled,
        };
        let faults: Vec<EditFault> = faults.split_whitespace().map(fault).collect();
        check(*account, &faults, at_once, settled, &answered).await;
    }
}

#[tokio::test]
async fn a_change_that_is_made_is_not_sent_again_whatever_the_product_says() {
    for fault in [
        EditFault::Before(Fault::Unavailable),
        EditFault::Before(Fault::Panic),
    ] {
        let test = TestApp::new().await;
        let id = product("10");
        let insight = test.upc_question(&id).await;
        Account::Votes.prepare(&test, &insight).await;
        test.editor.fail_next([EditFault::Applied, fault]);
        let _ = Account::Votes.accept(&test, &insight, "c").await;
        // Somebody selects the image again.
        let selected = json!({"imgid": "1"});
        let images = json!({"1": {}, "front_fr": selected, "packaging_fr": selected});
        test.products.insert(&id, json!({"images": images}));
        test.advance(EDIT_LEASE + Duration::from_secs(1));
        test.app.delivery.settle_edits().await.unwrap();
        test.run_jobs().await;
        assert_eq!(test.editor.applied(), [FIRST, SECOND], "{fault:?}");
        assert_eq!(test.edit_states().await, ["accepted"], "{fault:?}");
    }
}

#[tokio::test]
async fn an_insight_stays_for_the_answer_that_completes_its_edit() {
    let test = TestApp::new().await;
    let id = product("10");
    let insight = test.ingredients_insight(&id).await;
    let refused = EditFault::Before(Fault::Denied);
    test.editor.fail_next([EditFault::Applied, refused]);
    let reply = Account::User.accept(&test, &insight, "c").await.unwrap();
    assert_eq!(reply.result, AnswerResult::FailedUpdate);
    assert_eq!(
        reply.description(),
        "1 of 2 changes made (Update ingredients), the rest not: the editor refused: not allowed"
    );
    // The product has the ingredients now, so that the refresh would delete the insight.
    assert_eq!(planned(&test).await, Planned::Kept);
    assert_eq!(test.run_jobs().await, ["refresh: done"]);
    assert_eq!(states(&test, insight.id).await, "open: partial");
    let reply = Account::User.accept(&test, &insight, "d").await.unwrap();
    assert_eq!(reply.result, AnswerResult::Updated);
    let applied = [
        "10 set_ingredients eau, sel",
        "10 select_image ingredients_fr",
    ];
    assert_eq!(test.editor.applied(), applied);
}

#[tokio::test]
async fn an_insight_whose_edit_is_not_completed_within_a_day_is_deleted() {
    let test = TestApp::new().await;
    let id = product("10");
    let insight = test.ingredients_insight(&id).await;
    let refused = EditFault::Before(Fault::Denied);
    test.editor.fail_next([EditFault::Applied, refused]);
    Account::User.accept(&test, &insight, "c").await.unwrap();
    test.advance(Duration::from_secs(24 * 3600));
    let planned = planned(&test).await;
    assert!(matches!(planned, Planned::Deleted(_)), "{planned:?}");
    test.run_jobs().await;
    assert_eq!(test.state_of(insight.id).await, "gone");
}

/// The explanation of what a refresh would do with the insight of the product 10.
async fn planned(test: &TestApp) -> Planned {
    let explained = test.app.explainer.explain(&[product("10")]).await.unwrap();
    explained[0].insights[0].planned.clone()
}
