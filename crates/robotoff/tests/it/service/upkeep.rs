//! The schedule, metrics and mass imports, on the real program.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::{TestService, free_port};
use crate::processes::wait_for;

/// One service on each kind of database.
fn both() -> [TestService; 2] {
    let server = robotoff_testbed::postgres()
        .database(None)
        .expect("a database");
    [TestService::on("sqlite"), TestService::on(&server)]
}

fn row(service: &TestService, name: &str) -> Value {
    let listed = service.done(&["schedule", "list", "--json"]);
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let rows = listed["schedule"].as_array().expect("a list");
    let row = rows.iter().find(|row| row["name"] == name);
    row.expect("the row").clone()
}

/// The body of a path at a port, as text.
pub(super) fn text_at(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    head.contains(" 200 ").then(|| body.to_owned())
}

#[test]
fn an_operator_controls_the_schedule() {
    for service in both() {
        let name = "expire_personal_data";
        assert_eq!(row(&service, name)["fired_at"], Value::Null);
        service.done(&["schedule", "disable", name]);
        assert_eq!(row(&service, name)["enabled"], false);
        service.done(&["schedule", "run", name]);
        assert_eq!(row(&service, name)["job"]["state"], "waiting");
        let _up = service.start("up");
        wait_for("the job", || row(&service, name)["job"]["state"] == "done");
        service.done(&["schedule", "enable", name]);
        let enabled = row(&service, name);
        assert_eq!(enabled["enabled"], true);
        assert!(enabled["next_at"].is_string(), "{enabled}");
        // The scheduler fires rows by itself.
        wait_for("a firing", || {
            row(&service, "settle_edits")["job"]["state"] == "done"
        });
        let table = service.done(&["schedule", "list"]);
        assert!(table.contains("report_insights"), "{table}");
        let unknown = service.output(&["schedule", "run", "nonsense"]);
        let errors = String::from_utf8_lossy(&unknown.stderr);
        assert!(
            !unknown.status.success() && errors.contains("apply_due"),
            "{errors}"
        );
    }
}

#[test]
fn a_worker_in_burst_mode_ends_and_takes_its_queues_only() {
    let server = robotoff_testbed::postgres()
        .database(None)
        .expect("a database");
    let service = TestService::on(&server);
    service.done(&["schedule", "run", "purge_jobs"]);
    service.done(&["worker", "--burst", "--queues", "high,ml"]);
    assert_eq!(row(&service, "purge_jobs")["job"]["state"], "waiting");
    service.done(&["run-worker", "--burst", "robotoff-high-1", "robotoff-low"]);
    assert_eq!(row(&service, "purge_jobs")["job"]["state"], "done");
    let wrong = service.output(&["worker", "--queues", "slow"]);
    let errors = String::from_utf8_lossy(&wrong.stderr);
    assert!(
        errors.contains("slow") && errors.contains("low"),
        "{errors}"
    );
}

#[test]
fn metrics_are_served_beside_the_api_and_at_an_address_of_their_own() {
    for service in both() {
        let metrics = free_port();
        let address = format!("127.0.0.1:{metrics}");
        let _up = service.start_with("up", &[("METRICS_LISTEN", &address)]);
        service.wait_until_ready();
        service.import_demo("1490012000119");
        for port in [metrics, service.port] {
            let text = text_at(port, "/metrics").expect("metrics");
            for line in [
                "# TYPE robotoff_queued_jobs gauge",
                "robotoff_queued_jobs{queue=\"high\",state=\"dead\"} 0",
                "robotoff_queue_paused{queue=\"low\"} 0",
                "robotoff_database_connections{",
                "robotoff_build_info{",
                "route=\"/api/v1/status\"",
            ] {
                assert!(text.contains(line), "{line}: {text}");
            }
        }
        wait_for("jobs that are counted", || {
            text_at(metrics, "/metrics").is_some_and(|text| {
                text.contains("robotoff_jobs_total{kind=\"settle_edits\",result=\"done\"}")
            })
        });
    }
}

#[test]
fn an_archive_is_imported_from_the_command_line() {
    for service in both() {
        let service = service.with("PRODUCTS_URL", "none");
        let folder = service.folder.path().join("archive");
        for (path, text) in [
            (
                "301/762/042/2003/1.json",
                "Ingrédients issus de l'agriculture biologique",
            ),
            ("301/762/042/2003/2.json", "Poids net : 320 g"),
            ("301/762/042/2004/1.json", "Poids net : 320 g"),
        ] {
            let file = folder.join(path);
            std::fs::create_dir_all(file.parent().expect("a folder")).expect("folders");
            let document = json!({"responses": [{"textAnnotations": [{"description": text}]}]});
            std::fs::write(file, document.to_string()).expect("a file");
        }
        let source = folder.to_str().expect("a path");
        let output = service.output(&["import", source, "--json"]);
        let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(
            (&report["read"], &report["products"]),
            (&json!(2), &json!(1))
        );
        let reason = report["problems"][0]["reason"].as_str().expect("a reason");
        assert!(reason.contains("check digit"), "{report}");
        assert_eq!(output.status.code(), Some(1));
        assert!(report["created_insights"].as_u64() >= Some(1), "{report}");
        let again = service.output(&["import", source, "--json"]);
        let again: Value = serde_json::from_slice(&again.stdout).expect("JSON");
        assert_eq!(again["new_predictions"], 0);
        let missing = service.output(&["import", "nonsense.rar"]);
        let errors = String::from_utf8_lossy(&missing.stderr);
        assert!(errors.contains("nonsense.rar"), "{errors}");
    }
}

/// Predictions of an archive, written to lines and imported from them.
fn predictions_go_out_and_in(service: &TestService) {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("149/001/200/0119");
    std::fs::create_dir_all(&archive).unwrap();
    let text = "Ingrédients issus de l'agriculture biologique";
    let ocr = json!({"responses": [{"textAnnotations": [{"description": text}]}]});
    std::fs::write(archive.join("1.json"), ocr.to_string()).unwrap();
    let file = folder.path().join("predictions.jsonl.gz");
    let (source, file) = (folder.path().to_str().unwrap(), file.to_str().unwrap());
    let label = ["--prediction-type", "label"];
    let generate = ["generate-ocr-predictions", source, "--output", file];
    service.done(&[&generate[..], &label].concat());
    let import = ["import-insights", "--input-path", file];
    let printed = service.done(&[&import[..], &label].concat());
    assert!(printed.starts_with("1 products, "), "{printed}");
    let again = service.done(&import);
    assert!(
        again.starts_with("1 products, 0 new predictions, 0 outdated"),
        "{again}"
    );
    let archive = ["import-insights", "--generate-from", source];
    service.done(&[&archive[..], &label].concat());
    let lines = folder.path().join("lines.jsonl");
    let wrong = r#"{"barcode": "1490012000110", "type": "label", "value_tag": "en:organic"}"#;
    std::fs::write(&lines, format!("{wrong}\nnonsense\n")).unwrap();
    let refused = service.output(&["import-insights", "--input-path", lines.to_str().unwrap()]);
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(
        errors.contains("line 1: the check digit of barcode"),
        "{errors}"
    );
    assert!(errors.contains("line 2: no prediction"), "{errors}");
    assert_eq!(refused.status.code(), Some(1));
    let image = folder.path().join("149/001/200/0119/1.jpg");
    let printed = service.done(&["pprint-ocr-result", image.to_str().unwrap()]);
    assert!(printed.contains(text), "{printed}");
    let absent = service.output(&["export-logos", "--server-type", "off", "x.jsonl"]);
    assert_eq!(absent.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&absent.stderr);
    assert!(
        errors.contains("export-logos does nothing here"),
        "{errors}"
    );
}

#[test]
fn commands_of_the_existing_service_work_under_their_names() {
    for service in both() {
        service.import_demo("1490012000119");
        let printed = service.done(&["regenerate-ocr-insights", "1490012000119"]);
        assert!(printed.contains("image 1: "), "{printed}");
        let rerun = [
            "rerun-import-images",
            "--barcode",
            "1490012000119",
            "--flags",
        ];
        let rerun = [&rerun[..], &["import_insights_from_image"]].concat();
        let printed = service.done(&rerun);
        assert!(printed.contains("tasks of 1 images"), "{printed}");
        let printed = service.done(&["import-images-in-db", "--yes"]);
        assert!(printed.contains("jobs for 1 products"), "{printed}");
        let printed = service.done(&["launch-normalize-barcode-job"]);
        assert!(
            printed.contains("image: 1 rows read, 0 corrected"),
            "{printed}"
        );
        service.done(&["update-insight-with-image-field"]);
        service.done(&["refresh-insights", "--barcode", "1490012000119"]);
        service.done(&["migrate-db"]);
        predictions_go_out_and_in(&service);
        let unsure = service.output(&["rerun-import-images"]);
        assert!(!unsure.status.success());
    }
}
