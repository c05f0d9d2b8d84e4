//! A database that is down, comes, goes away, or whose path goes silent: workers and
//! schedulers wait and go on.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use robotoff_testbed::TcpProxy;

use crate::cli::done;
use crate::processes::{Process, lines, wait_for, worker};

/// A migrated database on PostgreSQL: its URL, and that through a proxy.
fn behind_proxy() -> (String, String, TcpProxy) {
    let cluster = robotoff_testbed::postgres();
    let direct = cluster.database(None).unwrap();
    done(&["migrate", "--database-url", &direct]);
    let server: u16 = direct
        .split([':', '/'])
        .find_map(|part| part.parse().ok())
        .unwrap();
    let proxy = TcpProxy::to(server).unwrap();
    let through = direct.replace(&server.to_string(), &proxy.port().to_string());
    (direct, through, proxy)
}

/// Jobs that have ended, by the log.
fn ended(log: &Path) -> usize {
    lines(log).iter().filter(|line| !line.begins).count()
}

#[test]
fn a_worker_waits_for_its_database() {
    let (direct, through, proxy) = behind_proxy();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let enqueue = || done(&["dev", "enqueue", "--jobs", "1", "--database-url", &direct]);

    let logged = |words: &str| {
        let text = std::fs::read_to_string(log.with_extension("errors"));
        text.is_ok_and(|text| text.contains(words))
    };
    let mut worker = worker(&through, &log, &[], &[("WORKER_LEASE_SECS", "5")]);
    enqueue();
    wait_for("a word about the database", || {
        logged("waiting for database")
    });
    assert_eq!(
        worker.0.try_wait().unwrap(),
        None,
        "it waits for a database that is down"
    );
    proxy.open();
    wait_for("the first job", || ended(&log) == 1);
    proxy.cut();
    enqueue();
    wait_for("a word about the loss", || logged("cannot lease jobs"));
    assert_eq!(
        worker.0.try_wait().unwrap(),
        None,
        "it outlives a lost database"
    );
    assert_eq!(ended(&log), 1);
    proxy.open();
    wait_for("the second job", || ended(&log) == 2);
}

/// Short limits, and few connections, of which the listener has one: another one that were
/// lost to the pool would be missed at once.
const IMPATIENT: [(&str, &str); 4] = [
    ("DATABASE_CONNECT_TIMEOUT_SECS", "1"),
    ("DATABASE_STATEMENT_TIMEOUT_SECS", "1"),
    ("DATABASE_MAX_CONNECTIONS", "2"),
    ("WORKER_LEASE_SECS", "5"),
];

/// Without limits on our side these processes would hang until the kernel gives up.
#[test]
fn a_worker_and_a_scheduler_go_on_after_their_path_went_silent() {
    let (direct, through, proxy) = behind_proxy();
    proxy.open();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let enqueue = || done(&["dev", "enqueue", "--jobs", "1", "--database-url", &direct]);
    let _worker = worker(&through, &log, &[], &IMPATIENT);
    let errors = File::create(folder.path().join("scheduler.errors")).unwrap();
    let scheduler = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(["scheduler", "--database-url", &through])
        .current_dir(folder.path())
        .env_clear()
        .envs(IMPATIENT)
        .stderr(errors)
        .spawn();
    let _scheduler = Process(scheduler.unwrap());
    let name = direct.rsplit_once('/').unwrap().1;
    let cluster = robotoff_testbed::postgres();
    let settled_at = || {
        let sql = "SELECT max(last_at) FROM schedule WHERE name = 'settle_edits'";
        cluster.run(name, sql).unwrap()
    };
    enqueue();
    wait_for("the first job", || ended(&log) == 1);
    wait_for("the first firing", || settled_at().trim() != "");
    proxy.go_silent();
    enqueue();
    let logged = |file: &str, words: &str| {
        let text = std::fs::read_to_string(folder.path().join(file));
        text.is_ok_and(|text| text.contains(words))
    };
    wait_for("a word of the worker", || {
        logged("log.errors", "cannot lease jobs")
    });
    wait_for("a word of the scheduler", || {
        logged("scheduler.errors", "cannot fire a schedule")
    });
    let fired = settled_at();
    proxy.open();
    wait_for("the second job", || ended(&log) == 2);
    wait_for("another firing", || settled_at() != fired);
}
