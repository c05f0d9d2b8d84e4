//! The API of the dashboard, on both databases: who may use it, what it shows; `jobs` and
//! `changes` test what operators do.

mod changes;
mod jobs;

use std::sync::Arc;
use std::time::Duration;

use robotoff_api::{HealthCheck, HealthChecks, Role};
use robotoff_core::edit::{
    EditAccount, EditId, EditState, PendingClosure, ProductChange, ProductEdit, Provenance,
};
use robotoff_core::insight::{InsightKind, Outcome, Verdict};
use robotoff_core::measurements::Measurements;
use robotoff_ports::job::{JobKind, LeaseRequest, NewJob, Queue, Report};
use robotoff_ports::services::{Service, ServiceActivity};
use robotoff_ports::store::{Change, Changes, MeasurementLog, MeasurementSpan};
use robotoff_ports::{Clock, JobQueue, Services, Store, SystemClock};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::test_app::{Response, TestApp, insight, migrated, send};

const JSON: (&str, &str) = ("content-type", "application/json");
const LOGIN: (&str, &str) = ("authorization", "Basic YW5uOnB3");
const CODE: &str = "3017620422003";

/// Kind of the jobs of these tests.
const KIND: JobKind = JobKind {
    name: "import_image",
    queue: Queue::High,
    max_attempts: 1,
    timeout: Duration::from_secs(60),
    ordered: false,
};

/// Apps on an empty SQLite and an empty PostgreSQL, for operators.
async fn apps() -> [TestApp; 2] {
    let url = robotoff_testbed::postgres()
        .database(None)
        .expect("a database");
    let mut apps = [TestApp::new().await, TestApp::on(migrated(&url).await)];
    for app in &mut apps {
        app.api.settings.role_of_logins = Role::Operator;
    }
    apps
}

async fn get(app: &TestApp, path: &str) -> Value {
    let path = format!("/api/v1/ops/{path}");
    let response = send(&app.router(), "GET", &path, &[LOGIN], "").await;
    assert_eq!(response.status.as_u16(), 200, "{path}: {}", response.text);
    response.json()
}

async fn write(app: &TestApp, method: &str, path: &str, body: &Value) -> Response {
    let path = format!("/api/v1/ops/{path}");
    let headers = [JSON, LOGIN];
    send(&app.router(), method, &path, &headers, &body.to_string()).await
}

/// Writes, and returns the body of the response.
async fn done(app: &TestApp, method: &str, path: &str, body: Value) -> Value {
    let response = write(app, method, path, &body).await;
    assert_eq!(response.status.as_u16(), 200, "{body}: {}", response.text);
    response.json()
}

fn job(code: &str) -> NewJob {
    let args = json!({"barcode": code, "server_type": "off"});
    NewJob {
        correlation_id: Some("request-1".to_owned()),
        ..NewJob::new(&KIND, args)
    }
    .keyed(format!("product:off:{code}"))
}

/// Stores jobs that wait, in the order of their numbers.
async fn enqueue(app: &TestApp, number: usize) -> Vec<i64> {
    let jobs: Vec<NewJob> = (0..number).map(|n| job(&format!("{n:013}"))).collect();
    let enqueued = app.store.enqueue(&jobs).await.expect("jobs are stored");
    enqueued.iter().map(|it| it.job().0).collect()
}

/// Lets the first waiting jobs die.
async fn kill(app: &TestApp, number: u32) {
    let request = LeaseRequest {
        queues: vec![Queue::High],
        kinds: None,
        worker: "worker-1".to_owned(),
        limit: number,
        lease: Duration::from_secs(60),
        done: Vec::new(),
    };
    for leased in app
        .store
        .claim_jobs(&request)
        .await
        .expect("jobs are leased")
    {
        let error = "the image cannot be read".to_owned();
        let report = Report::Discard { error };
        app.store
            .report(leased.lease, &report)
            .await
            .expect("a report");
    }
}

#[tokio::test]
async fn only_operators_see_and_change_anything() {
    let mut app = TestApp::new().await;
    let reads = [
        "overview",
        "stream",
        "series",
        "services",
        "queues",
        "jobs",
        "jobs/1",
        "schedules",
        "events",
        "events/parked",
        "edits",
        "data",
        "health",
    ];
    let writes = [
        ("PATCH", "queues/high", json!({"paused": true})),
        ("POST", "jobs", json!({"action": "retry", "ids": [1]})),
        ("PATCH", "schedules/purge_jobs", json!({"enabled": false})),
        ("POST", "schedules/purge_jobs/run", json!({})),
        (
            "POST",
            "events/parked",
            json!({"action": "discard", "ids": [1]}),
        ),
        (
            "POST",
            "edits",
            json!({"action": "retry", "ids": [Uuid::nil()]}),
        ),
        ("POST", "session", json!({})),
    ];
    for role in [Role::Anonymous, Role::User, Role::Moderator] {
        app.api.settings.role_of_logins = role;
        for path in reads {
            let path = format!("/api/v1/ops/{path}");
            let response = send(&app.router(), "GET", &path, &[LOGIN], "").await;
            assert_eq!(response.status.as_u16(), 403, "{path} as {role}");
        }
        for (method, path, body) in &writes {
            let response = write(&app, method, path, body).await;
            assert_eq!(response.status.as_u16(), 403, "{method} {path} as {role}");
        }
        let session = get(&app, "session").await;
        assert_eq!(session["is_operator"], false);
    }
    assert!(app.store.paused().await.expect("a read").is_empty());
    app.api.settings.role_of_logins = Role::Operator;
    assert_eq!(get(&app, "session").await["is_operator"], true);
    get(&app, "overview").await;
}

#[tokio::test]
async fn a_login_or_a_token_becomes_a_cookie() {
    let mut app = TestApp::new().await;
    app.api.settings.role_of_logins = Role::Operator;
    let path = "/api/v1/ops/session";
    let begin = async |headers: &[(&str, &str)], body: &Value| {
        send(&app.router(), "POST", path, headers, &body.to_string()).await
    };
    let by_login = begin(&[JSON, LOGIN], &json!({})).await;
    assert_eq!(by_login.json()["name"], "ann");
    let cookie = by_login.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly; SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().expect("a cookie").to_owned();
    let overview = async |cookie: &str| {
        let path = "/api/v1/ops/overview";
        let response = send(&app.router(), "GET", path, &[("cookie", cookie)], "").await;
        response.status.as_u16()
    };
    assert_eq!(overview(&cookie).await, 200);
    // It is good for the dashboard alone.
    let events = [JSON, ("cookie", &*cookie)];
    let events = send(
        &app.router(),
        "POST",
        "/api/v1/events",
        &events,
        r#"{"events": []}"#,
    )
    .await;
    assert_eq!(events.status.as_u16(), 403);
    let token = cookie.split('=').nth(1).expect("a token");
    assert_eq!(
        begin(&[JSON], &json!({"token": token}))
            .await
            .status
            .as_u16(),
        200
    );
    for (body, status) in [
        (json!({"token": "robotoff_x"}), 401),
        (json!({"token": 1}), 400),
        (json!({"tokens": "x"}), 400),
        (json!({}), 403),
    ] {
        let refused = begin(&[JSON], &body).await;
        assert_eq!(refused.status.as_u16(), status, "{body}");
    }
    let end = send(&app.router(), "DELETE", path, &[("cookie", &cookie)], "").await;
    assert!(end.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(overview(&cookie).await, 403, "its token is revoked");
    // A session is no lasting operator: the first one still gets a link.
    let link = app.api.app.tokens.first_operator_link().await;
    assert!(link.expect("a read").is_some());
}

/// An edit in a state, of an insight of its own.
async fn store_edit(app: &TestApp, number: u128, state: EditState, account: EditAccount) -> Uuid {
    let at = SystemClock.now();
    let mut insight = insight(number, CODE, InsightKind::Label);
    insight.timestamp = Some(at);
    insight.value_tag = Some("en:organic".to_owned());
    app.store(vec![insight.clone()]).await;
    let edit = ProductEdit {
        id: EditId(Uuid::from_u128(number)),
        insight: insight.id,
        product: insight.product.clone(),
        state,
        account,
        changes: vec![ProductChange::AddLabel {
            tag: "en:organic".to_owned(),
        }],
        made: 0,
        closure: PendingClosure {
            verdict: Verdict::Accepted,
            outcome: Outcome::Updated,
            username: None,
            provenance: Provenance::Votes(3),
            data: None,
            claim: None,
        },
        attempts: 1,
        lease_until: None,
        last_error: Some("no answer".to_owned()),
        correlation_id: Some("request-1".to_owned()),
        created_at: at,
        settled_at: None,
    };
    let id = edit.id.0;
    let changes = Changes::new().with(Change::StartEdit(Box::new(edit)));
    app.store.commit(changes).await.expect("an edit is stored");
    id
}

#[tokio::test]
async fn the_overview_says_what_needs_attention() {
    for mut app in apps().await {
        let checks = HealthChecks::new("here", Arc::new(SystemClock));
        app.api.health = Arc::new(checks.with("test_connect_postgres", failing()));
        let now = SystemClock.now();
        let service = Service {
            id: "up-1".to_owned(),
            kind: "up".to_owned(),
            host: "here".to_owned(),
            process: 7,
            version: "1".to_owned(),
            started_at: now,
            seen_at: now,
            ended_at: None,
            activity: ServiceActivity::default(),
        };
        Services::heartbeat(&app.store, &service)
            .await
            .expect("a heartbeat");
        enqueue(&app, 1).await;
        kill(&app, 1).await;
        let overview = get(&app, "overview").await;
        let attention = overview["attention"].as_array().expect("findings");
        let texts: Vec<&str> = attention
            .iter()
            .filter_map(|it| it["text"].as_str())
            .collect();
        assert_eq!(
            texts,
            [
                "test_connect_postgres fails: no answer.",
                "1 job is dead in queue high."
            ]
        );
        assert_eq!(overview["services"][0]["state"], "running");
    }
}

fn failing() -> HealthCheck {
    Box::new(|| Box::pin(async { Err("no answer".to_owned()) }))
}

#[tokio::test]
async fn series_have_a_value_for_each_bin() {
    for app in apps().await {
        let minute = MeasurementSpan::Minute.start_of(SystemClock.now());
        let mut measured = Measurements::default();
        measured.count("job:import_image:done", 4);
        measured.read("queue:high:waiting", 3.0);
        measured.read("health:test_x", 1.0);
        measured.time("job", Duration::from_millis(200));
        let earlier = minute - MeasurementSpan::Minute.length();
        for source in ["a", "b"] {
            let stored = app.store.store_measurements(earlier, source, &measured);
            assert!(stored.await.expect("a write"));
        }
        for (range, bins) in [("hour", 60), ("day", 288), ("week", 168)] {
            let series = get(&app, &format!("series?range={range}")).await;
            let values = series["counts"]["job:import_image:done"]
                .as_array()
                .expect("values");
            assert_eq!(values.len(), bins);
            let total: f64 = values.iter().filter_map(Value::as_f64).sum();
            assert!((total - 8.0).abs() < 0.001, "{range}: {total}");
            let depth = series["gauges"]["queue:high:waiting"]
                .as_array()
                .expect("values");
            let depth: Vec<f64> = depth.iter().filter_map(Value::as_f64).collect();
            assert_eq!(depth, [3.0], "{range}: a mean, not a sum");
            assert!(series["durations"]["job:p95"].is_array());
        }
        let some = get(&app, "series?names=queue:").await;
        assert_eq!(some["counts"], json!({}));
        assert_eq!(some["gauges"].as_object().map(|it| it.len()), Some(1));
        let path = "/api/v1/ops/series?range=year";
        let response = send(&app.router(), "GET", path, &[LOGIN], "").await;
        assert_eq!(response.status.as_u16(), 400);
    }
}
