//! Fingerprints and barcodes of uploaded images, on both databases.

use robotoff_app::enqueue::{ImageTasks, ImportImage, JobSpec};
use robotoff_ports::OptionalParts;
use robotoff_ports::store::{ImagePredictionFilter, ImageReads};
use serde_json::json;

use crate::tasks::{CODE, image, run};
use crate::test_app::{TestApp, product};

/// Imports an upload of this file; the results of its jobs.
async fn upload(test: &TestApp, file: &str) -> Vec<String> {
    let id = product(CODE);
    let document = json!({"images": {
        "1": {"sizes": {"full": {"w": 300, "h": 400}}},
        "front_fr": {"imgid": "1"},
    }});
    test.products.insert(&id, document);
    test.images.insert_file(image(1).as_str(), file);
    let uploaded = ImportImage {
        tasks: ImageTasks::on_upload(),
        ..ImportImage::whole(id, image(1))
    };
    run(test, uploaded.new_job()).await
}

async fn classes(test: &TestApp) -> Vec<serde_json::Value> {
    let all = ImagePredictionFilter::default();
    let runs = test.store.image_predictions(&all, 9, 0).await.unwrap();
    let runs = runs.into_iter();
    runs.map(|run| run.data["class"].clone()).collect()
}

#[tokio::test]
async fn an_upload_gets_its_fingerprint_and_a_photo_of_a_barcode_its_question() {
    for test in TestApp::both(OptionalParts::default()).await {
        let results = upload(&test, "upc:0.2").await;
        for job in ["add_fingerprint: done", "detect_barcode: done"] {
            assert!(results.iter().any(|result| result == job), "{results:?}");
        }
        let path = image(1);
        let row = test.store.image_at(product(CODE).server_type, &path);
        let fingerprint = row.await.unwrap().unwrap().fingerprint;
        assert_eq!(fingerprint, Some(i64::MIN + 7));
        assert_eq!(classes(&test).await, ["UPC_IMAGE"]);
        assert_eq!(
            test.summary(&product(CODE)).await,
            ["asks is_upc_image -", "predicts is_upc_image -"]
        );
        // Again: nothing is inspected or stored twice.
        upload(&test, "<html>").await;
        assert_eq!(classes(&test).await, ["UPC_IMAGE"]);
    }
}

#[tokio::test]
async fn a_small_barcode_is_stored_and_asks_nothing() {
    let test = TestApp::new().await;
    upload(&test, "upc:0.05").await;
    assert_eq!(classes(&test).await, ["SMALL_UPC"]);
    assert_eq!(test.summary(&product(CODE)).await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_file_that_is_no_image_is_skipped_and_named() {
    let test = TestApp::new().await;
    let results = upload(&test, "<html>").await;
    for job in ["add_fingerprint", "detect_barcode"] {
        let line = format!("{job}: skipped: it is no image");
        assert!(results.contains(&line), "{results:?}");
    }
}
