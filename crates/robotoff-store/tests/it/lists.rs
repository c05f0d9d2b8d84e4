//! Lists that many clients ask for at the same time: what is served from memory is what
//! the tables say.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta};
use robotoff_core::insight::{Insight, InsightId, InsightKind, Verdict};
use robotoff_core::vote::{Device, Viewer, Vote, VoteValue};
use robotoff_ports::store::{
    Change, Changes, Committed, CountedInsights, InsightClosure, InsightFilter, InsightOrder,
    InsightPage, InsightReads, PageStart, PeopleStore,
};
use robotoff_ports::{ManualClock, Store};
use robotoff_store::{Database, generate, sample};
use uuid::Uuid;

use crate::raw::RawDatabase;

/// Enough for two random pages to be different.
const INSIGHTS: u64 = 16_000;
const CAP: Option<u64> = Some(100);
const DAY: TimeDelta = TimeDelta::days(1);

fn start() -> NaiveDateTime {
    DateTime::from_timestamp_secs(1_800_000_000)
        .expect("a time")
        .naive_utc()
}

/// A filled database, and a clock that stands still.
async fn filled(raw: &RawDatabase) -> (Database, Arc<ManualClock>) {
    let migrated = raw.migrated().await;
    generate(&migrated, INSIGHTS, |_| {})
        .await
        .expect("it is filled");
    let clock = Arc::new(ManualClock::at(start()));
    (raw.open_with(clock.clone()).await, clock)
}

fn questions(viewer: Option<Viewer>) -> InsightFilter {
    let kinds = [InsightKind::Category, InsightKind::Label];
    InsightFilter {
        kinds: Some(kinds.map(InsightKind::prediction_kind).to_vec()),
        answered: Some(false),
        automatic: Some(false),
        reserved_barcode: Some(false),
        without_live_edit: true,
        unseen_by: viewer,
        ..InsightFilter::default()
    }
}

fn device(name: &str) -> Option<Viewer> {
    Some(Viewer {
        username: None,
        device: Device::Named(name.to_owned()),
    })
}

fn offset(limit: u64, offset: u64) -> InsightPage {
    InsightPage {
        limit,
        start: PageStart::Offset(offset),
    }
}

async fn counted(
    database: &Database,
    filter: &InsightFilter,
    order: InsightOrder,
    page: &InsightPage,
) -> CountedInsights {
    let counted = database.counted_insights(filter, order, page, CAP).await;
    counted.expect("a read")
}

/// Asks until the list is served from memory, as it is then: the clock stands.
async fn heat(
    (database, clock): (&Database, &ManualClock),
    filter: &InsightFilter,
    order: InsightOrder,
) {
    // What was read before is too old, and what was changed before is past.
    clock.advance(Duration::from_millis(1100));
    let served = database.pages_from_memory();
    while database.pages_from_memory() == served {
        counted(database, filter, order, &InsightPage::first(5)).await;
    }
}

fn ids(insights: &[Insight]) -> Vec<InsightId> {
    insights.iter().map(|insight| insight.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_in_memory_is_that_of_the_tables() {
    for raw in RawDatabase::both() {
        let (database, clock) = filled(&raw).await;
        for order in [
            InsightOrder::Stored,
            InsightOrder::Popularity,
            InsightOrder::Confidence,
        ] {
            for all in [questions(None), InsightFilter::default()] {
                heat((&database, &clock), &all, order).await;
                for viewer in [None, device("new"), device(sample::BUSY_DEVICE)] {
                    let filter = InsightFilter {
                        unseen_by: viewer,
                        ..all.clone()
                    };
                    for page in [InsightPage::first(25), offset(20, 40)] {
                        let served = database.pages_from_memory();
                        let found = counted(&database, &filter, order, &page).await;
                        let case = format!("{order:?} {page:?} {filter:?}");
                        // Of a device that saw most rows, the tables are asked.
                        let is_busy = filter.unseen_by == device(sample::BUSY_DEVICE);
                        let from_memory = database.pages_from_memory() - served;
                        assert!(from_memory == 1 || is_busy, "{case}");
                        let insights = database.insights(&filter, order, &page).await;
                        assert_eq!(found.insights, insights.expect("a read"), "{case}");
                        let count = database.count_insights(&filter, CAP).await;
                        assert_eq!(found.count, count.expect("a count"), "{case}");
                    }
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_random_pages_share_less_than_a_tenth() {
    for raw in RawDatabase::both() {
        let (database, clock) = filled(&raw).await;
        let filter = questions(device("new"));
        for (what, rows) in [("tables", 25), ("tables", 200), ("memory", 25)] {
            if what == "memory" {
                heat((&database, &clock), &filter, InsightOrder::Random(0.5)).await;
            }
            let mut shared = 0;
            let mut before = BTreeSet::new();
            for step in 0..40 {
                let order = InsightOrder::Random(f64::from(step * 17 % 40) / 40.0 + 0.01);
                let page = InsightPage::first(rows);
                let found = match what {
                    "memory" => counted(&database, &filter, order, &page).await.insights,
                    _ => database
                        .insights(&filter, order, &page)
                        .await
                        .expect("a read"),
                };
                let page: BTreeSet<InsightId> = ids(&found).into_iter().collect();
                assert_eq!(page.len() as u64, rows, "{what}: different questions");
                shared += page.intersection(&before).count() as u64;
                before = page;
            }
            assert!(shared * 10 < 39 * rows, "{what}, {rows}: {shared} shared");
        }
    }
}

async fn commit(database: &Database, change: Change) {
    let committed = database.commit(Changes::new().with(change)).await;
    let committed = committed.expect("a commit");
    assert!(matches!(committed, Committed::Done(_)), "{committed:?}");
}

fn closure(insight: &Insight) -> Change {
    Change::CloseInsight(Box::new(InsightClosure {
        insight: insight.id,
        verdict: Verdict::Rejected,
        outcome: None,
        username: None,
        completed_at: start(),
        data: None,
        claim: None,
    }))
}

fn skip(insight: &Insight) -> Change {
    Change::CastVote(Vote {
        id: Uuid::new_v5(&insight.id.0, b"a vote"),
        insight: insight.id,
        username: None,
        value: VoteValue::Skip,
        device_id: "new".to_owned(),
        address_hash: None,
        timestamp: start(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_this_process_changed_is_not_served_from_memory() {
    for raw in RawDatabase::both() {
        let (database, clock) = filled(&raw).await;
        let filter = questions(device("new"));
        for order in [InsightOrder::Popularity, InsightOrder::Random(0.3)] {
            for change in [closure, skip] {
                heat((&database, &clock), &filter, order).await;
                let page = InsightPage::first(25);
                let first = counted(&database, &filter, order, &page).await.insights;
                commit(&database, change(&first[0])).await;
                let second = counted(&database, &filter, order, &page).await.insights;
                assert_eq!(second.len(), 25);
                assert!(!ids(&second).contains(&first[0].id), "{order:?}");
            }
        }
        // A new insight that comes first.
        let order = InsightOrder::Popularity;
        let mut popular = counted(&database, &filter, order, &InsightPage::first(1)).await;
        let mut popular = popular.insights.remove(0);
        popular.id = InsightId(Uuid::from_u128(1));
        popular.unique_scans_n += 1;
        commit(&database, Change::CreateInsights(vec![popular.clone()])).await;
        let found = counted(&database, &filter, order, &InsightPage::first(1)).await;
        assert_eq!(ids(&found.insights), [popular.id]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_vote_hides_its_question_from_its_device() {
    for raw in RawDatabase::both() {
        let (database, clock) = filled(&raw).await;
        let (order, page) = (InsightOrder::Popularity, InsightPage::first(5));
        let filter = questions(device("new"));
        let first = database.insights(&filter, order, &page).await;
        let first = first.expect("a read").remove(0);
        let Change::CastVote(mut vote) = skip(&first) else {
            unreachable!("a vote");
        };
        // Older than all that the database was filled with.
        vote.timestamp = NaiveDateTime::default();
        commit(&database, Change::CastVote(vote)).await;
        let expired = database.expire_personal_data(DateTime::UNIX_EPOCH.naive_utc() + DAY, 10);
        assert_eq!(expired.await.expect("a write"), 1);
        heat((&database, &clock), &filter, order).await;
        let served = database.pages_from_memory();
        let found = counted(&database, &filter, order, &page).await;
        assert_eq!(database.pages_from_memory(), served + 1);
        assert!(!ids(&found.insights).contains(&first.id));
        // One in 1024 of the others has the same mark.
        let mut others = 0;
        for name in ["a", "b", "c"] {
            let filter = questions(device(name));
            let found = counted(&database, &filter, order, &page).await;
            others += usize::from(ids(&found.insights).contains(&first.id));
        }
        assert!(others >= 2, "{others} of three");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_process_changed_is_served_for_a_second_at_most() {
    for raw in RawDatabase::both() {
        let (database, clock) = filled(&raw).await;
        let filter = questions(device("new"));
        let order = InsightOrder::Popularity;
        heat((&database, &clock), &filter, order).await;
        let page = InsightPage::first(25);
        let first = counted(&database, &filter, order, &page).await.insights;
        let other = raw.open().await;
        commit(&other, closure(&first[0])).await;
        // A vote is read with each page.
        commit(&other, skip(&first[1])).await;
        let second = ids(&counted(&database, &filter, order, &page).await.insights);
        assert!(second.contains(&first[0].id) && !second.contains(&first[1].id));
        clock.advance(Duration::from_millis(1001));
        let third = ids(&counted(&database, &filter, order, &page).await.insights);
        assert!(!third.contains(&first[0].id));
    }
}
