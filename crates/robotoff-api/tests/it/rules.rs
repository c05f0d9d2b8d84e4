//! Rules of every route (`docs/reference/api.md` 1).

use crate::access::{of_projects, with_access};
use crate::test_app::{empty, get, send};

#[tokio::test]
async fn an_unknown_path_or_method_has_its_status() {
    let router = empty().await;
    for (method, path, status, title, allow) in [
        ("GET", "/api/v1/status/", 200, "", ""),
        ("GET", "/api/v1/nothing", 404, "404 Not Found", ""),
        ("GET", "/api/", 404, "404 Not Found", ""),
        ("GET", "//", 404, "404 Not Found", ""),
        ("GET", "/api/v1/insights/%ff", 404, "404 Not Found", ""),
        ("GET", "/api/v1/insights/%00", 404, "404 Not Found", ""),
        (
            "POST",
            "/api/v1/status",
            405,
            "405 Method Not Allowed",
            "GET, HEAD, OPTIONS",
        ),
        (
            "DELETE",
            "/api/v1/insights/",
            405,
            "405 Method Not Allowed",
            "GET, HEAD, OPTIONS",
        ),
        (
            "BREW",
            "/api/v1/status",
            405,
            "405 Method Not Allowed",
            "GET, HEAD, OPTIONS",
        ),
        ("OPTIONS", "/api/v1/status", 200, "", "GET, HEAD, OPTIONS"),
        ("OPTIONS", "/api/v1/nothing", 404, "404 Not Found", ""),
        ("HEAD", "/api/v1/status", 200, "", ""),
        ("HEAD", "/api/v1/nothing", 404, "404 Not Found", ""),
    ] {
        let response = send(&router, method, path, &[], "").await;
        assert_eq!(response.status.as_u16(), status, "{method} {path}");
        assert_eq!(response.header("allow"), allow, "{method} {path}");
        assert_eq!(
            response.header("content-type"),
            "application/json",
            "{method} {path}"
        );
        if title.is_empty() {
            assert!(
                !response.text.contains("title"),
                "{method} {path}: {}",
                response.text
            );
            continue;
        }
        assert_eq!(response.json()["title"], title, "{method} {path}");
        assert_eq!(response.header("vary"), "Accept, Origin", "{method} {path}");
    }
}

#[tokio::test]
async fn failures_come_in_the_form_that_is_accepted() {
    let router = empty().await;
    for (accept, content_type, start) in [
        (
            "*/*",
            "application/json",
            "{\"title\":\"404 Not Found\",\"code\":\"not_found\",",
        ),
        (
            "application/xml",
            "application/xml",
            "<?xml version=\"1.0\"",
        ),
        ("text/html", "application/json", "{\"title\":"),
    ] {
        let response = send(&router, "GET", "/nothing", &[("accept", accept)], "").await;
        assert_eq!(response.status.as_u16(), 404);
        assert_eq!(response.header("content-type"), content_type);
        assert!(
            response.text.starts_with(start),
            "{accept}: {}",
            response.text
        );
    }
    let accept = [("accept", "text/html")];
    let response = send(&router, "GET", "/api/v1/status", &accept, "").await;
    assert_eq!(response.text, "{\"status\":\"running\"}");
}

#[tokio::test]
async fn pages_of_the_list_may_send_credentials() {
    let router = with_access(|access| access.allowed_origins = of_projects()).await;
    let origin = ("origin", "https://hunger.openfoodfacts.org");
    for path in [
        "/api/v1/status",
        "/api/v1/nothing",
        "/api/v1/insights?count=x",
    ] {
        let response = send(&router, "GET", path, &[origin], "").await;
        assert_eq!(
            response.header("access-control-allow-origin"),
            origin.1,
            "{path}"
        );
        assert_eq!(
            response.header("access-control-allow-credentials"),
            "true",
            "{path}"
        );
        assert!(response.header("vary").ends_with("Origin"), "{path}");
        let response = get(&router, path).await;
        assert_eq!(response.header("access-control-allow-origin"), "", "{path}");
        assert!(response.header("vary").ends_with("Origin"), "{path}");
    }
}

#[tokio::test]
async fn a_browser_asks_first_what_it_may_send() {
    let router = empty().await;
    let origin = ("origin", "https://a.example");
    let method = ("access-control-request-method", "GET");
    let wanted = ("access-control-request-headers", "x-a, x-b");
    for (headers, allowed) in [
        (vec![origin, method, wanted], "x-a, x-b"),
        (vec![origin, method], "*"),
    ] {
        let response = send(&router, "OPTIONS", "/api/v1/status", &headers, "").await;
        assert_eq!(
            (response.status.as_u16(), response.text.as_str()),
            (200, "")
        );
        assert_eq!(response.header("allow"), "");
        assert_eq!(
            response.header("access-control-allow-methods"),
            "GET, HEAD, OPTIONS"
        );
        assert_eq!(response.header("access-control-allow-headers"), allowed);
        assert_eq!(response.header("access-control-max-age"), "86400");
    }
    let response = send(&router, "OPTIONS", "/api/v1/nothing", &[origin, method], "").await;
    assert_eq!(response.status.as_u16(), 404);
    assert_eq!(response.header("access-control-allow-origin"), "*");
    assert_eq!(response.header("access-control-allow-methods"), "");
}

#[tokio::test]
async fn every_response_names_its_request() {
    let router = empty().await;
    let named = [("x-request-id", "mine-1")];
    let response = send(&router, "GET", "/api/v1/nothing", &named, "").await;
    assert_eq!(response.header("x-request-id"), "mine-1");
    assert_eq!(response.json()["request_id"], "mine-1");
    let hostile = [("x-request-id", "a b\"c")];
    let response = send(&router, "GET", "/api/v1/status", &hostile, "").await;
    assert_eq!(response.header("x-request-id").len(), 36);
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

/// Query, headers and body; status and title of the response.
type Given = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
    u16,
    &'static str,
);
const GIVEN: [Given; 24] = [
    ("?count=1", &[FORM], "count=x", 400, "Invalid parameter"),
    ("?count=x", &[FORM], "count=1", 200, ""),
    (
        "?server_type=off-pro",
        &[],
        "",
        400,
        "invalid `server_type`: off-pro",
    ),
    (
        "?server_type=nope",
        &[JSON],
        r#"{"server_type":"obf"}"#,
        200,
        "",
    ),
    (
        "",
        &[JSON],
        r#"{"server_type":"nope"}"#,
        400,
        "invalid `server_type`: nope",
    ),
    ("", &[JSON], "", 200, ""),
    ("", &[JSON], "{", 400, "Invalid JSON"),
    (
        "",
        &[("content-type", "text/plain")],
        "",
        415,
        "415 Unsupported Media Type",
    ),
    ("?countries=zz", &[], "", 400, "400 Bad Request"),
    ("?countries=FR", &[], "", 200, ""),
    ("?country=zz", &[], "", 400, "400 Bad Request"),
    ("?country=", &[], "", 200, ""),
    ("?countries=", &[], "", 400, "400 Bad Request"),
    ("?countries=fr%2Cworld", &[], "", 200, ""),
    ("?count=0", &[], "", 400, "Invalid parameter"),
    ("?count=500", &[], "", 200, ""),
    ("?count=501", &[], "", 400, "Invalid parameter"),
    (
        "?count=99999999999999999999",
        &[],
        "",
        400,
        "Invalid parameter",
    ),
    ("?page=0", &[], "", 200, ""),
    ("?page=-1", &[], "", 400, "Invalid parameter"),
    ("?page=9223372036854775807&count=500", &[], "", 200, ""),
    ("?annotation=9223372036854775807", &[], "", 200, ""),
    ("?barcode=123%00", &[], "", 400, "Invalid parameter"),
    ("", &[("authorization", "Bearer x")], "", 401, ""),
];

#[tokio::test]
async fn parameters_come_from_query_and_form() {
    let router = empty().await;
    for (query, headers, body, status, title) in GIVEN {
        let path = format!("/api/v1/insights{query}");
        let response = send(&router, "GET", &path, headers, body).await;
        assert_eq!(
            response.status.as_u16(),
            status,
            "{query} {body}: {}",
            response.text
        );
        if !title.is_empty() {
            assert_eq!(response.json()["title"], title, "{query} {body}");
        }
    }
}

#[tokio::test]
async fn a_body_may_not_be_endless() {
    let router = empty().await;
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = "a".repeat((1 << 20) + 1);
    let response = send(&router, "GET", "/api/v1/insights", &form, &body).await;
    assert_eq!(response.status.as_u16(), 413);
    assert_eq!(response.json()["title"], "413 Payload Too Large");
}

#[tokio::test]
async fn the_page_is_built_in() {
    let router = empty().await;
    let page = get(&router, "/").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.text.contains("<title>Robotoff"));
}

#[tokio::test]
async fn unknown_parameters_are_named_in_a_header() {
    let router = empty().await;
    const HEADER: &str = "x-unknown-parameters";
    for (path, unknown) in [
        (
            "/api/v1/questions?barcode=1&count=2&contry=fr",
            "barcode, contry",
        ),
        ("/api/v1/questions?country=en:france&countries=fr", ""),
        ("/api/v1/status?x=1", "x"),
        ("/api/v1/insights/3001234567890?server_type=off", ""),
        ("/api/v1/insights?count=x&a=1", "a"),
        ("/api/v1/nothing?x=1", ""),
    ] {
        let response = get(&router, path).await;
        assert_eq!(response.header(HEADER), unknown, "{path}");
    }
    let form = "insight_id=x&app_name=a&app_uuid=b";
    let path = "/api/v1/insights/annotate";
    let response = send(&router, "POST", path, &[FORM], form).await;
    assert_eq!(response.header(HEADER), "app_name, app_uuid");
    let response = send(&router, "POST", path, &[JSON], r#"{"a":1,"update":true}"#).await;
    assert_eq!(response.header(HEADER), "a");
    let origin = [("origin", "https://a.example")];
    let response = send(&router, "GET", "/api/v1/status?x=1", &origin, "").await;
    let exposed = response
        .header("access-control-expose-headers")
        .to_lowercase();
    assert!(exposed.contains(HEADER), "{exposed}");
}
