//! Commands of operation, on real processes: orders to services, health, the background, logs.

use std::process::Command;

use serde_json::Value;

use crate::processes::{Process, wait_for};
use crate::service::{TestService, postgres};

/// States of the parts that `ps` lists, as `worker running`.
fn states(service: &TestService, arguments: &[&str]) -> Vec<String> {
    let listed = service.done(&[&["ps", "--json"], arguments].concat());
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let services = listed["services"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut states: Vec<String> = services
        .iter()
        .map(|service| format!("{} {}", text(&service["kind"]), text(&service["state"])))
        .collect();
    states.sort();
    states
}

fn wait_for_states(service: &TestService, expected: &[&str]) {
    wait_for(&format!("{expected:?}"), || {
        states(service, &[]) == expected
    });
}

fn hangup(process: &Process) {
    let id = process.0.id().to_string();
    let sent = Command::new("kill").args(["-HUP", &id]).status();
    assert!(sent.unwrap().success());
}

/// Parts of one process are stopped and started by another, through the registry.
#[test]
fn parts_of_a_process_are_stopped_and_started() {
    let service = TestService::on("sqlite");
    let _up = service.start("up");
    service.wait_until_ready();
    wait_for_states(
        &service,
        &["api running", "scheduler running", "worker running"],
    );
    assert!(service.done(&["health"]).contains("api@"));
    let stopped = service.done(&["stop", "worker"]);
    assert!(stopped.contains("): stopped\n"), "{stopped}");
    // A job that is stored now waits.
    service.done(&["schedule", "run", "purge_jobs"]);
    service.done(&["stop", "api"]);
    let refused = service.response_to("/api/v1/status");
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(refused.body["code"], "stopped");
    assert_eq!(
        states(&service, &[]),
        ["api stopped", "scheduler running", "worker stopped"]
    );
    let healthy = service.done(&["health", "--json"]);
    let healthy: Value = serde_json::from_str(&healthy).unwrap();
    assert_eq!(healthy["healthy"], true, "an operator wanted it: {healthy}");
    let waiting = service.done(&["jobs", "list", "--kind", "purge_jobs", "--state", "waiting"]);
    assert!(waiting.contains("purge_jobs"), "{waiting}");
    service.done(&["start", "all"]);
    assert_eq!(service.response_to("/api/v1/status").status, 200);
    wait_for("the job", || {
        let done = ["jobs", "list", "--kind", "purge_jobs", "--state", "done"];
        service.done(&done).contains("purge_jobs")
    });
}

/// Separate processes on one database: an order reaches the one that it names.
#[test]
fn a_process_restarts_itself_and_ends_for_its_supervisor() {
    let service = TestService::on(&postgres());
    let mut worker = service.start("worker");
    let scheduler = service.start("scheduler");
    wait_for_states(&service, &["scheduler running", "worker running"]);
    let id = |service: &TestService| {
        let listed: Value = serde_json::from_str(&service.done(&["ps", "--json"])).unwrap();
        let services = listed["services"].as_array().unwrap();
        let worker = services.iter().find(|row| row["kind"] == "worker").unwrap();
        (worker["id"].clone(), worker["process"].as_u64().unwrap())
    };
    let (first, pid) = id(&service);
    let restarted = service.done(&["restart", "worker"]);
    assert!(restarted.contains("restarted"), "{restarted}");
    let (second, same) = id(&service);
    assert_ne!(first, second);
    assert_eq!((pid, same), (u64::from(worker.0.id()), pid));
    let ended = service.done(&["stop", "worker", "--exit"]);
    assert!(ended.contains("ended"), "{ended}");
    assert_eq!(worker.0.wait().unwrap().code(), Some(75));
    assert_eq!(states(&service, &[]), ["scheduler running"]);
    let unhealthy = service.output(&["health", "worker"]);
    assert_eq!(unhealthy.status.code(), Some(1));
    let unknown = service.output(&["stop", "worker"]);
    let says = String::from_utf8_lossy(&unknown.stderr);
    assert!(says.contains("no process of worker runs"), "{says}");
    let elsewhere = service.output(&["stop", "scheduler@elsewhere"]);
    assert_eq!(elsewhere.status.code(), Some(1));
    scheduler.terminate();
    wait_for_states(&service, &[]);
    assert_eq!(
        states(&service, &["--all"]),
        ["scheduler ended", "worker ended", "worker ended"]
    );
}

#[test]
fn the_level_of_the_logs_changes_by_order_and_by_reload() {
    let service = TestService::on("sqlite");
    let file = service.folder.path().join("robotoff.toml");
    std::fs::write(&file, "log_level = \"warn\"\n").unwrap();
    let up = service.start("up");
    service.wait_until_ready();
    let debug = "\"level\":\"DEBUG\"";
    assert!(!service.log("up").contains(debug));
    let refused = service.output(&["log-level", "robotoff=loud"]);
    assert_eq!(refused.status.code(), Some(1));
    let changed = service.done(&["log-level", "debug", "scheduler"]);
    assert!(changed.contains("worker@"), "one process: {changed}");
    wait_for("a line of debug", || {
        service
            .log("up")
            .contains("an operator changed the level of the logs")
    });
    service.done(&["log-level", "reset"]);
    // The file that cannot be used changes nothing; the next one does.
    std::fs::write(&file, "log_level = \"robotoff=loud\"\n").unwrap();
    hangup(&up);
    wait_for("the error", || {
        service
            .log("up")
            .contains("the previous configuration stays")
    });
    std::fs::write(
        &file,
        "log_level = \"info\"\nworker_concurrency = 2\nlisten = \"127.0.0.1:1\"\n",
    )
    .unwrap();
    hangup(&up);
    wait_for("the reload", || {
        service.log("up").contains("read the configuration again")
    });
    let log = service.log("up");
    let line = log
        .lines()
        .find(|line| line.contains("read the configuration again"));
    assert!(line.unwrap().contains("LOG_LEVEL"), "{line:?}");
    assert!(line.unwrap().contains("WORKER_CONCURRENCY"), "{line:?}");
    assert_eq!(service.response_to("/api/v1/status").status, 200);
}

#[test]
fn a_process_in_the_background_is_started_once_and_ended() {
    let service = TestService::on("sqlite");
    assert!(service.done(&["down"]).contains("no process runs"));
    let started = service.done(&["up", "--only", "api,scheduler", "--detach"]);
    let background = Background(&service);
    assert!(started.contains("logs:"), "{started}");
    assert_eq!(states(&service, &[]), ["api running", "scheduler running"]);
    let again = service.done(&["up", "--detach"]);
    assert!(again.contains("runs already"), "{again}");
    let foreground = service.output(&["up", "--background"]);
    assert_eq!(foreground.status.code(), Some(1));
    assert!(service.done(&["down"]).contains("has ended"));
    assert!(!service.is_listening());
    drop(background);
    // One that cannot start says why.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let service = service.with("LISTEN", &address);
    let failed = service.output(&["up", "--detach"]);
    let says = String::from_utf8_lossy(&failed.stderr);
    assert!(
        !failed.status.success() && says.contains(&address),
        "{says}"
    );
}

/// Ends the process in the background when a test ends.
struct Background<'a>(&'a TestService);

impl Drop for Background<'_> {
    fn drop(&mut self) {
        self.0.output(&["down", "--kill", "--timeout", "20"]);
    }
}

#[test]
fn a_configuration_is_validated_without_a_database() {
    let service = TestService::on("sqlite").with("DATABASE_URL", "postgres://nowhere:1/none");
    let valid = service.done(&["config", "validate"]);
    assert!(valid.starts_with("the configuration is valid"), "{valid}");
    let file = service.folder.path().join("policy.toml");
    std::fs::write(&file, "[label]\nthreshold = \"high\"\n").unwrap();
    let service = service.with("ROBOTOFF_POLICY", file.to_str().unwrap());
    let invalid = service.output(&["config", "validate"]);
    let says = String::from_utf8_lossy(&invalid.stderr);
    assert!(says.contains("policy.toml"), "{says}");
    assert_eq!(invalid.status.code(), Some(1));
}

#[test]
fn log_files_are_shown_by_service_level_and_field() {
    let service = TestService::on("sqlite");
    let none = service.output(&["logs"]);
    let says = String::from_utf8_lossy(&none.stderr);
    assert_eq!(none.status.code(), Some(1));
    assert!(
        says.contains("journalctl") && says.contains("docker compose logs"),
        "{says}"
    );
    let folder = service.folder.path().join("logs");
    let service = service.with("LOG_DIR", folder.to_str().unwrap());
    let up = service.start_with("up", &[("LOG_LEVEL", "debug")]);
    service.wait_until_ready();
    service.done(&["schedule", "run", "purge_jobs"]);
    let shown =
        |arguments: &[&str]| service.done(&[&["logs", "--tail", "100000"], arguments].concat());
    wait_for("the job's line", || {
        shown(&[]).contains("job.name=purge_jobs")
    });
    let followed = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(["logs", "--follow", "--tail", "0", "scheduler"])
        .env_clear()
        .env("LOG_DIR", &folder)
        .stdout(std::process::Stdio::piped())
        .spawn();
    let mut followed = Process(followed.unwrap());
    let lines = shown(&["worker", "--level", "debug"]);
    assert!(lines.contains("job.name=purge_jobs"), "{lines}");
    assert!(!lines.contains("robotoff_app::schedule"), "{lines}");
    assert_eq!(shown(&["worker", "--field", "job.name=unknown"]), "");
    let field = shown(&["--field", "job.name=purge_jobs", "--json"]);
    for line in field.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["job.name"], "purge_jobs");
    }
    assert!(!shown(&["--level", "error"]).contains("DEBUG"));
    assert!(shown(&["--since", "2h", "--level", "info"]).contains("listening at"));
    assert_eq!(shown(&["--since", "2100-01-01T00:00:00"]), "");
    let last = service.done(&["logs", "--tail", "1"]);
    assert_eq!(last.lines().count(), 1);
    // The end of the service is followed.
    use std::io::{BufRead, BufReader};
    let mut lines = BufReader::new(followed.0.stdout.take().unwrap()).lines();
    up.terminate();
    assert!(lines.any(|line| line.unwrap().contains("stopping")));
}
