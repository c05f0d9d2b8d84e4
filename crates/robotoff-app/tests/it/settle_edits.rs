//! Edits whose sender died: each is settled by what its product says, alone.

use std::time::Duration;

use robotoff_core::insight::Insight;
use serde_json::json;

use crate::deliver::{Account, question_for};
use crate::fakes::{EditFault, Fault};
use crate::test_app::{EDIT_LEASE, TestApp, product};

/// A test app whose process died while an edit was on its way: its task panicked.
async fn die_while_sending(account: Account, arrives: bool) -> (TestApp, Insight) {
    let test = TestApp::new().await;
    let insight = question_for(&test, account).await;
    let fault = match arrives {
        true => EditFault::After(Fault::Panic),
        false => EditFault::Before(Fault::Panic),
    };
    test.editor.fail_next([fault]);
    // The vote is stored, and its decision pending.
    let reply = account.accept(&test, &insight, "c").await;
    assert_eq!(reply.is_ok(), account == Account::Votes, "{reply:?}");
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
            test.editor.fail_next([EditFault::After(Fault::Panic)]);
            let reply = Account::User.accept(&test, &insight, "alice").await;
            assert!(reply.is_err(), "{reply:?}");
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
