//! Edits that an operator settles or has sent again.

use robotoff_app::outbox::{OperatorResult, Outbox, SettledAs};
use robotoff_core::edit::{EditState, ProductEdit};
use robotoff_core::insight::{Answer, Insight};
use robotoff_ports::store::{Change, Changes, EditFilter, EditReads, EditStep};
use robotoff_ports::{Clock, Store};

use crate::fakes::{EditFault, Fault};
use crate::test_app::{TestApp, product};

/// States of edits that wait for a person.
const STATES: [EditState; 4] = [
    EditState::Retry,
    EditState::Unknown,
    EditState::Failed,
    EditState::Partial,
];

fn outbox(test: &TestApp) -> Outbox {
    Outbox::new(test.store.clone(), test.clock.clone())
}

/// An edit that votes made and that could not be sent, moved on to the state.
async fn edit_in(test: &TestApp, state: EditState) -> (Insight, ProductEdit) {
    let lost = EditFault::Before(Fault::Unavailable);
    let insight = match state {
        // The first of two changes is made.
        EditState::Partial => {
            test.editor.fail_next([EditFault::Applied, lost]);
            test.upc_question(&product("10")).await
        }
        _ => {
            test.editor.fail_next([lost]);
            test.label_question(&product("10")).await
        }
    };
    match state {
        EditState::Failed | EditState::Partial => {
            test.answer_as("alice", insight.id, Answer::Accept).await;
        }
        _ => {
            for device in ["a", "b", "c"] {
                test.vote(insight.id, device, Answer::Accept).await;
            }
        }
    }
    if state == EditState::Unknown {
        let edit = only_edit(test).await;
        let step = EditStep {
            edit: edit.id,
            from: EditState::Retry,
            to: EditState::Unknown,
            lease_until: None,
            error: Some("30 attempts failed".to_owned()),
            at: test.clock.now(),
        };
        let changes = Changes::new().with(Change::MoveEdit(step));
        test.store.commit(changes).await.unwrap();
    }
    let edit = only_edit(test).await;
    assert_eq!(edit.state, state);
    (insight, edit)
}

async fn only_edit(test: &TestApp) -> ProductEdit {
    let mut edits = test.store.edits(&EditFilter::default(), 9).await.unwrap();
    assert_eq!(edits.len(), 1);
    edits.remove(0)
}

#[tokio::test]
async fn an_edit_settled_as_accepted_closes_its_insight() {
    for state in STATES {
        let test = TestApp::new().await;
        let (insight, edit) = edit_in(&test, state).await;
        let result = outbox(&test).settle(&edit, SettledAs::Accepted).await;
        let done = OperatorResult::Done("its insight is closed");
        assert_eq!(result.unwrap(), done, "{state}");
        assert_eq!(test.state_of(insight.id).await, "Accepted Updated");
        assert_eq!(only_edit(&test).await.state, EditState::Accepted);
        // Its job comes later, and sends no request.
        test.advance(std::time::Duration::from_secs(60));
        let results = test.run_jobs().await;
        assert!(
            results.iter().all(|line| line.ends_with("done")),
            "{results:?}"
        );
        let made = usize::from(state == EditState::Partial);
        assert_eq!(test.editor.applied().len(), made, "{state}");
    }
}

#[tokio::test]
async fn an_edit_settled_as_refused_leaves_its_insight_open() {
    for state in STATES {
        let test = TestApp::new().await;
        let (insight, edit) = edit_in(&test, state).await;
        let result = outbox(&test).settle(&edit, SettledAs::Refused).await;
        let done = OperatorResult::Done("its insight may be asked again");
        assert_eq!(result.unwrap(), done, "{state}");
        assert!(test.state_of(insight.id).await.starts_with("open"));
        assert_eq!(only_edit(&test).await.state, EditState::Refused);
    }
}

#[tokio::test]
async fn an_edit_whose_insight_was_closed_elsewhere_is_settled_alone() {
    let test = TestApp::new().await;
    let (_, edit) = edit_in(&test, EditState::Unknown).await;
    test.execute_sql("UPDATE product_insight SET annotation = 0")
        .await;
    let result = outbox(&test).settle(&edit, SettledAs::Accepted).await;
    let done = OperatorResult::Done("its insight was no longer open");
    assert_eq!(result.unwrap(), done);
    assert_eq!(only_edit(&test).await.state, EditState::Accepted);
}

#[tokio::test]
async fn an_unknown_edit_is_sent_again_and_once() {
    let test = TestApp::new().await;
    let (insight, edit) = edit_in(&test, EditState::Unknown).await;
    let outbox = outbox(&test);
    let result = outbox.retry(&edit).await.unwrap();
    assert!(matches!(result, OperatorResult::Done(_)), "{result:?}");
    // The operator's view is older than the edit now.
    let again = outbox.retry(&edit).await.unwrap();
    let why = OperatorResult::NotDone("another edit of its insight is on its way".to_owned());
    assert_eq!(again, why);
    test.advance(std::time::Duration::from_secs(60));
    test.run_jobs().await;
    assert_eq!(test.state_of(insight.id).await, "Accepted Updated");
    assert_eq!(test.editor.applied().len(), 1);
}

#[tokio::test]
async fn an_edit_of_a_person_is_not_sent_again() {
    let test = TestApp::new().await;
    let (_, edit) = edit_in(&test, EditState::Failed).await;
    let result = outbox(&test).retry(&edit).await.unwrap();
    assert_eq!(result, OperatorResult::NotDone("it is failed".to_owned()));
}

#[tokio::test]
async fn a_settled_edit_stays_as_it_is() {
    let test = TestApp::new().await;
    let (_, edit) = edit_in(&test, EditState::Retry).await;
    let outbox = outbox(&test);
    outbox.settle(&edit, SettledAs::Refused).await.unwrap();
    // By what the operator read before, and by what is stored now.
    let late = outbox.settle(&edit, SettledAs::Accepted).await.unwrap();
    assert_eq!(
        late,
        OperatorResult::NotDone("it is no longer retry".to_owned())
    );
    let settled = only_edit(&test).await;
    let twice = outbox.settle(&settled, SettledAs::Accepted).await.unwrap();
    assert_eq!(twice, OperatorResult::NotDone("it is refused".to_owned()));
}
