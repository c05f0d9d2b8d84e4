//! Parts of images.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use robotoff_core::geometry::CropArea;
use robotoff_ports::fakes::FakeImageFiles;
use robotoff_ports::parts::{CutImage, ImageCropper};
use robotoff_ports::{PortError, PortResult};

use crate::test_app::{TestApp, get, send};

const HOST: &str = "https://images.example/";
const WHOLE: &str = "y_min=0&x_min=0&y_max=1&x_max=1";

/// "Cuts" texts: the file, then the borders.
struct FakeCropper;

#[async_trait]
impl ImageCropper for FakeCropper {
    async fn crop(&self, file: Arc<[u8]>, area: CropArea) -> PortResult<CutImage> {
        let text = String::from_utf8_lossy(&file);
        let borders = area.relative().to_json();
        Ok(match &*text {
            "text" => CutImage::Unreadable("no image".to_owned()),
            text => CutImage::Jpeg(format!("{text} {borders}").into_bytes()),
        })
    }
}

async fn with_images() -> Router {
    let mut app = TestApp::new().await;
    let at = |name: &str| format!("{HOST}{name}");
    let files = FakeImageFiles::of_host(HOST)
        .with(&at("1.jpg"), Ok(b"one".to_vec()))
        .with(&at("a,b.jpg"), Ok(b"comma".to_vec()))
        .with(&at("text"), Ok(b"text".to_vec()))
        .with(&at("away"), Err(PortError::unavailable("file", "HTTP 502")));
    app.change_ports(|ports| {
        ports.image_files = Arc::new(files);
        ports.parts.cropper = Some(Arc::new(FakeCropper));
    });
    app.router()
}

fn path(url: &str, area: &str) -> String {
    format!("/api/v1/images/crop?image_url={url}&{area}")
}

#[tokio::test]
async fn a_part_inside_of_the_image_is_cut_out() {
    let router = with_images().await;
    for (url, area, expected) in [
        ("1.jpg", WHOLE, "one [0.0,0.0,1.0,1.0]"),
        ("a,b.jpg", WHOLE, "comma [0.0,0.0,1.0,1.0]"),
        (
            "1.jpg",
            "y_min=0.1&x_min=.2&y_max=3e-1&x_max=0.4",
            "one [0.1,0.2,0.3,0.4]",
        ),
        // Far outside, as recorded boxes are: cut at the borders.
        (
            "1.jpg",
            "y_min=-1&x_min=-1e9&y_max=2&x_max=1e300",
            "one [0.0,0.0,1.0,1.0]",
        ),
    ] {
        let response = get(&router, &path(&format!("{HOST}{url}"), area)).await;
        assert_eq!(response.status.as_u16(), 200, "{}", response.text);
        assert_eq!(response.text, expected);
        assert_eq!(response.header("content-type"), "image/jpeg");
    }
}

#[tokio::test]
async fn a_client_that_has_the_part_gets_no_second_copy() {
    let router = with_images().await;
    let path = path(&format!("{HOST}1.jpg"), WHOLE);
    let first = get(&router, &path).await;
    assert_eq!(first.header("cache-control"), "public, max-age=86400");
    let etag = first.header("etag");
    assert!(!etag.is_empty());
    let again = send(&router, "GET", &path, &[("if-none-match", etag)], "").await;
    assert_eq!((again.status.as_u16(), &*again.text), (304, ""));
    assert_eq!(again.header("etag"), etag);
    let head = send(&router, "HEAD", &path, &[], "").await;
    assert_eq!((head.status.as_u16(), &*head.text), (200, ""));
}

/// Name of the file, area, and what the description says; all are 400.
const REFUSED: [(&str, &str, &str); 10] = [
    ("1.jpg", "y_min=0&x_min=0&y_max=1", "x_max"),
    ("1.jpg", "", "y_min"),
    ("1.jpg", "y_min=nan&x_min=0&y_max=1&x_max=1", "y_min"),
    ("1.jpg", "y_min=0&x_min=inf&y_max=1&x_max=1", "x_min"),
    ("1.jpg", "y_min=1&x_min=0&y_max=0&x_max=1", "y_min below"),
    ("1.jpg", "y_min=0&x_min=.5&y_max=1&x_max=.5", "x_min below"),
    ("1.jpg", "y_min=1&x_min=0&y_max=2&x_max=1", "outside"),
    ("2.jpg", WHOLE, "no file"),
    ("text", WHOLE, "no image"),
    ("@evil.example/1.jpg", WHOLE, "no file"),
];

#[tokio::test]
async fn requests_that_cannot_be_served_say_why() {
    let router = with_images().await;
    for (name, area, reason) in REFUSED {
        let response = get(&router, &path(&format!("{HOST}{name}"), area)).await;
        assert_eq!(response.status.as_u16(), 400, "{name} {area}");
        let text = &response.text;
        assert!(text.contains(reason), "{name} {area}: {text}");
        assert_eq!(response.header("cache-control"), "", "{name} {area}");
    }
    for url in ["https://evil.example/1.jpg", "x", ""] {
        let response = get(&router, &path(url, WHOLE)).await;
        assert_eq!(response.status.as_u16(), 400, "{url}");
        assert!(response.text.contains("not allowed"), "{url}");
    }
    let away = get(&router, &path(&format!("{HOST}away"), WHOLE)).await;
    assert_eq!(away.status.as_u16(), 503);
    assert_eq!(away.header("retry-after"), "2");
    let missing = get(&router, "/api/v1/images/crop").await.json();
    assert_eq!(missing["title"], "Missing parameter");
    let without = TestApp::new().await.router();
    let response = get(&without, &path(&format!("{HOST}1.jpg"), WHOLE)).await;
    assert_eq!(response.json()["code"], "part_missing");
}
