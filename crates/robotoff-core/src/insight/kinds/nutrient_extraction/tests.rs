//! Tests of nutrition values: those that the product lacks, and given ones.

use serde_json::json;

use super::*;
use crate::insight::fixture::Fixture;

const VALUES: InsightKind = InsightKind::NutrientExtraction;

fn seen(fixture: &Fixture, id: i32, photo: u32, nutrients: Value) -> StoredPrediction {
    let said = json!({"data": {"nutrients": nutrients}, "automatic_processing": false});
    fixture.prediction(id, PredictionKind::NutrientExtraction, photo, said)
}

fn set(per: &str, source: &str, salt: Value) -> Value {
    json!({"preparation": "as_sold", "per": per, "source": source, "nutrients": {"salt": salt}})
}

#[test]
fn only_values_that_say_something_new_become_insights() {
    let salt = |value: &str| json!({"salt_100g": {"value": value, "unit": "g"}});
    let known = |sets: Value| json!({"schema_version": 1003, "nutrition": {"input_sets": sets}});
    let half = json!({"value": 0.5, "unit": "g"});
    let on_100g = known(json!([set("100g", "packaging", half.clone())]));
    let mut prepared = set("100g", "packaging", half.clone());
    prepared["preparation"] = json!("prepared");
    let serving = known(json!([set("serving", "packaging", half.clone())]));
    let with_size =
        json!({"salt_serving": {"value": "0.5", "unit": "g"}, "serving_size": {"value": "30 g"}});
    let mut sized = serving.clone();
    sized["serving_size"] = json!("30 g");
    for (document, nutrients, disposition) in [
        (json!({"schema_version": 1002}), salt("0.5"), "1 old_schema"),
        (json!({}), salt("0.5"), "1 old_schema"),
        (json!({"schema_version": 1003}), salt("0.5"), "1 insight"),
        (known(json!([prepared])), salt("9"), "1 prepared"),
        (on_100g.clone(), salt("0.5"), "1 nothing_new"),
        (on_100g.clone(), salt("0.6"), "1 insight"),
        (
            known(json!([set("100ml", "packaging", half.clone())])),
            salt("0.5"),
            "1 nothing_new",
        ),
        (
            known(json!([set("100g", "estimate", half)])),
            salt("0.5"),
            "1 insight",
        ),
        (serving.clone(), with_size.clone(), "1 insight"),
        (sized, with_size, "1 nothing_new"),
        (
            serving,
            json!({"salt_serving": {"value": "0.5", "unit": "g"}}),
            "1 nothing_new",
        ),
    ] {
        let fixture = Fixture::on(document.clone());
        let seen = [seen(&fixture, 1, 1, nutrients.clone())];
        assert_eq!(
            fixture.dispositions(VALUES, &seen),
            [disposition],
            "{nutrients} on {document}"
        );
    }
    let fixture = Fixture::unchecked();
    assert_eq!(
        fixture.created(VALUES, &[seen(&fixture, 1, 1, salt("1"))]),
        ["- 1"]
    );
}

#[test]
fn rotation_and_languages_come_from_the_same_photo() {
    let fixture = Fixture::on(json!({"schema_version": 1003}));
    let turn = |id, photo, rotation| {
        fixture.prediction(
            id,
            PredictionKind::ImageOrientation,
            photo,
            json!({"data": {"rotation": rotation}}),
        )
    };
    let mention = |id, photo, languages: Value| {
        let mentions = json!({"salt": [{"raw": "x", "languages": languages}], "sugar": [{"raw": "y", "languages": ["fr"]}]});
        fixture.prediction(
            id,
            PredictionKind::NutrientMention,
            photo,
            json!({"data": {"mentions": mentions}}),
        )
    };
    let salt = json!({"salt_100g": {"value": "1", "unit": "g"}});
    let all = [
        seen(&fixture, 1, 1, salt),
        turn(2, 1, 90),
        turn(3, 2, 180),
        mention(4, 1, json!(["fr", "de"])),
        mention(5, 2, json!(["it"])),
    ];
    let plan = fixture.plan(VALUES, &[], &all);
    let insight = plan.create[0].insight();
    assert_eq!(insight.data["rotation"], json!(90));
    assert_eq!(insight.lc, Some(vec!["fr".to_owned()]));
    assert_eq!(
        insight.campaigns,
        Some(vec!["missing-nutrition".to_owned()])
    );
}

#[test]
fn one_open_insight_and_answers_hold_for_older_photos() {
    let fixture = Fixture::unchecked();
    let salt = json!({"salt_100g": {"value": "1", "unit": "g"}});
    let fat = json!({"fat_100g": {"value": "1", "unit": "g"}});
    let two = [
        seen(&fixture, 1, 1, salt.clone()),
        seen(&fixture, 2, 2, fat),
    ];
    assert_eq!(fixture.created(VALUES, &two), ["- 2"]);
    let answered = |photo| fixture.insight(1, VALUES, json!({"photo": photo, "verdict": 0}));
    for (photo, made) in [(1, 1), (2, 0), (3, 0)] {
        let plan = fixture.plan(VALUES, &[answered(photo)], &two);
        assert_eq!(plan.create.len(), made, "answered for photo {photo}");
    }
}

#[test]
fn a_yes_sends_the_values_and_selects_the_photo() {
    let fixture = Fixture::on(json!({"lang": "fr"}));
    let nutrients = json!({
        "fat_100g": {"value": "3.1", "unit": null}, "salt_100g": {"value": "1", "unit": "mg"},
        "iron_serving": {"value": "1", "unit": "mg"}, "sugars_100g": {"value": null},
        "beauty_100g": {"value": "1", "unit": null}, "serving_size": {"value": "30 g"}});
    let data = json!({"nutrients": nutrients, "rotation": 90});
    let insight = fixture.insight(1, VALUES, json!({"photo": 1, "data": data}));
    let expected = json!([
        {"change": "set_nutrients", "per": "100g", "serving_size": "30 g", "nutrients": [
            {"name": "fat", "value": "3.1", "unit": "g"}, {"name": "salt", "value": "1", "unit": "mg"}]},
        {"change": "select_image", "number": "1", "key": "nutrition_fr", "angle": 90, "crop": null}]);
    assert_eq!(fixture.outcome(&insight, None), expected);
    let applied = fixture.accept(&insight, None).unwrap().data.unwrap();
    assert_eq!(applied["was_updated"], json!(false));
    assert_eq!(applied["annotation"]["nutrition_data_per"], json!("100g"));
    let shown = Fixture::on(json!({"lang": "fr", "images": {"nutrition_fr": {"imgid": "1"}}}));
    assert_eq!(shown.outcome(&insight, None).as_array().unwrap().len(), 1);
}

#[test]
fn values_that_people_give_are_read_strictly() {
    let fixture = Fixture::on(json!({}));
    let insight = fixture.insight(1, VALUES, json!({"data": {}}));
    let fat = |value: Value, unit: Value| json!({"nutrients": {"fat_100g": {"value": value, "unit": unit}}});
    for (given, accepted) in [
        (fat(json!("3.5"), json!("g")), true),
        (fat(json!("3.5"), json!(null)), true),
        (
            json!({"nutrients": {"fat_100g": {"value": "3"}, "serving_size": "30 g"}}),
            true,
        ),
        (
            json!({"nutrients": {"fat_100g": {"value": "3"}}, "serving_size": null, "nutrition_data_per": "serving"}),
            true,
        ),
        (fat(json!(3.5), json!("g")), false),
        (fat(json!(null), json!("g")), false),
        (fat(json!("3"), json!(7)), false),
        (
            json!({"nutrients": {"fat": {"value": "3", "unit": "g"}}}),
            false,
        ),
        (json!({"nutrients": {"beauty_100g": {"value": "3"}}}), false),
        (json!({"nutrients": {"serving_size": "30 g"}}), false),
        (json!({"nutrients": {}}), false),
        (json!({"nutrients": []}), false),
        (json!({"serving_size": "30 g"}), false),
        (
            json!({"nutrients": {"fat_100g": {"value": "3"}}, "more": 1}),
            false,
        ),
        (json!("x"), false),
    ] {
        let outcome = fixture.outcome(&insight, Some(given.clone()));
        let is_accepted = outcome[0]["change"] == "set_nutrients";
        assert_eq!(is_accepted, accepted, "{given}: {outcome}");
        assert!(accepted || outcome == json!(11), "{given}: {outcome}");
    }
    assert_eq!(fixture.outcome(&insight, None), json!(11));
}
