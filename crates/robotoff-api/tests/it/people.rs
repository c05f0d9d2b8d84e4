//! Features that people share: lent questions, requests that are sent again, missions, badges,
//! and the candidates for a product.

use std::collections::BTreeSet;

use robotoff_api::Role;
use robotoff_core::insight::{Insight, InsightKind, Verdict};
use serde_json::{Value, json};

use crate::predictions::with_predictions;
use crate::test_app::{TestApp, get, insight, send};

const LOGIN: (&str, &str) = ("authorization", "Basic YW5uOnB3");
const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

async fn with_labels(number: u128) -> TestApp {
    let app = TestApp::new().await;
    let rows: Vec<Insight> = (1..=number)
        .map(|number| insight(number, "3001234567890", InsightKind::Label))
        .collect();
    app.store_of_one_product(rows).await;
    app
}

fn ids(list: &Value) -> Vec<String> {
    let questions = list["questions"].as_array().expect("questions").iter();
    questions
        .map(|one| one["insight_id"].as_str().expect("an id").to_owned())
        .collect()
}

#[tokio::test]
async fn two_borrowers_never_get_the_same_question() {
    let router = with_labels(500).await.router();
    let borrow = async |device: &'static str| {
        let mut borrowed = Vec::new();
        for order in ["random", "popular"].iter().cycle().take(10) {
            let path = format!("/api/v1/questions/{order}?lend=1&count=20&device_id={device}");
            borrowed.extend(ids(&get(&router, &path).await.json()));
        }
        borrowed
    };
    let (ann, bob) = tokio::join!(borrow("ann"), borrow("bob"));
    assert_eq!((ann.len(), bob.len()), (200, 200));
    let all: BTreeSet<&String> = ann.iter().chain(&bob).collect();
    assert_eq!(all.len(), 400, "each question was lent once");
    let invalid = get(&router, "/api/v1/questions?lend=1&after=").await;
    assert_eq!(invalid.json()["title"], "Invalid parameter");
}

#[tokio::test]
async fn two_borrowers_share_a_grid_of_five_hundred() {
    let router = with_labels(500).await.router();
    let borrow = async |device: &str| {
        let path = format!("/api/v1/questions?lend=1&count=250&device_id={device}");
        ids(&get(&router, &path).await.json())
    };
    let (ann, bob) = tokio::join!(borrow("ann"), borrow("bob"));
    assert_eq!((ann.len(), bob.len()), (250, 250));
    let all: BTreeSet<&String> = ann.iter().chain(&bob).collect();
    assert_eq!(all.len(), 500, "each question was lent once");
}

#[tokio::test]
async fn an_answered_question_is_lent_again() {
    let router = with_labels(1).await.router();
    let borrow = async |device: &str| {
        let path = format!("/api/v1/questions?lend=1&device_id={device}");
        ids(&get(&router, &path).await.json())
    };
    let lent = borrow("ann").await;
    assert_eq!(lent.len(), 1);
    assert_eq!(borrow("bob").await, [] as [&str; 0]);
    let vote = format!("insight_id={}&annotation=1&device_id=ann", lent[0]);
    send(&router, "POST", "/api/v1/insights/annotate", &[FORM], &vote).await;
    assert_eq!(
        borrow("ann").await,
        [] as [&str; 0],
        "a voter does not see it again"
    );
    assert_eq!(borrow("bob").await, lent);
}

#[tokio::test]
async fn a_request_with_a_key_is_answered_once() {
    let app = with_labels(2).await;
    let vote = |number: u128, value: u8| {
        let id = uuid::Uuid::from_u128(number);
        format!("insight_id={id}&annotation={value}&device_id=d")
    };
    let path = "/api/v1/insights/annotate";
    let answers = (0..50).map(|_| {
        let (router, body) = (app.router(), vote(1, 1));
        tokio::spawn(async move {
            send(
                &router,
                "POST",
                path,
                &[FORM, ("idempotency-key", "k")],
                &body,
            )
            .await
            .text
        })
    });
    let answers: Vec<_> = answers.collect();
    let mut texts = BTreeSet::new();
    for answer in answers {
        texts.insert(answer.await.expect("no panic"));
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(app.insight(1).await.n_votes, 1);
    let router = app.router();
    for (body, key, status) in [
        (vote(1, 1), "k", 200),
        (vote(1, 0), "k", 409),
        (vote(2, 1), "k", 409),
        (vote(2, 1), "other", 200),
        (vote(2, 1), "", 400),
    ] {
        let headers = [FORM, ("idempotency-key", key)];
        let response = send(&router, "POST", path, &headers, &body).await;
        assert_eq!(
            response.status.as_u16(),
            status,
            "{body} {key:?}: {}",
            response.text
        );
    }
    assert_eq!(app.insight(1).await.n_votes, 1);
}

/// Insight 1 is organic and open, 2 organic and answered, 3 neither.
async fn with_missions() -> TestApp {
    let mut app = TestApp::new().await;
    let mut rows: Vec<Insight> = (1..=3)
        .map(|number| insight(number, "3001234567890", InsightKind::Label))
        .collect();
    rows[0].value_tag = Some("en:organic".to_owned());
    rows[1].value_tag = Some("en:organic".to_owned());
    rows[1].verdict = Some(Verdict::Accepted);
    app.store_of_one_product(rows).await;
    app.api.settings.role_of_logins = Role::Moderator;
    app
}

#[tokio::test]
async fn moderators_write_missions() {
    let mut app = with_missions().await;
    let good = json!({"name": "organic", "title": "Organic", "filter": "value_tag=en:organic", "goal": 10});
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        body.to_string()
    };
    let path = "/api/v1/missions";
    for (body, headers, status) in [
        (good.to_string(), &[JSON][..], 403),
        ("{}".to_owned(), &[JSON, LOGIN], 400),
        (with("name", json!("a b")), &[JSON, LOGIN], 400),
        (with("title", json!("")), &[JSON, LOGIN], 400),
        (with("filter", json!("contry=fr")), &[JSON, LOGIN], 400),
        (with("filter", json!("countries=zz")), &[JSON, LOGIN], 400),
        (with("goal", json!(0)), &[JSON, LOGIN], 400),
        (with("ends_at", json!("soon")), &[JSON, LOGIN], 400),
        (with("x", json!(1)), &[JSON, LOGIN], 400),
        (good.to_string(), &[JSON, LOGIN], 201),
        (good.to_string(), &[JSON, LOGIN], 409),
    ] {
        let response = send(&app.router(), "POST", path, headers, &body).await;
        assert_eq!(
            response.status.as_u16(),
            status,
            "{body}: {}",
            response.text
        );
    }
    let one = "/api/v1/missions/organic";
    let change = json!({"title": "All organic", "goal": null}).to_string();
    let changed = send(&app.router(), "PATCH", one, &[JSON, LOGIN], &change)
        .await
        .json();
    assert_eq!(
        (&changed["title"], &changed["goal"]),
        (&json!("All organic"), &Value::Null)
    );
    assert_eq!(changed["filter"], "value_tag=en:organic");
    for (path, body, status) in [
        ("/api/v1/missions/nope", "{}", 404),
        (one, r#"{"name": "other"}"#, 400),
        (one, r#"{"filter": "x=1"}"#, 400),
    ] {
        let response = send(&app.router(), "PATCH", path, &[JSON, LOGIN], body).await;
        assert_eq!(response.status.as_u16(), status, "{body}");
    }
    app.api.settings.role_of_logins = Role::User;
    let denied = send(&app.router(), "PATCH", one, &[JSON, LOGIN], &change).await;
    assert_eq!(denied.status.as_u16(), 403);
    let list = get(&app.router(), path).await.json();
    assert_eq!(list["missions"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_mission_narrows_questions_and_shows_its_progress() {
    let app = with_missions().await;
    let router = app.router();
    let body = json!({"name": "organic", "title": "Organic", "filter": "value_tag=en:organic"});
    send(
        &router,
        "POST",
        "/api/v1/missions",
        &[JSON, LOGIN],
        &body.to_string(),
    )
    .await;
    let mission = get(&router, "/api/v1/missions/organic").await.json();
    assert_eq!(mission["progress"], json!({"answered": 1, "matching": 2}));
    assert_eq!(
        (&mission["created_by"], &mission["link"]),
        (&json!("ann"), &json!("/?mission=organic"))
    );
    for path in ["questions", "questions/random", "questions/popular"] {
        let path = format!("/api/v1/{path}?mission=organic&value_tag=x&device_id=d");
        assert_eq!(get(&router, &path).await.json()["count"], 1, "{path}");
    }
    let tags = get(&router, "/api/v1/questions/unanswered?mission=organic")
        .await
        .json();
    assert_eq!(tags["questions"], json!([["en:organic", 1]]));
    for (query, number) in [("", 2), ("?mission=organic", 1)] {
        let path = format!("/api/v1/questions/3001234567890{query}");
        assert_eq!(ids(&get(&router, &path).await.json()).len(), number);
    }
    let unknown = get(&router, "/api/v1/questions?mission=nope").await;
    assert_eq!(unknown.status.as_u16(), 404);
    let ended = json!({"ends_at": "2020-01-01T00:00:00"}).to_string();
    send(
        &router,
        "PATCH",
        "/api/v1/missions/organic",
        &[JSON, LOGIN],
        &ended,
    )
    .await;
    let over = get(&router, "/api/v1/questions?mission=organic").await;
    assert_eq!(over.status.as_u16(), 404);
}

#[tokio::test]
async fn badges_count_products_and_filters() {
    let router = with_missions().await.router();
    let path = "/api/v1/badges";
    let body = json!({
        "barcodes": ["3001234567890", "03001234567890", "1", ""],
        "filters": ["value_tag=en:organic", "insight_types=label", "countries=fr"],
    });
    let badges = send(&router, "POST", path, &[JSON], &body.to_string())
        .await
        .json();
    assert_eq!(
        badges,
        json!({
            "barcodes": {"": 0, "03001234567890": 2, "1": 0, "3001234567890": 2},
            "filters": [1, 2, 0],
        })
    );
    let many: Vec<String> = (0..501).map(|code| code.to_string()).collect();
    for body in [
        json!({"barcodes": many}),
        json!({"filters": ["x=1"]}),
        json!({"server_type": "nope"}),
        json!({"codes": []}),
    ] {
        let response = send(&router, "POST", path, &[JSON], &body.to_string()).await;
        assert_eq!(response.status.as_u16(), 400, "{}", response.text);
    }
}

#[tokio::test]
async fn candidates_are_listed_for_each_field() {
    let router = with_predictions().await.router();
    let prefill = get(&router, "/api/v1/prefill/03001234567890").await.json();
    let fields = prefill["fields"].as_object().expect("fields");
    assert_eq!(
        fields.keys().collect::<Vec<_>>(),
        ["expiration_date", "labels"]
    );
    let label = &fields["labels"][0];
    assert_eq!(label["value_tag"], "en:organic");
    assert_eq!(
        label["sources"][0]["source_image_url"],
        "https://off.example/images/1.jpg"
    );
    let none = get(&router, "/api/v1/prefill/1").await.json();
    assert_eq!(none["fields"], json!({}));
}
