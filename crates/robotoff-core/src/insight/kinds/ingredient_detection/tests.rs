//! Tests of lists from a photo, for languages without a list.

use serde_json::json;

use super::*;
use crate::insight::fixture::Fixture;

const LIST: InsightKind = InsightKind::IngredientDetection;

fn seen(fixture: &Fixture, id: i32, photo: u32, known: f64) -> StoredPrediction {
    let data = json!({"text": "eau, sel", "fraction_known_ingredients": known});
    let said = json!({"value_tag": "fr", "data": data});
    fixture.prediction(id, PredictionKind::IngredientDetection, photo, said)
}

#[test]
fn lists_that_the_product_lacks_become_insights() {
    for (document, known, disposition) in [
        (json!({}), 0.6, "1 insight"),
        (json!({}), 0.5, "1 unknown_ingredients"),
        (
            json!({"ingredients_text_fr": "eau"}),
            1.0,
            "1 product_has_value",
        ),
        (
            json!({"ingredients_text_with_allergens_fr": "eau"}),
            1.0,
            "1 insight",
        ),
    ] {
        let fixture = Fixture::on(document.clone());
        assert_eq!(
            fixture.dispositions(LIST, &[seen(&fixture, 1, 1, known)]),
            [disposition],
            "{document} {known}"
        );
    }
    let fixture = Fixture::unchecked();
    assert_eq!(
        fixture.created(LIST, &[seen(&fixture, 1, 1, 0.1)]),
        ["fr 1"]
    );
}

#[test]
fn the_selected_photo_comes_first_with_its_own_rotation() {
    let fixture = Fixture::on(json!({"images": {"ingredients_fr": {"imgid": "1"}}}));
    let turn = |id, photo, rotation| {
        let said = json!({"data": {"rotation": rotation}});
        fixture.prediction(id, PredictionKind::ImageOrientation, photo, said)
    };
    let all = [
        seen(&fixture, 1, 1, 1.0),
        seen(&fixture, 2, 2, 1.0),
        turn(3, 1, 90),
        turn(4, 2, 270),
    ];
    let plan = fixture.plan(LIST, &[], &all);
    let insight = plan.create[0].insight();
    assert_eq!(insight.source_image.as_ref().unwrap().image_id(), Some("1"));
    assert_eq!(
        (&insight.data["rotation"], &insight.data["priority"]),
        (&json!(90), &json!(1))
    );
    let dispositions: Vec<String> = plan
        .dispositions
        .iter()
        .map(|(id, disposition)| format!("{} {}", id.0, disposition.code()))
        .collect();
    assert_eq!(
        dispositions,
        ["1 insight", "2 merged_into", "3 supports", "4 supports"]
    );
}

fn set(text: &str) -> Value {
    json!({"change": "set_ingredients", "lc": "fr", "text": text, "is_correction": false})
}

fn select(angle: u32, crop: Value) -> Value {
    json!({"change": "select_image", "number": "1", "key": "ingredients_fr", "angle": angle,
        "crop": crop})
}

fn check(document: &Value, data: &Value, given: Option<Value>, expected: &Value) {
    let fixture = Fixture::on(document.clone());
    let said = json!({"value_tag": "fr", "photo": 1, "data": data});
    let outcome = fixture.outcome(&fixture.insight(1, LIST, said), given.clone());
    assert_eq!(outcome, *expected, "{document} {data} {given:?}");
}

#[test]
fn a_yes_sets_the_text_and_selects_the_photo() {
    let selected = json!({"images": {"ingredients_fr": {"imgid": "1"}}});
    let whole = json!({"text": "eau", "rotation": 90});
    let cut = json!({"text": "eau", "bounding_box": [0.1, 0.2, 0.5, 0.4]});
    let crop = json!([20.0, 20.0, 40.0, 100.0]);
    let none = json!({});
    let both = json!([set("eau"), select(90, json!(null))]);
    check(&none, &whole, None, &both);
    let both = json!([set("eau"), select(0, crop)]);
    check(&none, &cut, None, &both);
    check(&selected, &cut, None, &both);
    check(&selected, &whole, None, &json!([set("eau")]));
    let edited_in_part = json!({"ingredients_text_fr": "eau"});
    check(
        &edited_in_part,
        &whole,
        None,
        &json!([select(90, json!(null))]),
    );
    let mut edited = json!({"images": {"ingredients_fr": {"imgid": "1", "angle": 90}}});
    edited["ingredients_text_fr"] = json!("eau");
    check(&edited, &whole, None, &json!(5));
    check(
        &json!({"ingredients_text_fr": "sel"}),
        &whole,
        None,
        &json!(4),
    );
}

#[test]
fn a_text_that_was_given_is_cut_out_by_a_given_box_only() {
    let cut = json!({"text": "eau", "bounding_box": [0.1, 0.2, 0.5, 0.4]});
    let edited = json!({"annotation": "eau, sel"});
    let none = json!({});
    let whole = json!([set("eau, sel"), select(0, json!(null))]);
    check(&none, &cut, Some(edited.clone()), &whole);
    let mut boxed = edited;
    boxed["rotation"] = json!(0);
    boxed["bounding_box"] = json!([0.1, 0.2, 0.5, 0.4]);
    let crop = json!([20.0, 20.0, 40.0, 100.0]);
    check(
        &none,
        &cut,
        Some(boxed),
        &json!([set("eau, sel"), select(0, crop)]),
    );
    let crooked = json!({"annotation": "eau", "rotation": 45});
    check(&none, &cut, Some(crooked), &json!(11));
}

#[test]
fn without_its_photo_only_the_selection_is_lost() {
    let fixture = Fixture::on(json!({}));
    let said = json!({"value_tag": "fr", "photo": 9, "data": {"text": "eau"}});
    let applied = fixture
        .accept(&fixture.insight(1, LIST, said), None)
        .unwrap();
    assert_eq!(applied.changes.len(), 1);
}
