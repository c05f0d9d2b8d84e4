//! Tests of weights: preference, contradictions, given values.

use serde_json::json;

use super::*;
use crate::insight::fixture::Fixture;
use crate::text::units::normalize_quantity;

const WEIGHT: InsightKind = InsightKind::ProductWeight;

fn seen(fixture: &Fixture, said: &[(&str, &str, u32)]) -> Vec<StoredPrediction> {
    let prediction = |(id, (value, matcher, photo)): (i32, &(&str, &str, u32))| {
        let priority = if *matcher == "no_mention" { 3 } else { 1 };
        let data = json!({"matcher_type": matcher, "priority": priority,
            "source": if *matcher == "name" { "product_name" } else { "" }});
        let said = json!({"value": value, "automatic_processing": true, "data": data});
        fixture.prediction(id, PredictionKind::ProductWeight, *photo, said)
    };
    (1..).zip(said).map(prediction).collect()
}

#[test]
fn one_weight_becomes_an_insight_and_applied_only_when_it_is_the_only_one() {
    for (said, made, dispositions) in [
        (
            &[("250 g", "with_mention", 1)][..],
            "250 g 1 automatic",
            &["1 insight"][..],
        ),
        (
            &[("250 g", "with_mention", 1), ("300 g", "with_mention", 2)],
            "300 g 2",
            &["1 outranked", "2 insight"],
        ),
        (
            &[("250 g", "with_mention", 1), ("300 g", "no_mention", 2)],
            "250 g 1",
            &["1 insight", "2 outranked"],
        ),
        (
            &[("250 g", "with_mention", 1), ("250 g", "with_mention", 2)],
            "250 g 2 automatic",
            &["1 merged_into", "2 insight"],
        ),
        (&[("250 g", "name", 0)], "250 g -", &["1 insight"]),
    ] {
        let fixture = Fixture::on(json!({}));
        let seen = seen(&fixture, said);
        assert_eq!(fixture.created(WEIGHT, &seen), [made], "{said:?}");
        assert_eq!(
            fixture.dispositions(WEIGHT, &seen),
            dispositions,
            "{said:?}"
        );
    }
    let full = Fixture::on(json!({"quantity": "1 kg"}));
    let seen = seen(&full, &[("250 g", "with_mention", 1)]);
    assert_eq!(full.dispositions(WEIGHT, &seen), ["1 product_has_value"]);
    assert!(full.created(WEIGHT, &seen).is_empty());
}

#[test]
fn d_wei_11_weights_that_disagree_need_a_person_however_they_were_read() {
    for (first, others, is_automatic) in [
        ("250 g", &["250 g no_mention"][..], true),
        ("250 g", &["300 g no_mention"], false),
        ("250 g", &["300 g alone", "250 g no_mention"], false),
        ("400 g", &["240 g drained"], true),
        ("240 g drained", &["400 g with_mention"], false),
        ("250 g", &["0.25 kg no_mention"], true),
        ("12 fl oz", &["355 ml no_mention"], true),
        ("150 g", &["2 x 75 g multi_packaging"], true),
        ("75 g", &["2 x 75 g multi_packaging"], false),
        ("2 x 75 g", &["75 g no_mention", "150 g no_mention"], true),
        ("2 x 75 g", &["80 g no_mention"], false),
        ("250 g", &["250 ml no_mention"], false),
    ] {
        let fixture = Fixture::on(json!({}));
        let said = |(id, words): (i32, &str)| {
            let (value, matcher) = match words.rsplit_once(' ') {
                Some((value, matcher)) if matcher.len() > 3 => (value, matcher),
                _ => (words, "with_mention"),
            };
            let (count, one) = value.split_once(" x ").unwrap_or(("1", value));
            let (number, unit) = one.split_once(' ').unwrap();
            let quantity = normalize_quantity(number, unit).unwrap();
            let is_drained = matcher == "drained";
            let data = json!({
                "matcher_type": if is_drained { "with_mention" } else { matcher },
                "priority": if id == 1 { 1 } else { 3 },
                "normalized_value": quantity.amount,
                "normalized_unit": quantity.unit.symbol(),
                "count": count,
            });
            let mut said = json!({"value": value, "automatic_processing": true, "data": data});
            if is_drained {
                said["data"]["priority"] = 2.into();
            }
            fixture.prediction(id, PredictionKind::ProductWeight, 1, said)
        };
        let all = std::iter::once(first).chain(others.iter().copied());
        let seen: Vec<StoredPrediction> = (1..).zip(all).map(said).collect();
        let seen_by_ref: Vec<&StoredPrediction> = seen.iter().collect();
        assert_eq!(
            super::is_automatic(&seen[0], &seen_by_ref),
            is_automatic,
            "{first} beside {others:?}"
        );
    }
}

#[test]
fn a_weight_without_its_liquid_is_no_quantity() {
    let fixture = Fixture::on(json!({}));
    let said = |id, value, priority| {
        let data = json!({"matcher_type": "with_mention", "priority": priority});
        let said = json!({"value": value, "automatic_processing": false, "data": data});
        fixture.prediction(id, PredictionKind::ProductWeight, 1, said)
    };
    let both = [said(1, "240 g", 2), said(2, "400 g", 1)];
    assert_eq!(
        fixture.dispositions(WEIGHT, &both),
        ["1 drained_weight", "2 insight"]
    );
    let alone = [said(1, "240 g", 2)];
    assert_eq!(fixture.dispositions(WEIGHT, &alone), ["1 drained_weight"]);
}

#[test]
fn a_yes_sets_the_quantity_unless_there_is_one() {
    let fixture = Fixture::on(json!({}));
    let insight = fixture.insight(1, WEIGHT, json!({"value": "250 g"}));
    let set = json!([{"change": "set_quantity", "value": "250 g"}]);
    assert_eq!(fixture.outcome(&insight, None), set);
    let full = Fixture::on(json!({"quantity": "1 kg"}));
    assert_eq!(full.outcome(&insight, None), json!(5));
    assert_eq!(Fixture::unchecked().outcome(&insight, None), json!(3));
}

#[test]
fn given_weights_must_be_positive_amounts() {
    for (given, expected) in [
        ("300 g", Some("300 g")),
        ("1,5KG", Some("1.5 kg")),
        ("1 000 g", Some("1000 g")),
        ("1.000 g", Some("1000 g")),
        ("500 grams", Some("500 g")),
        ("1/2 L", Some("0.5 l")),
        ("120 g (4 x 30 g)", Some("120 g")),
        ("1 lb 2 oz", Some("18 oz")),
        ("1 pint", Some("473 ml")),
        ("99999 kg", None),
        ("0.0001 g", None),
        (" 6X33cl ", Some("6 x 33 cl")),
        ("4 × 125 g", Some("4 x 125 g")),
        ("12 fl oz", Some("12 fl oz")),
        ("0 g", None),
        ("300", None),
        ("g", None),
        ("300 apples", None),
        ("x 3 g", None),
        ("9999 x 3 g", None),
        ("1e9 g", None),
        ("", None),
    ] {
        let fixture = Fixture::on(json!({}));
        let insight = fixture.insight(1, WEIGHT, json!({"value": "250 g"}));
        let applied = fixture.accept(&insight, Some(json!({"value": given})));
        let value = applied.ok().and_then(|applied| applied.claim?.value);
        assert_eq!(value.as_deref(), expected, "{given:?}");
    }
}
