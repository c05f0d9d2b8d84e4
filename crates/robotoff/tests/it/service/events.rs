//! Events of a real Redis: killed with its listeners while events flow, flooded, replayed.

use std::fs::read_to_string;
use std::sync::Arc;

use robotoff_ports::job::{JobFilter, NewJob, Queue};
use robotoff_ports::{JobQueue, SystemClock};
use robotoff_store::{ConnectSettings, Database};
use robotoff_testbed::Redis;
use serde_json::{Value, json};

use super::{TestService, postgres};
use crate::processes::{Process, wait_for, wait_for_at_most};

pub(super) fn redis() -> Redis {
    Redis::start().expect("Redis starts")
}

pub(super) fn service(database: &str, redis: &Redis) -> TestService {
    TestService::on(database)
        .with("EVENTS_URL", &redis.url())
        .with("EVENTS_CLAIM_SECS", "1")
        .with("ROBOTOFF_UPDATED_PRODUCT_WAIT", "0")
}

/// Publishes deletions of so many products, from this number on, in one step: a kill of the
/// server leaves all of them or none.
pub(super) fn publish(redis: &Redis, first: usize, count: usize) {
    let script = "for n = ARGV[1], ARGV[1] + ARGV[2] - 1 do
        redis.call('XADD', 'product_updates', '*', 'code', string.format('30000%08d', n),
            'flavor', 'off', 'user_id', 'alice', 'action', 'deleted', 'comment', '',
            'product_type', 'food')
    end";
    let (first, count) = (first.to_string(), count.to_string());
    let published = redis.run(&["EVAL", script, "0", &first, &count]);
    published.expect("events are published");
}

pub(super) fn code(number: usize) -> String {
    format!("30000{number:08}")
}

/// Waits until every entry is taken and acknowledged.
pub(super) fn wait_until_read(service: &TestService) {
    wait_for_at_most(
        std::time::Duration::from_secs(300),
        "the end of the events",
        || {
            let status = service.output(&["events", "status", "--json"]);
            let status: Value = serde_json::from_slice(&status.stdout).unwrap_or_default();
            let streams = status["streams"].as_array().cloned().unwrap_or_default();
            streams.len() == 2
                && streams
                    .iter()
                    .all(|stream| stream["waiting"] == 0 && stream["pending"] == 0)
        },
    );
}

fn with_database<T>(url: &str, read: impl AsyncFnOnce(Database) -> T) -> T {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let url = url.parse().expect("an address");
        let settings = ConnectSettings::default();
        let database = Database::open(&url, &settings, Arc::new(SystemClock));
        read(database.await.expect("the database opens")).await
    })
}

/// The products of all deletion jobs, sorted.
fn deleted_products(url: &str) -> Vec<String> {
    let filter = JobFilter {
        kind: Some("delete_product".to_owned()),
        ..JobFilter::default()
    };
    let jobs = with_database(url, async |database| {
        database.jobs(&filter, 1_000_000).await
    });
    let jobs = jobs.expect("jobs are read");
    let mut codes: Vec<String> = jobs
        .iter()
        .map(|job| {
            job.args["product"]["barcode"]
                .as_str()
                .expect("a code")
                .to_owned()
        })
        .collect();
    codes.sort();
    codes
}

const ROUNDS: usize = 8;
const EVENTS_A_ROUND: usize = 150;

fn all_codes() -> Vec<String> {
    (0..ROUNDS * EVENTS_A_ROUND).map(code).collect()
}

#[test]
fn no_event_is_lost_or_doubled_by_kills_on_postgres() {
    let redis = redis();
    let url = postgres();
    let service = service(&url, &redis);
    // No worker runs: a second job of a product would be merged, and counted as such.
    let mut listeners = [
        service.start_again("listener-1"),
        service.start_again("listener-2"),
    ];
    wait_until_read(&service);
    for round in 0..ROUNDS {
        publish(&redis, round * EVENTS_A_ROUND, EVENTS_A_ROUND);
        // Dropped: killed.
        listeners[round % 2] = service.start_again(&format!("listener-{}", round % 2 + 1));
        if round % 2 == 0 {
            redis.kill().expect("Redis starts again");
        }
    }
    wait_until_read(&service);
    assert_eq!(deleted_products(&url), all_codes());
    let database = url.rsplit('/').next().expect("a name");
    let merged = robotoff_testbed::postgres().run(database, "SELECT sum(merged) FROM job");
    assert_eq!(merged.expect("a sum"), "0\n");
}

#[test]
fn no_event_is_lost_or_doubled_by_kills_on_sqlite() {
    let redis = redis();
    let service = service("sqlite", &redis);
    // The worker ends each job at once: a second one would be a row of its own.
    let mut up = service.start_again("up");
    wait_until_read(&service);
    for round in 0..ROUNDS {
        publish(&redis, round * EVENTS_A_ROUND, EVENTS_A_ROUND);
        match round % 2 {
            0 => redis.kill().expect("Redis starts again"),
            _ => {
                drop(std::mem::replace(&mut up, service.start_again("up")));
            }
        }
    }
    wait_until_read(&service);
    drop(up);
    assert_eq!(deleted_products(&service.url), all_codes());
}

#[test]
fn events_that_redis_forgot_are_reported_and_reading_goes_on() {
    let redis = redis();
    let service = service(&postgres(), &redis);
    let _listener = service.start("listener");
    wait_until_read(&service);
    publish(&redis, 0, 10);
    wait_until_read(&service);
    redis.forget().expect("Redis starts again");
    // Its groups are gone: the listener makes them again, and reads on.
    wait_for("a new group", || {
        redis
            .run(&["XINFO", "GROUPS", "product_updates"])
            .is_ok_and(|groups| groups.contains("robotoff"))
    });
    publish(&redis, 10, 5);
    wait_until_read(&service);
    let expected: Vec<String> = (0..15).map(code).collect();
    assert_eq!(deleted_products(&service.url), expected);
}

fn memory_kilobytes(process: &Process) -> u64 {
    let status = read_to_string(format!("/proc/{}/status", process.0.id())).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number
        .and_then(|number| number.parse().ok())
        .unwrap_or_default()
}

const FLOOD: usize = 100_000;

#[test]
fn a_flood_of_events_grows_no_memory_and_delays_no_urgent_job() {
    let redis = redis();
    let url = postgres();
    let service = service(&url, &redis);
    let listener = service.start("listener");
    wait_until_read(&service);
    publish(&redis, 0, 5_000);
    wait_until_read(&service);
    let before = memory_kilobytes(&listener);
    for part in (5_000..FLOOD).step_by(5_000) {
        publish(&redis, part, 5_000);
    }
    let mut most = before;
    wait_for_at_most(
        std::time::Duration::from_secs(600),
        "the end of the flood",
        || {
            most = most.max(memory_kilobytes(&listener));
            let database = url.rsplit('/').next().expect("a name");
            let jobs = robotoff_testbed::postgres().run(database, "SELECT count(*) FROM job");
            jobs.is_ok_and(|jobs| jobs.trim() == FLOOD.to_string())
        },
    );
    assert!(most < before + 64 * 1024, "from {before} kB to {most} kB");
    // A person's job comes before all those of the flood.
    let urgent = with_database(&url, async |database| {
        let kind = robotoff_ports::job::JobKind {
            name: "refresh",
            queue: Queue::High,
            max_attempts: 3,
            timeout: std::time::Duration::from_secs(60),
            ordered: false,
        };
        let product = json!({"barcode": "3274080005003", "server_type": "off"});
        let job = NewJob::new(&kind, product);
        let enqueued = database.enqueue(&[job]).await.expect("a job");
        enqueued[0].job()
    });
    let _worker = service.start_with("worker", &[("WORKER_CONCURRENCY", "1")]);
    wait_for("the urgent job", || {
        let job = with_database(&url, async |database| database.job(urgent).await);
        job.expect("a read")
            .is_some_and(|job| job.finished_at.is_some())
    });
    let database = url.rsplit('/').next().expect("a name");
    let earlier = format!(
        "SELECT count(*) FROM job WHERE id <> {urgent} AND finished_at <
            (SELECT finished_at FROM job WHERE id = {urgent})"
    );
    let earlier = robotoff_testbed::postgres().run(database, &earlier);
    let earlier: u64 = earlier.expect("a count").trim().parse().expect("a number");
    // Jobs that were in the hands of the worker already.
    assert!(earlier <= 10, "{earlier} jobs came before the urgent one");
}

#[test]
fn poison_is_parked_seen_and_replayed_by_commands() {
    let redis = redis();
    let service = service("sqlite", &redis);
    let up = service.start("up");
    wait_until_read(&service);
    let add = [
        "XADD",
        "product_updates",
        "*",
        "code",
        "3001234567890",
        "product_type",
        "books",
    ];
    redis.run(&add).expect("an entry");
    redis
        .run(&["XADD", "ocr_ready", "*", "no", "fields"])
        .expect("an entry");
    publish(&redis, 1, 1);
    wait_until_read(&service);
    let parked = service.done(&["events", "parked"]);
    assert!(
        parked.contains("product_type") && parked.contains("\"books\""),
        "{parked}"
    );
    assert!(parked.contains("\"code\" is missing"), "{parked}");
    assert!(
        service
            .done(&["events", "status"])
            .contains("2 parked events")
    );
    let replayed = service.output(&["events", "replay", "--all"]);
    assert_eq!(replayed.status.code(), Some(1), "they still cannot be read");
    let discarded = service.done(&["events", "discard", "--all"]);
    assert_eq!(discarded.lines().count(), 2, "{discarded}");
    assert!(
        service
            .done(&["events", "status"])
            .contains("0 parked events")
    );
    assert_eq!(deleted_products(&service.url), [code(1)]);
    drop(up);
    // By time, and under the name of the existing service.
    let again = service.done(&["process-updates-since", "2026-01-01"]);
    assert!(again.starts_with("3 events,"), "{again}");
    assert!(again.contains("1 jobs added"), "{again}");
}

#[test]
fn events_of_a_file_and_of_the_old_commands_become_jobs() {
    let redis = redis();
    let service = service("sqlite", &redis);
    let file = service.folder.path().join("events.jsonl");
    let event = |code: &str, id: &str| json!({"code": code, "product_type": "food", "user_id": "a", "action": "deleted", "id": id});
    let lines = format!(
        "{}\n\n{}\n{{\"code\": 1}}\nno JSON\n",
        event("3000000000001", "1-0"),
        event("3000000000002", "2-0")
    );
    std::fs::write(&file, lines).expect("a file");
    let file = file.to_str().expect("a path");
    let replayed = service.output(&["replay", file]);
    let printed = String::from_utf8_lossy(&replayed.stdout).into_owned();
    assert_eq!(replayed.status.code(), Some(1), "{printed}");
    assert!(
        printed.starts_with("3 events stored, 0 known, 1 without consequences, 1 unreadable"),
        "{printed}"
    );
    let printed = service.output(&["replay", file]);
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(printed.starts_with("1 events stored, 2 known"), "{printed}");
    for arguments in [
        &["create-redis-update", "--uploaded-image-id", "3"][..],
        &["create-redis-ocr-ready-event", "--image-id", "3"],
    ] {
        service.done(arguments);
    }
    let since = service.done(&["events", "since", "2026-01-01T00:00:00Z"]);
    assert!(
        since.starts_with("2 events,") && since.contains("2 jobs added"),
        "{since}"
    );
}
