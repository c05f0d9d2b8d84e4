//! Tests of elements by the table of `docs/reference/pipeline.md` 12.7.

use serde_json::json;

use super::*;
use crate::insight::fixture::Fixture;

const PACKAGING: InsightKind = InsightKind::Packaging;

/// `tube + plastic`, as an element of a prediction, and as one of a product.
fn element_of(words: &str) -> Value {
    let parts = words.split(" + ").map(|part| part.replace(' ', "-"));
    let mut element = json!({});
    for tag in parts {
        let name = match tag.as_str() {
            "plastic" | "ldpe" | "glass" => "material",
            "recycle" | "reuse" => "recycling",
            _ => "shape",
        };
        element[name] = json!({"value": tag, "value_tag": format!("en:{tag}")});
    }
    json!({"value": words, "data": {"element": element}})
}

fn on_product(words: &str) -> Value {
    let element = element_of(words)["data"]["element"].clone();
    let element = element.as_object().unwrap().iter();
    element
        .map(|(name, value)| (name.clone(), value["value_tag"].clone()))
        .collect()
}

#[test]
fn elements_that_say_more_than_the_product_become_insights() {
    for (candidate, known, disposition) in [
        ("tablespoon", "tube", "too_generic"),
        ("tablespoon + plastic", "tube", "insight"),
        ("eating utensils", "tube", "too_generic"),
        ("tube", "tube", "uninformative"),
        ("tube + reuse", "tube", "insight"),
        ("tube + plastic", "tube + ldpe", "uninformative"),
        ("tube + ldpe", "tube + plastic", "insight"),
        ("box", "pizza box", "uninformative"),
        ("pizza box + plastic", "box + ldpe", "insight"),
        ("box + ldpe", "pizza box + plastic", "insight"),
        ("nonsense", "tube", "uninformative"),
        ("tube", "nonsense", "insight"),
        ("plastic", "tube", "unreadable"),
    ] {
        let fixture = Fixture::on(json!({"packagings": [on_product(known)]}));
        let seen = [fixture.prediction(1, PredictionKind::Packaging, 1, element_of(candidate))];
        assert_eq!(
            fixture.dispositions(PACKAGING, &seen),
            [format!("1 {disposition}")],
            "{candidate} / {known}"
        );
    }
}

#[test]
fn of_one_shape_the_element_that_says_most_is_kept() {
    let fixture = Fixture::on(json!({}));
    let elements = ["bottle", "bottle + glass", "bottle + plastic", "box"].map(element_of);
    let seen: Vec<StoredPrediction> = (1..)
        .zip(elements)
        .map(|(id, element)| fixture.prediction(id, PredictionKind::Packaging, 1, element))
        .collect();
    assert_eq!(
        fixture.created(PACKAGING, &seen),
        ["bottle + glass 1", "box 1"]
    );
}

#[test]
fn a_yes_adds_the_element_or_the_one_that_was_given() {
    let add = |shape: &str, material: Value| json!([{"change": "add_packaging", "shape": shape, "material": material, "recycling": null}]);
    let fixture =
        Fixture::on(json!({"packagings": [{"shape": "en:box", "material": "en:plastic"}]}));
    for (words, given, expected) in [
        ("bottle + glass", None, add("en:bottle", json!("en:glass"))),
        ("box", None, json!(5)),
        ("glass", None, json!(11)),
        (
            "box",
            Some(json!({"shape": "en:tube", "material": null})),
            add("en:tube", json!(null)),
        ),
        ("box", Some(json!({"shape": "en:nonsense"})), json!(11)),
        (
            "box",
            Some(json!({"shape": "en:tube", "number_of_units": 0})),
            json!(11),
        ),
        (
            "box",
            Some(json!({"shape": "en:tube", "number_of_units": "2"})),
            json!(11),
        ),
        ("box", Some(json!({"material": "en:glass"})), json!(11)),
        (
            "box",
            Some(json!({"shape": "en:box", "colour": "red"})),
            json!(11),
        ),
    ] {
        let insight = fixture.insight(1, PACKAGING, element_of(words));
        assert_eq!(
            fixture.outcome(&insight, given.clone()),
            expected,
            "{words} {given:?}"
        );
    }
    let insight = fixture.insight(1, PACKAGING, element_of("bottle"));
    let applied = fixture
        .accept(&insight, Some(json!({"shape": "en:tube"})))
        .unwrap();
    let digest = "{'shape': 'en:tube', 'material': None, 'recycling': None}";
    assert_eq!(applied.claim.unwrap().value.as_deref(), Some(digest));
    assert_eq!(
        applied.data.unwrap()["element"],
        json!({"shape": {"value_tag": "en:tube"}})
    );
}

#[test]
fn d_pac_8_people_may_say_how_many_there_are() {
    let fixture = Fixture::on(json!({}));
    let insight = fixture.insight(1, PACKAGING, element_of("bottle + glass"));
    let given = json!({"shape": "en:tube", "number_of_units": 4});
    let added = json!([{"change": "add_packaging", "shape": "en:tube", "material": null,
        "recycling": null, "number_of_units": 4}]);
    assert_eq!(fixture.outcome(&insight, Some(given)), added);
}

#[test]
fn an_element_is_shown_by_the_names_of_its_parts() {
    let fixture = Fixture::unchecked();
    let insight = fixture.insight(1, PACKAGING, element_of("pizza box + ldpe"));
    let shown = PackagingRules.question(&insight, &fixture.knowledge, "de");
    assert_eq!(shown.value.as_deref(), Some("Pizza box, LDPE"));
}
