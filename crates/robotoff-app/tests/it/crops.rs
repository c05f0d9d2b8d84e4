//! Parts of images that requests name by an address.

use std::sync::Arc;

use async_trait::async_trait;
use robotoff_app::crops::Crop;
use robotoff_app::{App, AppSettings};
use robotoff_core::geometry::{CropArea, RelativeBox};
use robotoff_core::policy::Policy;
use robotoff_ports::fakes::FakeImageFiles;
use robotoff_ports::parts::{CutImage, ImageCropper};
use robotoff_ports::{PortError, PortResult};

use crate::test_app::TestApp;

const HOST: &str = "https://images.example/";

/// "Cuts" texts: the file, then the left border.
struct FakeCropper;

#[async_trait]
impl ImageCropper for FakeCropper {
    async fn crop(&self, file: Arc<[u8]>, area: CropArea) -> PortResult<CutImage> {
        let text = String::from_utf8_lossy(&file);
        if text == "text" {
            return Ok(CutImage::Unreadable("no image".to_owned()));
        }
        let left = area.relative().x_min;
        Ok(CutImage::Jpeg(format!("{text} {left}").into_bytes()))
    }
}

fn area(x_min: f64) -> CropArea {
    let area = RelativeBox {
        y_min: 0.0,
        x_min,
        y_max: 1.0,
        x_max: 1.0,
    };
    CropArea::of(area).expect("a box")
}

async fn app(files: Arc<FakeImageFiles>, cropper: Option<Arc<dyn ImageCropper>>) -> App {
    let test = TestApp::new().await;
    let mut ports = test.app.ports.clone();
    ports.image_files = files;
    ports.parts.cropper = cropper;
    App::new(ports, AppSettings::default(), Policy::default())
}

#[tokio::test]
async fn a_part_is_cut_once_and_its_file_fetched_once() {
    let url = format!("{HOST}1.jpg");
    let files = FakeImageFiles::of_host(HOST).with(&url, Ok(b"one".to_vec()));
    let files = Arc::new(files);
    let app = app(files.clone(), Some(Arc::new(FakeCropper))).await;
    for (x_min, expected) in [(0.0, "one 0"), (0.5, "one 0.5"), (0.0, "one 0")] {
        let crop = app.crops.crop(&url, area(x_min)).await.expect("an answer");
        assert_eq!(crop, Crop::Jpeg(expected.as_bytes().into()));
    }
    assert_eq!(files.fetched(), [url]);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_no_failure_of_the_service() {
    let at = |name: &str| format!("{HOST}{name}");
    let files = FakeImageFiles::of_host(HOST)
        .with(&at("text"), Ok(b"text".to_vec()))
        .with(&at("huge"), Err(PortError::defect("file", "too large")))
        .with(&at("away"), Err(PortError::unavailable("file", "HTTP 502")));
    let app = app(Arc::new(files), Some(Arc::new(FakeCropper))).await;
    for (url, expected) in [
        (at("none"), Crop::Missing),
        ("https://evil.example/1.jpg".to_owned(), Crop::NotAllowed),
        (at("text"), Crop::Unreadable("no image".to_owned())),
        (at("huge"), Crop::Unreadable("too large".to_owned())),
    ] {
        let crop = app.crops.crop(&url, area(0.0)).await.expect("an answer");
        assert_eq!(crop, expected, "{url}");
    }
    let error = app.crops.crop(&at("away"), area(0.0)).await;
    let error = error.expect_err("the server is away");
    let error = error.downcast_ref::<PortError>().expect("its cause");
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn an_installation_without_a_cropper_says_so() {
    let app = app(Arc::new(FakeImageFiles::of_host(HOST)), None).await;
    let crop = app.crops.crop(&format!("{HOST}1.jpg"), area(0.0)).await;
    assert_eq!(crop.expect("an answer"), Crop::NoCropper);
}
