//! Events that were lost, and the metrics of each process.

use serde_json::{Value, json};

use super::events::{code, publish, redis, service, wait_until_read};
use super::upkeep::text_at;
use super::{free_port, postgres};
use crate::processes::wait_for;

#[test]
fn a_gap_is_kept_shown_and_resolved() {
    let redis = redis();
    let service = service("sqlite", &redis);
    let up = service.start("up");
    wait_until_read(&service);
    publish(&redis, 1, 2);
    wait_until_read(&service);
    drop(up);
    publish(&redis, 3, 5);
    redis
        .run(&["XTRIM", "product_updates", "MAXLEN", "1"])
        .expect("a trim");
    let up = service.start("up");
    wait_until_read(&service);
    drop(up);
    let gaps = service.done(&["events", "gaps", "--json"]);
    let gap: Value = serde_json::from_str(gaps.trim()).expect("one gap");
    assert_eq!(
        (&gap["lost"], &gap["stream"]),
        (&json!(4), &json!("product_updates"))
    );
    let status = service.done(&["events", "status"]);
    assert!(status.contains("GAP 1: 4 entries after "), "{status}");
    // The four, from the records of Product Opener.
    let after = gap["after"].as_str().expect("an id");
    let (millis, _) = after.split_once('-').expect("two numbers");
    let lost = (100..104).map(|sequence| {
        json!({"code": code(sequence), "product_type": "food", "user_id": "a",
            "action": "deleted", "id": format!("{millis}-{sequence}")})
        .to_string()
    });
    let file = service.folder.path().join("lost.jsonl");
    let lines: Vec<String> = lost.collect();
    std::fs::write(&file, lines.join("\n")).expect("a file");
    let replayed = service.done(&["replay", file.to_str().expect("a path")]);
    assert!(replayed.contains("gap 1 is filled"), "{replayed}");
    assert_eq!(service.done(&["events", "gaps"]), "");
    let all = service.done(&["events", "gaps", "--all"]);
    assert!(all.contains("resolved at"), "{all}");
    assert!(!service.output(&["events", "resolve", "1"]).status.success());
}

#[test]
fn every_process_serves_its_metrics() {
    let redis = redis();
    let service = service(&postgres(), &redis);
    for (part, lines) in [
        (
            "listener",
            &[
                "robotoff_event_lag_seconds{stream=\"product_updates\"}",
                "robotoff_events_total{result=\"new\"} 3",
            ][..],
        ),
        (
            "worker",
            &["robotoff_jobs_total{kind=\"delete_product\",result=\"done\"}"],
        ),
        ("scheduler", &["robotoff_schedule_fired_total{"]),
    ] {
        let port = free_port();
        let address = format!("127.0.0.1:{port}");
        let _running = service.start_with(part, &[("METRICS_LISTEN", &address)]);
        if part == "listener" {
            wait_until_read(&service);
            publish(&redis, 1, 3);
        }
        let shared = [
            "robotoff_queued_jobs{queue=\"high\",state=\"waiting\"}",
            "robotoff_database_connections{",
            "robotoff_build_info{",
        ];
        let wanted: Vec<&str> = lines.iter().copied().chain(shared).collect();
        let mut text = String::new();
        wait_for(&format!("{wanted:?} of the {part}"), || {
            text = text_at(port, "/metrics").unwrap_or_default();
            wanted.iter().all(|line| text.contains(line))
        });
    }
}
