//! Tests of images by the table of `docs/reference/pipeline.md` 12.8, and of images that
//! were changed meanwhile.

use serde_json::json;

use super::*;
use crate::insight::fixture::Fixture;

const TURN: InsightKind = InsightKind::ImageOrientation;

fn made(images: &Value, orientation: &str, rotation: u32, count: &Value) -> Vec<String> {
    let fixture = Fixture::on(json!({"images": images}));
    let data = json!({"orientation": orientation, "rotation": rotation, "count": count});
    let said = json!({"data": data});
    let seen = [fixture.prediction(1, PredictionKind::ImageOrientation, 1, said)];
    let plan = fixture.plan(TURN, &[], &seen);
    let made = plan.create.iter().map(|draft| {
        let insight = draft.insight();
        let automatic = if insight.automatic_processing {
            " automatic"
        } else {
            ""
        };
        format!("{}{automatic}", insight.data["image_key"].as_str().unwrap())
    });
    made.collect()
}

/// A front image of photo 1 at an angle.
fn front(angle: Value) -> Value {
    json!({"front_en": {"imgid": "1", "angle": angle}})
}

#[test]
fn upright_or_unclear_images_make_no_insight() {
    let other = json!({"front_en": {"imgid": "2"}});
    for (orientation, count, images) in [
        ("up", json!({"up": 10}), front(json!(0))),
        ("right", json!({"up": 5, "right": 4}), front(json!(0))),
        ("right", json!({"right": 20}), front(json!(270))),
        ("right", json!({"right": 20}), front(json!("-90"))),
        ("right", json!({"right": 20}), front(json!("x"))),
        ("right", json!({"right": 10}), other),
        ("right", json!({"up": 2, "right": 18}), front(json!(null))),
        ("right", json!({}), front(json!(null))),
    ] {
        let rotation = if orientation == "up" { 0 } else { 270 };
        let made = made(&images, orientation, rotation, &count);
        assert!(made.is_empty(), "{orientation} {count} {images}");
    }
}

#[test]
fn rotated_images_become_insights() {
    let all = json!({"front_fr": {"imgid": 1}, "nutrition_fr": {"imgid": 1},
        "ingredients_fr": {"imgid": 1}, "packaging_fr": {"imgid": 1}, "other_fr": {"imgid": 1}});
    let two = json!({"nutrition_fr": {"imgid": "1"}, "front_it": {"imgid": "1"}});
    let four = [
        "front_fr automatic",
        "nutrition_fr automatic",
        "ingredients_fr automatic",
        "packaging_fr automatic",
    ];
    let clear = json!({"up": 1, "right": 19});
    for (count, images, expected) in [
        (clear, front(json!(null)), &["front_en automatic"][..]),
        (json!({"right": 20}), all, &four),
        (json!({"right": 7}), two, &["nutrition_fr", "front_it"]),
    ] {
        assert_eq!(
            made(&images, "right", 270, &count),
            expected,
            "{count} {images}"
        );
    }
}

#[test]
fn there_is_no_insight_without_the_product() {
    let fixture = Fixture::unchecked();
    let data = json!({"orientation": "right", "rotation": 270, "count": {"right": 20}});
    let seen = [fixture.prediction(
        1,
        PredictionKind::ImageOrientation,
        1,
        json!({"data": data}),
    )];
    assert_eq!(fixture.dispositions(TURN, &seen), ["1 product_unchecked"]);
}

#[test]
fn a_yes_rotates_the_image_as_predicted() {
    let select = |crop: Value| json!([{"change": "select_image", "number": "1", "key": "front_fr", "angle": 270, "crop": crop}]);
    let front = |more: Value| {
        let mut front = json!({"imgid": "1", "rev": "4"});
        front
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap());
        json!({"front_fr": front})
    };
    let full = json!({"x1": 10, "y1": 20, "x2": 30, "y2": 60, "coordinates_image_size": "full"});
    let old = json!({"x1": 20, "y1": 40, "x2": 60, "y2": 120});
    for (images, photo, expected) in [
        (front(json!({})), 1, select(json!(null))),
        // Rotated by 270 degrees, x becomes y, and y becomes the distance from the right
        // border.
        (front(full), 1, select(json!([20.0, 70.0, 60.0, 90.0]))),
        // Old corners refer to an image whose longer side is 400 pixels.
        (front(old), 1, select(json!([20.0, 70.0, 60.0, 90.0]))),
        (front(json!({"rev": "5"})), 1, json!(4)),
        (front(json!({"imgid": "2"})), 1, json!(4)),
        (front(json!({"angle": 270})), 1, json!(5)),
        (json!({}), 1, json!(4)),
        (front(json!({})), 9, json!(4)),
    ] {
        let fixture = Fixture::on(json!({"images": images}));
        let data = json!({"rotation": 270, "image_key": "front_fr", "image_rev": "4"});
        let said = json!({"value_tag": "right", "photo": photo, "data": data});
        let insight = fixture.insight(1, TURN, said);
        assert_eq!(
            fixture.outcome(&insight, None),
            expected,
            "{images} {photo}"
        );
    }
}

#[test]
fn a_missing_rotation_is_refused() {
    let fixture = Fixture::on(json!({"images": {"front_fr": {"imgid": "1"}}}));
    for rotation in [json!(null), json!(0), json!(45), json!("x")] {
        let data = json!({"rotation": rotation, "image_key": "front_fr"});
        let insight = fixture.insight(1, TURN, json!({"photo": 1, "data": data}));
        assert_eq!(fixture.outcome(&insight, None), json!(11), "{rotation}");
    }
}

#[test]
fn a_crop_of_a_rotated_image_is_rotated_back_first() {
    let selected = |angle| SelectedImage {
        key: "front_fr".to_owned(),
        imgid: None,
        rev: None,
        angle: Some(angle),
        crop: Some([10.0, 20.0, 30.0, 60.0]),
        coordinates_image_size: Some("full".to_owned()),
        sizes: Vec::new(),
    };
    let size = ImageSize {
        width: 100,
        height: 200,
    };
    for angle in ROTATIONS {
        // A crop stays where it is when the rotation does not change.
        assert_eq!(
            kept_crop(&selected(angle), size, angle),
            Some([10.0, 20.0, 30.0, 60.0])
        );
    }
}
