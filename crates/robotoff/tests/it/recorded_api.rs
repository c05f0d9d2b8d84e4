//! The recorded requests, sent to the real service on the recorded rows: on
//! PostgreSQL as they are, and on SQLite as `robotoff copy` brings them there.

use std::path::Path;
use std::process::Command;

use robotoff_testbed::{recorded_cases, shared_data, test_data};

use crate::processes::Process;
use crate::service::TestService;
use crate::workspace;

#[test]
fn recorded_requests_are_answered_alike_on_postgres() {
    let url = recorded_rows();
    check(&TestService::on(&url), &url, &test_data());
}

/// Data left out by `scripts/cut_test_data.py` change no answer.
#[test]
#[ignore = "needs ROBOTOFF_SHARED"]
fn recorded_requests_are_answered_alike_with_the_full_data() {
    let url = recorded_rows();
    check(&TestService::on(&url), &url, &shared_data());
}

#[test]
fn recorded_requests_are_answered_alike_on_sqlite() {
    let from = recorded_rows();
    let service = TestService::on(&from);
    let to = format!("sqlite:{}/copy.db", service.folder.path().display());
    service.done(&["copy", "--from", &from, "--to", &to]);
    check(&service.with("DATABASE_URL", &to), &to, &test_data());
}

/// A database of the old service with the recorded rows.
fn recorded_rows() -> String {
    let cluster = robotoff_testbed::postgres();
    let url = cluster.database(None).expect("a database");
    let name = url.rsplit_once('/').expect("a url").1;
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = here.join("../robotoff-store/tests/old_schema.sql");
    for file in [schema, recorded_cases().join("fixture.sql")] {
        cluster.run_file(name, &file).expect("tables and rows");
    }
    url
}

/// As the answers were recorded: no product is looked at, Product Opener is out
/// of reach, only the API runs.
fn check(service: &TestService, database: &str, data: &Path) {
    let settings = [
        ("PRODUCTS_URL", "none"),
        ("PRODUCT_OPENER_URL", "http://127.0.0.1:1"),
        // The existing service believes a login.
        ("AUTH", "trust"),
        // Empty: as the instance has it.
        ("IMAGES_URL", ""),
        ("ROBOTOFF_DATA_DIR", data.to_str().expect("a path")),
    ];
    let _api: Process = service.start_with("api", &settings);
    service.wait_until_ready();
    let accepted = workspace::root().join("tests/accepted_differences.json");
    let compare = |cases: &str, more: &[&str]| {
        let output = Command::new("python3")
            .arg(workspace::root().join("tests/tools/compare_api.py"))
            .arg(recorded_cases().join(cases))
            .arg(service.address())
            .arg("--accept")
            .arg(&accepted)
            .args(more)
            .output()
            .expect("python3 runs");
        let printed = String::from_utf8_lossy(&output.stdout);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{printed}{errors}");
    };
    compare("api_get.jsonl.gz", &[]);
    compare("api_annotate.jsonl.gz", &["--database", database]);
}
