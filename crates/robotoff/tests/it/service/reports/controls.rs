//! Controls: cases that were right when the reports were collected, and stay so. The product
//! or a person has settled the claim already.

use serde_json::{Value, json};

use super::super::Login;
use super::{Turned, document, import, put, service, start};
use crate::processes::wait_for;

pub(super) const IDS: [&str; 8] = [
    "x346", "x347", "x348", "x350", "x352", "x354", "x355", "x356",
];

/// Enough words in one direction to turn a picture.
const WORDS: &[&str] = &[
    "un deux trois quatre cinq six",
    "sept huit neuf dix onze douze",
];

/// Pictures of the newer schema: picture 1, selected for the front at this angle.
fn selected(angle: &Value) -> Value {
    let sizes = json!({"full": {"w": 3000, "h": 4000}});
    json!({"uploaded": {"1": {"uploaded_t": 1_767_225_600, "sizes": sizes}},
        "selected": {"front": {"fr": {"imgid": "1", "rev": "4",
            "generation": {"angle": angle}, "sizes": sizes}}}})
}

#[test]
fn a_picture_that_is_selected_as_it_stands_is_not_turned() {
    let service = service();
    let turned = document(WORDS, Turned::Right);
    let legacy = json!({
        "1": {"uploaded_t": 1_767_225_600, "sizes": {"full": {"w": 3000, "h": 4000}}},
        "front_fr": {"imgid": 1, "rev": "4", "angle": "-90", "sizes": {"400": {"w": 300, "h": 400}}}});
    for (number, (id, images, is_turned)) in [
        ("x346", selected(&json!(-90)), false),
        ("x346", selected(&json!(270)), false),
        ("x346", selected(&json!(270.0)), false),
        ("x347", selected(&Value::Null), true),
        ("x348", legacy, false),
    ]
    .into_iter()
    .enumerate()
    {
        let barcode = (3_000_000_000_000 + number).to_string();
        put(&service, &barcode, json!({"images": images}));
        let made = import(&service, &barcode, &turned, &[]);
        let expected = is_turned.then(|| "image_orientation right (automatic)".to_owned());
        assert_eq!(made, Vec::from_iter(expected), "{id} {images}");
    }
}

#[test]
fn values_that_the_product_has_are_no_questions() {
    let service = service();
    for (number, (id, members, line, made_without)) in [
        (
            "x350",
            json!({"emb_codes_tags": ["emb-29019b-quimper-finistere-france"]}),
            "EMB 29019B",
            "packager_code EMB 29019B",
        ),
        (
            "x354",
            json!({"quantity": "200g"}),
            "Poids net 200 g",
            "product_weight 200 g",
        ),
        (
            "x355",
            json!({"labels_tags": ["en:no-palm-oil"]}),
            "palm oil free",
            "label en:no-palm-oil",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let document = document(&[line], Turned::Upright);
        let barcode = (3_000_000_000_000 + 2 * number).to_string();
        put(&service, &barcode, members);
        let made = import(&service, &barcode, &document, &[]);
        assert!(made.is_empty(), "{id}: {made:?}");
        let barcode = (3_000_000_000_001 + 2 * number).to_string();
        put(&service, &barcode, json!({}));
        let made = import(&service, &barcode, &document, &[]).join(", ");
        assert!(made.starts_with(made_without), "{id}: {made}");
    }
}

#[test]
fn a_device_has_one_vote_and_three_devices_decide() {
    const CODE: &str = "3001234567890";
    let service = service();
    put(&service, CODE, json!({"product_name": "Lait vegan"}));
    service.done(&["refresh", CODE]);
    let _up = start(&service);
    let insight = service
        .question(CODE, "label", "en:vegan")
        .expect("a question");
    for _ in 0..3 {
        service.answer(&insight, 1, Login::Device("dev1"));
    }
    assert_eq!(service.insight(&insight)["n_votes"], 1, "x352");
    let asked = |device: &str| {
        let path = format!("/api/v1/questions/{CODE}?insight_types=label&device_id={device}");
        service.get(&path)["questions"]
            .as_array()
            .expect("a list")
            .len()
    };
    assert_eq!((asked("dev1"), asked("dev2")), (0, 1), "x352");
    service.answer(&insight, 1, Login::Device("dev2"));
    assert!(service.edits().is_empty(), "x352");
    service.answer(&insight, 1, Login::Device("dev3"));
    wait_for("the edit", || {
        service.edits() == [format!("{CODE} add_labels=en:vegan")]
    });
    service.check_no_violations();
}

#[test]
fn campaigns_are_filtered_under_both_names() {
    let service = service();
    let cheese = document(&["Roquefort AOP"], Turned::Upright);
    for (barcode, categories) in [
        ("3000000000001", json!([])),
        ("3000000000002", json!(["en:dairies"])),
    ] {
        put(&service, barcode, json!({"categories_tags": categories}));
        let made = import(&service, barcode, &cheese, &[]).join(", ");
        assert!(made.contains("category en:roquefort"), "{made}");
    }
    let _up = start(&service);
    for name in ["campaign", "campaigns"] {
        let path = format!("/api/v1/questions?insight_types=category&{name}=missing-category");
        let answer = service.get(&path);
        assert_eq!(answer["count"], 1, "x356 {name}");
        assert_eq!(
            answer["questions"][0]["barcode"], "3000000000001",
            "x356 {name}"
        );
    }
}
