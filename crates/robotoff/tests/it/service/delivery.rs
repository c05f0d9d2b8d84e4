//! Edits are applied once each, whatever breaks and whenever.

use robotoff_testbed::opener::Fault;

use super::{Place, Who, postgres};
use crate::processes::{Process, wait_for};

const BARCODE: &str = "1490012000119";
const TAG: &str = "en:no-palm-oil";
const FORM: &str = "/cgi/product_jqm2.pl";
const ADDED: &str = "1490012000119 add_labels=en:no-palm-oil";

/// A place with one question, two of three votes on it, and the service up.
fn nearly_decided(database: &str) -> (Place, Process, String) {
    let place = Place::on(database);
    place.import_demo(BARCODE);
    let process = place.start("up");
    place.wait_until_ready();
    let id = place.question(BARCODE, "label", TAG).expect("a question");
    for device in ["one", "two"] {
        assert_eq!(place.answer(&id, 1, Who::Device(device)), 9);
    }
    (place, process, id)
}

fn wait_until_accepted(place: &Place, id: &str) {
    wait_for("the outcome", || {
        let insight = place.insight(id);
        insight["annotation"] == 1 && insight["annotated_result"] == 2
    });
}

/// How many edits added the label.
fn added(place: &Place) -> usize {
    place.edits().iter().filter(|edit| *edit == ADDED).count()
}

fn check_applied_once(place: &Place, id: &str) {
    wait_until_accepted(place, id);
    assert_eq!(added(place), 1, "{:?}", place.edits());
    place.check_no_violations();
}

/// The service is killed while Product Opener has the edit in hand.
fn killed_while_held(database: &str, fault: Fault) {
    let (place, process, id) = nearly_decided(database);
    place.opener.fail(FORM, fault, 1);
    let voter = place.answer_into_the_void(&id, "three");
    place.opener.wait_until_held();
    drop(process);
    voter.join().expect("the voter gives up");
    place.opener.release();
    wait_for("the edit", || added(&place) == 1);
    let _again = place.start("up");
    place.wait_until_ready();
    check_applied_once(&place, &id);
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
    let (place, process, id) = nearly_decided("sqlite");
    place.opener.fail(FORM, Fault::HoldBefore, 1);
    let voter = place.answer_into_the_void(&id, "three");
    place.opener.wait_until_held();
    drop(process);
    voter.join().expect("the voter gives up");
    // What is held finds no product: nothing is applied.
    let record = place.opener.product(BARCODE).expect("the product");
    place.opener.remove_product(BARCODE);
    place.opener.release();
    wait_for("the end of the held request", || {
        place
            .opener
            .received()
            .iter()
            .any(|request| request.path == FORM)
    });
    std::thread::park_timeout(std::time::Duration::from_millis(200));
    place.opener.put_product(record).expect("the product again");
    assert_eq!(added(&place), 0);
    let _again = place.start("up");
    place.wait_until_ready();
    wait_until_accepted(&place, &id);
    assert_eq!(added(&place), 1);
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
    let (place, _process, id) = nearly_decided("sqlite");
    place.opener.fail(FORM, fault, 1);
    assert_eq!(place.answer(&id, 1, Who::Device("three")), 10);
    assert_eq!(place.question(BARCODE, "label", TAG), None, "it is hidden");
    assert_eq!(
        place.answer(&id, 1, Who::Alice),
        5,
        "nobody else answers it"
    );
    check_applied_once(&place, &id);
}

#[test]
fn a_persons_edit_that_fails_is_theirs_to_make_again() {
    let place = Place::on("sqlite");
    place.import_demo(BARCODE);
    let _process = place.start("up");
    place.wait_until_ready();
    let id = place.question(BARCODE, "label", TAG).expect("a question");
    for fault in [
        Fault::DropBefore,
        Fault::Refusal,
        Fault::Html,
        Fault::Status(403),
    ] {
        place.opener.fail(FORM, fault, 1);
        let answer = place.answered(&id, 1, Who::Alice);
        assert_eq!(answer["status_code"], 10, "{fault:?} {answer}");
        assert_eq!(place.insight(&id)["annotation"], serde_json::Value::Null);
        assert_eq!(added(&place), 0, "{fault:?}");
    }
    assert_eq!(place.answer(&id, 1, Who::Alice), 2);
    check_applied_once(&place, &id);
}

#[test]
fn fifty_answers_at_once_give_one_outcome() {
    for database in ["sqlite".to_owned(), postgres()] {
        let place = Place::on(&database);
        place.import_demo(BARCODE);
        let _process = place.start("up");
        place.wait_until_ready();
        let id = place.question(BARCODE, "label", TAG).expect("a question");
        let codes: Vec<i64> = std::thread::scope(|scope| {
            let answers: Vec<_> = (0..50)
                .map(|_| scope.spawn(|| place.answer(&id, 1, Who::Alice)))
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
        check_applied_once(&place, &id);
    }
}

#[test]
fn the_policy_caps_what_is_applied_in_a_day() {
    let place = Place::on("sqlite").with("INSIGHT_AUTOMATIC_PROCESSING_WAIT", "0");
    let file = place.folder.path().join("policy.toml");
    let cap = "[[rule]]\nkind = \"label\"\ndaily_cap = 0\n";
    std::fs::write(&file, cap).expect("a file");
    let place = place.with("ROBOTOFF_POLICY", file.to_str().expect("a path"));
    place.import_demo("1490012000133");
    let _process = place.start("up");
    wait_for("the end of the first round", || {
        place.log("up").contains("applied due insights")
    });
    assert!(
        place.log("up").contains("\"postponed\":1"),
        "{}",
        place.log("up")
    );
    let labels = place.edits();
    let labels = labels.iter().filter(|edit| edit.contains("add_labels"));
    assert_eq!(labels.count(), 0);
}

#[test]
fn due_insights_are_applied_by_the_schedule() {
    let place = Place::on("sqlite").with("INSIGHT_AUTOMATIC_PROCESSING_WAIT", "0");
    let said = place.import_demo("1490012000133");
    assert!(said.contains("en:de-oko-006 (automatic)"), "{said}");
    let _process = place.start("up");
    let edit = "1490012000133 add_labels=en:de-oko-006";
    wait_for("the automatic edit", || {
        place.edits().iter().any(|made| made == edit)
    });
    let edits = place.opener.edits();
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
    place.check_no_violations();
}
