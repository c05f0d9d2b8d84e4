//! Edits on their way: whatever breaks, an edit is made once or its insight asks again.

use std::time::Duration;

use robotoff_app::answer::AnswerReply;
use robotoff_core::insight::{Answer, AnswerResult, Insight};
use robotoff_ports::JobQueue;
use robotoff_ports::job::{JobFilter, JobState};

use crate::fakes::{EditFault, Fault};
use crate::test_app::{TestApp, product};

/// Longer than a fake takes.
const A_MINUTE: Duration = Duration::from_secs(60);

/// Account of an edit. That of votes is sent by the service, which can send it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    Votes,
    User,
}

/// A question that the next answer closes with an edit.
pub(crate) async fn question_for(test: &TestApp, account: Account) -> Insight {
    let insight = test.label_question(&product("10")).await;
    account.prepare(test, &insight).await;
    insight
}

impl Account {
    /// Casts all votes but the one that decides.
    pub(crate) async fn prepare(self, test: &TestApp, insight: &Insight) {
        let devices: &[&str] = match self {
            Self::Votes => &["a", "b"],
            Self::User => &[],
        };
        for device in devices {
            test.vote(insight.id, device, Answer::Accept).await;
        }
    }

    /// A yes of the user `device`, or the vote of the device; an error when the process dies.
    pub(crate) async fn accept(
        self,
        test: &TestApp,
        insight: &Insight,
        device: &str,
    ) -> anyhow::Result<AnswerReply> {
        let user = (self == Self::User).then_some(device);
        test.try_accept(insight.id, device, user).await
    }
}

async fn accept(test: &TestApp, insight: &Insight, account: Account) -> AnswerResult {
    let reply = account.accept(test, insight, "c").await;
    reply.expect("the service works").result
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

#[tokio::test]
async fn answering_survives_a_request_that_is_dropped() {
    for account in [Account::Votes, Account::User] {
        let test = TestApp::new().await;
        let insight = question_for(&test, account).await;
        test.editor.fail_next([EditFault::Held]);
        // The client leaves, or its request runs into the timeout.
        tokio::select! {
            biased;
            () = test.editor.faulted.notified() => {}
            reply = account.accept(&test, &insight, "c") => panic!("{account:?}: {reply:?}"),
        }
        assert_eq!(test.state_of(insight.id).await, "sending", "{account:?}");
        test.editor.release();
        assert!(test.app.delivery.drain(A_MINUTE).await, "{account:?}");
        assert_eq!(test.edit_states().await, ["accepted"], "{account:?}");
        let state = test.state_of(insight.id).await;
        assert_eq!(state, "Accepted Updated", "{account:?}");
    }
}

#[tokio::test]
async fn a_process_that_ends_waits_for_deliveries_but_not_for_ever() {
    let test = TestApp::new().await;
    assert!(test.app.delivery.drain(Duration::ZERO).await, "none");
    let insight = question_for(&test, Account::User).await;
    test.editor.fail_next([EditFault::Held]);
    tokio::select! {
        biased;
        () = test.editor.faulted.notified() => {}
        reply = Account::User.accept(&test, &insight, "c") => panic!("{reply:?}"),
    }
    assert!(!test.app.delivery.drain(Duration::from_millis(1)).await);
    test.editor.release();
    assert!(test.app.delivery.drain(A_MINUTE).await);
    assert_eq!(test.edit_states().await, ["accepted"]);
}
