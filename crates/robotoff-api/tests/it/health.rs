//! `/health`: the results of the checks and how long they are cached; requests that
//! panic or exceed their timeout.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use chrono::NaiveDateTime;
use robotoff_api::{HealthCheck, HealthChecks};
use robotoff_core::insight::InsightKind;
use robotoff_ports::ManualClock;
use serde_json::json;

use crate::test_app::{Fault, TestApp, get, insight};

async fn with_checks(checks: HealthChecks) -> Router {
    let mut app = TestApp::new().await;
    app.api.health = Arc::new(checks);
    app.router()
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(NaiveDateTime::default()))
}

fn returns(result: Result<&'static str, &'static str>) -> HealthCheck {
    let result = result.map(str::to_owned).map_err(str::to_owned);
    Box::new(move || {
        let result = result.clone();
        Box::pin(async { result })
    })
}

#[tokio::test]
async fn a_failed_check_is_named() {
    let checks = HealthChecks::new("host-1", clock())
        .with("test_connect_postgres", returns(Ok("connected")))
        .with("test_connect_redis", returns(Err("refused")));
    let router = with_checks(checks).await;
    let response = get(&router, "/api/v1/health").await;
    assert_eq!(response.status.as_u16(), 500);
    let mut body = response.json();
    for result in body["message"]["results"].as_array_mut().unwrap() {
        assert!(result["response_time"].take().as_f64().unwrap() >= 0.0);
    }
    assert_eq!(
        body,
        json!({
            "message": {
                "hostname": "host-1", "status": "failure", "timestamp": 0.0,
                "results": [
                    {
                        "checker": "test_connect_postgres", "output": "connected", "passed": true,
                        "timestamp": 0.0, "expires": 27.0, "response_time": null,
                    },
                    {
                        "checker": "test_connect_redis", "output": "refused", "passed": false,
                        "timestamp": 0.0, "expires": 9.0, "response_time": null,
                    },
                ],
            },
            "status": 500,
            "headers": {"Content-Type": "application/json"},
        })
    );
}

#[tokio::test]
async fn without_checks_the_service_is_healthy() {
    let router = with_checks(HealthChecks::new("host-1", clock())).await;
    let response = get(&router, "/api/v1/health").await;
    assert_eq!(response.status.as_u16(), 200);
    let body = response.json();
    assert_eq!(body["message"]["status"], "success");
    assert_eq!(
        (&body["message"]["results"], &body["status"]),
        (&json!([]), &json!(200))
    );
}

#[tokio::test]
async fn results_are_cached_failures_for_less_time() {
    let clock = clock();
    let runs = Arc::new(AtomicU32::new(0));
    let count = runs.clone();
    // Succeeds once, then fails.
    let check: HealthCheck = Box::new(move || {
        let is_first = count.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move {
            if is_first {
                Ok(String::new())
            } else {
                Err("gone".to_owned())
            }
        })
    });
    let router = with_checks(HealthChecks::new("h", clock.clone()).with("checker", check)).await;
    for (secs, status, expected) in [
        (0, 200, 1),
        (26, 200, 1),
        (1, 500, 2),
        (8, 500, 2),
        (1, 500, 3),
    ] {
        clock.advance(Duration::from_secs(secs));
        let response = get(&router, "/api/v1/health").await;
        assert_eq!(response.status.as_u16(), status, "after {secs} s more");
        assert_eq!(
            runs.load(Ordering::Relaxed),
            expected,
            "after {secs} s more"
        );
    }
}

/// Store with an insight that is asked about.
async fn with_question() -> TestApp {
    let app = TestApp::new().await;
    let weight = insight(1, "3001234567890", InsightKind::ProductWeight);
    app.store(vec![weight]).await;
    app
}

#[tokio::test]
async fn a_panic_fails_one_request() {
    let app = with_question().await;
    let router = app.router();
    app.knowledge.fail(Fault::Panic);
    for path in ["questions", "questions/3001234567890"] {
        let response = get(&router, &format!("/api/v1/{path}")).await;
        assert_eq!(response.status.as_u16(), 500, "{path}");
        assert_eq!(response.header("x-request-id").len(), 36, "{path}");
    }
    app.knowledge.fail(Fault::None);
    let response = get(&router, "/api/v1/questions").await;
    assert_eq!(response.status.as_u16(), 200);
}

#[tokio::test]
async fn a_request_ends_with_its_timeout() {
    let mut app = with_question().await;
    app.knowledge.fail(Fault::NoAnswer);
    app.api.settings.request_timeout = Duration::from_millis(20);
    let router = app.router();
    for (path, status) in [("questions", 503), ("status", 200)] {
        let response = get(&router, &format!("/api/v1/{path}")).await;
        assert_eq!(response.status.as_u16(), status, "{path}");
        assert_eq!(response.header("x-request-id").len(), 36, "{path}");
    }
}
