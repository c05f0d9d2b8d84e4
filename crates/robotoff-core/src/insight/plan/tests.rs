//! Matching by the table of `docs/reference/pipeline.md` 12.6, with the corrections of
//! 11.1.

use serde_json::{Value, json};

use super::*;
use crate::insight::fixture::{Fixture, line, seconds};
use crate::prediction::PredictionKind;
use crate::product::ServerType;

const LABEL: InsightKind = InsightKind::Label;
const T1: &str = "en:organic";
const T2: &str = "en:vegan";
const T3: &str = "en:eu-organic";

fn label(fixture: &Fixture, id: i32, tag: &str, photo: u32, more: Value) -> StoredPrediction {
    let mut said = json!({"value_tag": tag});
    said.as_object_mut()
        .unwrap()
        .extend(more.as_object().cloned().unwrap());
    fixture.prediction(id, PredictionKind::Label, photo, said)
}

/// Created, updated and deleted insights, as lines.
fn dispositions(plan: &InsightPlan) -> [Vec<String>; 3] {
    [
        plan.create
            .iter()
            .map(|draft| line(draft.insight()))
            .collect(),
        plan.update
            .iter()
            .map(|insight| format!("{} {}", insight.id.0.as_u128(), line(insight)))
            .collect(),
        plan.delete
            .iter()
            .map(|id| id.0.as_u128().to_string())
            .collect(),
    ]
}

/// Candidates `(tag, photo, more)`; insights `(tag, more)`.
fn check(seen: &[(&str, u32, Value)], known: &[(&str, Value)], expected: [&[&str]; 3]) {
    let fixture = Fixture::unchecked();
    let seen: Vec<StoredPrediction> = (1..)
        .zip(seen)
        .map(|(id, (tag, photo, more))| label(&fixture, id, tag, *photo, more.clone()))
        .collect();
    let known: Vec<Insight> = (1..)
        .zip(known)
        .map(|(id, (tag, more))| {
            let mut said = more.clone();
            said["value_tag"] = json!(tag);
            fixture.insight(id, LABEL, said)
        })
        .collect();
    let plan = fixture.plan(LABEL, &known, &seen);
    assert_eq!(dispositions(&plan), expected, "{seen:#?} {known:#?}");
}

#[test]
fn candidates_are_matched_with_what_there_is() {
    let none = || json!({});
    check(
        &[],
        &[(T1, json!({"verdict": -1})), (T2, none())],
        [&[], &[], &["2"]],
    );
    check(
        &[(T1, 0, none()), (T2, 0, none())],
        &[],
        [&["en:organic -", "en:vegan -"], &[], &[]],
    );
    check(
        &[
            (T1, 1, none()),
            (T1, 2, none()),
            (
                T1,
                2,
                json!({"predictor": "regex", "automatic_processing": false}),
            ),
            (T2, 1, none()),
        ],
        &[],
        [&["en:organic 2", "en:vegan 1"], &[], &[]],
    );
    check(
        &[(T2, 0, none())],
        &[(T1, json!({"verdict": 0}))],
        [&["en:vegan -"], &[], &[]],
    );
    check(
        &[(T1, 2, none())],
        &[(T1, json!({"verdict": 1, "photo": 1}))],
        [&[], &[], &[]],
    );
}

#[test]
fn a_claim_from_a_newer_image_keeps_its_insight() {
    let old = json!({"photo": 1, "n_votes": 2});
    check(
        &[(T1, 2, json!({}))],
        &[(T1, old)],
        [&[], &["1 en:organic 2"], &[]],
    );
}

#[test]
fn of_two_insights_with_one_claim_the_one_with_votes_stays() {
    let known = [
        (T1, json!({"photo": 1})),
        (T1, json!({"photo": 2, "n_votes": 1})),
    ];
    check(
        &[(T1, 1, json!({}))],
        &known,
        [&[], &["2 en:organic 1"], &["1"]],
    );
}

#[test]
fn an_insight_never_gets_another_claim() {
    check(
        &[(T1, 1, json!({}))],
        &[(T3, json!({"photo": 1, "n_votes": 2}))],
        [&["en:organic 1"], &[], &["1"]],
    );
}

#[test]
fn an_automatic_insight_without_a_candidate_is_deleted() {
    check(&[], &[(T1, json!({"automatic": true}))], [&[], &[], &["1"]]);
}

#[test]
fn a_refusal_of_the_narrower_label_stops_the_wider_one_but_not_the_other_way() {
    check(
        &[(T1, 1, json!({}))],
        &[(T3, json!({"verdict": 0}))],
        [&[], &[], &[]],
    );
    check(
        &[(T3, 1, json!({}))],
        &[(T1, json!({"verdict": 0}))],
        [&["en:eu-organic 1"], &[], &[]],
    );
}

#[test]
fn a_missing_product_deletes_open_insights_only() {
    let fixture = Fixture::absent();
    let seen = [label(&fixture, 1, T1, 1, json!({}))];
    let open = fixture.insight(1, LABEL, json!({"value_tag": T1, "automatic": true}));
    let answered = fixture.insight(2, LABEL, json!({"value_tag": T2, "verdict": 1}));
    let plan = fixture.plan(LABEL, &[open.clone(), answered], &seen);
    assert_eq!(plan.delete, [open.id]);
    assert_eq!(
        plan.dispositions,
        [(PredictionId(1), Disposition::ProductMissing)]
    );
}

#[test]
fn an_image_must_be_one_of_the_product() {
    let fixture = Fixture::on(json!({}));
    let seen = [
        label(&fixture, 1, T1, 9, json!({})),
        label(&fixture, 2, T2, 0, json!({})),
    ];
    assert_eq!(fixture.created(LABEL, &seen), ["en:vegan -"]);
    assert_eq!(
        fixture.dispositions(LABEL, &seen),
        ["1 image_gone", "2 insight"]
    );
    let mut selected = label(&fixture, 1, T1, 1, json!({}));
    selected.source_image = Some(crate::product::SourceImage::new("/300/front_fr.4.400.jpg"));
    assert_eq!(
        fixture.dispositions(LABEL, &[selected]),
        ["1 no_uploaded_image"]
    );
}

#[test]
fn the_content_of_every_kind_is_filled_in() {
    let fixture = Fixture::on(
        json!({"countries_tags": ["en:france"], "brands_tags": ["acme"],
        "unique_scans_n": 7}),
    );
    let data = json!({"bounding_box_absolute": [20, 10, 100, 50], "logo_id": 3, "is_annotation": true,
        "username": "ann"});
    let more = json!({"automatic_processing": true, "confidence": 0.5, "data": data});
    let plan = fixture.plan(LABEL, &[], &[label(&fixture, 1, T1, 1, more)]);
    let insight = plan.create[0].insight();
    assert_eq!(insight.bounding_box, Some(json!([0.1, 0.1, 0.5, 0.5])));
    assert!(!insight.data.contains_key("bounding_box_absolute"));
    assert_eq!(insight.data["bounding_box"], json!([0.1, 0.1, 0.5, 0.5]));
    assert_eq!(insight.countries, Some(vec!["en:france".to_owned()]));
    assert_eq!((insight.unique_scans_n, insight.confidence), (7, Some(0.5)));
    assert_eq!(
        (insight.with_image, insight.username.as_deref()),
        (Some(true), Some("ann"))
    );
    assert_eq!(insight.process_after, Some(seconds(1600)));
}

#[test]
fn without_the_size_of_its_image_only_the_box_is_lost() {
    let fixture = Fixture::on(json!({"images": {"1": {"sizes": {}}}}));
    let more = json!({"data": {"bounding_box_absolute": [20, 10, 100, 50]}});
    let plan = fixture.plan(LABEL, &[], &[label(&fixture, 1, T1, 1, more)]);
    let insight = plan.create[0].insight();
    assert_eq!(
        (&insight.bounding_box, &insight.data["bounding_box"]),
        (&None, &Value::Null)
    );
}

#[test]
fn a_refresh_changes_time_and_votes_only_with_the_content() {
    let mut fixture = Fixture::on(json!({"unique_scans_n": 7}));
    let seen = [label(
        &fixture,
        1,
        T1,
        1,
        json!({"automatic_processing": true}),
    )];
    let insight = fixture
        .plan(LABEL, &[], &seen)
        .create
        .remove(0)
        .named(InsightId(uuid::Uuid::from_u128(1)));
    let insight = Insight {
        n_votes: 2,
        ..insight
    };
    fixture.now = seconds(2000);
    assert!(
        fixture
            .plan(LABEL, std::slice::from_ref(&insight), &seen)
            .is_empty()
    );
    let mut changed = Fixture::on(json!({"unique_scans_n": 8}));
    changed.now = seconds(2000);
    let plan = changed.plan(LABEL, std::slice::from_ref(&insight), &seen);
    let expected = Insight {
        unique_scans_n: 8,
        timestamp: Some(seconds(2000)),
        ..insight
    };
    assert_eq!(plan.update, [expected]);
}

#[test]
fn an_insight_that_is_no_longer_automatic_is_not_applied() {
    let fixture = Fixture::on(json!({}));
    let known = fixture.insight(
        1,
        LABEL,
        json!({"value_tag": T2, "photo": 1, "automatic": true}),
    );
    let seen = [label(
        &fixture,
        1,
        T2,
        1,
        json!({"automatic_processing": false}),
    )];
    let plan = fixture.plan(LABEL, &[known], &seen);
    assert_eq!(
        (
            plan.update[0].automatic_processing,
            plan.update[0].process_after
        ),
        (false, None)
    );
}

#[test]
fn a_policy_stops_delays_and_audits() {
    let mut fixture = Fixture::unchecked();
    let seen = [
        label(
            &fixture,
            1,
            T1,
            1,
            json!({"confidence": 0.4, "automatic_processing": true}),
        ),
        label(&fixture, 2, T2, 1, json!({"automatic_processing": true})),
    ];
    for (policy, made) in [
        (
            json!({}),
            &["en:organic 1 automatic", "en:vegan 1 automatic"][..],
        ),
        (json!({"threshold": 0.5}), &["en:vegan 1 automatic"]),
        (json!({"automatic": false}), &["en:organic 1", "en:vegan 1"]),
        (
            json!({"audit_share": 1.0, "value_tag": T2}),
            &["en:organic 1 automatic", "en:vegan 1"],
        ),
        (json!({"enabled": false, "kind": "label"}), &[]),
        (
            json!({"enabled": false, "kind": "brand"}),
            &["en:organic 1 automatic", "en:vegan 1 automatic"],
        ),
    ] {
        fixture.policy = serde_json::from_value(json!({"rule": [policy]})).unwrap();
        assert_eq!(fixture.created(LABEL, &seen), made, "{policy}");
    }
    fixture.policy = serde_json::from_value(json!({"rule": [{"delay_mins": 60}]})).unwrap();
    let plan = fixture.plan(LABEL, &[], &seen);
    assert_eq!(plan.create[0].insight().process_after, Some(seconds(4600)));
}

#[test]
fn a_part_that_is_not_loaded_stops_planning() {
    let mut fixture = Fixture::unchecked();
    fixture.knowledge = crate::knowledge::Knowledge::default();
    let error = plan(LABEL, &fixture.facts(), &[], &[]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "taxonomies/labels.full.json is not loaded"
    );
}

#[test]
fn only_food_gets_claims_about_food() {
    for (document, project, expected) in [
        (
            json!({"product_type": "food"}),
            ServerType::Off,
            "1 insight",
        ),
        (json!({}), ServerType::Off, "1 insight"),
        (json!({}), ServerType::OffPro, "1 insight"),
        (
            json!({"product_type": "beauty"}),
            ServerType::OffPro,
            "1 not_food",
        ),
        (
            json!({"product_type": "beauty"}),
            ServerType::Obf,
            "1 not_food",
        ),
        (json!({}), ServerType::Opff, "1 not_food"),
        (
            json!({"product_type": "beauty"}),
            ServerType::Off,
            "1 product_moved",
        ),
        (
            json!({"product_type": "food"}),
            ServerType::Obf,
            "1 product_moved",
        ),
        (
            json!({"product_type": "tobacco"}),
            ServerType::Off,
            "1 insight",
        ),
    ] {
        let mut fixture = Fixture::on(document.clone());
        fixture.id.server_type = project;
        let Lookup::Found(mut product) = fixture.product else {
            panic!("a product");
        };
        product.id.server_type = project;
        fixture.product = Lookup::of(*product);
        let seen = [label(&fixture, 1, T1, 1, json!({}))];
        assert_eq!(
            fixture.dispositions(LABEL, &seen),
            [expected],
            "{document} {project}"
        );
    }
    let mut unchecked = Fixture::unchecked();
    unchecked.id.server_type = ServerType::Opf;
    let seen = [label(&unchecked, 1, T1, 1, json!({}))];
    assert_eq!(unchecked.dispositions(LABEL, &seen), ["1 not_food"]);
}
