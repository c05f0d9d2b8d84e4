//! The store through PgBouncer in transaction mode.

use std::sync::Arc;
use std::time::Duration;

use robotoff_ports::conformance::{
    ConformanceTest, QUEUE_TESTS, SERVICE_TESTS, STORE_TESTS, TestContext, run_all,
};
use robotoff_ports::job::{JobKind, NewJob, Queue};
use robotoff_ports::{Clock, JobQueue, SystemClock};
use robotoff_store::{ConnectSettings, Database, migrate};
use robotoff_testbed::PgBouncer;
use serde_json::json;
use tokio::sync::OnceCell;

const TEMPLATE: &str = "template_pooled";

fn name_of(url: &str) -> &str {
    url.rsplit_once('/').expect("a url").1
}

/// Opens a database of the cluster through the pooler.
async fn open(bouncer: &PgBouncer, direct: &str, clock: Arc<dyn Clock>) -> Database {
    let settings = ConnectSettings {
        direct_url: Some(direct.parse().expect("a url")),
        ..ConnectSettings::default()
    };
    let url = bouncer.url(name_of(direct)).parse().expect("a url");
    let opened = Database::open(&url, &settings, clock).await;
    opened.expect("the database opens")
}

async fn check(tests: &[ConformanceTest]) {
    static MADE: OnceCell<()> = OnceCell::const_new();
    let cluster = robotoff_testbed::postgres();
    let bouncer = PgBouncer::start(cluster).expect("a PgBouncer");
    MADE.get_or_init(async || {
        let created = cluster.run("postgres", &format!("CREATE DATABASE {TEMPLATE}"));
        created.expect("a database");
        let direct = cluster.url(TEMPLATE).parse().expect("a url");
        let settings = ConnectSettings::default();
        let database = Database::open(&direct, &settings, Arc::new(SystemClock)).await;
        let database = database.expect("the database opens");
        migrate::migrate(&database, |_| {})
            .await
            .expect("it migrates");
        database.close().await.expect("it closes");
    })
    .await;
    run_all(tests, async |clock| {
        let direct = cluster.database(Some(TEMPLATE)).expect("a database");
        let database = Arc::new(open(&bouncer, &direct, clock.clone()).await);
        TestContext {
            store: database.clone(),
            queue: database.clone(),
            services: database,
            clock,
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_behind_pgbouncer_passes_the_conformance_tests() {
    check(STORE_TESTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_behind_pgbouncer_passes_the_conformance_tests() {
    check(QUEUE_TESTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn services_behind_pgbouncer_pass_the_conformance_tests() {
    check(SERVICE_TESTS).await;
}

/// The lock of migrations and notifications take the direct way.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_wakes_another_process_behind_pgbouncer() {
    let cluster = robotoff_testbed::postgres();
    let bouncer = PgBouncer::start(cluster).expect("a PgBouncer");
    let direct = cluster.database(None).expect("a database");
    let one = open(&bouncer, &direct, Arc::new(SystemClock)).await;
    let two = open(&bouncer, &direct, Arc::new(SystemClock)).await;
    migrate::migrate(&one, |_| {}).await.expect("it migrates");
    let kind = JobKind {
        name: "refresh",
        queue: Queue::High,
        max_attempts: 3,
        timeout: Duration::from_secs(60),
        ordered: false,
    };
    let waiting = tokio::spawn(async move { two.wait(Duration::from_secs(600)).await });
    // The test hangs if no notification arrives: jobs come until the other one listens.
    while !waiting.is_finished() {
        one.enqueue(&[NewJob::new(&kind, json!({}))])
            .await
            .expect("enqueued");
    }
    waiting.await.expect("it is woken");
}

/// No parameter at the start of a session that PgBouncer refuses.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_starts_without_parameters_that_pgbouncer_refuses() {
    let cluster = robotoff_testbed::postgres();
    let bouncer = PgBouncer::start(cluster).expect("a PgBouncer");
    let direct = cluster.database(None).expect("a database");
    let url = bouncer.url(name_of(&direct)).parse().expect("a url");
    let settings = ConnectSettings::default();
    let database = Database::open(&url, &settings, Arc::new(SystemClock)).await;
    let database = database.expect("the database opens");
    database.ping().await.expect("it answers");
}
