//! Dispositions of the predictions about a product: the use case on a store in
//! memory, with the word lists that are built in.

mod bench;

use chrono::NaiveDateTime;
use robotoff_app::explain::{Explanation, InsightState, Planned};
use robotoff_core::edit::{
    EditAccount, EditId, EditState, PendingClosure, ProductEdit, Provenance,
};
use robotoff_core::insight::{Outcome, Verdict};
use robotoff_core::prediction::PredictionKind;
use robotoff_core::product::Lookup;
use robotoff_ports::store::{Change, InsightClosure};
use serde_json::{Value, json};

use bench::{TestApp, forms};

/// `number kind code: sentence` of each disposition.
fn dispositions(explained: &Explanation) -> Vec<String> {
    let predictions = explained.predictions.iter();
    let lines = predictions.flat_map(|prediction| {
        prediction.dispositions.iter().map(|told| {
            let kind = told.kind.map_or("-", |kind| kind.name());
            let (id, code) = (prediction.stored.id.0, told.disposition.code());
            format!("{id} {kind} {code}: {}", told.disposition)
        })
    });
    lines.collect()
}

/// A label that is seen on a photo.
fn label(photo: u32, tag: &str) -> (PredictionKind, u32, Value) {
    (PredictionKind::Label, photo, json!({"value_tag": tag}))
}

/// A label of the logo detector.
fn logo(tag: &str, confidence: f64) -> (PredictionKind, u32, Value) {
    let predictor = "universal-logo-detector";
    let printed = json!({"value_tag": tag, "predictor": predictor, "confidence": confidence});
    (PredictionKind::Label, 1, printed)
}

/// Prediction, and its disposition in the first plan.
type SeenPrediction = ((PredictionKind, u32, Value), &'static [&'static str]);

fn seen() -> Vec<SeenPrediction> {
    let becomes_one: &[&str] = &["label insight: it becomes an insight"];
    vec![
        (
            label(1, "en:no-gluten"),
            &["label merged_into: prediction 2 says the same"],
        ),
        (label(2, "en:no-gluten"), becomes_one),
        (
            label(1, "en:no-lactose"),
            &["label already_on_product: the product says so already"],
        ),
        (
            label(1, "en:organic"),
            &["label implied_by_product: the product says something narrower"],
        ),
        (
            label(1, "en:vegetarian"),
            &["label implied_by: another prediction says the narrower en:vegan"],
        ),
        (label(1, "en:vegan"), becomes_one),
        (
            label(1, "en:eu-agriculture"),
            &["label blacklisted: the tag is excluded"],
        ),
        (
            label(1, "en:no-such-label"),
            &["label unknown_tag: the taxonomy does not know the tag"],
        ),
        (
            (PredictionKind::Label, 1, json!({})),
            &["label no_tag: it has no tag"],
        ),
        (
            label(9, "en:no-palm-oil"),
            &["label image_gone: the image is no longer on the product"],
        ),
        (
            logo("en:no-gmos", 0.5),
            &["label below_threshold: its confidence is below 0.8, the threshold of the policy"],
        ),
        (
            label(1, "en:made-in-france"),
            &["label policy_off: the policy has switched it off"],
        ),
    ]
}

/// The same of other kinds.
fn seen_beside_labels() -> Vec<SeenPrediction> {
    use PredictionKind::{ImageLang, NutrientMention, ProductWeight};
    vec![
        (
            (ProductWeight, 1, json!({"value": "90 g"})),
            &["product_weight product_has_value: the product has a value"],
        ),
        (
            (NutrientMention, 1, json!({"data": {"mentions": {}}})),
            &[
                "nutrition_image incomplete: a prediction of type image_orientation is needed too",
                "nutrient_extraction incomplete: \
                 a prediction of type nutrient_extraction is needed too",
            ],
        ),
        (
            (ImageLang, 3, json!({"data": {"count": {"fr": 9}}})),
            &["- not_an_insight: no kind of insight is made of predictions of this type"],
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_prediction_says_what_became_of_it() {
    let bench = TestApp::new().await;
    bench.says(json!({"labels_tags": ["en:no-lactose", "en:eu-organic"], "quantity": "1 kg"}));
    let seen = [seen(), seen_beside_labels()].concat();
    let predictions: Vec<_> = seen
        .iter()
        .map(|(prediction, _)| prediction.clone())
        .collect();
    bench.put(&bench.product, &predictions).await;
    let explained = bench.explained().await;
    let expected: Vec<String> = (1..)
        .zip(&seen)
        .flat_map(|(id, (_, dispositions))| {
            dispositions
                .iter()
                .map(move |disposition| format!("{id} {disposition}"))
        })
        .collect();
    assert_eq!(dispositions(&explained), expected);
    let made: Vec<_> = explained
        .to_create
        .iter()
        .map(|draft| (draft.insight().value_tag.as_deref(), draft.origins[0].0))
        .collect();
    assert_eq!(made, [(Some("en:no-gluten"), 2), (Some("en:vegan"), 6)]);
}

/// A product with five insights, 1 and 3 to 5 open, 2 answered. Since they were
/// made, it says 4 itself, and 3 is on a newer photo too.
async fn bench_with_a_past() -> TestApp {
    let bench = TestApp::new().await;
    bench.says(json!({}));
    let tags = ["en:no-gluten", "en:no-gmos", "en:no-palm-oil", "en:vegan"];
    let labels = tags.map(|tag| label(1, tag));
    bench.put(&bench.product, &labels).await;
    let automatic = json!({"value_tag": "en:fsc", "automatic_processing": true});
    bench
        .put(&bench.product, &[(PredictionKind::Label, 1, automatic)])
        .await;
    bench
        .app
        .imports
        .refresh(&bench.product, None)
        .await
        .unwrap();
    let answer = InsightClosure {
        insight: bench.insight("en:no-gmos").await.id,
        verdict: Verdict::Accepted,
        outcome: Some(Outcome::Updated),
        username: Some("ann".to_owned()),
        completed_at: NaiveDateTime::default(),
        data: None,
        claim: None,
    };
    bench
        .commit(&bench.product, Change::CloseInsight(Box::new(answer)))
        .await;
    bench.says(json!({"labels_tags": ["en:vegan"]}));
    bench
        .put(&bench.product, &[label(3, "en:no-palm-oil")])
        .await;
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn insights_say_how_far_they_are_and_what_a_refresh_would_do() {
    let bench = bench_with_a_past().await;
    let answered = bench.insight("en:no-gmos").await.id;
    let newer = bench.snapshot(&bench.product).await.predictions[5].id;
    let gluten = bench.insight("en:no-gluten").await.id;
    let explained = bench.explained().await;
    let mut told: Vec<String> = explained
        .insights
        .iter()
        .map(|one| {
            let tag = one.insight.value_tag.as_deref().unwrap();
            format!("{tag} {}: {}; {}", one.state.code(), one.state, one.planned)
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "en:fsc automatic: it is applied from 1970-01-01 00:10:00 on; it stays as it is",
            "en:no-gluten open: it waits for answers; it stays as it is",
            "en:no-gmos answered: yes: the answer was recorded and the product was edited; \
             it stays as it is",
            "en:no-palm-oil open: it waits for answers; it claims the same, with other particulars",
            "en:vegan open: it waits for answers; \
             it is deleted: of prediction 4, the product says so already",
        ]
    );
    let lines = dispositions(&explained);
    for line in [
        format!("1 label insight: it is the insight {gluten}"),
        format!("2 label answered: the insight {answered} has answered it"),
        format!("3 label merged_into: prediction {} says the same", newer.0),
    ] {
        assert!(lines.contains(&line), "{line} is not in {lines:#?}");
    }
    // A refresh does what was told.
    bench
        .app
        .imports
        .refresh(&bench.product, None)
        .await
        .unwrap();
    let after = bench.explained().await;
    let is_kept = |planned: &Planned| *planned == Planned::Kept;
    assert!(after.insights.iter().all(|one| is_kept(&one.planned)));
    assert_eq!((after.insights.len(), after.to_create.len()), (4, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insight_stays_while_its_edit_is_on_its_way() {
    let bench = bench_with_a_past().await;
    let vegan = bench.insight("en:vegan").await.id;
    let edit = ProductEdit {
        id: EditId(vegan.0),
        insight: vegan,
        product: bench.product.clone(),
        state: EditState::Retry,
        account: EditAccount::Service,
        changes: Vec::new(),
        made: 0,
        closure: PendingClosure {
            verdict: Verdict::Accepted,
            outcome: Outcome::Updated,
            username: None,
            provenance: Provenance::Votes(3),
            data: None,
            claim: None,
        },
        attempts: 1,
        lease_until: None,
        last_error: None,
        correlation_id: None,
        created_at: NaiveDateTime::default(),
        settled_at: None,
    };
    bench
        .commit(&bench.product, Change::StartEdit(Box::new(edit)))
        .await;
    let explained = bench.explained().await;
    let mut insights = explained.insights.iter();
    let vegan = insights.find(|one| one.insight.id == vegan).unwrap();
    assert_eq!(vegan.state, InsightState::Editing(EditState::Retry));
    assert_eq!(vegan.state.to_string(), "its edit is on its way (retry)");
    assert_eq!(vegan.planned, Planned::Kept);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_is_gone_loses_its_open_insights() {
    let bench = TestApp::new().await;
    bench.put(&bench.product, &[label(1, "en:vegan")]).await;
    let explained = bench.explained().await;
    assert_eq!(explained.lookup, Lookup::Unchecked);
    assert_eq!(
        dispositions(&explained),
        ["1 label insight: it becomes an insight"]
    );
    bench
        .app
        .imports
        .refresh(&bench.product, None)
        .await
        .unwrap();
    bench.lookup(Lookup::Absent);
    let explained = bench.explained().await;
    assert_eq!(explained.lookup, Lookup::Absent);
    let disposition = "product_missing: there is no such product";
    assert_eq!(dispositions(&explained), [format!("1 label {disposition}")]);
    assert_eq!(explained.insights[0].state, InsightState::Open);
    assert_eq!(
        explained.insights[0].planned.to_string(),
        "it is deleted: of prediction 1, there is no such product"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_code_is_explained_in_both_of_its_forms() {
    let bench = TestApp::new().await;
    let both = forms("123");
    for form in &both {
        bench.put(form, &[label(1, "en:vegan")]).await;
    }
    let explained = bench.app.explainer.explain(&both).await.unwrap();
    let products: Vec<_> = explained.iter().map(|one| one.product.clone()).collect();
    assert_eq!(products, both);
    // Where nothing is stored, a product is enough, and no product is nothing.
    let other = forms("77");
    assert_eq!(bench.app.explainer.explain(&other).await.unwrap(), []);
    bench.says(json!({}));
    let explained = bench.app.explainer.explain(&other).await.unwrap();
    assert_eq!(explained.len(), 1);
    assert_eq!(explained[0].product, other[0]);
    assert!(explained[0].predictions.is_empty());
}
