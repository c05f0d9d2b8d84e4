//! Backups, files of rows, adoption, and what a person watches or sends, by the real program.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::cli::{done, robotoff};
use crate::processes::{Process, wait_for};
use crate::service::{TestService, postgres};

/// A database with 200 insights and 10 jobs.
fn filled(url: &str) {
    done(&["migrate", "--database-url", url]);
    done(&[
        "dev",
        "generate",
        "--insights",
        "200",
        "--database-url",
        url,
    ]);
    done(&["dev", "enqueue", "--jobs", "10", "--database-url", url]);
}

fn jobs(url: &str) -> usize {
    let listed = done(&["jobs", "list", "--json", "--database-url", url]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    listed["jobs"].as_array().unwrap().len()
}

fn file(folder: &Path, name: &str) -> String {
    format!("sqlite:{}/{name}.db", folder.display())
}

#[test]
fn a_database_is_backed_up_destroyed_and_restored() {
    let folder = tempfile::tempdir().unwrap();
    for url in [file(folder.path(), "rows"), postgres()] {
        filled(&url);
        let backups = folder.path().join("backups").join(url.len().to_string());
        let to = backups.to_str().unwrap();
        for _ in 0..3 {
            let made = done(&["backup", "--to", to, "--keep", "2", "--database-url", &url]);
            assert!(made.contains(" rows, "), "{made}");
        }
        let listed = done(&["backup", "list", "--to", to]);
        assert_eq!(listed.lines().count(), 2, "{listed}");
        let last = listed.lines().last().unwrap().split("  ").next().unwrap();
        assert!(done(&["backup", "verify", last]).contains("is whole"));
        done(&[
            "jobs",
            "discard",
            "--queue",
            "low",
            "--yes",
            "--database-url",
            &url,
        ]);
        done(&[
            "jobs",
            "discard",
            "--queue",
            "high",
            "--yes",
            "--database-url",
            &url,
        ]);
        assert_eq!(jobs(&url), 0);
        let refused = robotoff(&["restore", to, "--database-url", &url]);
        let says = String::from_utf8_lossy(&refused.stderr);
        assert!(says.contains("--replace"), "{says}");
        let restored = done(&["restore", to, "--replace", "--database-url", &url]);
        assert!(
            restored.contains("its rows are those of the backup"),
            "{restored}"
        );
        assert_eq!(jobs(&url), 10);
    }
}

#[test]
fn a_database_with_services_is_not_replaced() {
    let service = TestService::on("sqlite");
    let backups = service.folder.path().join("backups");
    let service = service.with("BACKUP_DIR", backups.to_str().unwrap());
    let _up = service.start("up");
    service.wait_until_ready();
    // The periodic job makes a backup while the service runs.
    service.done(&["schedule", "run", "backup"]);
    wait_for("the backup", || {
        !service.done(&["backup", "list"]).is_empty()
    });
    let refused = service.output(&["restore", "backups", "--replace"]);
    let says = String::from_utf8_lossy(&refused.stderr);
    assert!(
        says.contains("services run") && says.contains("robotoff down"),
        "{says}"
    );
}

#[test]
fn rows_move_between_databases_in_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("rows.db.gz");
    let rows = rows.to_str().unwrap();
    let (from, to) = (file(folder.path(), "from"), postgres());
    filled(&from);
    let dumped = done(&["dump", rows, "--database-url", &from]);
    assert!(
        dumped.contains("product_insight 200") && dumped.contains("job 10"),
        "{dumped}"
    );
    let loaded = done(&["load", rows, "--database-url", &to]);
    assert!(
        loaded.contains("product_insight 200") && loaded.contains("job 10"),
        "{loaded}"
    );
    assert_eq!(jobs(&to), 10);
    // The file is what its page says: an SQLite database behind gzip.
    let mut bytes = Vec::new();
    let packed = std::fs::File::open(rows).unwrap();
    let mut unpacked = flate2::read::GzDecoder::new(packed);
    unpacked.read_to_end(&mut bytes).unwrap();
    assert!(bytes.starts_with(b"SQLite format 3\0"));
}

#[test]
fn only_the_database_of_an_existing_service_is_adopted() {
    let folder = tempfile::tempdir().unwrap();
    let other = robotoff(&["adopt", "--database-url", &file(folder.path(), "rows")]);
    assert!(String::from_utf8_lossy(&other.stderr).contains("which is PostgreSQL"));
    let url = postgres();
    let empty = robotoff(&["adopt", "--database-url", &url]);
    assert!(String::from_utf8_lossy(&empty.stderr).contains("has no table prediction"));
    let name = url.rsplit_once('/').unwrap().1;
    let cluster = robotoff_testbed::postgres();
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("../robotoff-store/tests");
    cluster
        .run_file(name, &store.join("old_schema.sql"))
        .unwrap();
    let fixture = robotoff_testbed::recorded_cases().join("fixture.sql");
    cluster.run_file(name, &fixture).unwrap();
    let count = "SELECT (SELECT count(*) FROM product_insight), (SELECT count(*) FROM prediction),
        (SELECT count(*) FROM image), (SELECT count(*) FROM annotation_vote)";
    let before = cluster.run(name, count).unwrap();
    let report = done(&["adopt", "--database-url", &url]);
    assert!(report.contains("step 003_own_tables"), "{report}");
    assert!(report.contains("dry run"), "{report}");
    let has_job = "SELECT count(*) FROM information_schema.tables WHERE table_name = 'job'";
    assert_eq!(
        cluster.run(name, has_job).unwrap().trim(),
        "0",
        "nothing is changed"
    );
    let sql = done(&["adopt", "--sql", "--database-url", &url]);
    assert!(sql.contains("ADD COLUMN IF NOT EXISTS rnd"), "{sql}");
    let adopted = done(&["adopt", "--yes", "--database-url", &url]);
    assert!(adopted.contains("the rows that it had"), "{adopted}");
    assert_eq!(cluster.run(name, count).unwrap(), before);
    let again = done(&["adopt", "--yes", "--database-url", &url]);
    assert!(again.contains("adopted already"), "{again}");
}

#[test]
fn predictions_insights_and_votes_are_watched_as_they_come() {
    for url in ["sqlite".to_owned(), postgres()] {
        let service = TestService::on(&url);
        let tap = Command::new(env!("CARGO_BIN_EXE_robotoff"))
            .args(["tap", "--json", "--barcode", "1490012000119"])
            .env_clear()
            .env("DATABASE_URL", &service.url)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut tap = Process(tap.unwrap());
        let mut says = BufReader::new(tap.0.stderr.take().unwrap());
        let mut line = String::new();
        says.read_line(&mut line).unwrap();
        assert!(line.contains("watching"), "{line}");
        service.import_demo("1490012000119");
        let lines = BufReader::new(tap.0.stdout.take().unwrap()).lines();
        let mut kinds = std::collections::BTreeSet::new();
        for line in lines {
            let row: Value = serde_json::from_str(&line.unwrap()).unwrap();
            assert_eq!(row["barcode"], "1490012000119");
            kinds.insert(row["kind"].as_str().unwrap().to_owned());
            if kinds.len() == 2 {
                break;
            }
        }
        assert!(
            kinds.contains("prediction") && kinds.contains("insight"),
            "{kinds:?}"
        );
        let top = service.done(&["top", "-n", "1"]);
        assert!(top.contains("JOBS/MIN"), "{top}");
    }
}

#[test]
fn a_support_bundle_has_no_secrets() {
    let service = TestService::on("sqlite")
        .with("POSTGRES_PASSWORD", "s3cret-word")
        .with("EVENTS_URL", "redis://:s3cret-key@127.0.0.1:1");
    service.done(&["support-bundle", "bundle.tar.gz"]);
    let packed = std::fs::File::open(service.folder.path().join("bundle.tar.gz")).unwrap();
    let mut text = String::new();
    let mut unpacked = flate2::read::GzDecoder::new(packed);
    let mut bytes = Vec::new();
    unpacked.read_to_end(&mut bytes).unwrap();
    text.push_str(&String::from_utf8_lossy(&bytes));
    for name in [
        "config.txt",
        "doctor.txt",
        "ps.json",
        "logs.jsonl",
        "versions.txt",
    ] {
        assert!(text.contains(name), "{name}");
    }
    assert!(text.contains("OFF_USER=roboto-app"), "settings are in it");
    for secret in ["s3cret", "robot-password"] {
        assert!(!text.contains(secret), "{secret} is in the bundle");
    }
}

#[test]
fn shells_and_man_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = done(&["completions", shell]);
        assert!(
            script.contains("log-level") && script.contains("support-bundle"),
            "{shell}"
        );
    }
    let folder = tempfile::tempdir().unwrap();
    done(&["man", folder.path().to_str().unwrap()]);
    let page = std::fs::read_to_string(folder.path().join("robotoff-restore.1")).unwrap();
    assert!(
        page.contains("Replace the database that is there"),
        "{page}"
    );
}
