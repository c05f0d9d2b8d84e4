//! Jobs: listed in pages, shown, changed by number and by filter.

use robotoff_core::edit::{EditAccount, EditState};
use robotoff_ports::JobQueue;
use robotoff_ports::job::{JobId, JobState};
use serde_json::{Value, json};

use super::{CODE, LOGIN, apps, done, enqueue, get, job, kill, store_edit, write};
use crate::test_app::{TestApp, send};

#[tokio::test]
async fn jobs_are_listed_by_filter_in_pages() {
    for app in apps().await {
        let all = enqueue(&app, 7).await;
        kill(&app, 3).await;
        let newest_first: Vec<i64> = all.iter().rev().copied().collect();
        let (mut seen, mut below) = (Vec::new(), String::new());
        for _ in 0..4 {
            let page = get(&app, &format!("jobs?count=2{below}")).await;
            seen.extend(ids(&page));
            match page["next"].as_i64() {
                Some(next) => below = format!("&below={next}"),
                None => break,
            }
        }
        assert_eq!(seen, newest_first);
        for (query, expected) in [
            ("state=dead", 3),
            ("state=waiting&queue=high", 4),
            ("queue=ml", 0),
            ("kind=import_image", 7),
            ("key=product:off:0000000000002", 1),
            ("error=cannot be", 3),
            ("error=%25", 0),
            ("older_than_secs=3600", 0),
            ("state=", 7),
        ] {
            let found = get(&app, &format!("jobs?{}", query.replace(' ', "%20"))).await;
            assert_eq!(ids(&found).len(), expected, "{query}");
            assert_eq!(found["next"], Value::Null);
        }
        for query in ["state=x", "queue=x", "count=0", "below=x"] {
            let path = format!("/api/v1/ops/jobs?{query}");
            let response = send(&app.router(), "GET", &path, &[LOGIN], "").await;
            assert_eq!(response.status.as_u16(), 400, "{query}");
        }
    }
}

fn ids(body: &Value) -> Vec<i64> {
    let jobs = body["jobs"].as_array().expect("jobs");
    jobs.iter()
        .map(|job| job["id"].as_i64().expect("an id"))
        .collect()
}

#[tokio::test]
async fn jobs_are_changed_by_number() {
    for app in apps().await {
        let all = enqueue(&app, 4).await;
        kill(&app, 1).await;
        let (dead, waiting) = (all[0], all[1]);
        let change = |action: &str, ids: &[i64]| json!({"action": action, "ids": ids});
        let report = done(&app, "POST", "jobs", change("retry", &[dead, waiting, 999])).await;
        assert_eq!(
            (&report["changed"], &report["refused"]),
            (&json!(1), &json!(2))
        );
        assert_eq!(
            report["refusals"],
            json!([{"id": waiting.to_string(), "why": "it is waiting"},
                {"id": "999", "why": "there is no such job"}])
        );
        assert_eq!(state_of(&app, dead).await, Some(JobState::Waiting));
        done(&app, "POST", "jobs", change("cancel", &[waiting])).await;
        assert_eq!(state_of(&app, waiting).await, Some(JobState::Cancelled));
        done(&app, "POST", "jobs", change("discard", &[waiting])).await;
        assert_eq!(state_of(&app, waiting).await, None);
        for body in [
            json!({"action": "delete", "ids": [1]}),
            json!({"action": "retry"}),
            json!({"action": "retry", "ids": []}),
            json!({"action": "retry", "ids": [1], "dryrun": true}),
            json!({"action": "retry", "ids": [1], "filter": {"state": "dead"}}),
            json!({"action": "retry", "filter": {"stat": "dead"}}),
            json!({"action": "retry", "ids": vec![1; 2001]}),
        ] {
            let response = write(&app, "POST", "jobs", &body).await;
            assert_eq!(response.status.as_u16(), 400, "{body}");
        }
    }
}

#[tokio::test]
async fn a_filter_changes_the_jobs_that_were_counted() {
    for app in apps().await {
        let all = enqueue(&app, 5).await;
        kill(&app, 3).await;
        let filter = json!({"error": "cannot be read"});
        let with = |more: Value| {
            let mut body = json!({"action": "retry", "filter": filter});
            let more = more.as_object().expect("members").clone();
            body.as_object_mut().expect("members").extend(more);
            body
        };
        let dry = done(&app, "POST", "jobs", with(json!({"dry_run": true}))).await;
        assert_eq!((&dry["found"], &dry["changed"]), (&json!(3), &json!(0)));
        assert_eq!(state_of(&app, all[0]).await, Some(JobState::Dead));
        for (more, status) in [(json!({}), 400), (json!({"expected": 2}), 409)] {
            let response = write(&app, "POST", "jobs", &with(more)).await;
            assert_eq!(response.status.as_u16(), status, "{}", response.text);
            assert_eq!(state_of(&app, all[0]).await, Some(JobState::Dead));
        }
        let report = done(&app, "POST", "jobs", with(json!({"expected": 3}))).await;
        assert_eq!(
            (&report["changed"], &report["is_capped"]),
            (&json!(3), &json!(false))
        );
        for id in &all[..3] {
            assert_eq!(state_of(&app, *id).await, Some(JobState::Waiting));
        }
    }
}

async fn state_of(app: &TestApp, id: i64) -> Option<JobState> {
    let job = app.store.job(JobId(id)).await.expect("a read");
    job.map(|job| job.state)
}

#[tokio::test]
async fn a_job_is_shown_with_its_product_and_what_it_led_to() {
    for app in apps().await {
        let added = app.store.enqueue(&[job(CODE)]).await.expect("a job");
        let id = added[0].job().0;
        let other = app.store.enqueue(&[job(CODE)]).await.expect("a job");
        enqueue(&app, 1).await;
        store_edit(&app, 1, EditState::Unknown, EditAccount::Service).await;
        let shown = get(&app, &format!("jobs/{id}")).await;
        assert_eq!(shown["args"]["barcode"], CODE);
        assert_eq!(shown["correlation_id"], "request-1");
        assert_eq!(
            shown["product"],
            json!({"barcode": CODE, "server_type": "off", "insights": 1})
        );
        assert_eq!(shown["insights"][0]["value"], "en:organic");
        assert_eq!(shown["edits"][0]["state"], "unknown");
        assert_eq!(shown["related"].as_array().map(Vec::len), Some(1));
        assert_eq!(shown["related"][0]["id"], other[0].job().0);
        for id in ["0", "999999", "x"] {
            let path = format!("/api/v1/ops/jobs/{id}");
            let response = send(&app.router(), "GET", &path, &[LOGIN], "").await;
            assert_eq!(response.status.as_u16(), 404, "{id}");
        }
    }
}
