//! `/health`: what it says of the parts, and how long that is believed; answers
//! that fail or never come.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use axum::Router;
use chrono::NaiveDateTime;
use robotoff_api::{
    AnswerRequest, Health, Look, ProductQuestionsWanted, Question, QuestionPage, QuestionsWanted,
    Reply, Service, router,
};
use robotoff_app::explain::Explanation;
use robotoff_core::product::ProductId;
use robotoff_ports::ManualClock;
use serde_json::json;

use crate::service::{api, get, migrated};

async fn with_health(health: Health) -> Router {
    let mut api = api(Arc::new(migrated("sqlite::memory:").await));
    api.health = Arc::new(health);
    router(api)
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(NaiveDateTime::default()))
}

fn says(result: Result<&'static str, &'static str>) -> Look {
    let result = result.map(str::to_owned).map_err(str::to_owned);
    Box::new(move || {
        let result = result.clone();
        Box::pin(async { result })
    })
}

#[tokio::test]
async fn a_part_that_fails_is_named() {
    let health = Health::new("host-1", clock())
        .with("test_connect_postgres", says(Ok("connected")))
        .with("test_connect_redis", says(Err("refused")));
    let router = with_health(health).await;
    let answer = get(&router, "/api/v1/health").await;
    assert_eq!(answer.status.as_u16(), 500);
    let mut body = answer.json();
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
async fn parts_that_are_not_configured_are_left_out() {
    let router = with_health(Health::new("host-1", clock())).await;
    let answer = get(&router, "/api/v1/health").await;
    assert_eq!(answer.status.as_u16(), 200);
    let body = answer.json();
    assert_eq!(body["message"]["status"], "success");
    assert_eq!(
        (&body["message"]["results"], &body["status"]),
        (&json!([]), &json!(200))
    );
}

#[tokio::test]
async fn what_was_seen_is_believed_for_a_while() {
    let clock = clock();
    let looks = Arc::new(AtomicU32::new(0));
    let count = looks.clone();
    // Well at first, then not.
    let look: Look = Box::new(move || {
        let is_first = count.fetch_add(1, Ordering::Relaxed) == 0;
        Box::pin(async move {
            if is_first {
                Ok(String::new())
            } else {
                Err("gone".to_owned())
            }
        })
    });
    let router = with_health(Health::new("h", clock.clone()).with("part", look)).await;
    for (secs, status, expected) in [
        (0, 200, 1),
        (26, 200, 1),
        (1, 500, 2),
        (8, 500, 2),
        (1, 500, 3),
    ] {
        clock.advance(Duration::from_secs(secs));
        let answer = get(&router, "/api/v1/health").await;
        assert_eq!(answer.status.as_u16(), status, "after {secs} s more");
        assert_eq!(
            looks.load(Ordering::Relaxed),
            expected,
            "after {secs} s more"
        );
    }
}

#[tokio::test]
async fn a_store_that_is_gone_is_noticed() {
    let database = migrated("sqlite::memory:").await;
    let look = Health::look_at_store(Arc::new(database.clone()));
    assert_eq!(look().await, Ok("connected".to_owned()));
    database.close().await.unwrap();
    assert!(look().await.is_err());
}

/// Use cases that break, or never end.
struct Broken;

#[async_trait]
impl Service for Broken {
    async fn questions(&self, _: &QuestionsWanted) -> Result<QuestionPage> {
        panic!("a defect")
    }

    async fn questions_about(&self, _: &ProductQuestionsWanted) -> Result<Vec<Question>> {
        std::future::pending().await
    }

    async fn answer(&self, _: AnswerRequest) -> Result<Reply> {
        panic!("{} defect", "another")
    }

    async fn explain(&self, _: &[ProductId]) -> Result<Vec<Explanation>> {
        panic!("a defect")
    }
}

#[tokio::test]
async fn a_defect_ends_one_request_and_no_request_is_endless() {
    let mut api = api(Arc::new(migrated("sqlite::memory:").await));
    api.service = Arc::new(Broken);
    api.settings.time_limit = Duration::ZERO;
    let router = router(api);
    for (path, status) in [("questions", 500), ("questions/1", 503), ("status", 200)] {
        let answer = get(&router, &format!("/api/v1/{path}")).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
    }
}
