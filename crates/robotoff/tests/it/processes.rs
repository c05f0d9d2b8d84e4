//! Workers that are processes: killed, many, stopped.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::cli::done;

/// Child process that is killed when it is dropped.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let id = self.0.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.expect("kill runs").success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a worker; its standard error goes to a file beside the log.
pub(crate) fn worker(url: &str, log: &Path, more: &[&str], settings: &[(&str, &str)]) -> Process {
    let child = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(["dev", "worker", "--database-url", url, "--log"])
        .arg(log)
        .args(more)
        .env_clear()
        .envs(settings.iter().copied())
        .stderr(File::create(log.with_extension("errors")).unwrap())
        .spawn();
    Process(child.expect("the binary runs"))
}

/// Line of the probe's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogLine {
    pub(crate) begins: bool,
    number: u64,
    key: String,
    process: u32,
    micros: u128,
}

pub(crate) fn lines(log: &Path) -> Vec<LogLine> {
    let text = fs::read_to_string(log).unwrap_or_default();
    let line = |line: &str| {
        let parts: Vec<&str> = line.split(' ').collect();
        LogLine {
            begins: parts[0] == "begin",
            number: parts[1].parse().expect("a number"),
            key: parts[2].to_owned(),
            process: parts[3].parse().expect("a process"),
            micros: parts[4].parse().expect("a time"),
        }
    };
    // The last line may be in the making.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(line).collect()
}

/// Waits for another process, whose log tells when.
pub(crate) fn wait_for(what: &str, met: impl FnMut() -> bool) {
    wait_for_at_most(Duration::from_secs(60), what, met);
}

pub(crate) fn wait_for_at_most(limit: Duration, what: &str, mut met: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !met() {
        assert!(begun.elapsed() < limit, "{what} does not come");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// A job of a killed worker is done once more by another one.
fn check_kill(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let impatient = [("WORKER_LEASE_SECS", "2")];
    done(&[
        "dev",
        "enqueue",
        "--jobs",
        "1",
        "--takes",
        "60000",
        "--database-url",
        url,
    ]);
    let mut victim = worker(url, &log, &[], &impatient);
    wait_for("the first try", || lines(&log).len() == 1);
    victim.0.kill().unwrap();
    victim.0.wait().unwrap();
    let second = worker(url, &log, &[], &impatient);
    wait_for("the second try", || lines(&log).len() == 2);
    let tries = lines(&log);
    assert!(tries.iter().all(|line| line.begins));
    assert_eq!(
        (tries[0].process, tries[1].process),
        (victim.0.id(), second.0.id())
    );
    drop(second);
}

#[test]
fn a_killed_worker_loses_no_job_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/robotoff.db", folder.path().display());
    done(&["migrate", "--database-url", &url]);
    check_kill(&url);
}

#[test]
fn a_killed_worker_loses_no_job_on_postgres() {
    let cluster = robotoff_testbed::postgres();
    let url = cluster.database(None).unwrap();
    done(&["migrate", "--database-url", &url]);
    check_kill(&url);
}

/// 200 jobs over 20 keys, 8 at a time in 2 processes: each once, a key never twice at a time.
#[test]
fn two_processes_share_jobs_without_overlap() {
    let cluster = robotoff_testbed::postgres();
    let url = cluster.database(None).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    done(&["migrate", "--database-url", &url]);
    let settings = [("WORKER_CONCURRENCY", "4")];
    let workers = [0, 1].map(|_| worker(&url, &log, &[], &settings));
    let enqueue = |arguments: &[&str]| {
        done(&[&["dev", "enqueue", "--database-url", &url], arguments].concat());
    };
    // Eight long jobs, four at a time: both processes are at work before it begins.
    enqueue(&["--jobs", "8", "--keys", "8", "--takes", "1000"]);
    wait_for("the end of the warm-up", || lines(&log).len() == 16);
    enqueue(&["--jobs", "200", "--keys", "20", "--takes", "5"]);
    wait_for("the end of all jobs", || lines(&log).len() == 16 + 400);
    drop(workers);
    let lines = &lines(&log)[16..];
    let mut times_by_number: HashMap<u64, Vec<bool>> = HashMap::new();
    let mut spans_by_key: HashMap<&str, Vec<(u128, bool)>> = HashMap::new();
    for line in lines {
        times_by_number
            .entry(line.number)
            .or_default()
            .push(line.begins);
        spans_by_key
            .entry(&line.key)
            .or_default()
            .push((line.micros, line.begins));
    }
    assert_eq!(times_by_number.len(), 200);
    assert!(
        times_by_number
            .values()
            .all(|times| times == &[true, false]),
        "each once"
    );
    for (key, mut spans) in spans_by_key {
        spans.sort_unstable();
        let alternates = spans.chunks(2).all(|pair| pair[0].1 && !pair[1].1);
        assert!(alternates, "{key} overlaps: {spans:?}");
    }
    let processes: std::collections::HashSet<u32> = lines.iter().map(|line| line.process).collect();
    assert_eq!(processes.len(), 2, "both work");
}

#[test]
fn sigterm_lets_running_jobs_end() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/robotoff.db", folder.path().display());
    let log = folder.path().join("log");
    done(&["migrate", "--database-url", &url]);
    let jobs = [
        "dev",
        "enqueue",
        "--jobs",
        "3",
        "--takes",
        "600",
        "--database-url",
        &url,
    ];
    done(&jobs);
    let mut worker = worker(&url, &log, &[], &[("WORKER_CONCURRENCY", "1")]);
    wait_for("the first job", || lines(&log).len() == 1);
    let told = Command::new("kill").arg(worker.0.id().to_string()).status();
    assert!(told.unwrap().success());
    assert!(worker.0.wait().unwrap().success());
    let lines = lines(&log);
    assert_eq!(
        lines.len(),
        2,
        "one begins, the same ends, no other begins: {lines:?}"
    );
    assert_eq!(lines[0].number, lines[1].number);
}
