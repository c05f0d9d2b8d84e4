//! What became of each prediction, as the command and the API tell it.

use serde_json::{Value, json};

use super::{Place, Who, postgres};

const BARCODE: &str = "1490012000119";

#[test]
fn on_sqlite() {
    walk(&Place::on("sqlite"));
}

#[test]
fn on_postgres() {
    let url = postgres();
    walk(&Place::on(&url));
}

fn walk(place: &Place) {
    place.import_demo(BARCODE);
    let _api = place.start("api");
    place.wait_until_ready();
    each_prediction_has_a_line(place);
    let id = place
        .question(BARCODE, "label", "en:no-palm-oil")
        .expect("a question");
    place.answer(&id, 0, Who::Alice);
    the_product_says_one_label_meanwhile(place);
    what_was_answered_and_what_goes_is_told(place, &id);
    what_is_unknown_is_said(place);
    assert_eq!(place.edits(), Vec::<String>::new());
    place.check_no_violations();
}

/// The answer of the command, which is that of the API.
fn told(place: &Place) -> Value {
    let text = place.done(&["explain", BARCODE, "--json"]);
    let mut told: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(told, place.get(&format!("/api/v1/explain/{BARCODE}")));
    told["products"][0].take()
}

fn list<'a>(told: &'a Value, member: &str) -> &'a [Value] {
    told[member].as_array().expect("a list")
}

fn each_prediction_has_a_line(place: &Place) {
    let told = told(place);
    assert_eq!(told["product"], "found");
    let predictions = list(&told, "predictions");
    assert!(predictions.len() > 3, "{told}");
    let text = place.done(&["explain", BARCODE]);
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
    let insights = list(&told, "insights");
    assert!(!insights.is_empty(), "{told}");
    for insight in insights {
        assert!(
            text.contains(insight["id"].as_str().expect("an id")),
            "{text}"
        );
        assert_eq!(insight["plan"]["code"], "keep", "{insight}");
    }
    assert!(text.contains("1.jpg: \"SANS GLUTEN\""), "{text}");
}

fn the_product_says_one_label_meanwhile(place: &Place) {
    let sizes = json!({"full": {"w": 3000, "h": 4000}, "400": {"w": 300, "h": 400}});
    let images = json!({"uploaded": {"1": {"uploaded_t": 1_767_225_600, "sizes": sizes}}});
    let document = json!({
        "_id": BARCODE, "code": BARCODE, "schema_version": 1003, "lang": "fr",
        "labels_tags": ["en:no-gluten"], "images": images,
    });
    place.opener.put_product(document).expect("a product");
}

fn what_was_answered_and_what_goes_is_told(place: &Place, answered: &str) {
    let told = told(place);
    let disposition_of = |tag: &str| {
        let mut predictions = list(&told, "predictions").iter();
        let prediction = predictions.find(|one| one["value_tag"] == tag);
        prediction.expect("a prediction")["dispositions"][0].clone()
    };
    let disposition = disposition_of("en:no-palm-oil");
    assert_eq!(disposition["code"], "answered");
    assert_eq!(disposition["insight_id"], answered);
    assert_eq!(disposition_of("en:no-gluten")["code"], "already_on_product");
    let insight_of = |tag: &str| {
        let mut insights = list(&told, "insights").iter();
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

fn what_is_unknown_is_said(place: &Place) {
    let answer = place.asked("/api/v1/explain/3999999999999");
    assert_eq!(answer.status, 404);
    assert_eq!(answer.body, json!({"title": "404 Not Found"}));
    for (arguments, code, word) in [
        (&["explain", "3999999999999"][..], 1, "no product is found"),
        (&["explain", " "], 1, "BARCODE is blank"),
        (&["explain", "1", "--server-type", "x"], 2, "--server-type"),
    ] {
        let output = place.output(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(word), "{arguments:?}: {said}");
    }
    let known = place.done(&["explain", "1490012000126"]);
    assert!(known.contains("0 predictions, 0 insights"), "{known}");
}
