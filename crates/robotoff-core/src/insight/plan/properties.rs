//! Properties of every plan, for random predictions and insights.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::insight::claim::Claim;
use crate::insight::fixture::{Fixture, seconds};
use crate::insight::{Insight, InsightId, InsightKind, InsightPlan, Verdict};
use crate::prediction::{PredictionId, PredictionKind, StoredPrediction};

/// A few claims of each kind, so that they often meet.
fn sayings(kind: PredictionKind) -> Vec<Value> {
    let tags = |tags: &[&str]| tags.iter().map(|tag| json!({"value_tag": tag})).collect();
    let values = |values: &[&str]| values.iter().map(|value| json!({"value": value})).collect();
    let texts = |texts: &[&str]| {
        let said = |text: &&str| {
            let data = json!({"text": text, "original": "farin", "correction": text,
                "fraction_known_ingredients": 0.9});
            json!({"value_tag": "fr", "data": data})
        };
        texts.iter().map(said).collect()
    };
    match kind {
        PredictionKind::Label => tags(&["en:organic", "en:eu-organic", "fr:ab", "en:vegan", "fr:biologique", "en:x"]),
        PredictionKind::Category => tags(&["en:teas", "en:beverages", "en:snacks", "fr:thes", "en:x"]),
        PredictionKind::PackagerCode => values(&["EMB 1", "emb1", "FR 1.1.1 CE"]),
        PredictionKind::ExpirationDate => values(&["2027-01-31", "2028-01-31"]),
        PredictionKind::ProductWeight => [("250 g", 1), ("300 g", 1), ("300 g", 3)]
            .map(|(value, priority)| json!({"value": value, "data": {"priority": priority, "matcher_type": priority}}))
            .to_vec(),
        PredictionKind::Brand | PredictionKind::Store => ["boni", "acme", "natura"]
            .map(|name| json!({"value": name.to_uppercase(), "value_tag": name}))
            .to_vec(),
        PredictionKind::Packaging => [
            json!({"shape": {"value_tag": "en:bottle"}}),
            json!({"shape": {"value_tag": "en:bottle"}, "material": {"value_tag": "en:glass"}}),
            json!({"shape": {"value_tag": "en:tray"}}),
            json!({"shape": {"value_tag": "en:pizza-box"}}),
        ]
        .map(|element| json!({"value": element.to_string(), "data": {"element": element}}))
        .to_vec(),
        PredictionKind::IsUpcImage => tags(&["true"]),
        PredictionKind::IngredientSpellcheck | PredictionKind::IngredientDetection => {
            texts(&["farine", "farines", "sel"])
        }
        PredictionKind::NutrientExtraction => ["1", "2"]
            .map(|value| json!({"data": {"nutrients": {"salt_100g": {"value": value, "unit": "g"}}}}))
            .to_vec(),
        PredictionKind::ImageOrientation => [("right", 270), ("left", 90), ("up", 0)]
            .map(|(orientation, rotation)| {
                let count = json!({orientation: 12});
                json!({"data": {"orientation": orientation, "rotation": rotation, "count": count}})
            })
            .to_vec(),
        PredictionKind::NutrientMention => {
            let item = json!([{"raw": "3 kJ", "languages": ["fr"], "bounding_box_absolute": [1, 2, 3, 4]}]);
            let value = json!([{"raw": "3 kJ"}, {"raw": "1 g"}, {"raw": "2 g"}]);
            let mentions = json!({"salt": item, "fat": item, "sugar": item, "fiber": item, "nutrient_value": value});
            vec![json!({"data": {"mentions": mentions}})]
        }
        _ => vec![json!({})],
    }
}

/// Indexes of kind, claim, photo, automatic, predictor in their tables.
type Seed = (usize, usize, u32, usize, usize);

fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    prop::collection::vec(
        (0..21_usize, 0..6_usize, 0..6_u32, 0..3_usize, 0..4_usize),
        0..14,
    )
}

fn predictions(fixture: &Fixture, seeds: &[Seed], first_id: i32) -> Vec<StoredPrediction> {
    let automatic = [Value::Null, json!(true), json!(false)];
    let predictors = [
        Value::Null,
        json!("regex"),
        json!("universal-logo-detector"),
        json!("taxonomy"),
    ];
    let numbered = (first_id..).zip(seeds);
    let prediction = |(id, (kind, saying, photo, is_automatic, predictor)): (i32, &Seed)| {
        let kind = PredictionKind::ALL[*kind];
        let sayings = sayings(kind);
        let mut said = sayings[saying % sayings.len()].clone();
        said["automatic_processing"] = automatic[*is_automatic].clone();
        said["predictor"] = predictors[*predictor].clone();
        fixture.prediction(id, kind, *photo, said)
    };
    numbered.map(prediction).collect()
}

/// Products without values, with some, with nearly all; absent; not requested.
fn fixture(number: usize) -> Fixture {
    let selected =
        json!({"front_fr": {"imgid": "1", "rev": "3"}, "ingredients_fr": {"imgid": "2"}});
    let some = json!({"lang": "fr", "images": selected, "labels_tags": ["en:organic"],
        "categories_tags": ["en:beverages"], "ingredients_text_fr": "farin", "schema_version": 1003});
    let all = json!({"lang": "fr", "labels_tags": ["fr:ab", "en:vegan"], "brands_tags": ["boni"],
        "quantity": "1 kg", "expiration_date": "2026-01-01", "stores_tags": ["acme"],
        "emb_codes": "EMB 1", "packagings": [{"shape": "en:bottle", "material": "en:glass"}]});
    match number {
        0 => Fixture::on(json!({"lang": "fr", "images": selected, "schema_version": 1003})),
        1 => Fixture::on(some),
        2 => Fixture::on(all),
        3 => Fixture::absent(),
        _ => Fixture::unchecked(),
    }
}

/// Insights after the plan is carried out.
fn carried_out(plan: InsightPlan, mut known: Vec<Insight>, salt: u128) -> Vec<Insight> {
    known.retain(|insight| !plan.delete.contains(&insight.id));
    for insight in &mut known {
        if let Some(fresh) = plan.update.iter().find(|fresh| fresh.id == insight.id) {
            *insight = fresh.clone();
        }
    }
    let made = (salt..).zip(plan.create);
    known.extend(made.map(|(number, draft)| draft.named(InsightId(Uuid::from_u128(number)))));
    known
}

/// Random state: some are answered, some have votes.
fn with_answers(mut insights: Vec<Insight>, answers: &[usize]) -> Vec<Insight> {
    let verdicts = [
        None,
        Some(Verdict::Rejected),
        Some(Verdict::Accepted),
        Some(Verdict::Undecided),
        None,
    ];
    for (insight, answer) in insights.iter_mut().zip(answers.iter().cycle()) {
        insight.verdict = verdicts[*answer];
        insight.n_votes = i32::from(*answer == 4) * 2;
    }
    insights
}

fn claims_the_same(fixture: &Fixture, kind: InsightKind, a: &Insight, b: &Insight) -> bool {
    let rules = kind.rules();
    let (a, b) = (Claim::of_insight(a), Claim::of_insight(b));
    rules.conflicts(&fixture.facts(), a, b) && a.asserts_the_same(b, rules.claim_members())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn plans_are_sound(
        product in 0..5_usize,
        next_product in 0..5_usize,
        first in seeds(),
        second in seeds(),
        answers in prop::collection::vec(0..5_usize, 1..8),
        turn in 0..14_usize,
    ) {
        let mut trial_then = fixture(product);
        let then = predictions(&trial_then, &first, 1);
        let mut now = then.clone();
        now.extend(predictions(&trial_then, &second, 100));
        now.drain(..turn.min(then.len() / 2));
        for kind in InsightKind::ALL {
            trial_then.now = seconds(1000);
            let known = carried_out(trial_then.plan(kind, &[], &then), Vec::new(), 1);
            let known = with_answers(known, &answers);
            let mut fixture = fixture(next_product);
            fixture.now = seconds(2000);
            let plan = fixture.plan(kind, &known, &now);
            check_untouched(&plan, &known)?;
            check_dispositions(&plan, kind, &now)?;
            check_order(&fixture, kind, &known, &now, turn, &plan)?;
            let deleted: Vec<&Insight> = known.iter().filter(|i| plan.delete.contains(&i.id)).collect();
            for draft in &plan.create {
                let again = deleted.iter().find(|old| claims_the_same(&fixture, kind, draft.insight(), old));
                prop_assert!(again.is_none(), "{kind}: deleted and made anew: {again:?}");
            }
            let settled = carried_out(plan, known, 1000);
            check_conflicts(&fixture, kind, &settled)?;
            fixture.now = seconds(3000);
            let again = fixture.plan(kind, &settled, &now);
            prop_assert!(again.is_empty(), "{kind}: {again:#?}");
        }
    }
}

fn check_untouched(plan: &InsightPlan, known: &[Insight]) -> Result<(), TestCaseError> {
    for answered in known.iter().filter(|insight| !insight.is_open()) {
        prop_assert!(!plan.delete.contains(&answered.id));
        prop_assert!(plan.update.iter().all(|fresh| fresh.id != answered.id));
    }
    for fresh in &plan.update {
        let old = known.iter().find(|old| old.id == fresh.id).unwrap();
        prop_assert_eq!(fresh.n_votes, old.n_votes);
        prop_assert_eq!(&fresh.username, &old.username);
    }
    Ok(())
}

/// Every prediction that the kind reads has a disposition.
fn check_dispositions(
    plan: &InsightPlan,
    kind: InsightKind,
    predictions: &[StoredPrediction],
) -> Result<(), TestCaseError> {
    let told: BTreeSet<PredictionId> = plan.dispositions.iter().map(|(id, _)| *id).collect();
    let read = predictions
        .iter()
        .filter(|stored| kind.rules().reads().contains(&stored.prediction.kind));
    let read: BTreeSet<PredictionId> = read.map(|stored| stored.id).collect();
    prop_assert_eq!(told, read, "{}", kind);
    Ok(())
}

fn check_order(
    fixture: &Fixture,
    kind: InsightKind,
    known: &[Insight],
    predictions: &[StoredPrediction],
    turn: usize,
    plan: &InsightPlan,
) -> Result<(), TestCaseError> {
    let (mut known, mut predictions) = (known.to_vec(), predictions.to_vec());
    known.reverse();
    let middle = turn.min(predictions.len());
    predictions.rotate_left(middle);
    predictions.reverse();
    let mut other = fixture.plan(kind, &known, &predictions);
    let by_id = |a: &InsightId, b: &InsightId| a.cmp(b);
    let mut expected_deletes = plan.delete.clone();
    expected_deletes.sort_by(by_id);
    other.delete.sort_by(by_id);
    prop_assert_eq!(&other.create, &plan.create, "{}", kind);
    prop_assert_eq!(&other.update, &plan.update, "{}", kind);
    prop_assert_eq!(other.delete, expected_deletes, "{}", kind);
    prop_assert_eq!(&other.dispositions, &plan.dispositions, "{}", kind);
    Ok(())
}

/// No two open insights conflict, nor an open one with an answered one.
fn check_conflicts(
    fixture: &Fixture,
    kind: InsightKind,
    insights: &[Insight],
) -> Result<(), TestCaseError> {
    let facts = fixture.facts();
    for open in insights.iter().filter(|insight| insight.is_open()) {
        for other in insights.iter().filter(|other| other.id != open.id) {
            let (a, b) = (Claim::of_insight(open), Claim::of_insight(other));
            let conflict = kind.rules().conflicts(&facts, a, b);
            prop_assert!(!conflict, "{kind}: {open:#?} {other:#?}");
        }
    }
    Ok(())
}
