//! The outbox of edits as an operator reads and settles it.

use robotoff_core::edit::{EditId, EditState, ProductEdit};
use robotoff_core::insight::{Outcome, Verdict};
use robotoff_core::product::{Barcode, ServerType};
use uuid::Uuid;

use super::super::TestContext;
use super::super::samples::{edit, label, seconds};
use crate::store::{Change, Changes, Conflict, EditCursor, EditFilter, EditStep, InsightClosure};

fn moved(number: u128, from: EditState, to: EditState) -> Changes {
    Changes::new().with(Change::MoveEdit(EditStep {
        edit: EditId(Uuid::from_u128(number)),
        from,
        to,
        lease_until: None,
        error: None,
        at: seconds(100),
    }))
}

/// An edit of an insight of its own, made so many seconds after the epoch.
async fn start(cx: &TestContext, number: u128, code: &str, second: i64) {
    let insight = label(number, code);
    cx.create(vec![insight.clone()]).await;
    let made = ProductEdit {
        created_at: seconds(second),
        ..edit(number, &insight)
    };
    let changes = Changes::new().with(Change::StartEdit(Box::new(made)));
    cx.write(changes).await;
}

async fn numbers(cx: &TestContext, filter: &EditFilter, limit: u64) -> Vec<u128> {
    let found = cx.store.edits(filter, limit).await.expect("a read");
    found.iter().map(|edit| edit.id.0.as_u128()).collect()
}

pub(super) async fn listed(cx: TestContext) {
    // Two of the same time follow by id.
    for (number, code, second) in [
        (1, "3001234567890", 10),
        (2, "3001234567890", 20),
        (3, "3001234567891", 20),
        (4, "3001234567891", 30),
    ] {
        start(&cx, number, code, second).await;
    }
    cx.write(moved(1, EditState::Sending, EditState::Unknown))
        .await;
    let all = EditFilter::default();
    let with = |change: &dyn Fn(&mut EditFilter)| {
        let mut filter = EditFilter::default();
        change(&mut filter);
        filter
    };
    let barcode = Barcode::as_stored("3001234567891").ok();
    for (filter, expected) in [
        (all.clone(), vec![4, 3, 2, 1]),
        (with(&|f| f.state = Some(EditState::Unknown)), vec![1]),
        (with(&|f| f.state = Some(EditState::Sending)), vec![4, 3, 2]),
        (with(&|f| f.barcode = barcode.clone()), vec![4, 3]),
        (with(&|f| f.server_type = Some(ServerType::Obf)), vec![]),
        (with(&|f| f.created_before = Some(seconds(20))), vec![1]),
    ] {
        assert_eq!(numbers(&cx, &filter, 10).await, expected, "{filter:?}");
    }
    // Pages of one edit are the whole list.
    let (mut filter, mut paged) = (all, Vec::new());
    loop {
        let page = cx.store.edits(&filter, 1).await.expect("a read");
        let Some(last) = page.last() else { break };
        paged.push(last.id.0.as_u128());
        filter.behind = Some(EditCursor::of(last));
    }
    assert_eq!(paged, [4, 3, 2, 1]);
}

pub(super) async fn settled(cx: TestContext) {
    for (number, waits_as) in [
        (1, EditState::Retry),
        (2, EditState::Unknown),
        (3, EditState::Failed),
    ] {
        start(&cx, number, "3001234567890", 10).await;
        cx.write(moved(number, EditState::Sending, waits_as)).await;
        let insight = label(number, "3001234567890").id;
        let close = Change::CloseInsight(Box::new(InsightClosure {
            insight,
            verdict: Verdict::Accepted,
            outcome: Some(Outcome::Updated),
            username: None,
            completed_at: seconds(100),
            data: None,
            claim: None,
        }));
        let accepted = moved(number, waits_as, EditState::Accepted);
        cx.write(accepted.with(close)).await;
        let closed = cx.insight(insight).await;
        assert_eq!(closed.outcome, Some(Outcome::Updated), "{waits_as}");
        let id = EditId(Uuid::from_u128(number));
        let edit = cx.store.edit(id).await.expect("a read");
        let edit = edit.expect("the edit is there");
        assert_eq!(
            (edit.state, edit.settled_at),
            (EditState::Accepted, Some(seconds(100)))
        );
    }
}

pub(super) async fn sent_again(cx: TestContext) {
    start(&cx, 1, "3001234567890", 10).await;
    cx.write(moved(1, EditState::Sending, EditState::Unknown))
        .await;
    let insight = label(1, "3001234567890");
    let second = Change::StartEdit(Box::new(edit(2, &insight)));
    cx.write(Changes::new().with(second)).await;
    let again = moved(1, EditState::Unknown, EditState::Retry);
    let conflict = cx.refused(again.clone()).await;
    assert_eq!(conflict, Conflict::LiveEdit(insight.id));
    cx.write(moved(2, EditState::Sending, EditState::Refused))
        .await;
    cx.write(again).await;
    let live = cx.store.live_edit_of(insight.id).await.expect("a read");
    assert_eq!(live.expect("a live edit").id.0.as_u128(), 1);
}
