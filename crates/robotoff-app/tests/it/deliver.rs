//! Edits on their way: whatever breaks, an edit is made once or its insight asks again.

use std::time::Duration;

use robotoff_core::insight::{Answer, AnswerResult, Insight};
use robotoff_ports::JobQueue;
use robotoff_ports::job::{JobFilter, JobState};
use serde_json::json;

use crate::fakes::{EditFault, Fault};
use crate::test_app::{EDIT_LEASE, TestApp, product};

/// Account of an edit. That of votes is sent by the service, which can send it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Account {
    Votes,
    User,
}

/// A question that the next answer closes with an edit.
async fn question_for(test: &TestApp, account: Account) -> Insight {
    let insight = test.label_question(&product("10")).await;
    if account == Account::Votes {
        for device in ["a", "b"] {
            test.vote(insight.id, device, Answer::Accept).await;
        }
    }
    insight
}

async fn accept(test: &TestApp, insight: &Insight, account: Account) -> AnswerResult {
    match account {
        Account::Votes => test.vote(insight.id, "c", Answer::Accept).await,
        Account::User => test.answer_as("alice", insight.id, Answer::Accept).await,
    }
}

/// The edit of an answer fails; states of insight and edit at once, and in the end.
async fn check_failure(
    account: Account,
    fault: EditFault,
    at_once: (&str, &str),
    in_the_end: (&str, &str),
    times_applied: usize,
) {
    let case = format!("{account:?}, {fault:?}");
    let test = TestApp::new().await;
    let insight = question_for(&test, account).await;
    test.editor.fail_next([fault]);
    let result = accept(&test, &insight, account).await;
    assert_eq!(result, AnswerResult::FailedUpdate, "{case}");
    let states = |test: TestApp| async move {
        let states = (test.state_of(insight.id).await, test.edit_states().await);
        (test, states)
    };
    let (test, (insight_state, edits)) = states(test).await;
    assert_eq!((&*insight_state, &*edits[0]), at_once, "{case}, at once");
    test.advance(Duration::from_secs(10));
    test.run_jobs().await;
    let (test, (insight_state, edits)) = states(test).await;
    assert_eq!(
        (&*insight_state, &*edits[0]),
        in_the_end,
        "{case}, in the end"
    );
    assert_eq!(test.editor.applied().len(), times_applied, "{case}");
}

#[tokio::test]
async fn an_edit_of_the_service_that_did_not_get_through_is_sent_again() {
    for fault in [Fault::Unavailable, Fault::Denied, Fault::Defect] {
        let is_retried = fault == Fault::Unavailable;
        let (at_once, in_the_end) = match is_retried {
            true => (("retry", "retry"), ("Accepted Updated", "accepted")),
            false => (("open, 3 votes", "refused"), ("open, 3 votes", "refused")),
        };
        let votes = Account::Votes;
        let before = EditFault::Before(fault);
        check_failure(votes, before, at_once, in_the_end, usize::from(is_retried)).await;
    }
    // The edit arrived, and its reply was lost: the comparison with the product shows it.
    check_failure(
        Account::Votes,
        EditFault::After(Fault::Unavailable),
        ("retry", "retry"),
        ("Accepted Updated", "accepted"),
        1,
    )
    .await;
}

#[tokio::test]
async fn an_edit_of_a_user_that_failed_is_theirs_to_make_again() {
    for (fault, state) in [
        (Fault::Unavailable, "failed"),
        (Fault::Denied, "refused"),
        (Fault::Defect, "refused"),
    ] {
        let states = ("open", state);
        let before = EditFault::Before(fault);
        check_failure(Account::User, before, states, states, 0).await;
    }
}

#[tokio::test]
async fn an_edit_in_retry_hides_its_insight() {
    let test = TestApp::new().await;
    let insight = question_for(&test, Account::Votes).await;
    test.editor
        .fail_next([EditFault::Before(Fault::Unavailable)]);
    accept(&test, &insight, Account::Votes).await;
    let result = test.answer_as("bob", insight.id, Answer::Accept).await;
    assert_eq!(result, AnswerResult::AlreadyAnnotated);
    assert_eq!(test.editor.sent().len(), 1);
}

#[tokio::test]
async fn an_outage_is_waited_out_with_back_off() {
    let test = TestApp::new().await;
    let id = product("10");
    let insight = question_for(&test, Account::Votes).await;
    test.editor
        .fail_next([EditFault::Before(Fault::Unavailable); 3]);
    accept(&test, &insight, Account::Votes).await;
    assert_eq!(test.run_jobs().await, Vec::<String>::new(), "10 s later");
    test.advance(Duration::from_secs(10));
    let failed = "deliver_edit: failed: off:10: the editor is unavailable: out of reach";
    let results = test.run_jobs().await;
    assert!(
        results[0].contains("the editor is unavailable"),
        "{failed} {results:?}"
    );
    // The product server is down too: the edit is not touched.
    test.products.fail(&[id], Fault::Unavailable);
    test.advance(Duration::from_secs(7200));
    let mut results = test.run_jobs().await;
    results.retain(|result| result.starts_with("deliver_edit"));
    assert!(results[0].contains("product server"), "{results:?}");
    assert_eq!(test.edit_states().await, ["retry"]);
    test.products.recover();
    for _ in 0..2 {
        test.advance(Duration::from_secs(7200));
        test.run_jobs().await;
    }
    assert_eq!(test.state_of(insight.id).await, "Accepted Updated");
    assert_eq!(test.edit_states().await, ["accepted"]);
    assert_eq!(test.editor.applied().len(), 1);
}

/// The process dies while the edit is on its way: its future is dropped.
async fn die_while_sending(account: Account, arrives: bool) -> (TestApp, Insight) {
    let test = TestApp::new().await;
    let insight = question_for(&test, account).await;
    let fault = match arrives {
        true => EditFault::After(Fault::Hang),
        false => EditFault::Before(Fault::Hang),
    };
    test.editor.fail_next([fault]);
    tokio::select! {
        biased;
        () = test.editor.faulted.notified() => {}
        result = accept(&test, &insight, account) => panic!("{result:?}"),
    }
    assert_eq!(test.state_of(insight.id).await, "sending");
    (test, insight)
}

#[tokio::test]
async fn an_edit_whose_sender_died_is_settled_by_what_the_product_says() {
    use Account::{User, Votes};
    for (account, arrives, state, edit, times_sent) in [
        (Votes, true, "Accepted Updated", "accepted", 1),
        (Votes, false, "Accepted Updated", "accepted", 2),
        (User, true, "Accepted Updated", "accepted", 1),
        // The credentials died with the sender.
        (User, false, "open", "failed", 1),
    ] {
        let case = format!("{account:?}, arrives: {arrives}");
        let (test, insight) = die_while_sending(account, arrives).await;
        assert_eq!(
            test.app.delivery.settle_edits().await.unwrap(),
            0,
            "{case}: leased"
        );
        test.advance(EDIT_LEASE + Duration::from_secs(1));
        assert_eq!(test.app.delivery.settle_edits().await.unwrap(), 1, "{case}");
        assert_eq!(test.state_of(insight.id).await, state, "{case}");
        assert_eq!(test.edit_states().await[0], edit, "{case}");
        assert_eq!(test.editor.sent().len(), times_sent, "{case}");
        assert_eq!(
            test.app.delivery.settle_edits().await.unwrap(),
            0,
            "{case}: settled"
        );
    }
}

#[tokio::test]
async fn an_edit_whose_product_is_gone_is_refused() {
    let (test, insight) = die_while_sending(Account::Votes, false).await;
    test.products.remove(&product("10"));
    test.advance(EDIT_LEASE + Duration::from_secs(1));
    assert_eq!(test.app.delivery.settle_edits().await.unwrap(), 1);
    assert_eq!(test.edit_states().await, ["refused"]);
    assert_eq!(test.state_of(insight.id).await, "open, 3 votes");
}

#[tokio::test]
async fn an_edit_that_is_settled_late_is_applied_to_no_other_value() {
    // A person added the label meanwhile: it is not sent again.
    let (test, insight) = die_while_sending(Account::Votes, false).await;
    let document = json!({"labels_tags": ["en:organic"]});
    test.products.insert(&product("10"), document.clone());
    test.advance(EDIT_LEASE + Duration::from_secs(1));
    test.app.delivery.settle_edits().await.unwrap();
    assert_eq!(test.state_of(insight.id).await, "Accepted Updated");
    assert_eq!(test.editor.sent().len(), 1);
    assert_eq!(test.products.document(&product("10")), document);
}

#[tokio::test]
async fn an_edit_that_cannot_be_settled_blocks_no_other() {
    for fault in [Fault::Unavailable, Fault::Denied, Fault::Defect] {
        let test = TestApp::new().await;
        let ids = ["10", "11"].map(product);
        for id in &ids {
            let insight = test.label_question(id).await;
            test.editor.fail_next([EditFault::After(Fault::Hang)]);
            tokio::select! {
                biased;
                () = test.editor.faulted.notified() => {}
                result = test.answer_as("alice", insight.id, Answer::Accept) => panic!("{result:?}"),
            }
            // The edit of the first product has the older lease.
            test.advance(Duration::from_secs(1));
        }
        test.products.fail(&ids[..1], fault);
        test.advance(EDIT_LEASE);
        assert_eq!(
            test.app.delivery.settle_edits().await.unwrap(),
            1,
            "{fault:?}"
        );
        let mut states = test.edit_states().await;
        states.sort();
        assert_eq!(states, ["accepted", "sending"], "{fault:?}");
        // Leased again: it is not looked at on each run.
        test.products.recover();
        assert_eq!(
            test.app.delivery.settle_edits().await.unwrap(),
            0,
            "{fault:?}"
        );
        test.advance(EDIT_LEASE + Duration::from_secs(1));
        assert_eq!(
            test.app.delivery.settle_edits().await.unwrap(),
            1,
            "{fault:?}"
        );
        assert_eq!(test.edit_states().await, ["accepted"; 2], "{fault:?}");
    }
}

#[tokio::test]
async fn an_edit_whose_insight_was_closed_elsewhere_is_settled() {
    let (test, insight) = die_while_sending(Account::User, true).await;
    // The old service shares the database and knows no edits.
    test.execute_sql("UPDATE product_insight SET annotation = 0, annotated_result = 1")
        .await;
    test.advance(EDIT_LEASE + Duration::from_secs(1));
    assert_eq!(test.app.delivery.settle_edits().await.unwrap(), 1);
    assert_eq!(test.edit_states().await, ["accepted"]);
    assert_eq!(test.state_of(insight.id).await, "Rejected Saved");
}

#[tokio::test]
async fn an_edit_that_fails_again_and_again_is_left_to_an_operator() {
    let test = TestApp::new().await;
    let insight = question_for(&test, Account::Votes).await;
    test.editor
        .fail_next([EditFault::Before(Fault::Unavailable)]);
    accept(&test, &insight, Account::Votes).await;
    test.products.fail(&[product("10")], Fault::Defect);
    let mut ends = Vec::new();
    while test.edit_states().await == ["retry"] {
        test.advance(Duration::from_secs(7200));
        ends = test.run_jobs().await;
        ends.retain(|end| end.starts_with("deliver_edit"));
        assert_eq!(ends.len(), 1, "{ends:?}");
    }
    assert!(
        ends[0].contains("discarded: 30 attempts failed"),
        "{ends:?}"
    );
    assert_eq!(test.edit_states().await, ["unknown"]);
    let dead = JobFilter::in_state(JobState::Dead);
    assert_eq!(test.store.jobs(&dead, 10).await.unwrap()[0].attempts, 30);
}

#[tokio::test]
async fn an_edit_waits_out_an_outage_of_a_week() {
    let test = TestApp::new().await;
    let insight = question_for(&test, Account::Votes).await;
    test.editor
        .fail_next([EditFault::Before(Fault::Unavailable)]);
    accept(&test, &insight, Account::Votes).await;
    test.products.fail(&[product("10")], Fault::Unavailable);
    for _ in 0..7 * 24 * 4 {
        test.advance(Duration::from_secs(900));
        test.run_jobs().await;
    }
    assert_eq!(test.edit_states().await, ["retry"]);
    test.products.recover();
    test.advance(Duration::from_secs(900));
    test.run_jobs().await;
    assert_eq!(test.state_of(insight.id).await, "Accepted Updated");
    assert_eq!(test.editor.applied().len(), 1);
}
