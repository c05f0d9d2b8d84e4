//! `robotoff doctor` on broken set-ups: each gives the right cure, and `--fix` corrects what it
//! can.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::service::TestService;

/// A set-up that works. Its Product Opener runs, its models and word lists are not needed.
fn service() -> TestService {
    let service = TestService::on("sqlite");
    let var = service.folder.path().join("var");
    fs::create_dir(&var).unwrap();
    service
}

/// Finding of a check, after the checks that came before it.
fn finding(service: &TestService, id: &str, more: &[&str]) -> Value {
    let output = service.output(&[&["doctor", "--json"], more].concat());
    let printed = String::from_utf8(output.stdout).unwrap();
    let all: Value = serde_json::from_str(&printed).unwrap();
    let findings = all["findings"].as_array().unwrap();
    let found = findings.iter().find(|finding| finding["id"] == id);
    found.unwrap_or_else(|| panic!("no {id} in {all}")).clone()
}

#[track_caller]
fn check(service: &TestService, id: &str, severity: &str, result: &str, cure: &str) {
    check_with(service, id, severity, result, cure, &[]);
}

#[track_caller]
fn check_with(
    service: &TestService,
    id: &str,
    severity: &str,
    result: &str,
    cure: &str,
    more: &[&str],
) {
    let found = finding(service, id, more);
    assert_eq!(found["severity"], severity, "{found}");
    assert!(
        found["result"].as_str().unwrap().contains(result),
        "{found}"
    );
    assert!(found["cure"].as_str().unwrap().contains(cure), "{found}");
}

/// Runs `--fix`, after which the check finds no fault.
#[track_caller]
fn check_fix(service: &TestService, id: &str) {
    let fixed = service.output(&["doctor", "--fix"]);
    let says = String::from_utf8_lossy(&fixed.stderr);
    assert!(says.contains(&format!("fixed {id}: ")), "{says}");
    assert_eq!(finding(service, id, &[])["severity"], "ok");
}

#[test]
fn a_set_up_that_works_has_no_failure() {
    let service = service();
    let output = service.output(&["doctor"]);
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains(" 0 failed"), "{printed}");
}

#[test]
fn a_state_folder_that_is_missing_is_made() {
    let service = service();
    fs::remove_dir(service.folder.path().join("var")).unwrap();
    check(
        &service,
        "state_folder",
        "failed",
        "does not exist",
        "mkdir -p var",
    );
    check_fix(&service, "state_folder");
}

#[test]
fn a_stale_pid_file_is_deleted() {
    let service = service();
    fs::write(service.folder.path().join("var/robotoff.pid"), "4711\n").unwrap();
    check(
        &service,
        "pid_file",
        "warning",
        "was killed",
        "rm var/robotoff.pid",
    );
    check_fix(&service, "pid_file");
}

#[test]
fn a_file_with_secrets_that_all_may_read_is_closed() {
    let service = service();
    let file = service.folder.path().join("robotoff.toml");
    fs::write(&file, "elastic_password = \"s3cret\"\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    check(&service, "secrets", "warning", "other users", "chmod 600");
    check_fix(&service, "secrets");
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_policy_that_cannot_be_used_is_named() {
    let service = service();
    let file = service.folder.path().join("policy.toml");
    fs::write(&file, "[label]\nthreshold = \"high\"\n").unwrap();
    let service = service.with("ROBOTOFF_POLICY", "policy.toml");
    let output = service.output(&["doctor", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    check(
        &service,
        "policy",
        "failed",
        "policy.toml",
        "config validate",
    );
}

#[test]
fn a_database_file_that_is_read_only_is_opened() {
    let service = service();
    let file = service.folder.path().join("robotoff.db");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
    check(
        &service,
        "database_file",
        "failed",
        "read-only",
        "chmod u+w",
    );
    check_fix(&service, "database_file");
}

#[test]
fn a_database_that_is_not_there_is_migrated() {
    let service = service();
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(service.folder.path().join(format!("robotoff.db{suffix}")));
    }
    check(
        &service,
        "migrations",
        "failed",
        "does not exist yet",
        "robotoff migrate",
    );
    check_fix(&service, "migrations");
}

#[test]
fn a_server_that_is_away_is_reported_with_how_to_start_it() {
    let service = service().with("DATABASE_URL", "postgres://me:s3cret@127.0.0.1:1/robotoff");
    check(
        &service,
        "database",
        "failed",
        "127.0.0.1:1",
        "systemctl start postgresql",
    );
    let all = service.output(&["doctor"]);
    assert!(!String::from_utf8_lossy(&all.stdout).contains("s3cret"));
}

#[test]
fn an_index_that_is_missing_is_built() {
    let url = crate::service::postgres();
    let service = TestService::on(&url);
    fs::create_dir(service.folder.path().join("var")).unwrap();
    let name = url.rsplit_once('/').unwrap().1;
    let cluster = robotoff_testbed::postgres();
    cluster
        .run(name, "DROP INDEX insight_voted_kind_rnd")
        .unwrap();
    check(
        &service,
        "indexes",
        "warning",
        "insight_voted_kind_rnd",
        "doctor --fix",
    );
    check_fix(&service, "indexes");
}

#[test]
fn a_port_that_another_program_has_is_reported() {
    let service = service();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let service = service.with("LISTEN", &address);
    check(
        &service,
        "listen",
        "failed",
        "another program",
        "set LISTEN",
    );
}

#[test]
fn too_few_memory_maps_for_elasticsearch_are_reported_with_the_command() {
    let service = service().with("SEARCH_URL", "elasticsearch:http://127.0.0.1:1");
    let proc_folder = service.folder.path().join("proc");
    fs::create_dir_all(proc_folder.join("sys/vm")).unwrap();
    fs::create_dir_all(proc_folder.join("self")).unwrap();
    fs::write(proc_folder.join("sys/vm/max_map_count"), "65530\n").unwrap();
    let limits = "Max open files            1024                 524288               files\n";
    fs::write(proc_folder.join("self/limits"), limits).unwrap();
    let more = ["--proc-folder", proc_folder.to_str().unwrap()];
    let cure = "sysctl -w vm.max_map_count=262144";
    check_with(&service, "vm_max_map_count", "failed", "65530", cure, &more);
    check_with(
        &service,
        "open_files",
        "warning",
        "1024",
        "LimitNOFILE",
        &more,
    );
    check_with(
        &service,
        "search",
        "failed",
        "127.0.0.1:1",
        "start Elasticsearch",
        &more,
    );
}

#[test]
fn a_model_that_is_damaged_is_found_by_its_checksum() {
    let models = TestService::on("sqlite");
    fs::create_dir(models.folder.path().join("var")).unwrap();
    let models = models.with("MODELS_DIR", "models");
    let shown = models.done(&["models", "info", "page-orientation"]);
    let line = shown
        .lines()
        .find(|line| line.starts_with("file "))
        .unwrap();
    let file = line.split_whitespace().nth(1).unwrap();
    let file = models.folder.path().join(file);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "not a model").unwrap();
    check(
        &models,
        "models",
        "failed",
        "checksum",
        "robotoff models pull",
    );
}

#[test]
fn fetched_data_that_are_missing_are_reported() {
    let service = service().with("DATA_PULL", "on");
    check(
        &service,
        "data",
        "warning",
        "are not in var/data",
        "robotoff data pull",
    );
    let service = service.with("ROBOTOFF_DATA_DIR", "nowhere");
    check(&service, "data", "failed", "nowhere", "make the folder");
}

#[test]
fn a_login_that_product_opener_refuses_is_reported() {
    let service = service().with("OFF_PASSWORD", "wrong");
    check(
        &service,
        "credentials",
        "failed",
        "refuses the login",
        "OFF_PASSWORD",
    );
}

#[test]
fn a_product_opener_that_is_away_is_reported() {
    let service = service().with("PRODUCT_OPENER_URL", "http://127.0.0.1:1");
    check(
        &service,
        "product_opener",
        "failed",
        "",
        "PRODUCT_OPENER_URL",
    );
}

#[test]
fn a_source_of_events_that_is_away_is_reported() {
    let service = service().with("EVENTS_URL", "redis://127.0.0.1:1");
    check(&service, "events", "failed", "", "start Redis");
}

#[test]
fn a_service_that_does_not_run_is_named_with_its_command() {
    let service = service();
    check(
        &service,
        "services",
        "warning",
        "none runs",
        "robotoff up --detach",
    );
    let _up = service.start_with("up", &[]);
    service.wait_until_ready();
    crate::processes::wait_for("the services", || {
        finding(&service, "services", &[])["severity"] == "ok"
    });
    service.done(&["stop", "scheduler"]);
    check(
        &service,
        "services",
        "warning",
        "stopped: scheduler@",
        "robotoff start scheduler@",
    );
}
