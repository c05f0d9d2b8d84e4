//! A path to PostgreSQL that goes silent: every call ends within its limit, and its
//! connection is not lost to the pool.

use std::sync::Arc;
use std::time::Duration;

use robotoff_core::edit::EditId;
use robotoff_core::insight::InsightId;
use robotoff_core::product::{Barcode, ProductId, ServerType};
use robotoff_ports::job::{JobId, JobKind, Lease, LeaseRequest, NewJob, Queue, Report};
use robotoff_ports::services::{Service, ServiceActivity};
use robotoff_ports::store::{Changes, EditReads, InsightReads};
use robotoff_ports::{Clock, JobQueue, PortError, PortResult, Services, Store, SystemClock};
use robotoff_store::{ConnectSettings, Database};
use robotoff_testbed::TcpProxy;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::raw::RawDatabase;

const KIND: JobKind = JobKind {
    name: "refresh",
    queue: Queue::High,
    max_attempts: 3,
    timeout: Duration::from_secs(60),
    ordered: false,
};

/// Calls of a worker, a scheduler and a use case.
const CALLS: [&str; 16] = [
    "claim",
    "renew",
    "report done",
    "report failed",
    "rescue",
    "purge",
    "enqueue",
    "retry",
    "counts",
    "schedules",
    "fire",
    "heartbeat",
    "insight",
    "snapshot",
    "edit",
    "commit",
];

fn job() -> NewJob {
    NewJob::new(&KIND, json!({}))
}

async fn call(database: &Database, name: &str) -> PortResult<()> {
    let lease = Lease {
        job: JobId(1),
        number: 1,
    };
    let failed = Report::Failed {
        error: "no".to_owned(),
    };
    let product = ProductId {
        barcode: Barcode::as_stored("3001234567890").expect("a code"),
        server_type: ServerType::Off,
    };
    let now = SystemClock.now();
    let service = Service {
        id: "worker-1".to_owned(),
        kind: "worker".to_owned(),
        host: "host".to_owned(),
        process: 1,
        version: "1".to_owned(),
        started_at: now,
        seen_at: now,
        ended_at: None,
        activity: ServiceActivity::default(),
    };
    let request = LeaseRequest {
        queues: Queue::ALL.to_vec(),
        kinds: None,
        worker: "worker-1".to_owned(),
        limit: 1,
        lease: Duration::from_secs(60),
        done: Vec::new(),
    };
    let id = Uuid::from_u128(1);
    match name {
        "claim" => database.claim_jobs(&request).await.map(drop),
        "renew" => JobQueue::heartbeat(database, &[lease], KIND.timeout)
            .await
            .map(drop),
        "report done" => database.report(lease, &Report::Done).await.map(drop),
        "report failed" => database.report(lease, &failed).await.map(drop),
        "rescue" => database.rescue().await.map(drop),
        "purge" => database.purge(KIND.timeout).await.map(drop),
        "enqueue" => database.enqueue(&[job()]).await.map(drop),
        "retry" => database.retry(JobId(1)).await.map(drop),
        "counts" => database.counts().await.map(drop),
        "schedules" => database.schedules().await.map(drop),
        "fire" => database.fire(name, None, now, job()).await.map(drop),
        "heartbeat" => Services::heartbeat(database, &service).await,
        "insight" => database.insight(InsightId(id)).await.map(drop),
        "snapshot" => database.product_snapshot(&product).await.map(drop),
        "edit" => database.edit(EditId(id)).await.map(drop),
        "commit" => database.commit(Changes::new().then(job())).await.map(drop),
        other => panic!("no call {other}"),
    }
}

/// A migrated database behind a proxy that is open.
async fn behind_proxy(settings: &ConnectSettings) -> (RawDatabase, TcpProxy, Database) {
    let raw = RawDatabase::postgres();
    raw.migrated().await.close().await.expect("it closes");
    let server = raw.url.split([':', '/']).find_map(|part| part.parse().ok());
    let server: u16 = server.expect("a port");
    let proxy = TcpProxy::to(server).expect("a proxy");
    proxy.open();
    let through = raw
        .url
        .replace(&server.to_string(), &proxy.port().to_string());
    let through = through.parse().expect("a url");
    // The first connection may take longer than the limits of the test.
    loop {
        let opened = Database::open(&through, settings, Arc::new(SystemClock)).await;
        match opened {
            Ok(database) => return (raw, proxy, database),
            Err(error) => assert!(error.is_retryable(), "{error}"),
        }
    }
}

/// Waits until no connection is on its way back into the pool: the last round trip of that
/// way is the library's, and has no limit.
async fn all_are_idle(database: &Database) {
    let is_idle = |(_, size, idle): &(&str, u32, usize)| *idle == *size as usize;
    while !database.connections().iter().all(is_idle) {
        tokio::task::yield_now().await;
    }
}

fn is_unavailable(result: &PortResult<()>) -> bool {
    matches!(result, Err(PortError::Unavailable { .. }))
}

/// The test hangs where a limit is missing. With one connection, the next call would get
/// none if that of the call before were lost. A new connection may take a second where
/// other tests use the processors, so that each call may try for a minute.
#[tokio::test(flavor = "multi_thread")]
async fn every_call_ends_and_frees_its_connection() {
    let settings = ConnectSettings {
        max_connections: 1,
        connect_timeout: Duration::from_secs(1),
        statement_timeout: Duration::from_millis(300),
        direct_url: None,
    };
    let (_raw, proxy, database) = behind_proxy(&settings).await;
    for name in CALLS {
        let mut tries = 0;
        while let Err(error) = call(&database, name).await {
            assert!(error.is_retryable(), "{name}: {error}");
            tries += 1;
            assert!(tries < 60, "{name} finds no connection: {error}");
        }
        all_are_idle(&database).await;
        proxy.go_silent();
        let result = call(&database, name).await;
        assert!(is_unavailable(&result), "{name}: {result:?}");
        proxy.open();
    }
}

/// A lone message by which the driver asks for an answer.
const SYNC: &[u8] = b"S\0\0\0\x04";

/// The path goes silent between the two round trips of a connection's way back into the
/// pool, the second of which has no limit. Without a new pool no call would ever get one.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_lost_on_its_way_back_is_replaced() {
    let settings = ConnectSettings {
        max_connections: 1,
        connect_timeout: Duration::from_millis(500),
        statement_timeout: Duration::from_millis(300),
        direct_url: None,
    };
    let (_raw, proxy, database) = behind_proxy(&settings).await;
    all_are_idle(&database).await;
    proxy.go_silent_at(SYNC, 1);
    call(&database, "insight").await.expect("it answers");
    while !proxy.is_silent() {
        tokio::task::yield_now().await;
    }
    proxy.open();
    let mut tries = 0;
    while let Err(error) = call(&database, "insight").await {
        assert!(error.is_retryable(), "{error}");
        tries += 1;
        assert!(tries < 60, "no connection comes back: {error}");
    }
    database.close().await.expect("it closes");
}

/// The path goes silent in the middle of transactions.
#[tokio::test(flavor = "multi_thread")]
async fn every_transaction_ends() {
    let settings = ConnectSettings {
        connect_timeout: Duration::from_millis(500),
        statement_timeout: Duration::from_secs(5),
        ..ConnectSettings::default()
    };
    let (raw, proxy, database) = behind_proxy(&settings).await;
    call(&database, "enqueue").await.expect("it answers");
    let mut holder = PgConnection::connect(&raw.url).await.expect("a connection");
    let hold = holder.execute("BEGIN; LOCK TABLE job IN ACCESS EXCLUSIVE MODE");
    hold.await.expect("a lock");
    let names = [
        "enqueue",
        "report failed",
        "rescue",
        "retry",
        "fire",
        "commit",
    ];
    let calls: Vec<_> = names
        .into_iter()
        .map(|name| {
            let database = database.clone();
            tokio::spawn(async move { (name, call(&database, name).await) })
        })
        .collect();
    let blocked = "SELECT count(*) FROM pg_locks WHERE NOT granted
         AND relation = 'job'::regclass";
    while raw.number(blocked).await < names.len() as i64 {
        assert!(calls.iter().all(|call| !call.is_finished()));
    }
    proxy.go_silent();
    holder.close().await.expect("it closes");
    for call in calls {
        let (name, result) = call.await.expect("no panic");
        assert!(is_unavailable(&result), "{name}: {result:?}");
    }
}
