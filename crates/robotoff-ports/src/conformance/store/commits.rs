//! Commits: whole or not at all, guarded by revisions, leases and what is still open.

use std::time::Duration;

use robotoff_core::insight::{Insight, Verdict};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::ProductId;
use robotoff_core::vote::VoteValue;
use serde_json::json;

use super::super::TestContext;
use super::super::jobs::{claim_one, job};
use super::super::samples::{id, label, prediction, product, seconds, vote};
use crate::job::{JobFilter, JobState, Report};
use crate::store::{
    Change, Changes, Committed, Conflict, Expected, InsightClosure, NewPrediction,
    PredictionFilter, Revision, StoredPrediction,
};

fn accept(insight: &Insight) -> Change {
    Change::CloseInsight(Box::new(InsightClosure {
        insight: insight.id,
        verdict: Verdict::Accepted,
        outcome: None,
        username: Some("ann".to_owned()),
        completed_at: seconds(9),
        data: None,
        claim: None,
    }))
}

pub(super) async fn atomic(cx: TestContext) {
    let milk = product("3001234567890");
    let first = label(1, "3001234567890");
    cx.create(vec![first.clone()]).await;
    cx.write(Changes::new().with(accept(&first))).await;
    let changes = Changes::of(milk.clone(), Revision(0))
        .with(Change::CreateInsights(vec![label(2, "3001234567890")]))
        .with(Change::CastVote(vote(1, first.id, "phone", VoteValue::Yes)))
        .then(job("refresh"));
    let conflict = cx.refused(changes).await;
    assert_eq!(conflict, Conflict::NotOpen(first.id));
    assert_eq!(cx.store.insight(id(2)).await.expect("a read"), None);
    let snapshot = cx.store.product_snapshot(&milk).await.expect("a read");
    assert_eq!(snapshot.revision, Revision(0));
    assert!(
        cx.queue
            .jobs(&JobFilter::in_state(JobState::Waiting), 10)
            .await
            .expect("a read")
            .is_empty()
    );

    // An error undoes as much as a conflict: the same insight twice.
    let twice = Changes::of(milk.clone(), Revision(0))
        .with(Change::CreateInsights(vec![
            label(3, "3001234567890"),
            label(3, "3001234567890"),
        ]))
        .then(job("refresh"));
    cx.store.commit(twice).await.expect_err("an id is taken");
    assert!(
        cx.queue
            .jobs(&JobFilter::in_state(JobState::Waiting), 10)
            .await
            .expect("a read")
            .is_empty()
    );

    let changes = Changes::of(milk, Revision(0))
        .with(Change::CreateInsights(vec![label(2, "3001234567890")]))
        .then(job("refresh"));
    let receipt = cx.write(changes).await;
    let waiting = cx
        .queue
        .jobs(&JobFilter::in_state(JobState::Waiting), 10)
        .await
        .expect("a read");
    assert_eq!(receipt.jobs[0].job(), waiting[0].id);
}

pub(super) async fn stale(cx: TestContext) {
    let milk = product("3001234567890");
    let changes = |revision| Changes::of(milk.clone(), Revision(revision));
    assert_eq!(
        cx.refused(changes(1)).await,
        Conflict::Revision(milk.clone())
    );
    cx.write(changes(0)).await;
    assert_eq!(
        cx.refused(changes(0)).await,
        Conflict::Revision(milk.clone())
    );
    cx.write(changes(1)).await;
    assert_eq!(
        cx.refused(changes(1)).await,
        Conflict::Revision(milk.clone())
    );
    let snapshot = cx.store.product_snapshot(&milk).await.expect("a read");
    assert_eq!(snapshot.revision, Revision(2));
}

pub(super) async fn race(cx: TestContext) {
    let milk = product("3001234567890");
    for revision in 0..3 {
        let racers = (0..10).map(|racer| {
            let changes =
                Changes::of(milk.clone(), Revision(revision)).with(Change::CreateInsights(vec![
                    label(revision as u128 * 10 + racer, "1"),
                ]));
            let store = cx.store.clone();
            tokio::spawn(async move { store.commit(changes).await.expect("a commit") })
        });
        let mut won = 0;
        for racer in racers.collect::<Vec<_>>() {
            won += u32::from(matches!(racer.await.expect("a racer"), Committed::Done(_)));
        }
        assert_eq!(won, 1, "revision {revision}");
    }
}

/// Commits that take the same two products in different order do not wait for each other.
pub(super) async fn crossing(cx: TestContext) {
    let (milk, bread) = (product("3001234567890"), product("3009876543210"));
    let read = async |product: &ProductId| Expected {
        product: product.clone(),
        revision: cx
            .store
            .product_snapshot(product)
            .await
            .expect("a read")
            .revision,
    };
    for _ in 0..10 {
        let expected = [read(&milk).await, read(&bread).await];
        let commits = [[0, 1], [1, 0]].map(|order| {
            let expected = order.map(|index: usize| expected[index].clone()).to_vec();
            let changes = Changes {
                expected,
                ..Changes::new()
            };
            let store = cx.store.clone();
            tokio::spawn(async move { store.commit(changes).await.expect("no deadlock") })
        });
        for commit in commits {
            commit.await.expect("a commit");
        }
    }
    assert_eq!(read(&milk).await.revision, Revision(10));
    assert_eq!(read(&bread).await.revision, Revision(10));
}

pub(super) async fn answered(cx: TestContext) {
    let insight = label(1, "3001234567890");
    cx.create(vec![insight.clone()]).await;
    cx.write(Changes::new().with(accept(&insight))).await;
    let answered = cx.insight(insight.id).await;
    assert_eq!(answered.verdict, Some(Verdict::Accepted));
    assert_eq!(answered.username.as_deref(), Some("ann"));
    assert_eq!(answered.completed_at, Some(seconds(9)));
    let refresh = Change::RefreshInsight(Box::new(insight.clone()));
    for change in [accept(&insight), refresh] {
        let conflict = cx.refused(Changes::new().with(change)).await;
        assert_eq!(conflict, Conflict::NotOpen(insight.id));
    }
    cx.write(Changes::new().with(Change::DeleteInsights(vec![insight.id])))
        .await;
    assert_eq!(cx.insight(insight.id).await, answered);
    let gone = cx
        .refused(Changes::new().with(accept(&label(2, "1"))))
        .await;
    assert_eq!(gone, Conflict::NotOpen(id(2)));
}

pub(super) async fn refreshed(cx: TestContext) {
    let mut insight = label(1, "3001234567890");
    cx.create(vec![insight.clone(), label(2, "3001234567890")])
        .await;
    let cast = vote(1, insight.id, "phone", VoteValue::Yes);
    cx.write(Changes::new().with(Change::CastVote(cast.clone())))
        .await;
    insight.value_tag = Some("fr:ab".to_owned());
    insight.lc = Some(vec!["fr".to_owned()]);
    insight.unique_scans_n = 4;
    let changes = Changes::new().with(Change::RefreshInsight(Box::new(insight.clone())));
    cx.write(changes).await;
    let expected = Insight {
        n_votes: 1,
        ..insight.clone()
    };
    assert_eq!(cx.insight(insight.id).await, expected);
    assert_eq!(cx.insight(id(2)).await, label(2, "3001234567890"));
    assert_eq!(cx.store.votes_on(insight.id).await.expect("a read"), [cast]);
    // Votes go with their insight.
    cx.write(Changes::new().with(Change::DeleteInsights(vec![insight.id])))
        .await;
    assert!(
        cx.store
            .votes_on(insight.id)
            .await
            .expect("a read")
            .is_empty()
    );
}

pub(super) async fn votes(cx: TestContext) {
    let insight = label(1, "3001234567890");
    cx.create(vec![insight.clone()]).await;
    let mut named = vote(4, insight.id, "phone", VoteValue::No);
    named.username = Some("ann".to_owned());
    for (cast, counted) in [
        (vote(1, insight.id, "phone", VoteValue::Skip), 0),
        (vote(2, insight.id, "phone", VoteValue::Yes), 1),
        (vote(3, insight.id, "", VoteValue::Yes), 2),
        (named, 3),
        (vote(5, insight.id, "phone", VoteValue::No), 3),
    ] {
        // The job follows from the third vote on.
        let changes = Changes::new()
            .with(Change::CastVote(cast.clone()))
            .then_on_votes(3, job("decide").unique("decide"));
        let receipt = cx.write(changes).await;
        assert_eq!(receipt.votes, Some(counted), "{cast:?}");
        assert_eq!(receipt.jobs.len(), usize::from(counted >= 3), "{cast:?}");
        let stored = cx.insight(insight.id).await.n_votes;
        assert_eq!(stored.unsigned_abs(), counted, "{cast:?}");
    }
    let votes = cx.store.votes_on(insight.id).await.expect("a read");
    let cast: Vec<_> = votes
        .iter()
        .map(|vote| (vote.value, vote.timestamp))
        .collect();
    assert_eq!(
        cast,
        [
            (VoteValue::Yes, seconds(3)),
            (VoteValue::No, seconds(4)),
            (VoteValue::No, seconds(5))
        ]
    );
}

fn put(product: &ProductId, predictions: Vec<NewPrediction>, at: i64) -> Changes {
    Changes::new().with(Change::StorePredictions {
        product: product.clone(),
        predictions,
        at: seconds(at),
    })
}

async fn all_predictions(cx: &TestContext) -> Vec<StoredPrediction> {
    let all = PredictionFilter::default();
    cx.store.predictions(&all, 100, 0).await.expect("a read")
}

pub(super) async fn stored_once(cx: TestContext) {
    let milk = product("3001234567890");
    let image = Some("/300/123/456/7890/1.jpg");
    let twice = vec![
        prediction("a", image),
        prediction("a", None),
        prediction("a", image),
    ];
    assert_eq!(cx.write(put(&milk, twice, 1)).await.new_predictions, 2);
    let first = all_predictions(&cx).await;

    let mut surer = prediction("a", image);
    surer.prediction.confidence = Some(0.9);
    surer.prediction.predictor_version = Some("2".into());
    let again = vec![surer.clone(), prediction("b", image)];
    assert_eq!(cx.write(put(&milk, again, 2)).await.new_predictions, 1);
    let second = all_predictions(&cx).await;
    assert_eq!(second.len(), 3);
    assert_eq!(second[0].id, first[0].id);
    assert_eq!(second[0].prediction, surer.prediction);
    assert_eq!(second[0].timestamp, seconds(2));
    assert_eq!(second[1], first[1]);
}

/// Of boxes and confidences; the nearest number of fewer digits is another one.
const LONG_NUMBERS: [f64; 4] = [
    0.003_306_878_306_878_306_7,
    0.000_010_725_000_000_000_001,
    0.1 + 0.2,
    1.0 / 3.0,
];

pub(super) async fn exact_numbers(cx: TestContext) {
    let milk = product("3001234567890");
    let mut said = prediction("a", None);
    let numbers = json!(LONG_NUMBERS);
    said.prediction.data.insert("box".to_owned(), numbers);
    let first = put(&milk, vec![said.clone()], 1);
    assert_eq!(cx.write(first).await.new_predictions, 1);
    let again = put(&milk, vec![said.clone()], 2);
    assert_eq!(cx.write(again).await.new_predictions, 0);
    let kept = all_predictions(&cx).await;
    assert_eq!(kept[0].prediction, said.prediction);
    assert_eq!(kept[0].timestamp, seconds(2));

    let mut insight = label(1, "3001234567890");
    insight.data.insert("box".to_owned(), json!(LONG_NUMBERS));
    insight.bounding_box = Some(json!(LONG_NUMBERS));
    cx.write(Changes::new().with(Change::CreateInsights(vec![insight.clone()])))
        .await;
    let read = cx.store.insight(insight.id).await.expect("a read");
    assert_eq!(read, Some(insight));
}

pub(super) async fn predictions_filtered(cx: TestContext) {
    let milk = product("3001234567890");
    let kept = vec![prediction("a", None), prediction("b", None)];
    cx.write(put(&milk, kept, 1)).await;
    let all = all_predictions(&cx).await;
    let mut filter = PredictionFilter {
        kinds: Some(vec![PredictionKind::Label]),
        value_tag: Some("b".to_owned()),
        barcodes: Some(vec![milk.barcode.clone()]),
        ..PredictionFilter::default()
    };
    let count = async |filter: PredictionFilter| {
        let counted = cx.store.count_predictions(&filter).await;
        counted.expect("a count")
    };
    assert_eq!(count(filter.clone()).await, 1);
    filter.kinds = Some(vec![]);
    assert_eq!(count(filter).await, 0);
    cx.write(Changes::new().with(Change::DeletePredictions(vec![all[0].id])))
        .await;
    assert_eq!(all_predictions(&cx).await, all[1..]);
}

pub(super) async fn fenced(cx: TestContext) {
    cx.queue.enqueue(&[job("import")]).await.expect("enqueued");
    let mine = claim_one(&cx).await.lease;
    cx.write(Changes::new().under(mine)).await;
    cx.clock.advance(Duration::from_secs(3600));
    cx.queue.rescue().await.expect("a rescue");
    let theirs = claim_one(&cx).await.lease;
    let changes = |lease| {
        Changes::new()
            .under(lease)
            .with(Change::CreateInsights(vec![label(1, "3001234567890")]))
    };
    assert_eq!(cx.refused(changes(mine)).await, Conflict::LeaseLost(mine));
    assert_eq!(cx.store.insight(id(1)).await.expect("a read"), None);
    cx.write(changes(theirs)).await;
    cx.queue
        .report(theirs, &Report::Done)
        .await
        .expect("a report");
    assert_eq!(
        cx.refused(changes(theirs)).await,
        Conflict::LeaseLost(theirs)
    );
}
