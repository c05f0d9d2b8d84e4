//! Results of batch jobs that are imported, on both databases.

use std::sync::Arc;

use async_trait::async_trait;
use robotoff_app::enqueue::{ImportBatch, JobSpec};
use robotoff_ports::parts::{BatchCorrection, BatchResults};
use robotoff_ports::{JobQueue, OptionalParts, PortError, PortResult};
use serde_json::json;

use crate::test_app::{TestApp, product};

const CODE: &str = "3017620422003";

/// Batches, of which one exists.
struct FakeBatches;

#[async_trait]
impl BatchResults for FakeBatches {
    async fn corrections(&self, batch: &str) -> PortResult<Vec<BatchCorrection>> {
        if batch != "batch-1" {
            return Err(PortError::denied(batch, "there is no such file"));
        }
        let row = |barcode: &str, correction: &str| BatchCorrection {
            barcode: barcode.to_owned(),
            original: "farinne de ble".to_owned(),
            correction: correction.to_owned(),
            lang: "fr".to_owned(),
        };
        Ok(vec![
            row(CODE, "farine de ble"),
            row("3549380009120", "farine de ble"),
            row(CODE, "farinne de ble"),
        ])
    }
}

#[tokio::test]
async fn corrections_become_predictions_and_insights_once() {
    let parts = OptionalParts {
        batches: Some(Arc::new(FakeBatches)),
        ..OptionalParts::default()
    };
    for test in TestApp::both(parts).await {
        let id = product(CODE);
        let document = json!({"lang": "fr", "ingredients_text_fr": "farinne de ble"});
        test.products.insert(&id, document);
        for _ in 0..2 {
            let batch_dir = "batch-1".to_owned();
            test.store
                .enqueue(&[ImportBatch { batch_dir }.new_job()])
                .await
                .unwrap();
            assert_eq!(test.run_jobs().await, ["import_batch: done"]);
            assert_eq!(
                test.summary(&id).await,
                [
                    "asks ingredient_spellcheck fr",
                    "predicts ingredient_spellcheck fr"
                ]
            );
        }
        let batch_dir = "batch-2".to_owned();
        test.store
            .enqueue(&[ImportBatch { batch_dir }.new_job()])
            .await
            .unwrap();
        let results = test.run_jobs().await;
        assert!(
            results[0].starts_with("import_batch: discarded: batch-2"),
            "{results:?}"
        );
    }
}
