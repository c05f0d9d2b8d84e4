//! A service for tests, and a caller of it.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use robotoff_api::{Api, ApiSettings, Health, PictureUrls, router};
use robotoff_ports::{Store, SystemClock};
use robotoff_store::{ConnectSettings, Database, migrate};
use serde_json::Value;
use tower::ServiceExt;

use crate::scripted::Scripted;

/// An up-to-date database of the URL.
pub(crate) async fn migrated(url: &str) -> Database {
    let url = url.parse().expect("a url of a database");
    let clock = Arc::new(SystemClock);
    let database = Database::open(&url, &ConnectSettings::default(), clock).await;
    let database = database.expect("the database opens");
    migrate::migrate(&database, |_| {})
        .await
        .expect("it migrates");
    database
}

/// What answers from the store.
pub(crate) fn api(store: Arc<dyn Store>) -> Api {
    Api {
        store,
        service: Arc::new(Scripted::default()),
        pictures: Arc::new(PictureUrls::new(
            |server_type| format!("https://{server_type}.example/images"),
            "https://static.example",
        )),
        health: Arc::new(Health::new("here", Arc::new(SystemClock))),
        settings: ApiSettings::default(),
    }
}

/// A service on a database in memory that holds nothing.
pub(crate) async fn empty() -> Router {
    let database = migrated("sqlite::memory:").await;
    router(api(Arc::new(database)))
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// A header as text; empty when there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).map(|value| value.to_str());
        value.map_or("", |value| value.expect("a header of text"))
    }
}

/// Asks with a method, headers and a body.
pub(crate) async fn ask(
    router: &Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(Body::from(body.to_owned()))
        .expect("a request");
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await.expect("a body");
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).expect("a text"),
    }
}

/// Asks for a path.
pub(crate) async fn get(router: &Router, path: &str) -> Answer {
    ask(router, "GET", path, &[], "").await
}
