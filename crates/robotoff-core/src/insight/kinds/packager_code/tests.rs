//! Codes are compared however they are spelled.

use serde_json::json;

use crate::insight::InsightKind;
use crate::insight::trial::Trial;
use crate::prediction::PredictionKind;

const CODE: InsightKind = InsightKind::PackagerCode;

#[test]
fn codes_that_the_product_lacks_are_asked_about_and_added() {
    for (on_product, code, made, reply) in [
        (json!({}), "FR 40.261.001 CE", true, None),
        (
            json!({"emb_codes_tags": ["fr-40-261-001-ec"]}),
            "FR 40.261.001 CE",
            false,
            Some(5),
        ),
        (
            json!({"emb_codes": "EMB 1, fr 40 261 001 ec"}),
            "FR 40.261.001 CE",
            false,
            Some(5),
        ),
        (
            json!({"emb_codes_tags": ["fr-40-261-002-ec"]}),
            "FR 40.261.001 CE",
            true,
            None,
        ),
    ] {
        let trial = Trial::on(on_product.clone());
        let said = json!({"value": code, "automatic_processing": true});
        let seen = [trial.seen(1, PredictionKind::PackagerCode, 1, said)];
        let lines: &[String] = &trial.made(CODE, &seen);
        let expected = made.then(|| format!("{code} 1 automatic"));
        assert_eq!(lines, expected.as_slice(), "{on_product}");
        let insight = trial.insight(1, CODE, json!({"value": code}));
        let add = json!([{"change": "add_packager_code", "code": code}]);
        let expected = reply.map_or(add, |code: u8| json!(code));
        assert_eq!(trial.outcome(&insight, None), expected, "{on_product}");
    }
}

#[test]
fn a_code_takes_no_data_and_needs_a_product() {
    let insight = Trial::absent().insight(1, CODE, json!({"value": "EMB 1"}));
    assert_eq!(
        Trial::on(json!({})).outcome(&insight, Some(json!({}))),
        json!(11)
    );
    assert_eq!(Trial::absent().outcome(&insight, None), json!(3));
    let empty = Trial::absent().insight(1, CODE, json!({}));
    assert_eq!(Trial::on(json!({})).outcome(&empty, None), json!(11));
}
