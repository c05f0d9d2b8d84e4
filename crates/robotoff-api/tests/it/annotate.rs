//! `/insights/annotate`: the forms of an answer, and what the use case does with it.

use robotoff_core::edit::ProductChange;
use robotoff_core::insight::{Insight, InsightKind, Verdict};
use robotoff_core::product::Product;
use robotoff_core::vote::{Vote, VoteValue};
use robotoff_ports::job::{JobFilter, JobState};
use robotoff_ports::store::InsightReads;
use robotoff_ports::{Credentials, JobQueue};
use serde_json::json;
use uuid::Uuid;

use crate::test_app::{TestApp, insight, send};

const PATH: &str = "/api/v1/insights/annotate";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");
const LOGIN: (&str, &str) = ("authorization", "Basic YWxpY2U6cHc=");

/// Store with an open insight of number 1: a product weighs 500 g.
async fn with_insight() -> TestApp {
    let app = TestApp::new().await;
    let mut weight = insight(1, "3001234567890", InsightKind::ProductWeight);
    weight.value = Some("500 g".to_owned());
    let document = json!({"code": "3001234567890", "lang": "fr"});
    let product = Product::from_json(weight.product.clone(), document).expect("a product");
    app.products.insert(product);
    app.store(vec![weight]).await;
    app
}

async fn votes(app: &TestApp, insight: &Insight) -> Vec<Vote> {
    app.store
        .votes_on(insight.id)
        .await
        .expect("the store works")
}

/// Media type, query and body; status code of the reply, verdict and quantity sent.
type Case = (
    (&'static str, &'static str),
    &'static str,
    &'static str,
    u8,
    Option<Verdict>,
    Option<&'static str>,
);
const OWN: &str = r#"annotation=2&data={"value":"1,5 kg"}"#;
const OWN_JSON: &str = r#"{"annotation":2,"data":{"value":"1,5 kg"}}"#;
const OWN_TEXT: &str = r#"{"annotation":2,"data":"{\"value\":\"1,5 kg\"}"}"#;
const NO_UPDATE: &str = r#"{"annotation":1,"update":false}"#;
const CASES: [Case; 12] = {
    use Verdict::{Accepted, AcceptedWith, Rejected};
    [
        (FORM, "", "annotation=1", 2, Some(Accepted), Some("500 g")),
        (FORM, "", "annotation=0&app_name=x", 1, Some(Rejected), None),
        (FORM, "", "annotation=1&update=0", 1, Some(Accepted), None),
        (FORM, "", "annotation=-1&data=null", 9, None, None),
        (FORM, "", OWN, 12, Some(AcceptedWith), Some("1.5 kg")),
        (FORM, "&annotation=1", "", 2, Some(Accepted), Some("500 g")),
        (
            FORM,
            "&annotation=1",
            "annotation=0",
            1,
            Some(Rejected),
            None,
        ),
        (JSON, "&annotation=1", "", 2, Some(Accepted), Some("500 g")),
        (JSON, "", NO_UPDATE, 1, Some(Accepted), None),
        (
            JSON,
            "",
            r#"{"annotation":"0","data":null}"#,
            1,
            Some(Rejected),
            None,
        ),
        (JSON, "", OWN_JSON, 12, Some(AcceptedWith), Some("1.5 kg")),
        (JSON, "", OWN_TEXT, 12, Some(AcceptedWith), Some("1.5 kg")),
    ]
};

#[tokio::test]
async fn an_answer_comes_as_form_query_or_json() {
    for (media, query, body, code, verdict, quantity) in CASES {
        let app = with_insight().await;
        let path = format!("{PATH}?insight_id={}{query}", Uuid::from_u128(1));
        let response = send(&app.router(), "POST", &path, &[media, LOGIN], body).await;
        assert_eq!(response.json()["status_code"], code, "{query} {body}");
        let insight = app.insight(1).await;
        assert_eq!(insight.verdict, verdict, "{query} {body}");
        let sent = app.editor.take();
        let sent: Vec<&ProductChange> = sent.iter().map(|(change, _)| change).collect();
        let expected = quantity.map(|value| ProductChange::SetQuantity {
            value: value.to_owned(),
        });
        assert_eq!(sent, Vec::from_iter(&expected), "{query} {body}");
        let skips = votes(&app, &insight).await;
        assert_eq!(skips.len(), usize::from(code == 9), "{query} {body}");
    }
}

#[tokio::test]
async fn a_reply_has_code_status_and_description() {
    let app = with_insight().await;
    let body = format!("insight_id={}&annotation=-1", Uuid::from_u128(1));
    let response = send(&app.router(), "POST", PATH, &[FORM], &body).await;
    assert_eq!(
        response.text,
        r#"{"status_code":9,"status":"vote_saved","description":"the answer was counted as a vote"}"#
    );
}

#[tokio::test]
async fn an_authenticated_answer_edits_under_the_credentials_of_the_caller() {
    let session = ("cookie", "session=user_id&dave&user_session&abc");
    let password = Credentials::Password {
        username: "alice".to_owned(),
        password: "pw".to_owned(),
    };
    for (header, name, credentials) in [
        (LOGIN, "alice", password),
        (
            session,
            "dave",
            Credentials::Session(session.1[8..].to_owned()),
        ),
    ] {
        let app = with_insight().await;
        let body = format!("insight_id={}&annotation=1", Uuid::from_u128(1));
        let headers = [FORM, header, ("x-request-id", "mine")];
        send(&app.router(), "POST", PATH, &headers, &body).await;
        let insight = app.insight(1).await;
        assert_eq!(insight.username.as_deref(), Some(name));
        let sent = app.editor.take();
        let sent: Vec<&Credentials> = sent.iter().map(|(_, credentials)| credentials).collect();
        assert_eq!(sent, [&credentials]);
        let jobs = app
            .store
            .jobs(&JobFilter::in_state(JobState::Waiting), 10)
            .await
            .unwrap();
        let correlation_ids = jobs.iter().map(|job| job.correlation_id.as_deref());
        assert_eq!(Vec::from_iter(correlation_ids), [Some("mine")]);
    }
}

#[tokio::test]
async fn an_anonymous_answer_is_a_vote_of_the_device() {
    let anonymous = ("authorization", "Basic bnVsbDpwdw==");
    for headers in [vec![FORM], vec![FORM, anonymous]] {
        let app = with_insight().await;
        let body = format!("insight_id={}&annotation=1&device_id=d", Uuid::from_u128(1));
        send(&app.router(), "POST", PATH, &headers, &body).await;
        let insight = app.insight(1).await;
        assert_eq!(insight.verdict, None);
        let votes = votes(&app, &insight).await;
        let vote = votes.first().expect("a vote");
        let facts = (
            vote.username.as_deref(),
            vote.device_id.as_str(),
            vote.value,
        );
        assert_eq!(facts, (None, "d", VoteValue::Yes));
    }
}

/// Parameters behind the id of the insight; title and a word of the description.
const REFUSED: [(&str, &str, &str); 10] = [
    ("", "Missing parameter", "\"annotation\""),
    ("&annotation=3", "Invalid parameter", "\"annotation\""),
    ("&annotation=x", "Invalid parameter", "\"annotation\""),
    ("&annotation=1&update=x", "Invalid parameter", "\"update\""),
    ("&annotation=2&data={bad", "Invalid parameter", "\"data\""),
    (
        "&annotation=2&data=[\"\\u0000\"]",
        "Invalid parameter",
        "\"data\"",
    ),
    ("&annotation=2", "400 Bad Request", "`data`"),
    (
        "&annotation=2&update=0&data={}",
        "400 Bad Request",
        "`update`",
    ),
    ("&annotation=1&data={}", "400 Bad Request", "`annotation`"),
    ("&annotation=2&data={}", "400 Bad Request", "logged-in"),
];

/// No vote, no edit, no verdict.
async fn check_untouched(app: &TestApp) {
    let insight = app.insight(1).await;
    assert!(insight.is_open());
    assert_eq!(votes(app, &insight).await, []);
    assert_eq!(app.editor.take(), []);
}

#[tokio::test]
async fn an_invalid_answer_is_refused_with_the_parameter() {
    let app = with_insight().await;
    let id = Uuid::from_u128(1);
    let refused =
        REFUSED.map(|(rest, title, word)| (format!("insight_id={id}{rest}"), title, word));
    let others = [
        (String::new(), "Missing parameter", "\"insight_id\""),
        (
            "insight_id=xyz&annotation=1".to_owned(),
            "Invalid parameter",
            "\"insight_id\"",
        ),
    ];
    for (body, title, word) in refused.into_iter().chain(others) {
        let response = send(&app.router(), "POST", PATH, &[FORM], &body).await;
        assert_eq!(response.status.as_u16(), 400, "{body}");
        let error = response.json();
        assert_eq!(error["title"], title, "{body}");
        let description = error["description"].as_str().unwrap();
        assert!(description.contains(word), "{body}: {description}");
    }
    check_untouched(&app).await;
}

#[tokio::test]
async fn an_unreadable_request_is_refused() {
    let app = with_insight().await;
    let router = app.router();
    let path = format!("{PATH}?insight_id={}&annotation=1", Uuid::from_u128(1));
    for (header, body, status) in [
        (("authorization", "Bearer x"), "", 401),
        (JSON, "[1]", 400),
        (JSON, "{", 400),
        (JSON, "{\"device_id\":\"\\u0000\"}", 400),
        (("content-type", "text/plain"), "annotation=1", 415),
    ] {
        let response = send(&router, "POST", &path, &[header], body).await;
        assert_eq!(response.status.as_u16(), status, "{header:?} {body}");
    }
    let response = send(&router, "GET", PATH, &[], "").await;
    assert_eq!(response.header("allow"), "POST, OPTIONS");
    check_untouched(&app).await;
}
