//! Callers: verified logins, sessions, tokens, the first operator; and the record of what they
//! write.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use robotoff_api::Role;
use robotoff_app::tokens::TokenRequest;
use robotoff_core::insight::{InsightKind, Verdict};
use robotoff_ports::fakes::FakeLogins;
use serde_json::json;

use crate::test_app::{Response, TestApp, get, insight, send};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

/// Verified logins: ann is a user, mo a moderator, op an operator; five open insights.
async fn verified() -> (TestApp, Arc<FakeLogins>) {
    let mut app = TestApp::new().await;
    let logins = Arc::new(FakeLogins::default());
    for name in ["ann", "mo", "op"] {
        logins.insert(name, "pw");
    }
    let server = logins.clone();
    app.add_parts(|parts| parts.authenticator = Some(server));
    let roles = [("mo", Role::Moderator), ("op", Role::Operator)];
    let roles = roles.map(|(name, role)| (name.to_owned(), role));
    app.api.settings.roles = roles.into_iter().collect();
    let rows = (1..=5).map(|number| insight(number, "3001234567890", InsightKind::Label));
    app.store_of_one_product(rows.collect()).await;
    (app, logins)
}

fn basic(login: &str) -> String {
    format!("Basic {}", STANDARD.encode(login))
}

/// Rejects an insight.
async fn reject(app: &TestApp, number: u128, header: (&str, &str)) -> Response {
    let id = uuid::Uuid::from_u128(number);
    let body = format!("insight_id={id}&annotation=0&device_id=d");
    let path = "/api/v1/insights/annotate";
    send(&app.router(), "POST", path, &[FORM, header], &body).await
}

async fn create_mission(app: &TestApp, name: &str, header: (&str, &str)) -> Response {
    let body = json!({"name": name, "title": "T", "filter": "value_tag=en:organic"}).to_string();
    send(
        &app.router(),
        "POST",
        "/api/v1/missions",
        &[JSON, header],
        &body,
    )
    .await
}

/// Text of a token with a role and a scope.
async fn token(app: &TestApp, role: Role, scope: &str) -> String {
    let request = TokenRequest {
        name: "importer".to_owned(),
        role,
        scope: scope.parse().expect("a scope"),
        ttl: None,
    };
    let new = app.api.app.tokens.create(request).await.expect("a token");
    new.text
}

#[tokio::test]
async fn an_answer_counts_under_a_name_that_is_verified() {
    let (app, logins) = verified().await;
    let (right, wrong) = (basic("ann:pw"), basic("ann:x"));
    let refused = reject(&app, 1, ("authorization", &wrong)).await;
    assert_eq!(refused.status.as_u16(), 401, "{}", refused.text);
    assert!(app.insight(1).await.verdict.is_none());
    let accepted = reject(&app, 1, ("authorization", &right)).await;
    assert_eq!(accepted.json()["status"], "saved", "{}", accepted.text);
    let answered = app.insight(1).await;
    assert_eq!(
        (answered.username.as_deref(), answered.verdict),
        (Some("ann"), Some(Verdict::Rejected))
    );
    // The name that the server has, not that of a forged session.
    let session = ("cookie", "session=SESSION-OF-ann");
    let by_session = reject(&app, 2, session).await;
    assert_eq!(by_session.json()["status"], "saved");
    assert_eq!(app.insight(2).await.username.as_deref(), Some("ann"));
    // A session that has ended, or was made up, is no login: its answer is a vote.
    let forged = ("cookie", "session=user_id&op&user_session&x");
    let voted = reject(&app, 3, forged).await;
    assert_eq!(voted.json()["status"], "vote_saved", "{}", voted.text);
    assert_eq!(app.insight(3).await.username, None);
    logins.take_calls();
    // Reads believe the name, and do not wait.
    logins.set_away(true);
    let headers = [("authorization", &*wrong)];
    let read = send(&app.router(), "GET", "/api/v1/questions", &headers, "").await;
    assert_eq!(read.status.as_u16(), 200);
    assert_eq!(logins.take_calls(), 0);
}

#[tokio::test]
async fn while_logins_cannot_be_verified_nothing_is_written_under_a_name() {
    let (app, logins) = verified().await;
    logins.set_away(true);
    let login = basic("mo:pw");
    let login = ("authorization", &*login);
    let answered = reject(&app, 1, login).await;
    // As when the edit cannot be sent.
    assert_eq!(
        answered.json()["status"],
        "error_failed_update",
        "{}",
        answered.text
    );
    assert!(app.insight(1).await.verdict.is_none());
    let mission = create_mission(&app, "organic", login).await;
    assert_eq!(mission.status.as_u16(), 503, "{}", mission.text);
    assert_eq!(mission.header("retry-after"), "2");
    // Those without a login are not concerned.
    let voted = reject(&app, 1, ("x-other", "x")).await;
    assert_eq!(voted.json()["status"], "vote_saved");
}

/// Requests that write, and their statuses for an anonymous caller, a user, a moderator, an
/// operator.
const WRITES: [(&str, &str, &str, [u16; 4]); 7] = [
    (
        "POST",
        "/api/v1/images/logos/1/reset",
        "",
        [403, 404, 404, 404],
    ),
    (
        "PUT",
        "/api/v1/images/logos/1",
        r#"{"type": "brand", "value": "b"}"#,
        [403, 404, 404, 404],
    ),
    (
        "POST",
        "/api/v1/images/logos/annotate",
        r#"{"annotations": []}"#,
        [403, 200, 200, 200],
    ),
    (
        "POST",
        "/api/v1/images/logos/update?source_type=a&source_value=a&target_type=brand&target_value=b",
        "",
        [403, 403, 200, 200],
    ),
    ("POST", "/api/v1/missions", "{}", [403, 403, 400, 400]),
    (
        "POST",
        "/api/v1/image_predictions/import",
        r#"{"predictions": []}"#,
        [403, 403, 403, 200],
    ),
    ("POST", "/api/v1/products/dataset", "", [403, 403, 403, 503]),
];

#[tokio::test]
async fn each_role_writes_what_it_may() {
    let (app, _) = verified().await;
    let router = app.router();
    let write = async |method: &str, path: &str, body: &str, login: &str| {
        let header = basic(login);
        let mut headers = vec![JSON];
        if !login.is_empty() {
            headers.push(("authorization", &*header));
        }
        send(&router, method, path, &headers, body).await
    };
    for (method, path, body, statuses) in WRITES {
        let logins = ["", "ann:pw", "mo:pw", "op:pw"];
        for (login, expected) in logins.into_iter().zip(statuses) {
            let response = write(method, path, body, login).await;
            let status = response.status.as_u16();
            assert_eq!(status, expected, "{path} {login:?}: {}", response.text);
        }
        let impostor = write(method, path, body, "op:x").await;
        assert_eq!(impostor.status.as_u16(), 401, "{path}: {}", impostor.text);
    }
}

#[tokio::test]
async fn a_token_has_a_role_and_a_scope() {
    let (app, _) = verified().await;
    let missions = token(&app, Role::Moderator, "missions").await;
    let user = token(&app, Role::User, "all").await;
    for (name, text, status) in [
        ("a", &missions, 201),
        ("b", &user, 403),
        ("c", &format!("{missions}0"), 401),
        ("d", &missions.replace("robotoff_", "robotoff"), 401),
    ] {
        let header = format!("Bearer {text}");
        let created = create_mission(&app, name, ("authorization", &header)).await;
        assert_eq!(created.status.as_u16(), status, "{name}: {}", created.text);
    }
    let mission = get(&app.router(), "/api/v1/missions/a").await.json();
    assert_eq!(mission["created_by"], "token:importer");
    // It is not good for answers.
    let missions = format!("Bearer {missions}");
    let refused = reject(&app, 1, ("authorization", &missions)).await;
    assert_eq!(refused.status.as_u16(), 403, "{}", refused.text);
    let user = format!("Bearer {user}");
    let accepted = reject(&app, 1, ("authorization", &user)).await;
    assert_eq!(accepted.json()["status"], "saved");
    assert_eq!(
        app.insight(1).await.username.as_deref(),
        Some("token:importer")
    );
    let revoked = app.api.app.tokens.list().await.unwrap();
    for token in revoked {
        app.api.app.tokens.revoke(token.id).await.unwrap();
    }
    let after = reject(&app, 2, ("authorization", &user)).await;
    assert_eq!(after.status.as_u16(), 401);
}

#[tokio::test]
async fn the_first_operator_opens_a_link_once() {
    let (app, _) = verified().await;
    let router = app.router();
    let link = app
        .api
        .app
        .tokens
        .first_operator_link()
        .await
        .unwrap()
        .unwrap();
    let form = get(&router, "/claim").await;
    assert!(form.text.contains("action=\"claim\""), "{}", form.text);
    let script = get(&router, "/claim.js").await;
    assert!(script.header("content-type").starts_with("text/javascript"));
    for body in ["link=robotoff_x", "link="] {
        let refused = send(&router, "POST", "/claim", &[FORM], body).await;
        assert_eq!(refused.status.as_u16(), 403, "{body}: {}", refused.text);
    }
    let tls = ("x-forwarded-proto", "https");
    let claimed = send(
        &router,
        "POST",
        "/claim",
        &[FORM, tls],
        &format!("link={link}"),
    )
    .await;
    assert_eq!(claimed.status.as_u16(), 200, "{}", claimed.text);
    assert_eq!(claimed.header("cache-control"), "no-store");
    let cookie = claimed.header("set-cookie");
    for part in [
        "robotoff_token=robotoff_",
        "; HttpOnly",
        "; SameSite=Strict",
        "; Secure",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let again = send(&router, "POST", "/claim", &[FORM], &format!("link={link}")).await;
    assert_eq!(again.status.as_u16(), 403);
    // The cookie adds rights; an answer stays that of the person.
    let token = cookie.split(';').next().expect("a cookie").to_owned();
    let created = create_mission(&app, "organic", ("cookie", &token)).await;
    assert_eq!(created.status.as_u16(), 201, "{}", created.text);
    let voted = reject(&app, 1, ("cookie", &token)).await;
    assert_eq!(voted.json()["status"], "vote_saved");
    let both = format!("session=SESSION-OF-ann; {token}");
    let answered = reject(&app, 2, ("cookie", &both)).await;
    assert_eq!(answered.json()["status"], "saved", "{}", answered.text);
    assert_eq!(app.insight(2).await.username.as_deref(), Some("ann"));
}

#[tokio::test]
async fn writes_are_recorded_with_their_actor_and_request() {
    let (app, _) = verified().await;
    let login = basic("mo:pw");
    let login = ("authorization", &*login);
    create_mission(&app, "organic", login).await;
    create_mission(&app, "organic", login).await;
    create_mission(&app, "other", ("x-other", "x")).await;
    reject(&app, 1, ("x-request-id", "r-1")).await;
    get(&app.router(), "/api/v1/questions").await;
    let log = &app.api.app.write_log;
    log.flush().await.unwrap();
    let mut records = log.list(None, 9).await.unwrap();
    records.reverse();
    let lines = records
        .iter()
        .map(|record| format!("{} {} {}", record.actor, record.action, record.status));
    let insight = uuid::Uuid::from_u128(1);
    let answer =
        format!("device d POST /api/v1/insights/annotate insight {insight}, annotation 0 200");
    // Refused writes are in the log of the program only.
    let expected = ["user mo POST /api/v1/missions 201", &answer];
    assert_eq!(lines.collect::<Vec<_>>(), expected);
    assert_eq!(records[1].request_id, "r-1");
}

#[tokio::test]
async fn a_believed_login_has_the_role_of_the_setting() {
    let mut app = TestApp::new().await;
    let login = basic("ann:x");
    let login = ("authorization", &*login);
    for (role, status) in [(Role::User, 403), (Role::Operator, 201)] {
        app.api.settings.role_of_logins = role;
        // Names of the lists count only where they are verified.
        let roles = [("ann".to_owned(), Role::Operator)];
        app.api.settings.roles = roles.into_iter().collect();
        let created = create_mission(&app, role.name(), login).await;
        assert_eq!(created.status.as_u16(), status, "{}", created.text);
    }
    app.api.app.write_log.flush().await.unwrap();
    let records = app.api.app.write_log.list(None, 9).await.unwrap();
    assert_eq!(records[0].actor, "user ann (not verified)");
}
