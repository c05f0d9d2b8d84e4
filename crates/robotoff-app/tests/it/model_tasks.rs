//! Tasks of models on images, and what follows from flags, on both databases.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use robotoff_app::enqueue::{DetectLogos, DetectNutriscore, JobSpec, NotifyModeration};
use robotoff_core::geometry::ImageSize;
use robotoff_core::image::{NewImage, NewImagePrediction};
use robotoff_core::moderation::ModerationNotice;
use robotoff_core::prediction::{Prediction, PredictionKind};
use robotoff_core::product::{ProductId, SourceImage};
use robotoff_ports::parts::Moderation;
use robotoff_ports::store::{Change, Changes, Committed};
use robotoff_ports::{OptionalParts, PortResult, Store};
use serde_json::json;

use crate::fakes::lock;
use crate::tasks::{CODE, document, image, run};
use crate::test_app::{TestApp, product};

#[tokio::test]
async fn a_model_that_is_not_configured_is_skipped_once() {
    for test in TestApp::both(OptionalParts::default()).await {
        let (product, image) = (product(CODE), image(1));
        let results = run(&test, DetectLogos { product, image }.new_job()).await;
        let reason = "no model is configured: universal_logo_detector";
        assert_eq!(results, [format!("detect_logos: skipped: {reason}")]);
        test.advance(std::time::Duration::from_secs(7 * 24 * 3600));
        assert_eq!(test.run_jobs().await, [] as [&str; 0]);
    }
}

#[tokio::test]
async fn a_run_that_was_made_elsewhere_is_imported() {
    for test in TestApp::both(OptionalParts::default()).await {
        let id = product(CODE);
        test.products.insert(&id, document(&[1]));
        let (product, path) = (id.clone(), image(1));
        let row = NewImage {
            product: id.clone(),
            number: "1".to_owned(),
            source_image: path.clone(),
            size: ImageSize {
                width: 300,
                height: 400,
            },
            uploaded_at: None,
        };
        let stored = test
            .store
            .commit(Changes::new().with(Change::StoreImage(row)));
        let Committed::Done(receipt) = stored.await.unwrap() else {
            panic!("not stored");
        };
        let grade = json!({"label": "nutriscore-b", "score": 0.9, "bounding_box": [0, 0, 1, 1]});
        let run_of_model = NewImagePrediction {
            image: receipt.images[0],
            kind: "object_detection".to_owned(),
            model_name: "nutriscore".to_owned(),
            model_version: "yolo-nutriscore-1.0".to_owned(),
            data: json!({"objects": [grade]}),
            timestamp: chrono::NaiveDateTime::default(),
            max_confidence: Some(0.9),
            logos: Vec::new(),
        };
        let change = Change::AddImagePrediction(Box::new(run_of_model));
        test.store
            .commit(Changes::new().with(change))
            .await
            .unwrap();
        let detect = DetectNutriscore {
            product,
            image: path,
        };
        assert_eq!(
            run(&test, detect.new_job()).await,
            ["detect_nutriscore: done"]
        );
        let summary = test.summary(&id).await;
        assert!(
            summary.contains(&"predicts label en:nutriscore-grade-b".to_owned()),
            "{summary:?}"
        );
    }
}

/// Notices that were sent.
#[derive(Default)]
struct RecordedNotices(Mutex<Vec<String>>);

#[async_trait]
impl Moderation for RecordedNotices {
    async fn notify(
        &self,
        product: &ProductId,
        image: &SourceImage,
        notice: &ModerationNotice,
    ) -> PortResult<()> {
        let reason = notice.reason.name();
        let line = format!("{} {image} {reason}: {}", product.barcode, notice.comment);
        lock(&self.0).push(line);
        Ok(())
    }
}

#[tokio::test]
async fn flags_of_an_image_are_reported() {
    let notices = Arc::new(RecordedNotices::default());
    let parts = OptionalParts {
        moderation: Some(notices.clone()),
        ..OptionalParts::default()
    };
    for test in TestApp::both(parts).await {
        let id = product(CODE);
        for (number, label) in [(1, "face"), (2, "selfie")] {
            let mut flag = Prediction::new(PredictionKind::ImageFlag);
            flag.data
                .insert("type".to_owned(), json!("face_annotation"));
            flag.data.insert("label".to_owned(), json!(label));
            let path = image(number);
            test.store_prediction(&id, Some(path.as_str()), flag).await;
        }
        let (product, image) = (id, image(1));
        let results = run(&test, NotifyModeration { product, image }.new_job()).await;
        assert_eq!(results, ["notify_moderation: done"]);
        let sent = std::mem::take(&mut *lock(&notices.0));
        let path = "/301/762/042/2003/1.jpg";
        assert_eq!(
            sent,
            [format!("{CODE} {path} human: Robotoff detection: face")]
        );
    }
}
