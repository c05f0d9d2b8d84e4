//! Queues, periodic jobs, events and edits, and what operators do about them.

use robotoff_core::edit::{EditAccount, EditState};
use robotoff_core::event::{EventEntry, EventStream};
use robotoff_ports::job::Queue;
use robotoff_ports::store::{EventBatch, EventLog, UnreadableEvent};
use robotoff_ports::{Clock, JobQueue, SystemClock};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CODE, apps, done, enqueue, get, store_edit, write};
use crate::test_app::TestApp;

#[tokio::test]
async fn queues_are_paused_and_resumed() {
    for app in apps().await {
        enqueue(&app, 2).await;
        let queues = get(&app, "queues").await;
        assert_eq!(queues["queues"][0]["name"], "high");
        assert_eq!(queues["queues"][0]["jobs"]["waiting"], 2);
        assert!(
            queues["queues"][0]["age_secs"]
                .as_i64()
                .is_some_and(|age| age < 60)
        );
        assert_eq!(queues["queues"][1]["age_secs"], Value::Null);
        let paused = done(&app, "PATCH", "queues/high", json!({"paused": true})).await;
        assert_eq!(paused["queues"][0]["is_paused"], true);
        assert_eq!(app.store.paused().await.expect("a read"), [Queue::High]);
        done(&app, "PATCH", "queues/high", json!({"paused": false})).await;
        assert!(app.store.paused().await.expect("a read").is_empty());
        let unknown = write(&app, "PATCH", "queues/x", &json!({"paused": true})).await;
        assert_eq!(unknown.status.as_u16(), 404);
        let wrong = write(&app, "PATCH", "queues/high", &json!({"pause": 1})).await;
        assert_eq!(wrong.status.as_u16(), 400);
    }
}

#[tokio::test]
async fn periodic_jobs_are_run_disabled_and_enabled() {
    for app in apps().await {
        let run = done(&app, "POST", "schedules/purge_jobs/run", json!({})).await;
        let rows = get(&app, "schedules").await;
        let row = |rows: &Value| {
            let rows = rows["schedules"].as_array().expect("rows");
            let row = rows.iter().find(|row| row["name"] == "purge_jobs");
            row.expect("the row").clone()
        };
        assert_eq!(row(&rows)["last_job"]["id"], run["job"]);
        assert_eq!(row(&rows)["last_job"]["state"], "waiting");
        assert!(row(&rows)["next_at"].is_string());
        let path = "schedules/purge_jobs";
        let disabled = done(&app, "PATCH", path, json!({"enabled": false})).await;
        assert_eq!(row(&disabled)["is_enabled"], false);
        assert_eq!(row(&disabled)["next_at"], Value::Null);
        done(&app, "PATCH", path, json!({"enabled": true})).await;
        for (method, path) in [("PATCH", "schedules/x"), ("POST", "schedules/x/run")] {
            let response = write(&app, method, path, &json!({"enabled": true})).await;
            assert_eq!(response.status.as_u16(), 404);
        }
    }
}

async fn park(app: &TestApp, number: usize) {
    let entry = |n: usize| EventEntry {
        stream: EventStream::ALL[0],
        id: format!("{}-0", n + 1).parse().ok(),
        fields: [("user_id".to_owned(), format!("user {n}"))]
            .into_iter()
            .collect(),
    };
    let batch = EventBatch {
        unreadable: (0..number)
            .map(|n| UnreadableEvent {
                entry: entry(n),
                error: "no barcode".to_owned(),
            })
            .collect(),
        at: SystemClock.now(),
        ..EventBatch::default()
    };
    app.store
        .store_events(&batch)
        .await
        .expect("events are parked");
}

#[tokio::test]
async fn parked_events_are_paged_replayed_and_discarded() {
    for app in apps().await {
        park(&app, 3).await;
        assert_eq!(get(&app, "events").await["parked"], 3);
        let page = get(&app, "events/parked?count=2").await;
        let events = page["events"].as_array().expect("events");
        assert_eq!(events.len(), 2);
        let id = events[0]["id"].as_i64().expect("an id");
        let rest = get(
            &app,
            &format!("events/parked?count=2&below={}", page["next"]),
        )
        .await;
        assert_eq!(rest["events"].as_array().map(Vec::len), Some(1));
        assert_eq!(rest["next"], Value::Null);
        let path = "events/parked";
        let body = json!({"action": "replay", "ids": [id]});
        let replayed = done(&app, "POST", path, body).await;
        assert_eq!(replayed["refused"], 1, "it still cannot be read");
        let body = json!({"action": "discard", "ids": [id, id]});
        let discarded = done(&app, "POST", path, body).await;
        assert_eq!(
            (&discarded["changed"], &discarded["refused"]),
            (&json!(1), &json!(1))
        );
        let body = json!({"action": "discard", "all": true, "dry_run": true});
        assert_eq!(done(&app, "POST", path, body).await["found"], 2);
        let body = json!({"action": "discard", "all": true, "expected": 3});
        let response = write(&app, "POST", path, &body).await;
        assert_eq!(response.status.as_u16(), 409);
        let body = json!({"action": "discard", "all": true, "expected": 2});
        assert_eq!(done(&app, "POST", path, body).await["changed"], 2);
        assert_eq!(get(&app, "events").await["parked"], 0);
        for body in [
            json!({"action": "x", "ids": [1]}),
            json!({"action": "replay"}),
            json!({"action": "replay", "ids": [1], "all": true}),
        ] {
            let response = write(&app, "POST", path, &body).await;
            assert_eq!(response.status.as_u16(), 400, "{body}");
        }
    }
}

#[tokio::test]
async fn edits_are_listed_settled_and_sent_again() {
    for app in apps().await {
        let unknown = store_edit(&app, 1, EditState::Unknown, EditAccount::Service).await;
        let failed = store_edit(&app, 2, EditState::Failed, EditAccount::Person).await;
        let other = store_edit(&app, 3, EditState::Unknown, EditAccount::Service).await;
        let first = get(&app, "edits?count=2").await;
        let listed = first["edits"].as_array().expect("edits");
        assert_eq!(listed.len(), 2);
        let next = first["next"].as_str().expect("a place");
        let rest = get(&app, &format!("edits?count=2&after={next}")).await;
        let seen = listed
            .iter()
            .chain(rest["edits"].as_array().expect("edits"));
        let mut seen: Vec<&str> = seen.filter_map(|edit| edit["id"].as_str()).collect();
        seen.sort_unstable();
        assert_eq!(seen, [unknown, failed, other].map(|id| id.to_string()));
        let found = get(&app, &format!("edits?state=failed&barcode={CODE}")).await;
        let edit = &found["edits"][0];
        assert_eq!(
            (&edit["can_settle"], &edit["can_retry"]),
            (&json!(true), &json!(false))
        );
        let retry = json!({"action": "retry", "ids": [unknown, failed]});
        let report = done(&app, "POST", "edits", retry).await;
        assert_eq!(
            (&report["changed"], &report["refused"]),
            (&json!(1), &json!(1))
        );
        let settle = json!({"action": "settle_accepted", "ids": [failed]});
        assert_eq!(done(&app, "POST", "edits", settle).await["changed"], 1);
        let settle = json!({"action": "settle_refused", "ids": [other, Uuid::nil()]});
        assert_eq!(done(&app, "POST", "edits", settle).await["changed"], 1);
        let overview = get(&app, "overview").await;
        assert_eq!(
            overview["edits"],
            json!({"accepted": 1, "refused": 1, "retry": 1})
        );
        for body in [
            json!({"action": "x", "ids": [unknown]}),
            json!({"action": "retry", "ids": []}),
            json!({"action": "retry", "ids": ["x"]}),
        ] {
            let response = write(&app, "POST", "edits", &body).await;
            assert_eq!(response.status.as_u16(), 400, "{body}");
        }
    }
}
