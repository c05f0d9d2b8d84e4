//! Edits of two changes: none is half made and reported as not made.

use std::time::Duration;

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
        // What is made is reported, and so is what is not.
        let half_made = test.editor.applied() == [FIRST];
        let text = reply.description();
        let is_told = text.starts_with("1 of 2 changes made (Unselecting image front_fr)");
        let is_pending = reply.result == AnswerResult::VoteSaved;
        assert!(is_told == half_made || is_pending, "{case}: {reply:?}");
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

#[tokio::test]
async fn an_edit_of_two_changes_is_never_half_made_and_reported_as_not_made() {
    use Account::{User, Votes};
    use EditFault::{After, Applied, Before};
    use Fault::{Defect, Denied, Panic, Unavailable};
    let made = "Accepted Updated: accepted";
    let completed = "Accepted Updated: partial, accepted";
    for account in [User, Votes] {
        check(account, &[], made, made, made).await;
    }
    // Refused. A user answers again; votes are decided again, by their job.
    for refusal in [Before(Denied), Before(Defect)] {
        let again = "Accepted Updated: refused, accepted";
        check(User, &[refusal], "open: refused", "open: refused", again).await;
        let partial = "open: partial";
        check(User, &[Applied, refusal], partial, partial, completed).await;
        let refused = "open, 3 votes: refused";
        check(Votes, &[refusal], refused, again, again).await;
        let partial = "open, 3 votes: partial";
        check(Votes, &[Applied, refusal], partial, completed, completed).await;
    }
    // Unreachable. The service sends the rest later, a user answers again.
    for fault in [Before(Unavailable), After(Unavailable)] {
        let retry = "retry: retry";
        check(Votes, &[fault], retry, made, made).await;
        check(Votes, &[Applied, fault], retry, made, made).await;
        let partial = "open: partial";
        check(
            User,
            &[Applied, fault],
            partial,
            partial,
            completed_by(fault),
        )
        .await;
    }
    let failed = "open: failed";
    let again = "Accepted Updated: failed, accepted";
    check(User, &[Before(Unavailable)], failed, failed, again).await;
    // The process dies.
    for faults in [vec![], vec![Applied]] {
        for fault in [Before(Panic), After(Panic)] {
            let faults = [&faults[..], &[fault]].concat();
            let is_whole = faults.len() == 2 && fault == After(Panic);
            check(Votes, &faults, "sending: sending", made, made).await;
            let (settled, answered) = match (is_whole, fault, faults.len()) {
                (true, _, _) => (made, made),
                (false, Before(_), 1) => (failed, again),
                (false, _, _) => ("open: partial", completed),
            };
            check(User, &faults, "sending: sending", settled, answered).await;
        }
    }
}

/// A change that arrived leaves none for the next answer to send.
fn completed_by(fault: EditFault) -> &'static str {
    match fault {
        EditFault::After(_) => "Accepted Updated: partial",
        _ => "Accepted Updated: partial, accepted",
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
    test.run_jobs().await;
    assert_eq!(test.state_of(insight.id).await, "gone");
}
