//! The whole path: an image's text becomes predictions, insights, questions,
//! answers, edits.

use robotoff_ports::SystemClock;
use robotoff_ports::store::{InsightReads, PredictionFilter, PredictionReads};
use robotoff_store::{ConnectSettings, Database};
use std::sync::Arc;

use super::{Login, TestService, postgres};
use crate::processes::{Process, wait_for};

/// Real documents, and the weight that is asked about.
const REAL: [(&str, &str, &str, Option<&str>); 3] = [
    (
        "2509757363133",
        "2",
        "2509757363133_2.json.gz",
        Some("90 g"),
    ),
    (
        "0890000001202",
        "1",
        "0890000001202_1.json.gz",
        Some("4 x 90 g"),
    ),
    ("0011110702081", "2", "0011110702081_2.json.gz", None),
];

#[test]
fn on_sqlite_in_one_process() {
    run_path(&TestService::on("sqlite"), &["up"]);
}

#[test]
fn on_postgres_in_three_processes() {
    let url = postgres();
    run_path(&TestService::on(&url), &["api", "worker", "scheduler"]);
}

fn run_path(service: &TestService, parts: &[&str]) {
    import_real(service);
    let running: Vec<Process> = parts.iter().map(|part| service.start(part)).collect();
    service.wait_until_ready();
    service.import_demo("1490012000119");
    check_questions(service);
    a_person_answers(service);
    three_devices_answer(service);
    an_insight_is_rejected(service);
    parts_are_listed(service, parts);
    service.check_no_violations();
    for (process, part) in running.into_iter().zip(parts) {
        stops_at_sigterm(service, process, part);
    }
}

/// Real documents, with records of products that the test writes.
fn import_real(service: &TestService) {
    let documents = robotoff_testbed::test_data().join("ocr");
    for (barcode, number, name, weight) in REAL {
        service.put_product(barcode, &[number]);
        let file = documents.join(name);
        let file = file.to_str().expect("a path");
        let printed = service.done(&["import-image", "--barcode", barcode, "--ocr", file]);
        assert!(
            weight.is_none_or(|weight| printed.contains(weight)),
            "{printed}"
        );
        // The same by its address, and again: nothing is new.
        let path = robotoff_core::product::ProductId {
            barcode: robotoff_core::product::Barcode::normalized(barcode).expect("a barcode"),
            server_type: robotoff_core::product::ServerType::Off,
        };
        let path = path.image_folder().expect("a folder") + number + ".json";
        service
            .opener
            .put_file(&path, std::fs::read(file).expect("the document"));
        let address = service.opener.images_url() + &path;
        let again = service.done(&["import-image", "--barcode", barcode, "--ocr", &address]);
        assert!(
            again.contains("(0 new, 0 outdated), 0 insights created"),
            "{again}"
        );
    }
}

fn check_questions(service: &TestService) {
    check_stored_predictions(service);
    let (barcode, number, _, weight) = REAL[0];
    let answer = service.get(&format!("/api/v1/insights/{barcode}"));
    let insights = answer["insights"].as_array().expect("a list");
    let found = insights
        .iter()
        .find(|insight| insight["value"] == weight.unwrap_or_default());
    let found = found.unwrap_or_else(|| panic!("no weight in {answer}"));
    let source = found["source_image"].as_str().expect("an image");
    assert!(source.ends_with(&format!("/{number}.jpg")), "{source}");
    let asked = service.get("/api/v1/questions/1490012000119?lang=de&insight_types=label");
    let question = &asked["questions"][0];
    let image = question["source_image_url"].as_str().expect("an image");
    assert!(image.starts_with(&service.opener.images_url()), "{image}");
    assert!(image.ends_with("/1.400.jpg"), "{image}");
    let random = service.get("/api/v1/questions/random?count=100");
    assert_eq!(random["status"], "found");
    let popular = service.get("/api/v1/questions/popular?insight_types=label&count=1");
    assert_eq!(
        popular["questions"][0]["insight_type"], "label",
        "{popular}"
    );
    let insights = service.get("/api/v1/insights/1490012000119");
    assert!(
        insights["insights"].as_array().expect("a list").len() > 1,
        "{insights}"
    );
}

/// Stored predictions have their evidence.
fn check_stored_predictions(service: &TestService) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let url = service.url.parse().expect("a url");
        let settings = ConnectSettings::default();
        let database = Database::open(&url, &settings, Arc::new(SystemClock));
        let database = database.await.expect("it opens");
        let barcode = robotoff_core::product::Barcode::normalized("1490012000119");
        let filter = PredictionFilter {
            barcodes: Some(vec![barcode.expect("a barcode")]),
            value_tag: Some("en:no-palm-oil".to_owned()),
            ..PredictionFilter::default()
        };
        let stored = database.predictions(&filter, 10, 0).await.expect("a read");
        assert_eq!(stored.len(), 1);
        assert!(!stored[0].prediction.evidence.is_empty());
        let product = stored[0].product.clone();
        let snapshot = database.product_snapshot(&product).await.expect("a read");
        assert!(!snapshot.insights.is_empty());
    });
}

fn a_person_answers(service: &TestService) {
    let barcode = "1490012000119";
    let id = service
        .question(barcode, "label", "en:no-palm-oil")
        .expect("a question");
    assert_eq!(service.answer(&id, 1, Login::Alice), 2);
    let insight = service.insight(&id);
    assert_eq!(
        (&insight["annotation"], &insight["username"]),
        (&1.into(), &"alice".into())
    );
    assert_eq!(insight["annotated_result"], 2);
    let edits = service.opener.edits();
    let edit = edits
        .iter()
        .find(|edit| edit.code == barcode && edit.username == "alice");
    let edit = edit.expect("an edit of alice");
    let comment = format!("[robotoff] Adding label tag 'en:no-palm-oil', ID: {id}");
    assert_eq!(edit.comment, comment);
    assert_eq!(service.answer(&id, 1, Login::Alice), 5, "answered before");
    wait_for("the refresh", || {
        service
            .question(barcode, "label", "en:no-palm-oil")
            .is_none()
    });
}

fn three_devices_answer(service: &TestService) {
    let barcode = "1490012000126";
    service.import_demo(barcode);
    let id = service
        .question(barcode, "label", "en:vegetarian")
        .expect("a question");
    let votes = [("one", 9), ("one", 9), ("two", 9), ("three", 2)];
    for (device, code) in votes {
        assert_eq!(
            service.answer(&id, 1, Login::Device(device)),
            code,
            "{device}"
        );
    }
    let insight = service.insight(&id);
    assert_eq!(
        (&insight["n_votes"], &insight["annotated_result"]),
        (&3.into(), &2.into())
    );
    let edits = service.opener.edits();
    let edit = edits
        .iter()
        .find(|edit| edit.code == barcode)
        .expect("an edit");
    assert_eq!(edit.username, "roboto-app");
    assert!(
        edit.comment.ends_with("(applied after 3 anonymous votes)"),
        "{}",
        edit.comment
    );
    // Somebody who has skipped it is not asked again.
    let skipped = service
        .question(barcode, "product_weight", "250 g")
        .expect("a question");
    assert_eq!(service.answer(&skipped, -1, Login::Device("viewer")), 9);
    assert_eq!(service.question(barcode, "product_weight", "250 g"), None);
}

fn an_insight_is_rejected(service: &TestService) {
    let barcode = "1490012000171";
    service.import_demo(barcode);
    let id = service
        .question(barcode, "label", "en:no-palm-oil")
        .expect("a question");
    let before = service.edits();
    assert_eq!(service.answer(&id, 0, Login::Alice), 1);
    assert_eq!(service.insight(&id)["annotation"], 0);
    assert_eq!(service.edits(), before);
    // What a person has rejected is not asked again.
    service.import_demo(barcode);
    assert_eq!(service.question(barcode, "label", "en:no-palm-oil"), None);
}

fn parts_are_listed(service: &TestService, parts: &[&str]) {
    let listed = service.done(&["ps"]);
    let parts = match parts {
        ["up"] => &["api", "worker", "scheduler"],
        parts => parts,
    };
    for part in parts {
        let line = listed.lines().find(|line| line.starts_with(part));
        assert!(
            line.is_some_and(|line| line.contains(" running ")),
            "{part}: {listed}"
        );
    }
    let health = service.get("/api/v1/health");
    assert_eq!(health["message"]["status"], "success", "{health}");
}

fn stops_at_sigterm(service: &TestService, mut process: Process, part: &str) {
    process.terminate();
    let ended = process.0.wait().expect("it ends");
    assert!(
        ended.success(),
        "{part} ended with {ended}: {}",
        service.log(part)
    );
}
