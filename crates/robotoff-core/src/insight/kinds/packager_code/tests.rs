//! Tests of codes, which are compared in canonical spelling.

use serde_json::json;

use crate::insight::InsightKind;
use crate::insight::fixture::Fixture;
use crate::prediction::PredictionKind;

const CODE: InsightKind = InsightKind::PackagerCode;

#[test]
fn codes_that_the_product_lacks_become_insights_and_are_added() {
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
        let fixture = Fixture::on(on_product.clone());
        let said = json!({"value": code, "automatic_processing": true});
        let seen = [fixture.prediction(1, PredictionKind::PackagerCode, 1, said)];
        let lines: &[String] = &fixture.created(CODE, &seen);
        let expected = made.then(|| format!("{code} 1 automatic"));
        assert_eq!(lines, expected.as_slice(), "{on_product}");
        let insight = fixture.insight(1, CODE, json!({"value": code}));
        let add = json!([{"change": "add_packager_code", "code": code}]);
        let expected = reply.map_or(add, |code: u8| json!(code));
        assert_eq!(fixture.outcome(&insight, None), expected, "{on_product}");
    }
}

#[test]
fn a_code_takes_no_data_and_needs_a_product() {
    let insight = Fixture::absent().insight(1, CODE, json!({"value": "EMB 1"}));
    assert_eq!(
        Fixture::on(json!({})).outcome(&insight, Some(json!({}))),
        json!(11)
    );
    assert_eq!(Fixture::absent().outcome(&insight, None), json!(3));
    let empty = Fixture::absent().insight(1, CODE, json!({}));
    assert_eq!(Fixture::on(json!({})).outcome(&empty, None), json!(11));
}
