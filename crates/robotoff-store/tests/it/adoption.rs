//! An existing Robotoff database, adopted in place (architecture, section 1).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use robotoff_core::insight::{Insight, InsightId};
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_core::vote::{Vote, VoteValue};
use robotoff_ports::store::{
    Change, Changes, Committed, InsightFilter, InsightOrder, InsightPage, InsightReads,
    NewPrediction, PredictionFilter, PredictionReads,
};
use robotoff_ports::{Clock, Store, SystemClock};
use robotoff_store::{Database, copy, migrate};
use robotoff_testbed::Postgres;
use uuid::Uuid;

use crate::databases::{migrated, open};
use crate::old_service::{contents, name_of, old_database, old_insert, shape};

async fn adopted(cluster: &Postgres) -> (String, Database) {
    let url = old_database(cluster);
    let database = migrated(&url, Arc::new(SystemClock)).await;
    (url, database)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_the_old_changes() {
    let cluster = robotoff_testbed::postgres();
    let url = old_database(cluster);
    let name = name_of(&url);
    let before = (shape(cluster, name), contents(cluster, name));
    let database = migrated(&url, Arc::new(SystemClock)).await;
    assert_eq!((shape(cluster, name), contents(cluster, name)), before);
    assert_eq!(
        migrate::state(&database).await.unwrap(),
        migrate::SchemaState::Current
    );
    let filled =
        "SELECT count(*) FROM product_insight WHERE rnd IS NULL OR rnd NOT BETWEEN 0 AND 1";
    assert_eq!(cluster.run(name, filled).unwrap(), "0\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_gets_the_same_tables() {
    let cluster = robotoff_testbed::postgres();
    let old = old_database(cluster);
    let new = cluster.database(None).unwrap();
    migrated(&new, Arc::new(SystemClock)).await;
    assert_eq!(shape(cluster, name_of(&new)), shape(cluster, name_of(&old)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_service_still_writes_and_we_see_it() {
    let cluster = robotoff_testbed::postgres();
    let (url, database) = adopted(cluster).await;
    let name = name_of(&url);
    cluster.run(name, &old_insert(7)).unwrap();
    let id = Uuid::from_u128(7);
    cluster
        .run(
            name,
            &format!(
                "INSERT INTO annotation_vote (id, insight_id, username, value, device_id, timestamp)
                 SELECT gen_random_uuid(), '{id}', NULL, 1, 'phone', now() FROM generate_series(1, 2);
                 INSERT INTO prediction (barcode, type, data, timestamp, value_tag, value,
                    source_image, automatic_processing, predictor, predictor_version, confidence,
                    server_type)
                 SELECT '3001234567890', 'label', '{{}}', now(), 'en:organic', NULL, NULL, NULL,
                    'regex', '1', 0.9, 'off' FROM generate_series(1, 2);"
            ),
        )
        .unwrap();
    let insight = database.insight(InsightId(id)).await.unwrap().unwrap();
    assert_eq!(insight.lc, Some(vec!["fr".to_owned()]));
    let product = &insight.product;
    let filter = InsightFilter {
        barcodes: Some(vec![product.barcode.clone()]),
        answered: Some(false),
        ..InsightFilter::default()
    };
    let drawn = database
        .insights(&filter, InsightOrder::Random(0.5), &InsightPage::first(5))
        .await;
    assert_eq!(
        drawn.expect("the database answers").len(),
        1,
        "the default of the column draws for the old service"
    );

    old_duplicates_are_met(&database, product).await;
    votes_are_added(&database, &insight).await;
}

/// Said again, one of two equal old rows is brought up to date.
async fn old_duplicates_are_met(database: &Database, product: &ProductId) {
    let snapshot = database
        .product_snapshot(product)
        .await
        .expect("the database answers");
    let [first, second] = &snapshot.predictions[..] else {
        panic!("two rows: {:?}", snapshot.predictions)
    };
    assert_eq!(first.prediction.confidence, Some(0.9));
    let said = NewPrediction {
        source_image: None,
        prediction: first.prediction.clone(),
    };
    for _ in 0..2 {
        let revision = database
            .product_snapshot(product)
            .await
            .expect("the database answers")
            .revision;
        let changes = Changes::of(product.clone(), revision).with(Change::StorePredictions {
            product: product.clone(),
            predictions: vec![said.clone()],
            at: SystemClock.now(),
        });
        let Committed::Done(receipt) = database
            .commit(changes)
            .await
            .expect("the database answers")
        else {
            panic!("a conflict")
        };
        assert_eq!(receipt.new_predictions, 0);
    }
    let filter = PredictionFilter {
        barcodes: Some(vec![product.barcode.clone()]),
        ..PredictionFilter::default()
    };
    let rows = database
        .predictions(&filter, 10, 0)
        .await
        .expect("the database answers");
    assert_eq!(rows.len(), 2);
    assert!(rows[0].timestamp > first.timestamp);
    assert_eq!(&rows[1], second);
}

/// Old votes of one device count as they always did; ours is one more.
async fn votes_are_added(database: &Database, insight: &Insight) {
    let vote = Vote {
        id: Uuid::from_u128(8),
        insight: insight.id,
        username: None,
        value: VoteValue::Yes,
        device_id: "phone".to_owned(),
        address_hash: None,
        timestamp: SystemClock.now(),
    };
    database
        .commit(Changes::new().with(Change::CastVote(vote)))
        .await
        .expect("the database answers");
    assert_eq!(
        database
            .insight(insight.id)
            .await
            .expect("the database answers")
            .expect("the database answers")
            .n_votes,
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_rows_are_read_and_copied_whole() {
    let cluster = robotoff_testbed::postgres();
    let (url, database) = adopted(cluster).await;
    let before = contents(cluster, name_of(&url));
    let rows: usize = before.iter().map(|table| table.lines().count()).sum();
    let mut read = 0;
    for server_type in ServerType::ALL {
        let filter = InsightFilter {
            server_type,
            ..InsightFilter::default()
        };
        let all = InsightPage::first(10_000);
        read += database
            .insights(&filter, InsightOrder::Stored, &all)
            .await
            .unwrap()
            .len();
    }
    assert_eq!(read, before[0].lines().count());

    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}/copy.db", folder.path().display());
    let on_disk = migrated(&file, Arc::new(SystemClock)).await;
    let mut copied = 0;
    copy(&database, &on_disk, "old", |table| copied += table.copied)
        .await
        .unwrap();
    assert_eq!(copied, rows as u64);
    let back_url = cluster.database(None).unwrap();
    let back = migrated(&back_url, Arc::new(SystemClock)).await;
    copy(&on_disk, &back, "disk", |_| {}).await.unwrap();
    assert_eq!(contents(cluster, name_of(&back_url)), before);
}

/// While we migrate, the old service reads and writes, and waits for no lock
/// longer than half a second; a reader that never ends holds nobody up either.
#[tokio::test(flavor = "multi_thread")]
async fn migrating_stops_no_writer() {
    let cluster = robotoff_testbed::postgres();
    let url = old_database(cluster);
    let name = name_of(&url).to_owned();
    let many = "INSERT INTO product_insight (id, barcode, type, data, n_votes,
            automatic_processing, server_type, unique_scans_n, reserved_barcode)
        SELECT gen_random_uuid(), '3001234567890', 'label', '{}', 0, false, 'off', 0, false
        FROM generate_series(1, 20000)";
    cluster.run(&name, many).unwrap();
    let migrates = Arc::new(AtomicBool::new(true));
    let old_service = {
        let (migrates, name) = (migrates.clone(), name.clone());
        tokio::task::spawn_blocking(move || {
            let mut written = 0_u128;
            while migrates.load(Ordering::Relaxed) {
                written += 1;
                let sql = format!(
                    "SET lock_timeout = '500ms'; {}; SELECT count(*) FROM annotation_vote",
                    old_insert(1000 + written)
                );
                cluster
                    .run(&name, &sql)
                    .expect("the old service is not held up");
            }
            written
        })
    };
    let long_reader = {
        let name = name.clone();
        tokio::task::spawn_blocking(move || {
            let sql = "BEGIN; SELECT count(*) FROM product_insight; SELECT pg_sleep(2); COMMIT";
            cluster.run(&name, sql).expect("a long read");
        })
    };
    let database = open(&url, Arc::new(SystemClock)).await;
    migrate::migrate(&database, |_| {})
        .await
        .expect("it migrates");
    migrates.store(false, Ordering::Relaxed);
    let written = old_service.await.expect("the old service");
    long_reader.await.expect("the long reader");
    let rows = cluster.run(
        &name,
        "SELECT count(*) FROM product_insight WHERE barcode = '3001234567890'",
    );
    assert_eq!(rows.unwrap().trim(), (20_000 + written).to_string());
    let unkeyed = cluster.run(
        &name,
        "SELECT count(*) FROM product_insight WHERE rnd IS NULL",
    );
    assert_eq!(unkeyed.unwrap().trim(), "0");
}

/// Two processes that start together: one migrates, the other waits and finds it done.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_migrates() {
    let cluster = robotoff_testbed::postgres();
    let url = old_database(cluster);
    let one = open(&url, Arc::new(SystemClock)).await;
    let two = open(&url, Arc::new(SystemClock)).await;
    let (first, second) = tokio::join!(
        migrate::migrate(&one, |_| {}),
        migrate::migrate(&two, |_| {})
    );
    let steps = first.unwrap().len() + second.unwrap().len();
    let all = migrate::list(&one).await.unwrap().len();
    assert_eq!(steps, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_older_than_migration_9_are_refused() {
    let cluster = robotoff_testbed::postgres();
    let url = old_database(cluster);
    cluster
        .run(
            name_of(&url),
            "ALTER TABLE product_insight DROP COLUMN with_image",
        )
        .unwrap();
    let database = open(&url, Arc::new(SystemClock)).await;
    let error = migrate::migrate(&database, |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("migration 009"), "{error}");
    let milk = ProductId {
        barcode: Barcode::as_stored("3001234567890").unwrap(),
        server_type: ServerType::Off,
    };
    assert!(database.product_snapshot(&milk).await.is_err());
}
