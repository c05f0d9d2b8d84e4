//! `robotoff migrate` as a process: killed at any time, listed, shown, copied before.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::cli::done;
use crate::processes::Process;

/// Migrations that are killed, of each database.
const KILLS: u32 = 50;

fn migrate(url: &str) -> Process {
    let child = Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(["migrate", "--database-url", url])
        .env_clear()
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    Process(child.expect("the binary runs"))
}

/// Lets the process run so long, then kills it. True when it had ended before, well.
fn killed_after(url: &str, time: Duration) -> bool {
    let mut process = migrate(url);
    let mut errors = process.0.stderr.take().expect("it has a pipe");
    let (sender, ended) = channel();
    // The pipe ends with the process: no look at the clock again and again.
    let reader = std::thread::spawn(move || {
        let mut text = String::new();
        let _ = errors.read_to_string(&mut text);
        let _ = sender.send(());
        text
    });
    let in_time = ended.recv_timeout(time);
    if in_time == Err(RecvTimeoutError::Timeout) {
        process.0.kill().expect("it is killed");
    }
    let status = process.0.wait().expect("it ends");
    let text = reader.join().expect("the reader ends");
    let was_killed = std::os::unix::process::ExitStatusExt::signal(&status) == Some(9);
    assert!(status.success() || was_killed, "it fails: {text}");
    status.success()
}

/// Numbers that look random; where in a migration the kill falls differs from run to run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: Duration) -> Duration {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        limit.mul_f64((self.0 >> 33) as f64 / (1_u64 << 31) as f64)
    }
}

/// Kills migrations, one upon the other until one gets through, then with a new database.
fn check_kills(mut new_database: impl FnMut() -> String) {
    assert!(!killed_after(&new_database(), Duration::ZERO));
    let whole = new_database();
    let started = Instant::now();
    assert!(killed_after(&whole, Duration::from_secs(60)));
    let takes = started.elapsed();
    let (mut draws, mut kills) = (Draws(7), 0);
    let mut url = new_database();
    while kills < KILLS {
        if killed_after(&url, draws.below(takes)) {
            done(&["migrate", "--database-url", &url]);
            url = new_database();
        } else {
            kills += 1;
        }
    }
    done(&["migrate", "--database-url", &url]);
    let listed = done(&["migrate", "--list", "--database-url", &url]);
    assert!(!listed.contains("missing"), "{listed}");
}

#[test]
fn a_migration_of_sqlite_survives_kills() {
    let folder = tempfile::tempdir().unwrap();
    let mut number = 0;
    check_kills(|| {
        number += 1;
        format!("sqlite:{}/{number}.db", folder.path().display())
    });
}

#[test]
fn a_migration_of_postgres_survives_kills() {
    let cluster = robotoff_testbed::postgres();
    check_kills(|| cluster.database(None).unwrap());
}

#[test]
fn a_dry_run_prints_sql_and_a_list_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/robotoff.db", folder.path().display());
    let sql = done(&["migrate", "--dry-run", "--database-url", &url]);
    assert!(sql.contains("CREATE TABLE IF NOT EXISTS job ("), "{sql}");
    let listed = done(&["migrate", "--list", "--database-url", &url]);
    assert!(
        listed.lines().all(|line| line.ends_with("missing")),
        "{listed}"
    );
    done(&["migrate", "--database-url", &url]);
    let listed = done(&["migrate", "--list", "--database-url", &url]);
    assert!(!listed.contains("missing"), "{listed}");
    assert_eq!(done(&["migrate", "--dry-run", "--database-url", &url]), "");
}
