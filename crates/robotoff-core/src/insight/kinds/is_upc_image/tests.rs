//! Tests of images of a barcode, which are unselected.

use serde_json::json;

use crate::insight::InsightKind;
use crate::insight::fixture::Fixture;
use crate::prediction::PredictionKind;

const UPC: InsightKind = InsightKind::IsUpcImage;

#[test]
fn only_images_that_are_selected_become_insights() {
    let selected = json!({"images": {"front_fr": {"imgid": "1"}, "front_de": {"imgid": 1}}});
    for (document, photo, disposition) in [
        (selected.clone(), 1, "1 insight"),
        (selected.clone(), 2, "1 not_selected"),
        (selected, 9, "1 image_gone"),
        (json!({}), 0, "1 no_uploaded_image"),
    ] {
        let fixture = Fixture::on(document);
        let said = json!({"value_tag": "true"});
        let seen = [fixture.prediction(1, PredictionKind::IsUpcImage, photo, said)];
        assert_eq!(fixture.dispositions(UPC, &seen), [disposition], "{photo}");
    }
    let fixture = Fixture::unchecked();
    let seen = [fixture.prediction(
        1,
        PredictionKind::IsUpcImage,
        1,
        json!({"value_tag": "true"}),
    )];
    assert_eq!(fixture.created(UPC, &seen), ["true 1"]);
}

#[test]
fn a_yes_unselects_every_image_that_shows_the_photo() {
    let fixture = Fixture::on(
        json!({"images": {"front_fr": {"imgid": "1"}, "front_de": {"imgid": 1},
        "front_it": {"imgid": "2"}}}),
    );
    let on = |photo: u32| fixture.insight(1, UPC, json!({"value_tag": "true", "photo": photo}));
    let unselect = |key: &str| json!({"change": "unselect_image", "key": key});
    assert_eq!(
        fixture.outcome(&on(1), None),
        json!([unselect("front_fr"), unselect("front_de")])
    );
    assert_eq!(fixture.outcome(&on(3), None), json!([]));
    assert_eq!(fixture.outcome(&on(9), None), json!(8));
    assert_eq!(Fixture::absent().outcome(&on(1), None), json!(3));
}
