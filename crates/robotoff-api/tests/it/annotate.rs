//! What `/insights/annotate` takes for an answer, and from whom.

use robotoff_api::Said;
use robotoff_ports::Credentials;
use serde_json::json;

use crate::scripted::scripted;
use crate::service::ask;

const PATH: &str = "/api/v1/insights/annotate";
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");
const LOGIN: (&str, &str) = ("authorization", "Basic YWxpY2U6cHc=");
const ID: &str = "6a0a6b2e-4cc4-4cde-9a60-6bcf0d0a6a0e";

/// Type of the body, query, body; what is said (nothing: the own value), `update`.
type Taken = (
    (&'static str, &'static str),
    &'static str,
    &'static str,
    Option<&'static str>,
    bool,
);
const TAKEN: [Taken; 11] = [
    (FORM, "", "annotation=1", Some("yes"), true),
    (
        FORM,
        "",
        "annotation=0&update=0&app_name=x",
        Some("no"),
        false,
    ),
    (FORM, "", "annotation=-1&data=null", Some("skip"), true),
    (FORM, "", r#"annotation=2&data={"x":"1,5"}"#, None, true),
    (FORM, "&annotation=1", "", Some("yes"), true),
    (FORM, "&annotation=1", "annotation=0", Some("no"), true),
    (JSON, "&annotation=1", "", Some("yes"), true),
    (
        JSON,
        "",
        r#"{"annotation":1,"update":false}"#,
        Some("yes"),
        false,
    ),
    (
        JSON,
        "",
        r#"{"annotation":"0","data":null}"#,
        Some("no"),
        true,
    ),
    (
        JSON,
        "",
        r#"{"annotation":2,"data":{"x":"1,5"}}"#,
        None,
        true,
    ),
    (
        JSON,
        "",
        r#"{"annotation":2,"data":"{\"x\":\"1,5\"}"}"#,
        None,
        true,
    ),
];

#[tokio::test]
async fn an_answer_comes_as_form_query_or_json() {
    let (router, service) = scripted().await;
    for (media, query, body, said, update) in TAKEN {
        let path = format!("{PATH}?insight_id={ID}{query}");
        let answer = ask(&router, "POST", &path, &[media, LOGIN], body).await;
        let reply = r#"{"status_code":9,"status":"vote_saved","description":"noted"}"#;
        assert_eq!(answer.text, reply, "{query} {body}");
        let request = service.answered.lock().unwrap().take().unwrap();
        let expected = match said {
            Some("yes") => Said::Yes,
            Some("no") => Said::No,
            Some(_) => Said::Skip,
            None => Said::YesWith(json!({"x": "1,5"})),
        };
        assert_eq!(
            (request.said, request.update),
            (expected, update),
            "{query} {body}"
        );
        assert_eq!(request.insight.to_string(), ID);
    }
}

#[tokio::test]
async fn an_answer_tells_who_gave_it() {
    let (router, service) = scripted().await;
    let session = ("cookie", "session=user_id&dave&user_session&abc");
    let named = ("x-request-id", "mine");
    for (who, name, credentials) in [
        (named, None, None),
        (("authorization", "Basic bnVsbDpwdw=="), None, None),
        (
            LOGIN,
            Some("alice"),
            Some(Credentials::Password {
                username: "alice".to_owned(),
                password: "pw".to_owned(),
            }),
        ),
        (
            session,
            Some("dave"),
            Some(Credentials::Session(session.1[8..].to_owned())),
        ),
    ] {
        let body = format!("insight_id={ID}&annotation=1&device_id=d");
        ask(&router, "POST", PATH, &[FORM, who, named], &body).await;
        let request = service.answered.lock().unwrap().take().unwrap();
        assert_eq!(request.caller.username.as_deref(), name);
        assert_eq!(request.caller.credentials, credentials);
        assert_eq!(request.caller.device_id, "d");
        assert_eq!(request.correlation_id, "mine");
    }
}

/// What follows the id of the insight; title and a word of the answer.
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
    ("&annotation=2&data={}", "400 Bad Request", "logged in"),
];

#[tokio::test]
async fn what_is_no_answer_is_refused() {
    let (router, service) = scripted().await;
    let refused =
        REFUSED.map(|(rest, title, word)| (format!("insight_id={ID}{rest}"), title, word));
    let others = [
        (String::new(), "Missing parameter", "\"insight_id\""),
        (
            "insight_id=xyz&annotation=1".to_owned(),
            "Invalid parameter",
            "\"insight_id\"",
        ),
    ];
    for (body, title, word) in refused.into_iter().chain(others) {
        let answer = ask(&router, "POST", PATH, &[FORM], &body).await;
        assert_eq!(answer.status.as_u16(), 400, "{body}");
        let error = answer.json();
        assert_eq!(error["title"], title, "{body}");
        let description = error["description"].as_str().unwrap();
        assert!(description.contains(word), "{body}: {description}");
    }
    assert!(service.answered.lock().unwrap().is_none());
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let (router, service) = scripted().await;
    let path = format!("{PATH}?insight_id={ID}&annotation=1");
    for (header, body, status) in [
        (("authorization", "Bearer x"), "", 401),
        (JSON, "[1]", 400),
        (JSON, "{", 400),
        (JSON, "{\"device_id\":\"\\u0000\"}", 400),
        (("content-type", "text/plain"), "annotation=1", 415),
    ] {
        let answer = ask(&router, "POST", &path, &[header], body).await;
        assert_eq!(answer.status.as_u16(), status, "{header:?} {body}");
    }
    let answer = ask(&router, "GET", PATH, &[], "").await;
    assert_eq!(answer.header("allow"), "POST, OPTIONS");
    assert!(service.answered.lock().unwrap().is_none());
}
