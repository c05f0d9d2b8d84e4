//! Tests of categories: campaigns, given values.

use serde_json::{Value, json};

use crate::insight::InsightKind;
use crate::insight::fixture::Fixture;
use crate::prediction::PredictionKind;

const CATEGORY: InsightKind = InsightKind::Category;

#[test]
fn the_narrowest_categories_that_the_product_lacks_become_insights() {
    for (on_product, tags, made, campaigns) in [
        (
            json!([]),
            &["en:teas", "en:beverages"][..],
            &["en:teas 1"][..],
            &["agribalyse-category", "missing-category"][..],
        ),
        (
            json!(["en:beverages"]),
            &["fr:thes"],
            &["en:teas 1"],
            &["agribalyse-category"],
        ),
        (
            json!(["en:beverages"]),
            &["en:snacks"],
            &["en:snacks 1"],
            &[],
        ),
        (
            json!(["en:teas"]),
            &["en:beverages", "en:nonsense"],
            &[],
            &[],
        ),
    ] {
        let fixture = Fixture::on(json!({"categories_tags": on_product}));
        let seen: Vec<_> = (1..)
            .zip(tags)
            .map(|(id, tag)| {
                fixture.prediction(id, PredictionKind::Category, 1, json!({"value_tag": tag}))
            })
            .collect();
        assert_eq!(
            fixture.created(CATEGORY, &seen),
            made,
            "{tags:?} on {on_product}"
        );
        let plan = fixture.plan(CATEGORY, &[], &seen);
        let first = plan
            .create
            .first()
            .and_then(|draft| draft.insight().campaigns.clone());
        assert_eq!(
            first.unwrap_or_default(),
            campaigns,
            "{tags:?} on {on_product}"
        );
    }
}

#[test]
fn without_a_product_campaigns_stay_as_they_are() {
    let fixture = Fixture::unchecked();
    let mut insight = fixture.insight(1, CATEGORY, json!({"value_tag": "en:snacks", "photo": 1}));
    insight.campaigns = Some(vec!["missing-category".to_owned()]);
    insight.with_image = Some(true);
    let seen = [fixture.prediction(
        1,
        PredictionKind::Category,
        1,
        json!({"value_tag": "en:snacks"}),
    )];
    let mut known = insight.clone();
    known.predictor_version = Some("1".to_owned());
    assert!(fixture.plan(CATEGORY, &[known], &seen).is_empty());
}

#[test]
fn a_yes_adds_the_category_or_the_one_that_was_given() {
    let fixture = Fixture::on(json!({"categories_tags": ["en:snacks"]}));
    let insight = fixture.insight(1, CATEGORY, json!({"value_tag": "en:teas", "value": "x"}));
    let add = |tag: &str| json!([{"change": "add_category", "tag": tag}]);
    for (given, expected) in [
        (None, add("en:teas")),
        (
            Some(json!({"value_tag": "en:beverages"})),
            add("en:beverages"),
        ),
        (Some(json!({"value_tag": "en:snacks"})), json!(5)),
        (Some(json!({"value_tag": "en:nonsense"})), json!(11)),
        (Some(json!({"value_tag": "en:teas", "x": 1})), json!(11)),
        (Some(json!({"bad": 1})), json!(11)),
    ] {
        assert_eq!(
            fixture.outcome(&insight, given.clone()),
            expected,
            "{given:?}"
        );
    }
    let given = Some(json!({"value_tag": "en:beverages"}));
    let applied = fixture.accept(&insight, given).unwrap();
    assert_eq!(applied.claim.unwrap().value, None);
    let data = json!({"original_value_tag": "en:teas", "original_value": "x", "user_input": true});
    assert_eq!(Value::Object(applied.data.unwrap()), data);
    assert_eq!(applied.outcome_on_success.code(), 12);
}
