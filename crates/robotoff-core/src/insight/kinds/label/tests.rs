//! Tests of labels: candidates, and the edits of an answer.

use serde_json::{Value, json};

use crate::insight::InsightKind;
use crate::insight::fixture::Fixture;
use crate::knowledge::LexiconKind;
use crate::prediction::{PredictionKind, StoredPrediction};

const LABEL: InsightKind = InsightKind::Label;

fn seen(fixture: &Fixture, said: &[(&str, &str)]) -> Vec<StoredPrediction> {
    let prediction = |(id, (tag, predictor)): (i32, &(&str, &str))| {
        let said = json!({"value_tag": tag, "predictor": predictor});
        fixture.prediction(id, PredictionKind::Label, 1, said)
    };
    (1..).zip(said).map(prediction).collect()
}

#[test]
fn the_narrowest_labels_that_the_product_lacks_become_insights() {
    for (on_product, said, made, dispositions) in [
        (
            json!([]),
            &["en:organic"][..],
            &["en:organic 1 automatic"][..],
            &["1 insight"][..],
        ),
        (
            json!([]),
            &["en:organic", "fr:ab"],
            &["fr:ab 1 automatic"],
            &["1 implied_by", "2 insight"],
        ),
        (
            json!(["en:organic"]),
            &["en:organic"],
            &[],
            &["1 already_on_product"],
        ),
        (
            json!(["en:organic"]),
            &["fr:ab"],
            &["fr:ab 1 automatic"],
            &["1 insight"],
        ),
        (
            json!(["fr:ab"]),
            &["en:organic"],
            &[],
            &["1 implied_by_product"],
        ),
        (
            json!(["en:organic"]),
            &["fr:biologique"],
            &[],
            &["1 already_on_product"],
        ),
        (
            json!([]),
            &["fr:biologique"],
            &["en:organic 1 automatic"],
            &["1 insight"],
        ),
        (
            json!([]),
            &["en:eu-agriculture", "en:nonsense"],
            &[],
            &["1 blacklisted", "2 unknown_tag"],
        ),
        (json!([]), &["en:vegan"], &["en:vegan 1"], &["1 insight"]),
    ] {
        let fixture = Fixture::on(json!({"labels_tags": on_product}));
        let said: Vec<(&str, &str)> = said.iter().map(|tag| (*tag, "regex")).collect();
        let seen = seen(&fixture, &said);
        let case = format!("{said:?} on {on_product}");
        assert_eq!(fixture.created(LABEL, &seen), made, "{case}");
        assert_eq!(fixture.dispositions(LABEL, &seen), dispositions, "{case}");
    }
}

// `docs/reference/ocr.md` 9, D-LAB-12.
#[test]
fn an_allowance_counts_in_any_spelling_of_its_label() {
    let fixture = Fixture::unchecked();
    let seen = seen(&fixture, &[("en:organic", "regex")]);
    assert_eq!(fixture.created(LABEL, &seen), ["en:organic 1 automatic"]);
    let allowances = fixture.knowledge.lexicon(LexiconKind::LabelAllowances);
    let mut tags = allowances.unwrap().entries().map(|entry| entry.key);
    assert!(tags.all(|tag| tag != "en:organic"), "only as fr:biologique");
}

#[test]
fn only_words_that_are_allowed_are_applied_without_a_person() {
    for (automatic, predictor, expected) in [
        (json!(null), "flashtext", "fr:ab 1 automatic"),
        (json!(null), "universal-logo-detector", "fr:ab 1"),
        (json!(false), "regex", "fr:ab 1"),
        (json!(true), "nutriscore", "fr:ab 1 automatic"),
    ] {
        let fixture = Fixture::unchecked();
        let said = json!({"value_tag": "fr:ab", "predictor": predictor, "automatic_processing": automatic});
        let seen = [fixture.prediction(1, PredictionKind::Label, 1, said)];
        assert_eq!(
            fixture.created(LABEL, &seen),
            [expected],
            "{automatic} {predictor}"
        );
    }
}

#[test]
fn a_yes_adds_the_label_unless_it_is_there() {
    let add = |tag: &str| json!([{"change": "add_label", "tag": tag}]);
    for (on_product, given, expected) in [
        (json!([]), None, add("en:organic")),
        (json!(["en:organic"]), None, json!(5)),
        (
            json!(["en:organic"]),
            Some(json!({"value_tag": "fr:ab"})),
            add("fr:ab"),
        ),
        (
            json!([]),
            Some(json!({"value_tag": "fr:biologique"})),
            add("en:organic"),
        ),
        (
            json!([]),
            Some(json!({"value_tag": "en:nonsense"})),
            json!(11),
        ),
        (
            json!([]),
            Some(json!({"value_tag": "en:vegan", "more": 1})),
            json!(11),
        ),
        (json!([]), Some(json!({"x": 1})), json!(11)),
        (json!([]), Some(json!("en:vegan")), json!(11)),
    ] {
        let fixture = Fixture::on(json!({"labels_tags": on_product}));
        let insight = fixture.insight(1, LABEL, json!({"value_tag": "en:organic"}));
        assert_eq!(
            fixture.outcome(&insight, given.clone()),
            expected,
            "{given:?} on {on_product}"
        );
    }
    for fixture in [Fixture::absent(), Fixture::unchecked()] {
        let insight = fixture.insight(1, LABEL, json!({"value_tag": "en:organic"}));
        assert_eq!(fixture.outcome(&insight, None), json!(3));
        assert_eq!(fixture.outcome(&insight, Some(json!({"x": 1}))), json!(11));
    }
}

#[test]
fn a_label_that_was_given_is_noted_in_the_insight() {
    let fixture = Fixture::on(json!({}));
    let insight = fixture.insight(1, LABEL, json!({"value_tag": "en:organic"}));
    let applied = fixture
        .accept(&insight, Some(json!({"value_tag": "en:vegan"})))
        .unwrap();
    let claim = applied.claim.unwrap();
    assert_eq!(claim.value_tag.as_deref(), Some("en:vegan"));
    let data = json!({"original_value_tag": "en:organic", "user_input": true});
    assert_eq!(Value::Object(applied.data.unwrap()), data);
    assert_eq!(applied.outcome_on_success.code(), 12);
}
