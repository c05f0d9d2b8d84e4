//! The client against a loopback server that answers as it is told: what a real server in
//! the tests cannot do on demand, or lacks (API keys).

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use robotoff_ports::search::{HitOrder, SearchDocument};

use super::*;

/// A response: its status and body, or `None` for one that never comes.
type Scripted = Option<(u16, String)>;

/// A server that gives its responses in order and records its requests.
struct FakeServer {
    url: String,
    requests: Arc<Mutex<Vec<FakeRequest>>>,
}

#[derive(Debug, Clone)]
struct FakeRequest {
    line: String,
    authorization: String,
    body: String,
}

impl FakeServer {
    fn start(responses: Vec<Scripted>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (recorded, mut responses) = (requests.clone(), VecDeque::from(responses));
        std::thread::spawn(move || {
            let mut open = Vec::new();
            for stream in listener.incoming().flatten() {
                let request = read(&stream);
                recorded.lock().unwrap().push(request);
                match responses.pop_front() {
                    Some(Some((status, body))) => write(&stream, status, &body),
                    // Held open, without an answer.
                    _ => open.push(stream),
                }
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<FakeRequest> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> FakeRequest {
    let mut reader = BufReader::new(stream);
    let (mut line, mut authorization, mut len) = (String::new(), String::new(), 0);
    reader.read_line(&mut line).unwrap();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let Some((name, value)) = header.trim().split_once(": ") else {
            break;
        };
        match name.to_lowercase().as_str() {
            "authorization" => authorization = value.to_owned(),
            "content-length" => len = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; len];
    reader.read_exact(&mut body).unwrap();
    FakeRequest {
        line: line.trim().trim_end_matches(" HTTP/1.1").to_owned(),
        authorization,
        body: String::from_utf8(body).unwrap(),
    }
}

fn write(mut stream: &TcpStream, status: u16, body: &str) {
    let len = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {len}\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

fn settings(urls: &str) -> ElasticSettings {
    ElasticSettings {
        timeout: Duration::from_millis(300),
        first_pause: Duration::from_millis(1),
        ..ElasticSettings::new(urls).unwrap()
    }
}

fn engine(settings: ElasticSettings) -> ElasticSearch {
    ElasticSearch::new(settings).unwrap()
}

fn answer(status: u16, body: &Value) -> Scripted {
    Some((status, body.to_string()))
}

fn found(places: &[u32]) -> Value {
    let hits = places.iter().map(|place| {
        json!({"_score": 1.0, "_source": {
            "place": place, "payload": "p", "terms": {"fr": "pom"},
        }})
    });
    let hits: Vec<Value> = hits.collect();
    json!({"responses": [{"status": 200, "hits": {"hits": hits}}]})
}

fn query() -> TermQuery {
    TermQuery {
        lang: "fr".to_owned(),
        terms: vec!["pom".to_owned()],
        order: HitOrder::Place,
        limit: 10,
    }
}

async fn find(engine: &ElasticSearch) -> PortResult<Vec<Vec<SearchHit>>> {
    engine.find(SearchIndex::CategoryNames, &[query()]).await
}

#[tokio::test]
async fn credentials_are_sent_as_basic_or_api_key() {
    let basic = ElasticAuth::Basic {
        user: "me".to_owned(),
        password: "pass".to_owned(),
    };
    let key = ElasticAuth::ApiKey("aWQ6a2V5".to_owned());
    for (auth, expected) in [
        (ElasticAuth::None, ""),
        (basic, "Basic bWU6cGFzcw=="),
        (key, "ApiKey aWQ6a2V5"),
    ] {
        let server = FakeServer::start(vec![answer(200, &found(&[1]))]);
        let settings = ElasticSettings {
            auth,
            ..settings(&server.url)
        };
        find(&engine(settings)).await.unwrap();
        let request = &server.requests()[0];
        assert_eq!(request.authorization, expected);
        assert_eq!(request.line, "POST /robotoff-categories/_msearch");
    }
}

#[tokio::test]
async fn wrong_credentials_are_denied_with_the_cure_and_not_sent_again() {
    let error = json!({"error": {"root_cause": [{"reason": "unknown user"}]}, "status": 401});
    let server = FakeServer::start(vec![answer(401, &error)]);
    let error = find(&engine(settings(&server.url))).await.unwrap_err();
    assert!(!error.is_retryable());
    let message = error.to_string();
    assert!(message.contains("unknown user") && message.contains("ELASTIC_API_KEY"));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_server_that_is_busy_is_tried_again_on_the_next_node() {
    let busy = json!({"error": "busy"});
    let first = FakeServer::start(vec![answer(503, &busy), answer(429, &busy)]);
    let second = FakeServer::start(vec![answer(502, &busy), answer(200, &found(&[7]))]);
    let both = format!("{},{}", first.url, second.url);
    let hits = find(&engine(settings(&both))).await.unwrap();
    assert_eq!(hits[0][0].place, 7);
    assert_eq!((first.requests().len(), second.requests().len()), (2, 2));
}

#[tokio::test]
async fn a_server_that_stays_away_is_unavailable() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = format!("http://{}", closed.local_addr().unwrap());
    let silent = FakeServer::start(vec![]);
    for url in [&closed, &silent.url] {
        let settings = ElasticSettings {
            attempts: 2,
            ..settings(url)
        };
        let engine = engine(settings);
        let error = find(&engine).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        assert!(error.to_string().contains(url), "{error}");
        let findings = engine.check().await;
        assert!(findings[0].is_failure, "{findings:?}");
    }
}

#[tokio::test]
async fn answers_have_a_limit_of_size_and_must_be_json() {
    for (body, expected) in [
        ("x".repeat(2000), "larger than 1000"),
        ("<p>".into(), "JSON"),
    ] {
        let server = FakeServer::start(vec![Some((200, body))]);
        let settings = ElasticSettings {
            max_answer_bytes: 1000,
            ..settings(&server.url)
        };
        let error = find(&engine(settings)).await.unwrap_err();
        assert!(!error.is_retryable());
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn half_an_answer_is_none() {
    let failed =
        json!({"responses": [{"status": 200, "_shards": {"failed": 1}, "hits": {"hits": []}}]});
    let missing = json!({"responses": [{"status": 404, "error": {"reason": "no such index"}}]});
    let broken = json!({"responses": [{"status": 400, "error": {"reason": "bad query"}}]});
    let none = json!({"responses": []});
    for (body, is_retryable, expected) in [
        (failed, true, "all shards"),
        (missing, true, "robotoff index build"),
        (broken, false, "bad query"),
        (none, false, "another number"),
    ] {
        let server = FakeServer::start(vec![answer(200, &body)]);
        let error = find(&engine(settings(&server.url))).await.unwrap_err();
        assert_eq!(error.is_retryable(), is_retryable, "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

fn documents() -> Vec<SearchDocument> {
    let documents = (0..3).map(|place| SearchDocument {
        place,
        lang: "fr".to_owned(),
        terms: format!("n{place}"),
        payload: String::new(),
    });
    documents.collect()
}

/// A writer on a server that then answers bulk requests so.
async fn writer(bulk: Vec<Scripted>) -> (FakeServer, Box<dyn IndexWriter>) {
    let mut responses = vec![
        answer(200, &json!({})),
        answer(200, &json!({"acknowledged": true})),
        answer(200, &json!({"acknowledged": true})),
        answer(200, &json!({})),
        answer(200, &json!({"count": 0})),
    ];
    responses.extend(bulk);
    let server = FakeServer::start(responses);
    let engine = engine(settings(&server.url));
    let writer = engine.write(SearchIndex::SpellingWords, "v1").await;
    (server, writer.unwrap())
}

fn results(statuses: [u16; 3]) -> Value {
    let results = statuses.map(|status| match status {
        201 => json!({"index": {"status": 201}}),
        status => json!({"index": {"status": status, "error": {"reason": "why not"}}}),
    });
    let has_errors = statuses.iter().any(|status| *status != 201);
    json!({"errors": has_errors, "items": results})
}

#[tokio::test]
async fn documents_that_found_no_room_are_sent_again_alone() {
    let bulk = vec![
        answer(200, &results([201, 429, 201])),
        answer(200, &json!({"errors": false})),
    ];
    let (server, mut writer) = writer(bulk).await;
    writer.append(documents()).await.unwrap();
    let requests = server.requests();
    let sent: Vec<usize> = requests[5..]
        .iter()
        .map(|request| request.body.matches("\"_id\"").count())
        .collect();
    assert_eq!(sent, [3, 1]);
    assert!(requests[6].body.contains("\"_id\":\"1\""), "{requests:?}");
}

#[tokio::test]
async fn a_refused_document_is_a_defect_that_names_it() {
    let (_server, mut writer) = writer(vec![answer(200, &results([201, 201, 400]))]).await;
    let error = writer.append(documents()).await.unwrap_err();
    assert!(!error.is_retryable());
    assert!(error.to_string().contains("document 2: why not"), "{error}");
}

#[tokio::test]
async fn a_server_without_room_is_unavailable() {
    let full = answer(200, &results([429, 429, 429]));
    let (server, mut writer) = writer(vec![full; 4]).await;
    let error = writer.append(documents()).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(server.requests().len(), 9);
}
