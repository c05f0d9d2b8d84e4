//! The outbox of edits.

use std::time::Duration;

use robotoff_core::edit::{EditId, EditState, Provenance};
use robotoff_core::insight::{Insight, Outcome, Verdict};
use robotoff_core::prediction::PredictionKind;
use uuid::Uuid;

use super::super::TestContext;
use super::super::samples::{edit, label, seconds};
use crate::Clock;
use crate::store::{
    Change, Changes, Committed, Conflict, EditStep, InsightClosure, InsightFilter, InsightOrder,
    InsightPage,
};

fn step(number: u128, from: EditState, to: EditState) -> EditStep {
    EditStep {
        edit: EditId(Uuid::from_u128(number)),
        from,
        to,
        lease_until: (to == EditState::Sending).then(|| seconds(600)),
        error: (to == EditState::Retry).then(|| "time-out".to_owned()),
        at: seconds(100),
    }
}

fn moved(number: u128, from: EditState, to: EditState) -> Changes {
    Changes::new().with(Change::MoveEdit(step(number, from, to)))
}

pub(super) async fn one_live(cx: TestContext) {
    let insight = label(1, "3001234567890");
    cx.create(vec![insight.clone()]).await;
    let start = |number| Changes::new().with(Change::StartEdit(Box::new(edit(number, &insight))));
    let racers: Vec<_> = (1..=8)
        .map(|number| {
            let (store, changes) = (cx.store.clone(), start(number));
            tokio::spawn(async move { store.commit(changes).await.expect("a commit") })
        })
        .collect();
    let mut started = 0;
    for racer in racers {
        match racer.await.expect("a racer") {
            Committed::Done(_) => started += 1,
            Committed::Conflict(conflict) => {
                assert_eq!(conflict, Conflict::LiveEdit(insight.id));
            }
        }
    }
    assert_eq!(started, 1);
    let live = cx.store.live_edit_of(insight.id).await.expect("a read");
    let live = live.expect("one edit started");
    assert_eq!(live, edit(live.id.0.as_u128(), &insight));
    let hidden = InsightFilter {
        without_live_edit: true,
        ..InsightFilter::default()
    };
    let asked = cx
        .store
        .insights(&hidden, InsightOrder::Stored, &InsightPage::first(9))
        .await;
    assert!(asked.expect("a read").is_empty());
    // Refused: the insight may be tried again.
    cx.write(moved(
        live.id.0.as_u128(),
        EditState::Sending,
        EditState::Refused,
    ))
    .await;
    cx.write(start(20)).await;
}

pub(super) async fn moves(cx: TestContext) {
    let insight = label(1, "3001234567890");
    cx.create(vec![insight.clone()]).await;
    cx.write(Changes::new().with(Change::StartEdit(Box::new(edit(1, &insight)))))
        .await;
    let close = Change::CloseInsight(Box::new(InsightClosure {
        insight: insight.id,
        verdict: Verdict::Accepted,
        outcome: Some(Outcome::Updated),
        username: None,
        completed_at: seconds(100),
        data: None,
        claim: None,
    }));
    // No other writer closes an insight whose edit is on its way.
    let conflict = cx.refused(Changes::new().with(close.clone())).await;
    assert_eq!(conflict, Conflict::LiveEdit(insight.id));

    cx.write(moved(1, EditState::Sending, EditState::Retry))
        .await;
    let waiting = cx
        .store
        .edit(EditId(Uuid::from_u128(1)))
        .await
        .expect("a read");
    let waiting = waiting.expect("the edit is there");
    assert_eq!(waiting.last_error.as_deref(), Some("time-out"));
    assert_eq!((waiting.lease_until, waiting.settled_at), (None, None));
    let conflict = cx
        .refused(moved(1, EditState::Sending, EditState::Accepted))
        .await;
    assert_eq!(conflict, Conflict::EditMoved(EditId(Uuid::from_u128(1))));
    cx.write(moved(1, EditState::Retry, EditState::Sending))
        .await;
    cx.write(moved(1, EditState::Sending, EditState::Accepted).with(close))
        .await;
    let accepted = cx
        .store
        .edit(EditId(Uuid::from_u128(1)))
        .await
        .expect("a read");
    let accepted = accepted.expect("the edit is there");
    assert_eq!(accepted.state, EditState::Accepted);
    assert_eq!(
        (accepted.attempts, accepted.settled_at),
        (2, Some(seconds(100)))
    );
    assert_eq!(cx.insight(insight.id).await.outcome, Some(Outcome::Updated));
    // A step that the states do not know is our mistake, not a conflict.
    let back = moved(1, EditState::Accepted, EditState::Sending);
    cx.store
        .commit(back)
        .await
        .expect_err("accepted is the end");
}

pub(super) async fn left_behind(cx: TestContext) {
    let insights = [label(1, "3001234567890"), label(2, "3001234567890")];
    cx.create(insights.to_vec()).await;
    let mut long = edit(2, &insights[1]);
    long.lease_until = Some(seconds(1000));
    let changes = Changes::new()
        .with(Change::StartEdit(Box::new(edit(1, &insights[0]))))
        .with(Change::StartEdit(Box::new(long)));
    cx.write(changes).await;
    assert!(cx.store.expired_edits(10).await.expect("a read").is_empty());
    let again = moved(1, EditState::Sending, EditState::Sending);
    let mut too_early = step(1, EditState::Sending, EditState::Sending);
    too_early.at = seconds(30);
    let changes = Changes::new().with(Change::MoveEdit(too_early));
    assert!(matches!(cx.refused(changes).await, Conflict::EditMoved(_)));
    cx.clock.advance(Duration::from_secs(100));
    let left = cx.store.expired_edits(10).await.expect("a read");
    assert_eq!(
        left.iter()
            .map(|edit| edit.id.0.as_u128())
            .collect::<Vec<_>>(),
        [1]
    );
    cx.write(again.clone()).await;
    assert!(matches!(cx.refused(again).await, Conflict::EditMoved(_)));
}

pub(super) async fn made_in_part(cx: TestContext) {
    let insight = label(1, "3001234567890");
    cx.create(vec![insight.clone()]).await;
    let mut two = edit(1, &insight);
    two.changes.push(two.changes[0].clone());
    cx.write(Changes::new().with(Change::StartEdit(Box::new(two.clone()))))
        .await;
    for (recorded, made) in [(1, 1), (0, 1), (2, 2)] {
        let record = Change::RecordMade {
            edit: two.id,
            made: recorded,
        };
        cx.write(Changes::new().with(record)).await;
        let stored = cx.store.edit(two.id).await.expect("a read");
        two.made = made;
        assert_eq!(stored.as_ref(), Some(&two), "{recorded}");
    }
}

pub(super) async fn partial_kept(cx: TestContext) {
    let insights = [label(1, "3001234567890"), label(2, "3001234567890")];
    cx.create(insights.to_vec()).await;
    let ids: Vec<_> = insights.iter().map(|insight| insight.id).collect();
    cx.write(Changes::new().with(Change::StartEdit(Box::new(edit(1, &insights[0])))))
        .await;
    let partial = EditStep {
        at: cx.clock.now(),
        ..step(1, EditState::Sending, EditState::Partial)
    };
    cx.write(Changes::new().with(Change::MoveEdit(partial)))
        .await;
    for (hours, left) in [(0, 1), (23, 1), (2, 0)] {
        cx.clock.advance(Duration::from_secs(hours * 3600));
        cx.write(Changes::new().with(Change::DeleteInsights(ids.clone())))
            .await;
        let filter = InsightFilter::default();
        let found = cx.store.count_insights(&filter, None).await;
        assert_eq!(found.expect("a read"), left, "{hours} hours later");
    }
}

pub(super) async fn automatic_counted(cx: TestContext) {
    let insights: Vec<Insight> = (1..=4)
        .map(|number| label(number, "3001234567890"))
        .collect();
    cx.create(insights.clone()).await;
    for (number, provenance) in [
        (1, Provenance::Automatic),
        (2, Provenance::Automatic),
        (3, Provenance::Votes(3)),
        (4, Provenance::Automatic),
    ] {
        let mut edit = edit(number, &insights[number as usize - 1]);
        edit.closure.provenance = provenance;
        edit.created_at = seconds(100 * number as i64);
        cx.write(Changes::new().with(Change::StartEdit(Box::new(edit))))
            .await;
    }
    cx.write(moved(4, EditState::Sending, EditState::Refused))
        .await;
    let count = async |kind, second| {
        let counted = cx.store.count_automatic_edits(kind, seconds(second));
        counted.await.expect("a read")
    };
    assert_eq!(count(PredictionKind::Label, 0).await, 2);
    assert_eq!(count(PredictionKind::Label, 101).await, 1);
    assert_eq!(count(PredictionKind::Brand, 0).await, 0);
}

/// An edit of the first insight is refused at the second.
async fn refuse(cx: &TestContext, number: u128, insight: &Insight, second: i64) {
    cx.write(Changes::new().with(Change::StartEdit(Box::new(edit(number, insight)))))
        .await;
    let refused = EditStep {
        at: seconds(second),
        ..step(number, EditState::Sending, EditState::Refused)
    };
    cx.write(Changes::new().with(Change::MoveEdit(refused)))
        .await;
}

pub(super) async fn refusals(cx: TestContext) {
    let mut insight = label(1, "3001234567890");
    insight.automatic_processing = true;
    insight.process_after = Some(seconds(10));
    cx.create(vec![insight.clone()]).await;
    let is_due = async |second| {
        let due = cx.store.due_insights(seconds(second), 10, 0).await;
        !due.expect("a read").is_empty()
    };
    assert!(is_due(100).await);
    for (number, second) in [(1, 100), (2, 5_000), (3, 10_000)] {
        refuse(&cx, number, &insight, second).await;
        assert!(
            !is_due(second + 3_000).await,
            "it rests after refusal {number}"
        );
        let rested = is_due(second + 4_000).await;
        assert_eq!(rested, number < 3, "after refusal {number}");
    }
}
