//! Callers of the running program: verified logins, tokens, the first operator's link, rates,
//! the record of writes.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use robotoff_testbed::opener::Fault;
use serde_json::Value;

use super::client::{Response, get, post};
use super::{ALICE, Login, TestService};
use crate::processes::{Process, wait_for};

/// `alice` with a wrong password.
const IMPOSTOR: (&str, &str) = ("Authorization", "Basic YWxpY2U6eA==");

fn labels(service: &TestService) -> (String, String) {
    service.import_demo("1490012000119");
    let path = "/api/v1/questions/1490012000119?device_id=viewer&count=100";
    let answer = service.get(path);
    let questions = answer["questions"].as_array().expect("questions");
    let mut ids = questions
        .iter()
        .map(|question| question["insight_id"].as_str().expect("an id").to_owned());
    let first = ids.next().expect("a question");
    (first, ids.next().expect("another question"))
}

fn reject(service: &TestService, id: &str, header: (&str, &str)) -> Response {
    let form = format!("insight_id={id}&annotation=0&device_id=d");
    let sent = post(service.port, "/api/v1/insights/annotate", &[header], &form);
    sent.expect("a response")
}

/// Starts the API, and reads the link that it prints.
fn start_with_link(service: &TestService) -> (Process, String) {
    let mut command = service.command(&["up"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut process = Process(child.expect("the binary runs"));
    let output = process.0.stdout.take().expect("it is piped");
    let mut line = String::new();
    let read = BufReader::new(output).read_line(&mut line);
    read.expect("a line of the program");
    (process, line)
}

#[test]
fn logins_are_verified_where_edits_are_sent() {
    let service = TestService::on("sqlite");
    let _up = service.start("up");
    service.wait_until_ready();
    let (first, second) = labels(&service);
    let refused = reject(&service, &first, IMPOSTOR);
    assert_eq!(refused.status, 401, "{}", refused.body);
    assert_eq!(service.insight(&first)["annotation"], Value::Null);
    assert_eq!(service.answer(&first, 0, Login::Alice), 1);
    assert_eq!(service.insight(&first)["username"], "alice");
    // Product Opener is away: what is known goes on, the rest is not written.
    service
        .opener
        .fail("/cgi/auth.pl", Fault::Status(503), 1000);
    let unverified = ("Authorization", "Basic YWxpY2U6eQ==");
    let reply = reject(&service, &second, unverified);
    assert_eq!(
        reply.body["status"], "error_failed_update",
        "{}",
        reply.body
    );
    assert_eq!(service.answer(&second, 0, Login::Alice), 1);
    // Writes are recorded in the background.
    wait_for("the record of both writes", || {
        let writes = service.done(&["writes", "--actor", "user alice"]);
        let is_recorded = |id| writes.contains(&format!("insight {id}, annotation 0"));
        is_recorded(&first) && is_recorded(&second)
    });
    service.check_no_violations();
}

#[test]
fn tokens_are_made_and_revoked_while_the_service_runs() {
    let service = TestService::on("sqlite");
    let _up = service.start("up");
    service.wait_until_ready();
    let (first, second) = labels(&service);
    let token = service.done(&["token", "create", "importer", "--scope", "insights"]);
    let bearer = format!("Bearer {}", token.trim());
    let answered = reject(&service, &first, ("Authorization", &bearer));
    assert_eq!(answered.body["status"], "saved", "{}", answered.body);
    assert_eq!(service.insight(&first)["username"], "token:importer");
    let out_of_scope = post(
        service.port,
        "/api/v1/images/logos/1/reset",
        &[("Authorization", &bearer)],
        "",
    );
    assert_eq!(out_of_scope.expect("a response").status, 403);
    let list = service.done(&["token", "list", "--json"]);
    assert!(
        list.contains("\"importer\"") && !list.contains(token.trim()),
        "{list}"
    );
    assert!(list.contains("\"state\":\"good\""), "{list}");
    service.done(&["token", "revoke", "importer"]);
    assert_eq!(
        reject(&service, &second, ("Authorization", &bearer)).status,
        401
    );
    for (arguments, error) in [
        (&["token", "create", "A"][..], "cannot name a token \"A\""),
        (&["token", "create", "a", "--role", "root"], "is no role"),
        (
            &["token", "create", "a", "--scope", "/x"],
            "is no part of the API",
        ),
        (&["token", "create", "a", "--expires", "soon"], "--expires"),
        (
            &["token", "create", "a", "--expires", "0d"],
            "good for some time",
        ),
        (&["token", "revoke", "nope"], "there is no token \"nope\""),
    ] {
        let output = service.output(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && errors.contains(error),
            "{arguments:?}: {errors}"
        );
    }
}

#[test]
fn the_first_operator_gets_a_link_until_there_is_one() {
    let service = TestService::on("sqlite").with("BASE_PATH", "/robotoff");
    let (up, line) = start_with_link(&service);
    service.wait_until_ready();
    let start = format!("http://127.0.0.1:{}/robotoff/claim#robotoff_", service.port);
    assert!(line.contains(&start), "{line}");
    let secret = line.trim().rsplit('#').next().expect("a secret");
    let form = get(service.port, "/robotoff/claim").expect("a page");
    assert_eq!(form.status, 200);
    let claim = || {
        post(
            service.port,
            "/robotoff/claim",
            &[],
            &format!("link={secret}"),
        )
    };
    let claimed = claim().expect("a response");
    assert_eq!(claimed.status, 200, "{}", claimed.body);
    assert!(
        claimed.headers.contains("path=/robotoff/;"),
        "{}",
        claimed.headers
    );
    let page = claimed.body.as_str().expect("a page").to_owned();
    let bearer = page
        .split("Authorization: ")
        .nth(1)
        .and_then(|rest| rest.split('<').next());
    let bearer = bearer.expect("a token").to_owned();
    assert_eq!(claim().expect("a response").status, 403);
    let dataset = post(
        service.port,
        "/robotoff/api/v1/products/dataset",
        &[("Authorization", &bearer)],
        "",
    );
    assert_eq!(
        dataset.expect("a response").status,
        503,
        "an operator may ask for it"
    );
    drop(up);
    // There is an operator now: the next start prints nothing until it ends.
    let mut command = service.command(&["up"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut again = Process(child.expect("the binary runs"));
    service.wait_until_ready();
    again.terminate();
    let mut output = String::new();
    let stdout = again.0.stdout.as_mut().expect("it is piped");
    stdout.read_to_string(&mut output).expect("text");
    assert_eq!(output, "");
}

#[test]
fn a_client_behind_a_proxy_has_its_own_rate() {
    let service = TestService::on("sqlite").with("RATE_LIMIT", "1/3 1/2");
    let _up = service.start("up");
    service.wait_until_ready();
    let status = |client: &str| {
        let headers = [("X-Forwarded-For", client), ALICE];
        let sent = post(service.port, "/api/v1/insights/annotate", &headers, "x=1");
        sent.expect("a response").status
    };
    let mut of_one: Vec<u16> = (0..4).map(|_| status("9.9.9.9")).collect();
    of_one.sort_unstable();
    assert!(of_one.contains(&400) && of_one.contains(&429), "{of_one:?}");
    // Another address has room, but the login has none.
    wait_for("a refusal of the login", || status("9.9.9.8") == 429);
    let local = get(service.port, "/api/v1/status").expect("a response");
    assert_eq!(local.status, 200);
}
