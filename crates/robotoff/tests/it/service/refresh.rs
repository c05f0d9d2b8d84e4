//! `robotoff refresh`: products, lists, all of a kind; killed, stopped, gone on with.

use std::process::{Child, Command, Output, Stdio};

use robotoff_testbed::opener::Fault;
use serde_json::json;

use super::{TestService, postgres};
use crate::processes::wait_for;

/// Codes whose products have a name that says a label and a weight.
fn codes(number: u64) -> Vec<String> {
    let codes = (0..number).map(|service| (3_000_000_000_000 + service).to_string());
    codes.collect()
}

/// A service with so many products, their codes in `list.txt`.
fn with_products(database: &str, number: u64) -> TestService {
    let service = TestService::on(database);
    for code in codes(number) {
        service
            .opener
            .put_product(json!({
                "_id": code, "code": code, "schema_version": 1003, "lang": "en",
                "product_name": "Vegan soda 6 x 33 cl", "quantity": "", "labels_tags": [],
            }))
            .expect("a product");
    }
    service.put_list(&codes(number).join("\n"));
    service
}

impl TestService {
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
fn killed(service: &TestService, command: &[&str]) -> String {
    let codes = codes(9);
    let before = service.kill_at(command, &codes[4]);
    let printed = service.done(command);
    assert_eq!(service.read_since(before), codes[3..]);
    printed
}

fn check_killed(database: &str) {
    let service = with_products(database, 9);
    let printed = killed(&service, &LIST);
    // What the killed one did last was not counted any more.
    let whole = "9 products: insights 16 created, 0 updated, 0 deleted; 0 failed, 0 postponed";
    assert!(printed.starts_with(whole), "{printed}");
    // Now there is something to be chosen by; and it is as it should be.
    let printed = killed(&service, &KIND);
    assert!(
        printed.starts_with("9 products: insights 0 created, 0 updated, 0 deleted"),
        "{printed}"
    );
    // Whole: the same command begins anew.
    let before = service.opener.received().len();
    service.done(&KIND);
    assert_eq!(service.read_since(before), codes(9));
}

#[test]
fn a_killed_refresh_resumes_on_sqlite() {
    check_killed("sqlite");
}

#[test]
fn a_killed_refresh_resumes_on_postgres() {
    let url = postgres();
    check_killed(&url);
}

#[test]
fn a_signal_ends_the_batch_and_the_message_says_how_to_resume() {
    let service = with_products("sqlite", 9);
    let codes = codes(9);
    let child = service.begin_and_hold(&LIST, &codes[4]);
    let told = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(told.expect("kill runs").success());
    service.opener.release();
    let output = child.wait_with_output().expect("it ends");
    let printed = errors(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    assert!(
        printed.contains("stopped after 6 products; the same command resumes"),
        "{printed}"
    );
    let before = service.opener.received().len();
    service.done(&LIST);
    assert_eq!(service.read_since(before), codes[6..]);
    let before = service.kill_at(&LIST, &codes[4]);
    service.done(&[&LIST[..], &["--restart"]].concat());
    assert_eq!(service.read_since(before), codes);
}

#[test]
fn bad_lines_and_failing_products_are_named_and_skipped() {
    let service = with_products("sqlite", 4);
    let codes = codes(4);
    let (first, second, rest) = (&codes[0], &codes[1], codes[2..].join("\n"));
    service.put_list(&format!(
        "{first}\nabc\n\n{second}\n{first}\n12 34\n{rest}\n"
    ));
    let path = format!("/api/v2/product/{second}");
    service.opener.fail(&path, Fault::Status(500), 1000);
    let output = service.output(&["refresh", "--file", "list.txt"]);
    let printed = errors(&output);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    for named in [
        "list.txt:2: \"abc\" is no barcode",
        "list.txt:6: \"12 34\" is no barcode",
        "2 lines are no barcodes, 5 are",
        &format!("<Product {second} | off>: "),
    ] {
        assert!(printed.contains(named), "{named}: {printed}");
    }
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    let whole = "4 products: insights 6 created, 0 updated, 0 deleted; 1 failed";
    assert!(report.starts_with(whole), "{report}");
}

#[test]
fn products_given_as_arguments_are_printed_and_leave_no_checkpoint() {
    let service = with_products("sqlite", 1);
    let codes = codes(1);
    let known = codes[0].as_str();
    for created in [2, 0] {
        let printed = service.done(&["refresh", known, "3000000000099"]);
        let lines: Vec<&str> = printed.lines().collect();
        let expected = format!("{known}: insights: {created} created, 0 updated, 0 deleted");
        assert!(
            lines.iter().any(|line| line.starts_with(&expected)),
            "{printed}"
        );
        let absent = "3000000000099: there is no such product";
        assert!(
            lines.iter().any(|line| line.starts_with(absent)),
            "{printed}"
        );
        assert_eq!(lines.len(), 2);
    }
    service.check_no_violations();
}

#[test]
fn workers_refresh_what_is_enqueued() {
    let service = with_products("sqlite", 3);
    let printed = service.done(&["refresh", "--file", "list.txt", "--queue"]);
    assert_eq!(printed, "3 products: a job for each\n");
    let jobs = service.done(&["ps", "--json"]);
    assert!(
        jobs.contains(r#"{"queue":"low","state":"waiting","jobs":3,"is_capped":false}"#),
        "{jobs}"
    );
    let _service = service.start("up");
    service.wait_until_ready();
    for code in codes(3) {
        wait_for("the question", || {
            service
                .question(&code, "product_weight", "6 x 33 cl")
                .is_some()
        });
    }
}

#[test]
fn a_contradictory_command_is_refused_first() {
    let service = with_products("sqlite", 1);
    for (arguments, code, printed) in [
        (&["refresh"][..], 2, "required"),
        (&["refresh", "--all"], 1, "needs --yes"),
        (&["refresh", "--kind", "label"], 1, "needs --yes"),
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
        let output = service.output(arguments);
        let errors = errors(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {errors}");
        assert!(errors.contains(printed), "{arguments:?}: {errors}");
    }
    assert_eq!(service.opener.received().len(), 0);
}
