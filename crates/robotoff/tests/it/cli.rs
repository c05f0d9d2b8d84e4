//! Commands on real databases.

use std::process::{Command, Output};

/// Runs a command of the binary in a folder without configuration.
pub(crate) fn robotoff(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_robotoff"))
        .args(arguments)
        .current_dir(std::env::temp_dir())
        .env_clear()
        .output()
        .expect("the binary runs")
}

/// Runs a command that must succeed; gives what it printed.
pub(crate) fn done(arguments: &[&str]) -> String {
    let output = robotoff(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "robotoff {arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn a_database_is_migrated_once_and_used_only_then() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/new/robotoff.db", folder.path().display());
    let early = robotoff(&["dev", "generate", "--insights", "1", "--database-url", &url]);
    let printed = String::from_utf8_lossy(&early.stderr);
    assert!(!early.status.success());
    assert!(printed.contains("robotoff migrate"), "{printed}");
    for steps in [" steps\n", "is up to date\n"] {
        let output = robotoff(&["migrate", "--database-url", &url]);
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && printed.contains(steps),
            "{printed}"
        );
    }
    done(&[
        "dev",
        "generate",
        "--insights",
        "10",
        "--database-url",
        &url,
    ]);
}

#[test]
fn config_shows_what_holds_without_secrets() {
    let shown = done(&[
        "config",
        "--database-url",
        "postgres://me:s3cret@db/robotoff",
    ]);
    assert!(
        shown.contains("DATABASE_URL=postgres://me:…@db/robotoff  # flag"),
        "{shown}"
    );
    assert!(
        shown.contains("POSTGRES_PASSWORD=(hidden)  # default"),
        "{shown}"
    );
    assert!(!shown.contains("s3cret"));
}

#[test]
fn an_unknown_database_url_is_named() {
    let output = robotoff(&["migrate", "--database-url", "mysql://a"]);
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(printed.contains("mysql"), "{printed}");
    assert!(!output.status.success());
}

#[test]
fn a_copy_holds_the_same_there_and_back() {
    let cluster = robotoff_testbed::postgres();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| format!("sqlite:{}/{name}.db", folder.path().display());
    let (first, second) = (file("first"), file("second"));
    let server = cluster.database(None).unwrap();
    done(&["migrate", "--database-url", &first]);
    done(&[
        "dev",
        "generate",
        "--insights",
        "1234",
        "--database-url",
        &first,
    ]);
    done(&["dev", "enqueue", "--jobs", "20", "--database-url", &first]);
    done(&["copy", "--from", &first, "--to", &server]);
    // Again: nothing is left to do, and nothing is done twice.
    done(&["copy", "--from", &first, "--to", &server]);
    done(&["copy", "--from", &server, "--to", &second]);
    let name = server.rsplit_once('/').expect("a url").1;
    let counts = cluster
        .run(
            name,
            "SELECT (SELECT count(*) FROM product_insight), (SELECT count(*) FROM job)",
        )
        .unwrap();
    assert_eq!(counts.trim(), "1234|20");
    // The next job gets an id behind those that were copied.
    done(&["dev", "enqueue", "--jobs", "1", "--database-url", &server]);
    let next = cluster.run(name, "SELECT max(id) FROM job").unwrap();
    assert_eq!(next.trim(), "21");
}
