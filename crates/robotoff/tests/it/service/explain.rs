//! Dispositions of predictions, in the command and in the API.

use serde_json::{Value, json};

use super::{Login, TestService, postgres};

const BARCODE: &str = "1490012000119";

#[test]
fn on_sqlite() {
    run_path(&TestService::on("sqlite"));
}

#[test]
fn on_postgres() {
    let url = postgres();
    run_path(&TestService::on(&url));
}

fn run_path(service: &TestService) {
    service.import_demo(BARCODE);
    let _api = service.start("api");
    service.wait_until_ready();
    each_prediction_has_a_line(service);
    let id = service
        .question(BARCODE, "label", "en:no-palm-oil")
        .expect("a question");
    service.answer(&id, 0, Login::Alice);
    the_product_says_one_label_meanwhile(service);
    answered_and_deleted_insights_are_explained(service, &id);
    an_unknown_product_is_reported(service);
    assert_eq!(service.edits(), Vec::<String>::new());
    service.check_no_violations();
}

/// The answer of the command, which is that of the API.
fn explained(service: &TestService) -> Value {
    let text = service.done(&["explain", BARCODE, "--json"]);
    let mut explained: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        explained,
        service.get(&format!("/api/v1/explain/{BARCODE}"))
    );
    explained["products"][0].take()
}

fn list<'a>(explained: &'a Value, member: &str) -> &'a [Value] {
    explained[member].as_array().expect("a list")
}

fn each_prediction_has_a_line(service: &TestService) {
    let explained = explained(service);
    assert_eq!(explained["product"], "found");
    let predictions = list(&explained, "predictions");
    assert!(predictions.len() > 3, "{explained}");
    let text = service.done(&["explain", BARCODE]);
    for prediction in predictions {
        for disposition in list(prediction, "dispositions") {
            let (id, code) = (
                &prediction["id"],
                disposition["code"].as_str().expect("a code"),
            );
            let sentence = disposition["sentence"].as_str().expect("a sentence");
            let mut lines = text.lines().map(str::trim_start);
            let is_told = lines.any(|line| {
                let is_its = line.starts_with(&format!("{id} "));
                is_its && line.contains(&format!(" {code} ")) && line.contains(sentence)
            });
            assert!(is_told, "{prediction} is not in {text}");
        }
    }
    let insights = list(&explained, "insights");
    assert!(!insights.is_empty(), "{explained}");
    for insight in insights {
        assert!(
            text.contains(insight["id"].as_str().expect("an id")),
            "{text}"
        );
        assert_eq!(insight["plan"]["code"], "keep", "{insight}");
    }
    assert!(text.contains("1.jpg: \"SANS GLUTEN\""), "{text}");
}

fn the_product_says_one_label_meanwhile(service: &TestService) {
    let sizes = json!({"full": {"w": 3000, "h": 4000}, "400": {"w": 300, "h": 400}});
    let images = json!({"uploaded": {"1": {"uploaded_t": 1_767_225_600, "sizes": sizes}}});
    let document = json!({
        "_id": BARCODE, "code": BARCODE, "schema_version": 1003, "lang": "fr",
        "labels_tags": ["en:no-gluten"], "images": images,
    });
    service.opener.put_product(document).expect("a product");
}

fn answered_and_deleted_insights_are_explained(service: &TestService, answered: &str) {
    let explained = explained(service);
    let disposition_of = |tag: &str| {
        let mut predictions = list(&explained, "predictions").iter();
        let prediction = predictions.find(|one| one["value_tag"] == tag);
        prediction.expect("a prediction")["dispositions"][0].clone()
    };
    let disposition = disposition_of("en:no-palm-oil");
    assert_eq!(disposition["code"], "answered");
    assert_eq!(disposition["insight_id"], answered);
    assert_eq!(disposition_of("en:no-gluten")["code"], "already_on_product");
    let insight_of = |tag: &str| {
        let mut insights = list(&explained, "insights").iter();
        insights
            .find(|one| one["value_tag"] == tag)
            .expect("an insight")
            .clone()
    };
    let insight = insight_of("en:no-palm-oil");
    assert_eq!(insight["state"]["code"], "answered");
    assert_eq!(insight["plan"]["code"], "keep");
    let insight = insight_of("en:no-gluten");
    assert_eq!(insight["state"]["code"], "open");
    assert_eq!(insight["plan"]["code"], "delete");
    assert_eq!(insight["plan"]["reasons"][0]["code"], "already_on_product");
}

fn an_unknown_product_is_reported(service: &TestService) {
    let answer = service.response_to("/api/v1/explain/3999999999999");
    assert_eq!(answer.status, 404);
    assert_eq!(answer.body["title"], "404 Not Found");
    for (arguments, code, word) in [
        (&["explain", "3999999999999"][..], 1, "no product is found"),
        (&["explain", " "], 1, "BARCODE is blank"),
        (&["explain", "1", "--server-type", "x"], 2, "--server-type"),
    ] {
        let output = service.output(arguments);
        let printed = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {printed}");
        assert!(printed.contains(word), "{arguments:?}: {printed}");
    }
    let known = service.done(&["explain", "1490012000126"]);
    assert!(known.contains("0 predictions, 0 insights"), "{known}");
}
