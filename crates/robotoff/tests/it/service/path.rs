//! The whole path: a picture's text becomes predictions, insights, questions,
//! answers, edits.

use robotoff_ports::SystemClock;
use robotoff_ports::store::{InsightReads, PredictionFilter, PredictionReads};
use robotoff_store::{ConnectSettings, Database};
use std::sync::Arc;

use super::{Place, Who, postgres};
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
    walk(&Place::on("sqlite"), &["up"]);
}

#[test]
fn on_postgres_in_three_processes() {
    let url = postgres();
    walk(&Place::on(&url), &["api", "worker", "scheduler"]);
}

fn walk(place: &Place, parts: &[&str]) {
    import_real(place);
    let running: Vec<Process> = parts.iter().map(|part| place.start(part)).collect();
    place.wait_until_ready();
    place.import_demo("1490012000119");
    check_questions(place);
    a_person_answers(place);
    three_devices_answer(place);
    an_insight_is_rejected(place);
    parts_are_listed(place, parts);
    place.check_no_violations();
    for (process, part) in running.into_iter().zip(parts) {
        stops_at_sigterm(place, process, part);
    }
}

/// Real documents, with records of products that the test writes.
fn import_real(place: &Place) {
    let documents = robotoff_testbed::test_data().join("ocr");
    for (barcode, number, name, weight) in REAL {
        place.put_product(barcode, &[number]);
        let file = documents.join(name);
        let file = file.to_str().expect("a path");
        let said = place.done(&["import-image", "--barcode", barcode, "--ocr", file]);
        assert!(weight.is_none_or(|weight| said.contains(weight)), "{said}");
        // The same by its address, and again: nothing is new.
        let path = robotoff_core::product::ProductId {
            barcode: robotoff_core::product::Barcode::normalized(barcode).expect("a barcode"),
            server_type: robotoff_core::product::ServerType::Off,
        };
        let path = path.picture_folder().expect("a folder") + number + ".json";
        place
            .opener
            .put_file(&path, std::fs::read(file).expect("the document"));
        let address = place.opener.images_url() + &path;
        let again = place.done(&["import-image", "--barcode", barcode, "--ocr", &address]);
        assert!(
            again.contains("(0 new, 0 outdated), 0 insights created"),
            "{again}"
        );
    }
}

fn check_questions(place: &Place) {
    check_stored_predictions(place);
    let (barcode, number, _, weight) = REAL[0];
    let answer = place.get(&format!("/api/v1/insights/{barcode}"));
    let insights = answer["insights"].as_array().expect("a list");
    let found = insights
        .iter()
        .find(|insight| insight["value"] == weight.unwrap_or_default());
    let found = found.unwrap_or_else(|| panic!("no weight in {answer}"));
    let source = found["source_image"].as_str().expect("a picture");
    assert!(source.ends_with(&format!("/{number}.jpg")), "{source}");
    let asked = place.get("/api/v1/questions/1490012000119?lang=de&insight_types=label");
    let question = &asked["questions"][0];
    let picture = question["source_image_url"].as_str().expect("a picture");
    assert!(picture.starts_with(&place.opener.images_url()), "{picture}");
    assert!(picture.ends_with("/1.400.jpg"), "{picture}");
    let random = place.get("/api/v1/questions/random?count=100");
    assert_eq!(random["status"], "found");
    let popular = place.get("/api/v1/questions/popular?insight_types=label&count=1");
    assert_eq!(
        popular["questions"][0]["insight_type"], "label",
        "{popular}"
    );
    let insights = place.get("/api/v1/insights/1490012000119");
    assert!(
        insights["insights"].as_array().expect("a list").len() > 1,
        "{insights}"
    );
}

/// What was read is kept, with what it rests on.
fn check_stored_predictions(place: &Place) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let url = place.url.parse().expect("a url");
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

fn a_person_answers(place: &Place) {
    let barcode = "1490012000119";
    let id = place
        .question(barcode, "label", "en:no-palm-oil")
        .expect("a question");
    assert_eq!(place.answer(&id, 1, Who::Alice), 2);
    let insight = place.insight(&id);
    assert_eq!(
        (&insight["annotation"], &insight["username"]),
        (&1.into(), &"alice".into())
    );
    assert_eq!(insight["annotated_result"], 2);
    let edits = place.opener.edits();
    let edit = edits
        .iter()
        .find(|edit| edit.code == barcode && edit.username == "alice");
    let edit = edit.expect("an edit of alice");
    let comment = format!("[robotoff] Adding label tag 'en:no-palm-oil', ID: {id}");
    assert_eq!(edit.comment, comment);
    assert_eq!(place.answer(&id, 1, Who::Alice), 5, "answered before");
    wait_for("the refresh", || {
        place.question(barcode, "label", "en:no-palm-oil").is_none()
    });
}

fn three_devices_answer(place: &Place) {
    let barcode = "1490012000126";
    place.import_demo(barcode);
    let id = place
        .question(barcode, "label", "en:vegetarian")
        .expect("a question");
    let votes = [("one", 9), ("one", 9), ("two", 9), ("three", 2)];
    for (device, code) in votes {
        assert_eq!(place.answer(&id, 1, Who::Device(device)), code, "{device}");
    }
    let insight = place.insight(&id);
    assert_eq!(
        (&insight["n_votes"], &insight["annotated_result"]),
        (&3.into(), &2.into())
    );
    let edits = place.opener.edits();
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
    let skipped = place
        .question(barcode, "product_weight", "250 g")
        .expect("a question");
    assert_eq!(place.answer(&skipped, -1, Who::Device("nobody")), 9);
    assert_eq!(place.question(barcode, "product_weight", "250 g"), None);
}

fn an_insight_is_rejected(place: &Place) {
    let barcode = "1490012000171";
    place.import_demo(barcode);
    let id = place
        .question(barcode, "label", "en:no-palm-oil")
        .expect("a question");
    let before = place.edits();
    assert_eq!(place.answer(&id, 0, Who::Alice), 1);
    assert_eq!(place.insight(&id)["annotation"], 0);
    assert_eq!(place.edits(), before);
    // What a person has rejected is not asked again.
    place.import_demo(barcode);
    assert_eq!(place.question(barcode, "label", "en:no-palm-oil"), None);
}

fn parts_are_listed(place: &Place, parts: &[&str]) {
    let listed = place.done(&["ps"]);
    for part in parts {
        let line = listed.lines().find(|line| line.starts_with(part));
        assert!(
            line.is_some_and(|line| line.ends_with("runs")),
            "{part}: {listed}"
        );
    }
    let health = place.get("/api/v1/health");
    assert_eq!(health["message"]["status"], "success", "{health}");
}

fn stops_at_sigterm(place: &Place, mut process: Process, part: &str) {
    let id = process.0.id().to_string();
    let told = std::process::Command::new("kill")
        .args(["-TERM", &id])
        .status();
    assert!(told.expect("kill runs").success());
    let ended = process.0.wait().expect("it ends");
    assert!(
        ended.success(),
        "{part} ended with {ended}: {}",
        place.log(part)
    );
}
