//! Answers of people: votes are counted, answers of authenticated users applied.

use std::time::Duration;

use robotoff_app::Edits;
use robotoff_core::insight::{Answer, AnswerResult, InsightId};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fakes::Fault;
use crate::test_app::{TestApp, product};

/// An authenticated user answers; the product says `document` by then.
async fn check_answer(
    document: Value,
    answer: Answer,
    (result, state): (AnswerResult, &str),
    applied: &[&str],
) {
    let test = TestApp::new().await;
    let id = product("10");
    let insight = test.label_question(&id).await;
    test.products.insert(&id, document.clone());
    let case = format!("{answer:?} of {document}");
    assert_eq!(
        test.answer_as("alice", insight.id, answer).await,
        result,
        "{case}"
    );
    assert_eq!(test.state_of(insight.id).await, state, "{case}");
    assert_eq!(test.editor.applied(), applied, "{case}");
    assert_eq!(test.run_jobs().await, ["refresh: done"], "{case}");
    assert_eq!(test.state_of(insight.id).await, state, "{case}, refreshed");
}

#[tokio::test]
async fn an_answer_is_applied_to_the_product_as_it_is_now() {
    let plain = json!({"images": {"1": {}}});
    let organic = json!({"labels_tags": ["en:organic"]});
    let vegan = || Answer::AcceptWith(json!({"value_tag": "en:vegan"}));
    check_answer(
        plain.clone(),
        Answer::Accept,
        (AnswerResult::Updated, "Accepted Updated"),
        &["10 add_label en:organic"],
    )
    .await;
    check_answer(
        plain.clone(),
        Answer::Reject,
        (AnswerResult::Saved, "Rejected Saved"),
        &[],
    )
    .await;
    check_answer(
        plain,
        vegan(),
        (
            AnswerResult::UserInputUpdated,
            "AcceptedWith UserInputUpdated",
        ),
        &["10 add_label en:vegan"],
    )
    .await;
    check_answer(
        organic,
        Answer::Accept,
        (AnswerResult::AlreadyAnnotated, "Accepted AlreadyOnProduct"),
        &[],
    )
    .await;
}

#[tokio::test]
async fn a_value_that_cannot_be_used_leaves_the_insight_open() {
    for given in [json!({"value_tag": "en:unknown"}), json!({}), json!(7)] {
        let test = TestApp::new().await;
        let insight = test.label_question(&product("10")).await;
        let answer = Answer::AcceptWith(given.clone());
        let result = test.answer_as("alice", insight.id, answer).await;
        assert_eq!(result, AnswerResult::InvalidData, "{given}");
        assert_eq!(test.state_of(insight.id).await, "open", "{given}");
    }
}

#[tokio::test]
async fn without_its_product_an_insight_stays_open() {
    let test = TestApp::new().await;
    let id = product("10");
    let insight = test.label_question(&id).await;
    test.products
        .fail(std::slice::from_ref(&id), Fault::Unavailable);
    let result = test.answer_as("alice", insight.id, Answer::Accept).await;
    assert_eq!(result, AnswerResult::FailedUpdate);
    assert_eq!(test.state_of(insight.id).await, "open");
    test.products.recover();
    test.products.remove(&id);
    let result = test.answer_as("alice", insight.id, Answer::Accept).await;
    assert_eq!(result, AnswerResult::MissingProduct);
    assert_eq!(test.state_of(insight.id).await, "open");
    // The refresh that follows deletes it.
    assert_eq!(test.run_jobs().await, ["refresh: done"]);
    assert_eq!(test.state_of(insight.id).await, "gone");
    assert_eq!(test.editor.sent(), []);
}

#[tokio::test]
async fn votes_decide_together() {
    use Answer::{Accept as Yes, Reject as No};
    for (votes, state, applied) in [
        (vec![("a", Yes), ("b", Yes)], "open, 2 votes", 0),
        (
            vec![("a", Yes), ("b", Yes), ("c", Yes)],
            "Accepted Updated",
            1,
        ),
        (vec![("a", No), ("b", No), ("c", No)], "Rejected Saved", 0),
        (
            vec![("a", Yes), ("b", No), ("c", Yes), ("d", No)],
            "Undecided Saved",
            0,
        ),
        // A device has one vote: the last one.
        (vec![("a", Yes), ("a", Yes), ("a", Yes)], "open, 1 votes", 0),
        (
            vec![("a", Yes), ("b", Yes), ("a", No), ("c", Yes)],
            "open, 3 votes",
            0,
        ),
    ] {
        let test = TestApp::new().await;
        let insight = test.label_question(&product("10")).await;
        for (device, answer) in votes.clone() {
            test.vote(insight.id, device, answer).await;
        }
        assert_eq!(test.state_of(insight.id).await, state, "{votes:?}");
        assert_eq!(test.editor.applied().len(), applied, "{votes:?}");
    }
}

#[tokio::test]
async fn an_anonymous_user_cannot_give_a_value() {
    let test = TestApp::new().await;
    let insight = test.label_question(&product("10")).await;
    let answer = Answer::AcceptWith(json!({"value_tag": "en:vegan"}));
    let result = test.vote(insight.id, "a", answer).await;
    assert_eq!(result, AnswerResult::InvalidData);
    assert_eq!(test.state_of(insight.id).await, "open");
}

#[tokio::test]
async fn only_an_open_insight_can_be_answered() {
    let test = TestApp::new().await;
    let insight = test.label_question(&product("10")).await;
    test.answer_as("alice", insight.id, Answer::Reject).await;
    for (id, result) in [
        (insight.id, AnswerResult::AlreadyAnnotated),
        (InsightId(Uuid::nil()), AnswerResult::UnknownInsight),
    ] {
        assert_eq!(test.answer_as("bob", id, Answer::Accept).await, result);
        assert_eq!(test.vote(id, "a", Answer::Accept).await, result);
    }
    assert_eq!(test.state_of(insight.id).await, "Rejected Saved");
}

#[tokio::test]
async fn without_permission_to_edit_an_answer_is_recorded_only() {
    for edits in [Edits::Off, Edits::Record] {
        let test = TestApp::with(edits, "").await;
        let insight = test.label_question(&product("10")).await;
        let result = test.answer_as("alice", insight.id, Answer::Accept).await;
        assert_eq!(result, AnswerResult::Saved, "{edits:?}");
        assert_eq!(
            test.state_of(insight.id).await,
            "Accepted Saved",
            "{edits:?}"
        );
        assert_eq!(test.editor.sent(), [], "{edits:?}");
    }
}

#[tokio::test]
async fn of_many_answers_at_once_one_wins() {
    let test = TestApp::new().await;
    let insight = test.label_question(&product("10")).await;
    let mut answers = tokio::task::JoinSet::new();
    let test = std::sync::Arc::new(test);
    for number in 0..20 {
        let test = test.clone();
        let user = format!("user-{number}");
        answers.spawn(async move { test.answer_as(&user, insight.id, Answer::Accept).await });
    }
    let results = answers.join_all().await;
    let count = |wanted| results.iter().filter(|result| **result == wanted).count();
    assert_eq!(count(AnswerResult::Updated), 1, "{results:?}");
    assert_eq!(count(AnswerResult::AlreadyAnnotated), 19, "{results:?}");
    assert_eq!(test.editor.applied(), ["10 add_label en:organic"]);
}

#[tokio::test]
async fn a_decision_survives_an_outage_of_the_product_server() {
    let id = product("10");
    let test = TestApp::new().await;
    let insight = test.label_question(&id).await;
    test.products.fail(&[id], Fault::Unavailable);
    for device in ["a", "b", "c"] {
        let reply = test.vote_reply(insight.id, device, Answer::Accept).await;
        assert_eq!(reply.result, AnswerResult::VoteSaved);
        let is_last = device == "c";
        let is_pending = reply.description() == "decision pending";
        assert_eq!(is_pending, is_last, "{device}: {reply:?}");
    }
    // Out of reach for a week.
    for _ in 0..7 * 24 * 4 {
        test.advance(Duration::from_secs(900));
        test.run_jobs().await;
    }
    assert_eq!(test.state_of(insight.id).await, "open, 3 votes");
    test.products.recover();
    test.advance(Duration::from_secs(900));
    test.run_jobs().await;
    assert_eq!(test.state_of(insight.id).await, "Accepted Updated");
    assert_eq!(test.editor.applied().len(), 1);
}

#[tokio::test]
async fn a_decision_survives_the_process_that_took_the_vote() {
    let test = TestApp::new().await;
    let id = product("10");
    let insight = test.label_question(&id).await;
    for device in ["a", "b"] {
        test.vote(insight.id, device, Answer::Accept).await;
    }
    test.products.take_reads();
    test.products.fail(&[id], Fault::Hang);
    let product_is_read = async {
        while test.products.take_reads().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    // The process dies while it reads the product.
    tokio::select! {
        biased;
        result = test.vote(insight.id, "c", Answer::Accept) => panic!("{result:?}"),
        () = product_is_read => {}
    }
    test.products.recover();
    test.advance(Duration::from_secs(30));
    test.run_jobs().await;
    assert_eq!(test.state_of(insight.id).await, "Accepted Updated");
}

#[tokio::test]
async fn a_vote_that_cannot_decide_brings_no_job() {
    let test = TestApp::new().await;
    let insight = test.label_question(&product("10")).await;
    test.run_jobs().await;
    for device in ["a", "b"] {
        test.vote(insight.id, device, Answer::Accept).await;
    }
    test.advance(Duration::from_secs(30));
    assert_eq!(test.run_jobs().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_decision_is_made_once_though_a_job_waits_for_it_too() {
    let test = TestApp::new().await;
    let insight = test.label_question(&product("10")).await;
    for device in ["a", "b", "c"] {
        test.vote(insight.id, device, Answer::Accept).await;
    }
    assert_eq!(test.state_of(insight.id).await, "Accepted Updated");
    test.advance(Duration::from_secs(30));
    let results = test.run_jobs().await;
    assert!(
        results.contains(&"decide_votes: done".to_owned()),
        "{results:?}"
    );
    assert_eq!(test.editor.sent().len(), 1);
}

#[tokio::test]
async fn the_comment_of_an_edit_names_the_real_number_of_votes() {
    use Answer::{Accept as Yes, Reject as No};
    for (policy, votes, number) in [
        (
            "",
            vec![("a", Yes), ("b", Yes), ("c", Yes)],
            "3 anonymous votes",
        ),
        // A device that changes its mind has one vote.
        (
            "",
            vec![("a", No), ("b", Yes), ("c", Yes), ("b", Yes), ("d", Yes)],
            "4 anonymous votes",
        ),
        (
            "to_win = 2",
            vec![("a", Yes), ("b", Yes)],
            "2 anonymous votes",
        ),
        ("to_win = 1", vec![("a", Yes)], "1 anonymous vote"),
    ] {
        let test = TestApp::with(Edits::Send, &format!("[votes]\n{policy}")).await;
        let insight = test.label_question(&product("10")).await;
        for (device, answer) in votes {
            test.vote(insight.id, device, answer).await;
        }
        let sent = test.editor.sent();
        assert_eq!(sent.len(), 1, "{policy}");
        let expected = format!(", ID: {} (applied after {number})", insight.id);
        assert!(sent[0].comment.ends_with(&expected), "{}", sent[0].comment);
    }
}
