//! Tests of corrections: each holds for its own text only.

use serde_json::json;

use crate::insight::InsightKind;
use crate::insight::fixture::Fixture;
use crate::prediction::PredictionKind;

const SPELLCHECK: InsightKind = InsightKind::IngredientSpellcheck;

#[test]
fn only_the_main_text_as_it_was_becomes_an_insight() {
    let text = |lang: &str, text: &str| json!({"lang": lang, "ingredients_text_fr": text});
    for (document, correction, disposition) in [
        (text("fr", "farin"), "farine", "1 insight"),
        (text("fr", "farin"), "farin", "1 no_change"),
        (text("de", "farin"), "farine", "1 other_language"),
        (text("fr", "farine, sel"), "farine", "1 text_changed"),
        (json!({"lang": "fr"}), "farine", "1 text_changed"),
    ] {
        let fixture = Fixture::on(document.clone());
        let data = json!({"original": "farin", "correction": correction});
        let said = json!({"value_tag": "fr", "data": data});
        let seen = [fixture.prediction(1, PredictionKind::IngredientSpellcheck, 0, said)];
        assert_eq!(
            fixture.dispositions(SPELLCHECK, &seen),
            [disposition],
            "{document}"
        );
    }
    let fixture = Fixture::unchecked();
    let data = json!({"original": "farin", "correction": "farine"});
    let said = json!({"value_tag": "fr", "data": data});
    let seen = [fixture.prediction(1, PredictionKind::IngredientSpellcheck, 0, said)];
    let plan = fixture.plan(SPELLCHECK, &[], &seen);
    assert_eq!(plan.create[0].insight().lc, Some(vec!["fr".to_owned()]));
}

#[test]
fn votes_on_a_correction_do_not_pass_to_another_one() {
    let fixture = Fixture::unchecked();
    let data = |correction: &str| json!({"original": "farin", "correction": correction});
    let said = json!({"value_tag": "fr", "data": data("farines")});
    let seen = [fixture.prediction(1, PredictionKind::IngredientSpellcheck, 0, said)];
    let old = json!({"value_tag": "fr", "data": data("farine"), "n_votes": 2});
    let old = fixture.insight(1, SPELLCHECK, old);
    let plan = fixture.plan(SPELLCHECK, std::slice::from_ref(&old), &seen);
    assert_eq!(
        (plan.create.len(), plan.update.len(), plan.delete),
        (1, 0, vec![old.id])
    );
}

#[test]
fn a_yes_sets_the_text_unless_it_was_changed() {
    let set = |text: &str| json!([{"change": "set_ingredients", "lc": "fr", "text": text, "is_correction": true}]);
    for (known, given, expected) in [
        (json!("farin"), None, set("farine")),
        (
            json!("farin"),
            Some(json!({"annotation": "farine de blé"})),
            set("farine de blé"),
        ),
        (json!("farin"), Some(json!({"text": "farine"})), json!(11)),
        (json!("farine"), None, json!(5)),
        (json!("eau"), None, json!(4)),
        (
            json!("eau"),
            Some(json!({"annotation": "farine"})),
            json!(4),
        ),
        (json!(null), None, json!(4)),
    ] {
        let fixture = Fixture::on(json!({"lang": "fr", "ingredients_text_fr": known}));
        let data = json!({"original": "farin", "correction": "farine"});
        let insight = fixture.insight(1, SPELLCHECK, json!({"value_tag": "fr", "data": data}));
        assert_eq!(
            fixture.outcome(&insight, given.clone()),
            expected,
            "{known} {given:?}"
        );
    }
}
