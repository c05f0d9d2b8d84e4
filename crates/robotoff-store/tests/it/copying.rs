//! A copy that is cut short, and one into a database that holds something.

use std::sync::Arc;

use robotoff_ports::store::{
    Change, Changes, Checkpoint, CheckpointReads, InsightFilter, InsightOrder, InsightPage,
    InsightReads, Revision,
};
use robotoff_ports::{Store, SystemClock};
use robotoff_store::{Database, copy, sample};
use tokio_util::sync::CancellationToken;

use crate::databases::migrated;

const INSIGHTS: u64 = 2_600;

async fn source(folder: &std::path::Path) -> Database {
    let url = format!("sqlite:{}/source.db", folder.display());
    let source = migrated(&url, Arc::new(SystemClock)).await;
    sample::fill(&source, INSIGHTS, |_| {})
        .await
        .expect("it is filled");
    let product = sample::insight(0).product;
    let changes = Changes::of(product, Revision(0)).with(Change::StoreCheckpoint(checkpoint()));
    source.commit(changes).await.expect("a revision");
    source
}

fn checkpoint() -> Checkpoint {
    Checkpoint {
        name: "refresh off".to_owned(),
        place: serde_json::json!({"last": "13"}),
        kept_at: chrono::NaiveDateTime::default(),
    }
}

async fn count(database: &Database) -> u64 {
    let all = InsightFilter::default();
    database.count_insights(&all, None).await.expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_cut_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let from = source(folder.path()).await;
    let url = format!("sqlite:{}/target.db", folder.path().display());
    let to = migrated(&url, Arc::new(SystemClock)).await;
    let cut = CancellationToken::new();
    let copying = copy(&from, &to, "source", |progress| {
        if progress.copied == 1000 {
            cut.cancel();
        }
    });
    tokio::select! {
        biased;
        () = cut.cancelled() => {}
        _ = copying => panic!("it was to be cut"),
    }
    let before = count(&to).await;
    assert!((1000..INSIGHTS).contains(&before), "{before}");

    let mut first = None;
    copy(&from, &to, "source", |progress| {
        if progress.table == "product_insight" {
            first.get_or_insert(progress.copied);
        }
    })
    .await
    .unwrap();
    assert!(first.unwrap() > 1000, "it goes on behind what was copied");
    assert_eq!(count(&to).await, INSIGHTS);
    let all = async |database: &Database| {
        let page = InsightPage::first(INSIGHTS);
        let all = InsightFilter::default();
        database
            .insights(&all, InsightOrder::Stored, &page)
            .await
            .unwrap()
    };
    assert_eq!(all(&to).await, all(&from).await);
    let product = sample::insight(0).product;
    let snapshot = to.product_snapshot(&product).await.unwrap();
    assert_eq!(snapshot.revision, Revision(1));
    let kept = to.checkpoint("refresh off").await.unwrap();
    assert_eq!(kept, Some(checkpoint()));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_of_the_target_stay() {
    let folder = tempfile::tempdir().unwrap();
    let from = source(folder.path()).await;
    let cluster = robotoff_testbed::postgres();
    let url = cluster.database(None).unwrap();
    let to = migrated(&url, Arc::new(SystemClock)).await;
    // All rows of the first batch are there already, one of them changed.
    sample::fill(&to, INSIGHTS, |_| {}).await.unwrap();
    let mut changed = sample::insight(3);
    changed.value = Some("changed".to_owned());
    let change = Change::RefreshInsight(Box::new(changed.clone()));
    to.commit(Changes::new().with(change)).await.unwrap();
    copy(&from, &to, "source", |_| {}).await.unwrap();
    assert_eq!(count(&to).await, INSIGHTS);
    assert_eq!(to.insight(changed.id).await.unwrap(), Some(changed));
}
