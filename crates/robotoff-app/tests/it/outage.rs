//! An outage is not an attempt: what was accepted waits it out, however long it lasts.

use std::time::Duration;

use robotoff_app::enqueue::{ApplyInsights, ImportImage, JobSpec, RefreshProduct};
use robotoff_core::insight::Answer;
use robotoff_core::product::SourceImage;
use robotoff_ports::job::{JobFilter, JobState, NewJob};
use robotoff_ports::store::Changes;
use robotoff_ports::{JobQueue, Store};
use serde_json::json;

use crate::fakes::{EditFault, Fault};
use crate::test_app::{AUTOMATIC_WAIT, TestApp, product};

const QUARTER: Duration = Duration::from_secs(15 * 60);
const QUARTERS_OF_A_WEEK: u32 = 7 * 24 * 4;

/// Enqueues the job, or does what leads to it.
async fn accept(test: &TestApp, job: &str) {
    let id = product("10");
    let enqueue = async |job: NewJob| {
        let committed = test.store.commit(Changes::new().then(job)).await;
        committed.expect("a commit");
    };
    match job {
        "import_image" => {
            test.products.insert(&id, json!({"images": {"1": {}}}));
            test.images.insert_text("/1.jpg", "vegan");
            let import = ImportImage::whole(id, SourceImage::new("/1.jpg"));
            enqueue(import.new_job()).await;
        }
        "refresh" => enqueue(RefreshProduct(id).new_job()).await,
        "apply_insights" => {
            let insight = test.automatic_label(&id).await;
            test.advance(AUTOMATIC_WAIT);
            let mut apply = ApplyInsights::of(id);
            apply.insights.push(insight.id);
            enqueue(apply.new_job()).await;
        }
        "deliver_edit" | "decide_votes" => {
            let insight = test.label_question(&id).await;
            if job == "deliver_edit" {
                let unavailable = EditFault::Before(Fault::Unavailable);
                test.editor.fail_next([unavailable]);
            } else {
                test.products.fail(&[id], Fault::Unavailable);
            }
            for device in ["a", "b", "c"] {
                test.vote(insight.id, device, Answer::Accept).await;
            }
        }
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn an_outage_of_a_week_is_not_an_attempt() {
    for job in [
        "import_image",
        "refresh",
        "apply_insights",
        "deliver_edit",
        "decide_votes",
    ] {
        let test = TestApp::new().await;
        accept(&test, job).await;
        test.products.fail(&[product("10")], Fault::Unavailable);
        test.images.set_fault(Some(Fault::Unavailable));
        let mut postponed = 0;
        for _ in 0..QUARTERS_OF_A_WEEK {
            test.advance(QUARTER);
            let mut ends = test.run_jobs().await;
            ends.retain(|end| end.starts_with(job));
            let are_postponed = ends.iter().all(|end| end.contains(": postponed: "));
            assert!(are_postponed, "{job}: {ends:?}");
            postponed += ends.len();
        }
        // At most 15 minutes pass between two of them.
        assert!(
            postponed >= QUARTERS_OF_A_WEEK as usize / 2,
            "{job}: {postponed}"
        );
        let waiting = JobFilter::in_state(JobState::Waiting);
        let waiting = test.store.jobs(&waiting, 10).await.unwrap();
        let waits: Vec<_> = waiting.iter().filter(|record| record.kind == job).collect();
        assert_eq!(waits.len(), 1, "{job}: {waiting:?}");
        assert_eq!(waits[0].attempts, 0, "{job}");
        test.products.recover();
        test.images.set_fault(None);
        test.advance(QUARTER);
        let ends = test.run_jobs().await;
        assert!(ends.contains(&format!("{job}: done")), "{ends:?}");
    }
}
