//! Events that are posted.

use robotoff_api::Role;
use robotoff_ports::JobQueue;
use robotoff_ports::job::{JobFilter, JobState};
use serde_json::{Value, json};

use crate::test_app::{Response, TestApp, send};

const JSON: (&str, &str) = ("content-type", "application/json");
const LOGIN: (&str, &str) = ("authorization", "Basic YW5uOnB3");

async fn post(app: &TestApp, body: &Value) -> Response {
    let body = body.to_string();
    send(
        &app.router(),
        "POST",
        "/api/v1/events",
        &[JSON, LOGIN],
        &body,
    )
    .await
}

async fn operator() -> TestApp {
    let mut app = TestApp::new().await;
    app.api.settings.role_of_logins = Role::Operator;
    app
}

fn event(id: Option<&str>) -> Value {
    json!({
        "code": "3001234567890", "flavor": "off", "user_id": "alice", "action": "updated",
        "comment": "", "product_type": "food", "id": id,
        "diffs": {"uploaded_images": {"add": ["4"]}, "fields": {"change": ["brands"]}},
    })
}

async fn waiting(app: &TestApp) -> usize {
    let filter = JobFilter::in_state(JobState::Waiting);
    let jobs = app.store.jobs(&filter, 100);
    jobs.await.expect("a read").len()
}

#[tokio::test]
async fn posted_events_become_jobs_once() {
    let app = operator().await;
    let events = json!({"events": [event(Some("7-0")), event(None), {"code": "", "user_id": "a"}]});
    let stored = post(&app, &events).await;
    assert_eq!(
        stored.json(),
        json!({"stored": 3, "known": 0, "ignored": 1, "jobs": 2, "merged": 2})
    );
    let again = post(&app, &json!({"events": [event(Some("7-0"))]})).await;
    assert_eq!(
        again.json(),
        json!({"stored": 0, "known": 1, "ignored": 0, "jobs": 0, "merged": 0})
    );
    assert_eq!(waiting(&app).await, 2);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_refuses_them_all() {
    let app = operator().await;
    for (events, expected) in [
        (
            json!({"events": [event(None), {"image_id": "1"}]}),
            "event 1: field",
        ),
        (
            json!({"events": [{"product_type": "books", "code": "1"}]}),
            "\\\"books\\\"",
        ),
        (
            json!({"events": [{"id": "x"}]}),
            "event 0: field \\\"id\\\"",
        ),
        (json!({"event": []}), "missing field `events`"),
        (json!({"events": vec![json!({}); 1001]}), "at most 1000"),
    ] {
        let refused = post(&app, &events).await;
        assert_eq!(refused.status, 400, "{refused:?}");
        assert!(refused.text.contains(expected), "{expected}: {refused:?}");
    }
    assert_eq!(waiting(&app).await, 0);
}

#[tokio::test]
async fn only_operators_post_events() {
    let mut app = TestApp::new().await;
    let body = json!({"events": []}).to_string();
    for (headers, role, status) in [
        (vec![JSON], Role::Operator, 403),
        (vec![JSON, LOGIN], Role::Moderator, 403),
        (vec![JSON, LOGIN], Role::Operator, 200),
    ] {
        app.api.settings.role_of_logins = role;
        let response = send(&app.router(), "POST", "/api/v1/events", &headers, &body).await;
        assert_eq!(response.status, status, "{role:?}");
    }
}
