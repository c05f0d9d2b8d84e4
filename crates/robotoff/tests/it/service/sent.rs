//! Traffic of a running service beside products and edits: data that are fetched, reports of
//! errors and traces that are sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc;
use std::time::Duration;

use robotoff_testbed::FileServer;
use serde_json::{Value, json};

use super::TestService;
use crate::processes::wait_for;

const LABELS: &str = "/data/taxonomies/labels.full.json";

/// Taxonomy of labels in two parts of 32 kB at most, with this name of a label of the demo set.
fn labels(name: &str) -> String {
    let mut nodes = serde_json::Map::new();
    nodes.insert("en:no-palm-oil".to_owned(), json!({"name": {"en": name}}));
    for n in 0..600 {
        let label = format!("Label of the test, number {n}");
        nodes.insert(format!("en:label-{n}"), json!({"name": {"en": label}}));
    }
    Value::Object(nodes).to_string()
}

/// Name of the label in the question about a product of the demo set.
fn question_name(service: &TestService) -> String {
    let asked = service.get("/api/v1/questions/1490012000119?lang=en&insight_types=label");
    let questions = asked["questions"].as_array().expect("a list").iter();
    let mut questions = questions.filter(|question| question["value_tag"] == "en:no-palm-oil");
    let question = questions.next().unwrap_or_else(|| panic!("{asked}"));
    question["value"].as_str().expect("a name").to_owned()
}

#[test]
fn data_are_fetched_while_the_built_in_ones_serve() {
    let server = FileServer::start().expect("it starts");
    server.put(LABELS, labels("Fetched Name"));
    server.set_pause(Duration::from_secs(3));
    let service = TestService::on("sqlite")
        .with("DATA_URL", &server.url())
        .with("DATA_LISTS_URL", &server.url());
    service.import_demo("1490012000119");
    let up = service.start_with("up", &[("DATA_PULL", "on")]);
    let fetched = service
        .folder
        .path()
        .join("var/data/taxonomies/labels.full.json");
    service.wait_until_ready();
    wait_for("the fetch", || {
        let requests = server.take_requests();
        requests.iter().any(|request| request.contains(LABELS))
    });
    // The file is on its way: it is not there, and the built-in names serve.
    assert!(!fetched.exists());
    let built_in = question_name(&service);
    assert_ne!(built_in, "Fetched Name");
    server.set_pause(Duration::ZERO);
    wait_for("the fetched names", || {
        question_name(&service) == "Fetched Name"
    });
    let log = service.log("up");
    assert!(log.contains("fetched data"), "{log}");
    assert!(log.contains("the present ones serve meanwhile"), "{log}");
    drop(up);
    // The folder of the operator is read instead, and not written to.
    let own = service.folder.path().join("own");
    std::fs::create_dir(&own).expect("a folder");
    server.take_requests();
    let settings = [
        ("DATA_PULL", "on"),
        ("ROBOTOFF_DATA_DIR", own.to_str().expect("a path")),
        ("DATA_FOLDER", own.to_str().expect("a path")),
    ];
    let _up = service.start_with("up", &settings);
    service.wait_until_ready();
    wait_for("the warning", || {
        service.log("up").contains("which is only read")
    });
    assert_eq!(std::fs::read_dir(&own).expect("a folder").count(), 0);
    assert_eq!(server.take_requests(), Vec::<String>::new());
}

/// Head and body of a request, which is answered.
fn request(listener: &TcpListener) -> Option<(String, String)> {
    let (stream, _) = listener.accept().ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .ok()?;
    let mut reader = BufReader::new(&stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let length = head.split_once("content-length: ")?.1;
    let length = length.split("\r\n").next()?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    (&stream).write_all(answer.as_bytes()).ok()?;
    Some((head, String::from_utf8(body).ok()?))
}

/// A server on this port that takes everything; the requests are received.
fn taking_all() -> (u16, mpsc::Receiver<(String, String)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (sender, received) = mpsc::channel();
    std::thread::spawn(move || {
        while let Some(report) = request(&listener) {
            if sender.send(report).is_err() {
                break;
            }
        }
    });
    (port, received)
}

#[test]
fn traces_of_requests_and_jobs_are_sent_to_the_collector() {
    let (port, received) = taking_all();
    let service = TestService::on("sqlite");
    let endpoint = format!("http://127.0.0.1:{port}");
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        // Lines of the log and traces are chosen apart.
        ("LOG_LEVEL", "error"),
    ];
    let _up = service.start_with("up", &settings);
    service.wait_until_ready();
    let mut names = std::collections::BTreeSet::new();
    while !(names.contains("request") && names.contains("job")) {
        let (head, body) = received
            .recv_timeout(Duration::from_secs(60))
            .expect("spans");
        assert!(head.starts_with("post /v1/traces "), "{head}");
        let document: Value = serde_json::from_str(&body).expect("JSON");
        let spans = &document["resourceSpans"][0]["scopeSpans"][0]["spans"];
        for span in spans.as_array().expect("a list") {
            assert_eq!(span["traceId"].as_str().map(str::len), Some(32), "{span}");
            names.insert(span["name"].as_str().expect("a name").to_owned());
        }
    }
}

#[test]
fn errors_are_reported_to_the_server_that_is_named() {
    let (port, received) = taking_all();
    let service = TestService::on("sqlite");
    // Somebody else has the port of the API.
    let _taken = TcpListener::bind(("127.0.0.1", service.port)).expect("the port");
    let dsn = format!("http://public@127.0.0.1:{port}/7");
    let mut up = service.start_with("up", &[("SENTRY_DSN", &dsn)]);
    assert!(!up.0.wait().expect("it ends").success());
    let (head, body) = received
        .recv_timeout(Duration::from_secs(30))
        .expect("a report");
    assert!(head.starts_with("post /api/7/envelope/ "), "{head}");
    assert!(head.contains("sentry_key=public"), "{head}");
    let lines: Vec<Value> = body
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let [start, item, event] = &lines[..] else {
        panic!("{body}");
    };
    assert_eq!(item["type"], "event");
    assert_eq!(start["event_id"], event["event_id"]);
    let message = event["message"]["formatted"].as_str().expect("a text");
    assert!(
        message.starts_with("the up ended: cannot listen at "),
        "{message}"
    );
    assert_eq!(event["tags"]["part"], "up");
    assert_eq!(event["environment"], "dev");
}
