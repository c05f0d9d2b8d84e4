//! Edits are applied once each, whatever breaks and whenever.

use robotoff_testbed::opener::Fault;

use super::{Login, TestService, postgres};
use crate::processes::{Process, wait_for};

const BARCODE: &str = "1490012000119";
const TAG: &str = "en:no-palm-oil";
const FORM: &str = "/cgi/product_jqm2.pl";
const ADDED: &str = "1490012000119 add_labels=en:no-palm-oil";

/// A service with one question, two of three votes on it, and the service up.
fn nearly_decided(database: &str) -> (TestService, Process, String) {
    with_two_votes(TestService::on(database))
}

fn with_two_votes(service: TestService) -> (TestService, Process, String) {
    service.import_demo(BARCODE);
    let process = service.start("up");
    service.wait_until_ready();
    let id = service.question(BARCODE, "label", TAG).expect("a question");
    for device in ["one", "two"] {
        assert_eq!(service.answer(&id, 1, Login::Device(device)), 9);
    }
    (service, process, id)
}

fn wait_until_accepted(service: &TestService, id: &str) {
    wait_for("the outcome", || {
        let insight = service.insight(id);
        insight["annotation"] == 1 && insight["annotated_result"] == 2
    });
}

/// Number of edits that added the label.
fn added(service: &TestService) -> usize {
    service.edits().iter().filter(|edit| *edit == ADDED).count()
}

fn check_applied_once(service: &TestService, id: &str) {
    wait_until_accepted(service, id);
    assert_eq!(added(service), 1, "{:?}", service.edits());
    service.check_no_violations();
}

/// The service is killed while Product Opener has the edit in hand.
fn killed_while_held(database: &str, fault: Fault) {
    let (service, process, id) = nearly_decided(database);
    service.opener.fail(FORM, fault, 1);
    let voter = service.answer_without_waiting(&id, "three");
    service.opener.wait_until_held();
    drop(process);
    voter.join().expect("the voter gives up");
    service.opener.release();
    wait_for("the edit", || added(&service) == 1);
    let _again = service.start("up");
    service.wait_until_ready();
    check_applied_once(&service, &id);
}

#[test]
fn killed_before_the_edit_is_applied() {
    killed_while_held("sqlite", Fault::HoldBefore);
}

#[test]
fn killed_after_the_edit_is_applied() {
    let url = postgres();
    killed_while_held(&url, Fault::HoldAfter);
}

#[test]
fn killed_and_the_edit_never_arrives() {
    let (service, process, id) = nearly_decided("sqlite");
    service.opener.fail(FORM, Fault::HoldBefore, 1);
    let voter = service.answer_without_waiting(&id, "three");
    service.opener.wait_until_held();
    drop(process);
    voter.join().expect("the voter gives up");
    // What is held finds no product: nothing is applied.
    let record = service.opener.product(BARCODE).expect("the product");
    service.opener.remove_product(BARCODE);
    service.opener.release();
    wait_for("the end of the held request", || {
        service
            .opener
            .received()
            .iter()
            .any(|request| request.path == FORM)
    });
    std::thread::park_timeout(std::time::Duration::from_millis(200));
    service
        .opener
        .put_product(record)
        .expect("the product again");
    assert_eq!(added(&service), 0);
    let _again = service.start("up");
    service.wait_until_ready();
    wait_until_accepted(&service, &id);
    assert_eq!(added(&service), 1);
}

#[test]
fn a_client_that_leaves_stops_no_edit() {
    // No lease expires during the test: no other than the first sender can settle the edit.
    let service = TestService::on("sqlite").with("EDIT_LEASE_SECS", "3600");
    let (service, mut process, id) = with_two_votes(service);
    service.opener.fail(FORM, Fault::HoldBefore, 1);
    let client = service.vote_without_reading(&id, "three");
    service.opener.wait_until_held();
    drop(client);
    // The process ends meanwhile, and waits for the edit.
    process.terminate();
    wait_for("the end of the API", || !service.is_listening());
    service.opener.release();
    let ended = process.0.wait().expect("it ends");
    assert!(ended.success(), "{}", service.log("up"));
    let _again = service.start("up");
    service.wait_until_ready();
    check_applied_once(&service, &id);
}

#[test]
fn the_connection_is_cut_before_the_edit() {
    cut(Fault::DropBefore);
}

#[test]
fn the_connection_is_cut_after_the_edit() {
    cut(Fault::DropAfter);
}

#[test]
fn product_opener_answers_with_an_error() {
    cut(Fault::Status(503));
}

/// A vote's edit that may or may not have arrived is hidden, and settled later.
fn cut(fault: Fault) {
    let (service, _process, id) = nearly_decided("sqlite");
    service.opener.fail(FORM, fault, 1);
    assert_eq!(service.answer(&id, 1, Login::Device("three")), 10);
    assert_eq!(
        service.question(BARCODE, "label", TAG),
        None,
        "it is hidden"
    );
    assert_eq!(
        service.answer(&id, 1, Login::Alice),
        5,
        "nobody else answers it"
    );
    check_applied_once(&service, &id);
}

#[test]
fn a_failed_edit_of_a_user_reopens_the_insight() {
    let service = TestService::on("sqlite");
    service.import_demo(BARCODE);
    let _process = service.start("up");
    service.wait_until_ready();
    let id = service.question(BARCODE, "label", TAG).expect("a question");
    for fault in [
        Fault::DropBefore,
        Fault::Refusal,
        Fault::Html,
        Fault::Status(403),
    ] {
        service.opener.fail(FORM, fault, 1);
        let answer = service.answered(&id, 1, Login::Alice);
        assert_eq!(answer["status_code"], 10, "{fault:?} {answer}");
        assert_eq!(service.insight(&id)["annotation"], serde_json::Value::Null);
        assert_eq!(added(&service), 0, "{fault:?}");
    }
    assert_eq!(service.answer(&id, 1, Login::Alice), 2);
    check_applied_once(&service, &id);
}

#[test]
fn fifty_answers_at_once_give_one_outcome() {
    for database in ["sqlite".to_owned(), postgres()] {
        let service = TestService::on(&database);
        service.import_demo(BARCODE);
        let _process = service.start("up");
        service.wait_until_ready();
        let id = service.question(BARCODE, "label", TAG).expect("a question");
        let codes: Vec<i64> = std::thread::scope(|scope| {
            let answers: Vec<_> = (0..50)
                .map(|_| scope.spawn(|| service.answer(&id, 1, Login::Alice)))
                .collect();
            let codes = answers
                .into_iter()
                .map(|answer| answer.join().expect("a code"));
            codes.collect()
        });
        let mut sorted = codes;
        sorted.sort_unstable();
        let mut expected = vec![5; 50];
        expected[0] = 2;
        assert_eq!(sorted, expected, "{database}");
        check_applied_once(&service, &id);
    }
}

#[test]
fn the_policy_caps_what_is_applied_in_a_day() {
    let service = TestService::on("sqlite").with("INSIGHT_AUTOMATIC_PROCESSING_WAIT", "0");
    let file = service.folder.path().join("policy.toml");
    let cap = "[[rule]]\nkind = \"label\"\ndaily_cap = 0\n";
    std::fs::write(&file, cap).expect("a file");
    let service = service.with("ROBOTOFF_POLICY", file.to_str().expect("a path"));
    service.import_demo("1490012000133");
    let _process = service.start("up");
    wait_for("the end of the first round", || {
        service.log("up").contains("applied due insights")
    });
    assert!(
        service.log("up").contains("\"postponed\":1"),
        "{}",
        service.log("up")
    );
    let labels = service.edits();
    let labels = labels.iter().filter(|edit| edit.contains("add_labels"));
    assert_eq!(labels.count(), 0);
}

#[test]
fn due_insights_are_applied_by_the_schedule() {
    let service = TestService::on("sqlite").with("INSIGHT_AUTOMATIC_PROCESSING_WAIT", "0");
    let printed = service.import_demo("1490012000133");
    assert!(printed.contains("en:de-oko-006 (automatic)"), "{printed}");
    let _process = service.start("up");
    let edit = "1490012000133 add_labels=en:de-oko-006";
    wait_for("the automatic edit", || {
        service.edits().iter().any(|made| made == edit)
    });
    let edits = service.opener.edits();
    let is_label = |made: &&robotoff_testbed::opener::AppliedEdit| {
        made.fields
            .get("add_labels")
            .is_some_and(|tag| tag == "en:de-oko-006")
    };
    let made = edits.iter().find(is_label);
    assert!(
        made.expect("the edit")
            .comment
            .ends_with("(automated edit)")
    );
    service.check_no_violations();
}
