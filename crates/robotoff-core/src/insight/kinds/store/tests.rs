//! Shops are applied without a person, unless the product has them.

use serde_json::json;

use crate::insight::InsightKind;
use crate::insight::trial::Trial;
use crate::prediction::PredictionKind;

const STORE: InsightKind = InsightKind::Store;

// `docs/reference/ocr.md` 9, D-STO-2, 3.
#[test]
fn a_shop_in_doubt_is_looked_at() {
    let trial = Trial::on(json!({}));
    let said = json!({"value": "Casino", "value_tag": "casino", "automatic_processing": false});
    let seen = [trial.seen(1, PredictionKind::Store, 1, said)];
    assert_eq!(trial.made(STORE, &seen), ["casino 1"]);
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
        let trial = Trial::on(json!({"stores_tags": on_product}));
        let seen = [trial.seen(1, PredictionKind::Store, 1, said.clone())];
        assert_eq!(trial.made(STORE, &seen), made, "{on_product}");
        let insight = trial.insight(1, STORE, said.clone());
        assert_eq!(trial.outcome(&insight, None), outcome, "{on_product}");
    }
}
