//! Tests of shops, which are applied automatically.

use serde_json::json;

use crate::insight::InsightKind;
use crate::insight::fixture::Fixture;
use crate::prediction::PredictionKind;

const STORE: InsightKind = InsightKind::Store;

// `docs/reference/ocr.md` 9, D-STO-2, 3.
#[test]
fn a_shop_in_doubt_needs_a_person() {
    let fixture = Fixture::on(json!({}));
    let said = json!({"value": "Casino", "value_tag": "casino", "automatic_processing": false});
    let seen = [fixture.prediction(1, PredictionKind::Store, 1, said)];
    assert_eq!(fixture.created(STORE, &seen), ["casino 1"]);
}

#[test]
fn shops_that_the_product_lacks_are_added() {
    let said = json!({"value": "Leclerc", "value_tag": "leclerc"});
    for (on_product, made, outcome) in [
        (
            json!([]),
            &["leclerc 1 automatic"][..],
            json!([{"change": "add_store", "value": "Leclerc", "tag": "leclerc"}]),
        ),
        (json!(["leclerc"]), &[], json!(5)),
    ] {
        let fixture = Fixture::on(json!({"stores_tags": on_product}));
        let seen = [fixture.prediction(1, PredictionKind::Store, 1, said.clone())];
        assert_eq!(fixture.created(STORE, &seen), made, "{on_product}");
        let insight = fixture.insight(1, STORE, said.clone());
        assert_eq!(fixture.outcome(&insight, None), outcome, "{on_product}");
    }
}
