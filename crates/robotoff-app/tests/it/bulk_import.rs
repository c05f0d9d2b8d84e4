//! Archives that are imported: groups, checkpoints, reports.

use robotoff_app::bulk_import::{BulkImportSettings, Grouping, ImportProgress, ReadItem};
use robotoff_core::product::ServerType;
use robotoff_ports::OptionalParts;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::fakes::{Fault, ocr_document};
use crate::test_app::{TestApp, product};

const CODES: [&str; 2] = ["3017620422003", "3549380009120"];

fn path(code: &str, number: u32) -> String {
    format!(
        "{}/{}/{}/{}/{number}.json",
        &code[..3],
        &code[3..6],
        &code[6..9],
        &code[9..]
    )
}

fn settings() -> BulkImportSettings {
    BulkImportSettings {
        source: "archive".to_owned(),
        server_type: ServerType::Off,
        concurrency: 4,
    }
}

/// Imports documents behind the checkpoint, as the reader of an archive does; stops when so
/// many are done.
async fn import(
    test: &TestApp,
    documents: &[(String, Vec<u8>)],
    stop_behind: u64,
) -> ImportProgress {
    let stop = CancellationToken::new();
    let import = &test.app.bulk_import;
    let earlier = import
        .checkpoint(&settings())
        .await
        .unwrap()
        .unwrap_or_default();
    let (sender, items) = mpsc::channel(1000);
    let mut grouping = Grouping::new(ServerType::Off);
    for (path, document) in &documents[earlier.position as usize..] {
        match grouping.add(path, document.clone()) {
            Ok(Some(group)) => sender.send(ReadItem::Group(group)).await.unwrap(),
            Ok(None) => {}
            Err(passed) => sender.send(ReadItem::PassedOver(passed)).await.unwrap(),
        }
    }
    if let Some(group) = grouping.finish() {
        sender.send(ReadItem::Group(group)).await.unwrap();
    }
    drop(sender);
    let stop_late = |progress: &ImportProgress| {
        if progress.documents >= stop_behind {
            stop.cancel();
        }
    };
    let settings = settings();
    let run = import.run(&settings, earlier, items, &stop, stop_late);
    run.await.unwrap()
}

fn documents() -> Vec<(String, Vec<u8>)> {
    let vegan = || ocr_document("vegan");
    vec![
        (path(CODES[0], 1), vegan()),
        (path(CODES[0], 2), ocr_document("nothing")),
        ("301/762/042/2004/1.json".to_owned(), vegan()),
        (path(CODES[1], 1), vegan()),
        (path(CODES[1], 9), vegan()),
        (path("3560070278831", 1), vegan()),
        (path(CODES[0], 3), b"no json".to_vec()),
    ]
}

async fn prepare(test: &TestApp) {
    let sizes = json!({"full": {"w": 300, "h": 400}});
    let image = json!({"sizes": sizes});
    for code in CODES {
        let images = json!({"images": {"1": image, "2": image, "3": image}});
        test.products.insert(&product(code), images);
    }
}

#[tokio::test]
async fn an_archive_is_imported_and_reported() {
    for test in TestApp::both(OptionalParts::default()).await {
        prepare(&test).await;
        for round in 0..2 {
            let progress = import(&test, &documents(), u64::MAX).await;
            assert_eq!((progress.documents, progress.read), (7, 3));
            assert_eq!((progress.products, progress.absent_products), (3, 1));
            assert_eq!((progress.not_listed, progress.passed_over), (1, 2));
            assert_eq!(progress.failed, 0);
            // The second time changes no row.
            let new = if round == 0 { 2 } else { 0 };
            assert_eq!(progress.new_predictions, new, "round {round}");
            assert_eq!(progress.created_insights, new, "round {round}");
            let reasons: Vec<&str> = progress
                .problems
                .iter()
                .map(|problem| problem.reason.as_str())
                .collect();
            assert!(
                reasons.iter().any(|it| it.contains("check digit")),
                "{reasons:?}"
            );
            assert!(
                reasons.iter().any(|it| it.contains("OCR document")),
                "{reasons:?}"
            );
        }
        for code in CODES {
            let summary = test.summary(&product(code)).await;
            assert_eq!(
                summary,
                ["applies label en:vegan", "predicts label en:vegan"]
            );
        }
        let left = test.app.bulk_import.checkpoint(&settings()).await.unwrap();
        assert_eq!(left, None, "the run is done");
    }
}

#[tokio::test]
async fn a_run_that_is_stopped_in_an_outage_resumes() {
    for test in TestApp::both(OptionalParts::default()).await {
        prepare(&test).await;
        test.products.fail(&[product(CODES[1])], Fault::Unavailable);
        // All groups but the one whose product cannot be read.
        import(&test, &documents(), 4).await;
        let earlier = test.app.bulk_import.checkpoint(&settings()).await.unwrap();
        assert_eq!(earlier.map(|earlier| earlier.position), Some(2));
        test.products.recover();
        let progress = import(&test, &documents(), u64::MAX).await;
        assert!(progress.position >= 7, "{progress:?}");
        for code in CODES {
            let summary = test.summary(&product(code)).await;
            assert_eq!(
                summary,
                ["applies label en:vegan", "predicts label en:vegan"]
            );
        }
    }
}
