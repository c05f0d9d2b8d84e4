//! `robotoff refresh`: products, lists, all of a kind; killed, stopped, gone on with.

use std::process::{Child, Command, Output, Stdio};

use robotoff_testbed::opener::Fault;
use serde_json::json;

use super::{Place, postgres};
use crate::processes::wait_for;

/// Codes whose products have a name that says a label and a weight.
fn codes(number: u64) -> Vec<String> {
    let codes = (0..number).map(|place| (3_000_000_000_000 + place).to_string());
    codes.collect()
}

/// A place with so many products, their codes in `list.txt`.
fn with_products(database: &str, number: u64) -> Place {
    let place = Place::on(database);
    for code in codes(number) {
        place
            .opener
            .put_product(json!({
                "_id": code, "code": code, "schema_version": 1003, "lang": "en",
                "product_name": "Vegan soda 6 x 33 cl", "quantity": "", "labels_tags": [],
            }))
            .expect("a product");
    }
    place.put_list(&codes(number).join("\n"));
    place
}

impl Place {
    fn put_list(&self, text: &str) {
        std::fs::write(self.folder.path().join("list.txt"), text).expect("a list");
    }

    fn begin(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        child.expect("the binary runs")
    }

    /// The codes of the products that were read since so many requests.
    fn read_since(&self, requests: usize) -> Vec<String> {
        let received = self.opener.received();
        let codes = received[requests..].iter().filter_map(|request| {
            let (_, code) = request.path.split_once("/product/")?;
            Some(code.to_owned())
        });
        codes.collect()
    }

    /// Begins a command that then waits for the reading of a product.
    fn begin_and_hold(&self, arguments: &[&str], code: &str) -> Child {
        let path = format!("/api/v2/product/{code}");
        self.opener.fail(&path, Fault::HoldBefore, 1);
        let child = self.begin(arguments);
        self.opener.wait_until_held();
        child
    }

    /// Kills a command while it waits for the reading of a product; gives how
    /// many requests there were until then.
    fn kill_at(&self, arguments: &[&str], code: &str) -> usize {
        let before = self.opener.received().len();
        let mut child = self.begin_and_hold(arguments, code);
        child.kill().expect("it is killed");
        child.wait().expect("it ends");
        self.opener.release();
        wait_for("what was held", || {
            self.read_since(before).iter().any(|read| read == code)
        });
        self.opener.received().len()
    }
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const LIST: [&str; 7] = [
    "refresh",
    "--file",
    "list.txt",
    "--batch-size",
    "3",
    "--jobs",
    "1",
];
const KIND: [&str; 8] = [
    "refresh",
    "--kind",
    "product_weight",
    "--yes",
    "--batch-size",
    "3",
    "--jobs",
    "1",
];

/// Killed at the fifth of nine products, the second batch is done again, the first is not.
fn killed(place: &Place, command: &[&str]) -> String {
    let codes = codes(9);
    let before = place.kill_at(command, &codes[4]);
    let said = place.done(command);
    assert_eq!(place.read_since(before), codes[3..]);
    said
}

fn check_killed(database: &str) {
    let place = with_products(database, 9);
    let said = killed(&place, &LIST);
    // What the killed one did last was not counted any more.
    let whole = "9 products: insights 16 created, 0 updated, 0 deleted; 0 failed, 0 postponed";
    assert!(said.starts_with(whole), "{said}");
    // Now there is something to be chosen by; and it is as it should be.
    let said = killed(&place, &KIND);
    assert!(
        said.starts_with("9 products: insights 0 created, 0 updated, 0 deleted"),
        "{said}"
    );
    // Whole: the same command begins anew.
    let before = place.opener.received().len();
    place.done(&KIND);
    assert_eq!(place.read_since(before), codes(9));
}

#[test]
fn a_killed_refresh_goes_on_on_sqlite() {
    check_killed("sqlite");
}

#[test]
fn a_killed_refresh_goes_on_on_postgres() {
    let url = postgres();
    check_killed(&url);
}

#[test]
fn told_to_stop_it_ends_its_batch_and_says_how_to_go_on() {
    let place = with_products("sqlite", 9);
    let codes = codes(9);
    let child = place.begin_and_hold(&LIST, &codes[4]);
    let told = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(told.expect("kill runs").success());
    place.opener.release();
    let output = child.wait_with_output().expect("it ends");
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("stopped after 6 products; the same command goes on"),
        "{said}"
    );
    let before = place.opener.received().len();
    place.done(&LIST);
    assert_eq!(place.read_since(before), codes[6..]);
    let before = place.kill_at(&LIST, &codes[4]);
    place.done(&[&LIST[..], &["--restart"]].concat());
    assert_eq!(place.read_since(before), codes);
}

#[test]
fn bad_lines_and_failing_products_are_named_and_stop_nobody() {
    let place = with_products("sqlite", 4);
    let codes = codes(4);
    let (first, second, rest) = (&codes[0], &codes[1], codes[2..].join("\n"));
    place.put_list(&format!(
        "{first}\nabc\n\n{second}\n{first}\n12 34\n{rest}\n"
    ));
    let path = format!("/api/v2/product/{second}");
    place.opener.fail(&path, Fault::Status(500), 1000);
    let output = place.output(&["refresh", "--file", "list.txt"]);
    let said = errors(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for named in [
        "list.txt:2: \"abc\" is no barcode",
        "list.txt:6: \"12 34\" is no barcode",
        "2 lines are no barcodes, 5 are",
        &format!("<Product {second} | off>: "),
    ] {
        assert!(said.contains(named), "{named}: {said}");
    }
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    let whole = "4 products: insights 6 created, 0 updated, 0 deleted; 1 failed";
    assert!(report.starts_with(whole), "{report}");
}

#[test]
fn products_that_are_named_are_printed_and_nothing_is_kept_of_them() {
    let place = with_products("sqlite", 1);
    let codes = codes(1);
    let known = codes[0].as_str();
    for created in [2, 0] {
        let said = place.done(&["refresh", known, "3000000000099"]);
        let lines: Vec<&str> = said.lines().collect();
        let expected = format!("{known}: insights: {created} created, 0 updated, 0 deleted");
        assert!(
            lines.iter().any(|line| line.starts_with(&expected)),
            "{said}"
        );
        let absent = "3000000000099: there is no such product";
        assert!(lines.iter().any(|line| line.starts_with(absent)), "{said}");
        assert_eq!(lines.len(), 2);
    }
    place.check_no_violations();
}

#[test]
fn workers_refresh_what_is_enqueued() {
    let place = with_products("sqlite", 3);
    let said = place.done(&["refresh", "--file", "list.txt", "--queue"]);
    assert_eq!(said, "3 products: a job for each\n");
    let jobs = place.done(&["ps", "--json"]);
    assert!(
        jobs.contains(r#"{"queue":"low","state":"waiting","jobs":3}"#),
        "{jobs}"
    );
    let _service = place.start("up");
    place.wait_until_ready();
    for code in codes(3) {
        wait_for("the question", || {
            place
                .question(&code, "product_weight", "6 x 33 cl")
                .is_some()
        });
    }
}

#[test]
fn what_is_not_meant_is_refused_before_anything_is_done() {
    let place = with_products("sqlite", 1);
    for (arguments, code, said) in [
        (&["refresh"][..], 2, "required"),
        (&["refresh", "--all"], 1, "say --yes"),
        (&["refresh", "--kind", "label"], 1, "say --yes"),
        (&["refresh", "--kind", "colour", "--yes"], 2, "colour"),
        (&["refresh", "--prediction-type", "colour"], 2, "colour"),
        (
            &["refresh", "--all", "--kind", "label"],
            2,
            "cannot be used",
        ),
        (&["refresh", "123", "--all"], 2, "cannot be used"),
        (
            &["refresh", "--all", "--yes", "--batch-size", "0"],
            2,
            "1 to 10000",
        ),
        (&["refresh", "--all", "--yes", "--jobs", "65"], 2, "1..=64"),
        (&["refresh", "12x"], 1, "\"12x\" is no barcode"),
        (
            &["refresh", "--file", "gone.txt"],
            1,
            "cannot read gone.txt",
        ),
    ] {
        let output = place.output(arguments);
        let errors = errors(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
        assert!(errors.contains(said), "{arguments:?}: {errors}");
    }
    assert_eq!(place.opener.received().len(), 0);
}
