//! Rules about clients: their origin, address and rate, and the path below which they know
//! the service.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::ConnectInfo;
use robotoff_api::{AccessSettings, AllowedOrigins};

use crate::test_app::{Response, TestApp, get, send};

/// Router with these rules.
pub(crate) async fn with_access(set: impl FnOnce(&mut AccessSettings)) -> Router {
    let mut app = TestApp::new().await;
    set(&mut app.api.settings.access);
    app.router()
}

/// Origins of the projects' sites.
pub(crate) fn of_projects() -> AllowedOrigins {
    AllowedOrigins::new(["https://*.openfoodfacts.org"], true).expect("a pattern")
}

/// The router for a client at this address.
fn from(router: &Router, peer: &str) -> Router {
    let peer: SocketAddr = peer.parse().expect("an address");
    router.clone().layer(axum::Extension(ConnectInfo(peer)))
}

async fn vote(router: &Router, headers: &[(&str, &str)]) -> Response {
    let form = ("content-type", "application/x-www-form-urlencoded");
    let headers: Vec<_> = headers.iter().copied().chain([form]).collect();
    send(router, "POST", "/api/v1/insights/annotate", &headers, "x=1").await
}

#[tokio::test]
async fn other_pages_may_read_without_credentials() {
    let router = with_access(|access| access.allowed_origins = of_projects()).await;
    for origin in [
        "https://evil.example",
        "null",
        "https://openfoodfacts.org.evil.example",
    ] {
        let headers = [("origin", origin), ("cookie", "session=user_id&ann")];
        let response = send(&router, "GET", "/api/v1/status", &headers, "").await;
        assert_eq!(response.status.as_u16(), 200, "{origin}");
        assert_eq!(
            response.header("access-control-allow-origin"),
            "*",
            "{origin}"
        );
        assert_eq!(
            response.header("access-control-allow-credentials"),
            "",
            "{origin}"
        );
    }
}

#[tokio::test]
async fn a_foreign_page_cannot_write() {
    let router = with_access(|access| access.allowed_origins = of_projects()).await;
    let (host, evil) = (
        ("host", "robotoff.example"),
        ("origin", "https://evil.example"),
    );
    for (headers, status) in [
        (vec![], 400),
        (vec![("origin", "https://hunger.openfoodfacts.org")], 400),
        (vec![("origin", "http://localhost:5173")], 400),
        (vec![host, ("origin", "https://robotoff.example")], 400),
        (vec![evil, ("sec-fetch-site", "same-origin")], 400),
        (vec![("sec-fetch-site", "none")], 400),
        (vec![evil], 403),
        (vec![host, evil, ("sec-fetch-site", "cross-site")], 403),
        (vec![("origin", "null")], 403),
        (
            vec![host, ("origin", "https://robotoff.example.evil.example")],
            403,
        ),
        (vec![("sec-fetch-site", "cross-site")], 403),
    ] {
        let response = vote(&router, &headers).await;
        assert_eq!(
            response.status.as_u16(),
            status,
            "{headers:?}: {}",
            response.text
        );
        if status == 403 {
            assert_eq!(response.json()["code"], "cross_site");
        }
    }
    // A body instead of a query is no write.
    let json = ("content-type", "application/json");
    let badges = send(&router, "POST", "/api/v1/badges", &[evil, json], "{}").await;
    assert_eq!(badges.status.as_u16(), 200, "{}", badges.text);
}

#[tokio::test]
async fn a_client_above_its_rate_gets_the_time_to_wait() {
    let rates = "5/5 1/2".parse().expect("rates");
    let router = with_access(|access| {
        access.rates = Some(rates);
        access.trusted_proxies = "loopback".parse().expect("proxies");
    })
    .await;
    let peer = from(&router, "127.0.0.1:9");
    for client in ["9.9.9.1", "9.9.9.2"] {
        let through = [("x-forwarded-for", client)];
        for _ in 0..2 {
            assert_eq!(vote(&peer, &through).await.status.as_u16(), 400, "{client}");
        }
        let refused = vote(&peer, &through).await;
        assert_eq!(refused.status.as_u16(), 429, "{client}: {}", refused.text);
        assert_eq!(refused.json()["code"], "too_many_requests");
        assert_eq!(refused.header("retry-after"), "1");
        // Reads have room of their own; browsers may always ask.
        let read = send(&peer, "GET", "/api/v1/status", &through, "").await;
        assert_eq!(read.status.as_u16(), 200, "{client}");
        let preflight = [
            ("x-forwarded-for", client),
            ("origin", "https://hunger.openfoodfacts.org"),
            ("access-control-request-method", "GET"),
        ];
        for _ in 0..10 {
            let asked = send(&peer, "OPTIONS", "/api/v1/status", &preflight, "").await;
            assert_eq!(asked.status.as_u16(), 200, "{client}");
        }
    }
    // Programs on this machine are not limited, nor is a client that names another address.
    for _ in 0..10 {
        assert_eq!(vote(&peer, &[]).await.status.as_u16(), 400);
    }
    let outside = from(&router, "9.9.9.3:9");
    let mut statuses = Vec::new();
    for number in 0..3 {
        let made_up = format!("8.8.8.{number}");
        let sent = vote(&outside, &[("x-forwarded-for", &made_up)]).await;
        statuses.push(sent.status.as_u16());
    }
    assert_eq!(statuses, [400, 400, 429]);
}

#[tokio::test]
async fn browsers_are_limited_in_what_they_do_with_a_response() {
    let router = with_access(|_| {}).await;
    for (path, policy) in [
        ("/", "default-src 'none'; script-src 'self'"),
        ("/docs/", "default-src 'none'; script-src 'self'"),
        (
            "/api/v1/status",
            "default-src 'none'; frame-ancestors 'none'; sandbox",
        ),
        (
            "/api/v1/nothing",
            "default-src 'none'; frame-ancestors 'none'; sandbox",
        ),
    ] {
        let response = get(&router, path).await;
        assert_eq!(
            response.header("x-content-type-options"),
            "nosniff",
            "{path}"
        );
        let found = response.header("content-security-policy");
        assert!(found.starts_with(policy), "{path}: {found}");
        let is_page = policy.contains("script-src");
        let framing = response.header("x-frame-options");
        assert_eq!(framing == "DENY", is_page, "{path}");
    }
    let login = [("cookie", "session=x")];
    let private = send(&router, "GET", "/api/v1/status", &login, "").await;
    assert_eq!(private.header("cache-control"), "private");
}

#[tokio::test]
async fn the_service_is_found_below_its_prefix_and_without_it() {
    let router = with_access(|access| {
        access.path_prefix = "/robotoff".parse().expect("a path");
    })
    .await;
    for path in [
        "/robotoff/api/v1/status",
        "/robotoff/api/v1/status/",
        "/api/v1/status",
        "/robotoff/",
        "/robotoff/docs/",
    ] {
        assert_eq!(get(&router, path).await.status.as_u16(), 200, "{path}");
    }
    for (path, location) in [
        ("/robotoff", "/robotoff/"),
        ("/robotoff/docs", "/robotoff/docs/"),
    ] {
        let response = get(&router, path).await;
        assert!(response.status.is_redirection(), "{path}");
        assert_eq!(response.header("location"), location);
    }
    let document = get(&router, "/robotoff/api/v1/openapi.json").await.json();
    assert_eq!(document["servers"][0]["url"], "/robotoff");
    let page = get(&router, "/robotoff/docs/swagger-initializer.js").await;
    assert!(
        page.text.contains("/robotoff/api/v1/openapi.json"),
        "{}",
        page.text
    );
    assert_eq!(get(&router, "/robotoffs/").await.status.as_u16(), 404);
}
