//! Photos that are read and not stored: what is refused, and why.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::http::StatusCode;
use robotoff_ports::parts::{ImageText, ImageTextReader};
use robotoff_ports::{PortError, PortResult};

use crate::test_app::{Response, TestApp, empty, send};

const PATH: &str = "/api/v1/prefill";

/// Every file is busy or no image.
struct FakeReader;

#[async_trait]
impl ImageTextReader for FakeReader {
    async fn text_of(&self, file: Arc<[u8]>) -> PortResult<ImageText> {
        match &*file {
            b"busy" => Err(PortError::unavailable("reading of photos", "busy")),
            _ => Ok(ImageText::Unreadable("it is no image".to_owned())),
        }
    }
}

async fn with_reader() -> Router {
    let mut app = TestApp::new().await;
    app.add_parts(|parts| parts.image_texts = Some(Arc::new(FakeReader)));
    app.router()
}

async fn post(router: &Router, media_type: &str, body: &str) -> Response {
    send(router, "POST", PATH, &[("Content-Type", media_type)], body).await
}

#[tokio::test]
async fn a_photo_is_refused_for_a_reason() {
    let router = with_reader().await;
    for (media_type, body, status, reason) in [
        ("image/jpeg", "text", 400, "it is no image"),
        ("application/octet-stream", "text", 400, "it is no image"),
        ("image/jpeg", "busy", 503, "Service Unavailable"),
        ("text/html", "text", 415, "text/html"),
        ("application/json", "{}", 415, "application/json"),
    ] {
        let response = post(&router, media_type, body).await;
        assert_eq!(response.status.as_u16(), status, "{response:?}");
        assert!(response.text.contains(reason), "{response:?}");
    }
    let unnamed = send(&router, "POST", PATH, &[], "text").await;
    assert_eq!(unnamed.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let project = format!("{PATH}?server_type=moon");
    let jpeg = [("Content-Type", "image/jpeg")];
    let response = send(&router, "POST", &project, &jpeg, "text").await;
    assert_eq!(response.status, StatusCode::BAD_REQUEST);
    let large = "a".repeat((16 << 20) + 1);
    let response = post(&router, "image/jpeg", &large).await;
    assert_eq!(response.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn an_installation_without_a_reader_says_so() {
    let response = post(&empty().await, "image/jpeg", "text").await;
    assert_eq!(response.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.json()["code"], "part_missing");
}
