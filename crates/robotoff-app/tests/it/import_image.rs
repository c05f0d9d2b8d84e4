//! The text of an image becomes predictions, and these become insights.

use robotoff_app::enqueue::{ImportImage, JobSpec};
use robotoff_app::imports::{ImageToRead, Imported, OcrSource};
use robotoff_core::product::{ProductId, SourceImage};
use robotoff_ports::JobQueue;
use serde_json::json;

use crate::fakes::{Fault, ocr_document};
use crate::test_app::{TestApp, product};

const CODE: &str = "3001234567890";
const IMAGE: &str = "/300/123/456/7890/1.jpg";

fn job(id: &ProductId) -> ImportImage {
    ImportImage::whole(id.clone(), SourceImage::new(IMAGE))
}

async fn import(test: &TestApp, text: &str) -> Imported {
    let image = ImageToRead {
        product: product(CODE),
        image: SourceImage::new(IMAGE),
        ocr: OcrSource::Given(ocr_document(text)),
    };
    test.app.imports.import_image(image, None).await.unwrap()
}

/// A test app with a product that has the image.
async fn with_image() -> (TestApp, ProductId) {
    let test = TestApp::new().await;
    let id = product(CODE);
    test.products.insert(&id, json!({"images": {"1": {}}}));
    (test, id)
}

#[tokio::test]
async fn predictions_of_another_text_replace_the_old_ones() {
    let (test, id) = with_image().await;
    for (text, summary) in [
        (
            "vegan",
            vec!["applies label en:vegan", "predicts label en:vegan"],
        ),
        (
            "vegan",
            vec!["applies label en:vegan", "predicts label en:vegan"],
        ),
        ("confiture", vec![]),
    ] {
        let imported = import(&test, text).await;
        assert!(matches!(imported, Imported::Done(_)), "{imported}");
        assert_eq!(test.summary(&id).await, summary, "{text}");
    }
}

#[tokio::test]
async fn reading_an_image_again_writes_no_row() {
    let (test, id) = with_image().await;
    import(&test, "vegan 6 x 33 cl").await;
    let once = test.snapshot(&id).await;
    let Imported::Done(report) = import(&test, "vegan 6 x 33 cl").await else {
        panic!("not imported");
    };
    assert_eq!((report.new_predictions, report.deleted_predictions), (0, 0));
    let twice = test.snapshot(&id).await;
    assert_eq!(once.predictions, twice.predictions);
    assert_eq!(once.insights, twice.insights);
}

#[tokio::test]
async fn an_image_that_is_missing_is_tried_three_times() {
    for (has_product, has_image, reason) in [
        (false, false, "there is no such product"),
        (true, false, "the product has no such image"),
        (true, true, "the image has no OCR document"),
    ] {
        let test = TestApp::new().await;
        let id = product(CODE);
        if has_product {
            let images = match has_image {
                true => json!({"1": {}}),
                false => json!({}),
            };
            test.products.insert(&id, json!({ "images": images }));
        }
        test.store.enqueue(&[job(&id).new_job()]).await.unwrap();
        let mut results = Vec::new();
        for _ in 0..4 {
            results.extend(test.run_jobs().await);
            test.advance(std::time::Duration::from_secs(7200));
        }
        let failed = format!("import_image: failed: {IMAGE} of {id}: {reason}");
        let skipped = format!("import_image: skipped: {IMAGE} of {id}: {reason}");
        let expected = [failed.clone(), failed, skipped];
        assert_eq!(results, expected);
    }
}

#[tokio::test]
async fn an_outage_of_the_image_server_is_retried() {
    let (test, id) = with_image().await;
    test.images.insert_text(IMAGE, "vegan");
    test.images.set_fault(Some(Fault::Unavailable));
    test.store.enqueue(&[job(&id).new_job()]).await.unwrap();
    let results = test.run_jobs().await;
    assert!(
        results[0].contains("the image server is unavailable"),
        "{results:?}"
    );
    test.images.set_fault(None);
    test.advance(std::time::Duration::from_secs(7200));
    assert_eq!(test.run_jobs().await, ["import_image: done"]);
    let summary = ["applies label en:vegan", "predicts label en:vegan"];
    assert_eq!(test.summary(&id).await, summary);
}
