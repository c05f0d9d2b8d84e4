//! Tests of dates: the latest wins, several need a person.

use serde_json::json;

use super::*;
use crate::insight::fixture::Fixture;

const DATE: InsightKind = InsightKind::ExpirationDate;

#[test]
fn the_latest_date_becomes_an_insight_and_applied_only_when_it_is_the_only_one() {
    for (dates, made, dispositions) in [
        (
            &["2027-01-31"][..],
            "2027-01-31 1 automatic",
            &["1 insight"][..],
        ),
        (
            &["2027-01-31", "2028-01-31"],
            "2028-01-31 2",
            &["1 outranked", "2 insight"],
        ),
        (
            &["2028-01-31", "2027-01-31"],
            "2028-01-31 1",
            &["1 insight", "2 outranked"],
        ),
        (
            &["2027-01-31", "2027-01-31"],
            "2027-01-31 2 automatic",
            &["1 merged_into", "2 insight"],
        ),
    ] {
        let fixture = Fixture::on(json!({}));
        let seen: Vec<StoredPrediction> = (1..)
            .zip(dates)
            .map(|(id, date)| {
                let said = json!({"value": date, "automatic_processing": true});
                let photo = u32::try_from(id).unwrap();
                fixture.prediction(id, PredictionKind::ExpirationDate, photo, said)
            })
            .collect();
        assert_eq!(fixture.created(DATE, &seen), [made], "{dates:?}");
        assert_eq!(fixture.dispositions(DATE, &seen), dispositions, "{dates:?}");
        let full = Fixture::on(json!({"expiration_date": "2026-01-01"}));
        assert!(full.created(DATE, &seen).is_empty());
    }
}

#[test]
fn a_yes_sets_the_date_unless_there_is_one() {
    let fixture = Fixture::on(json!({}));
    let insight = fixture.insight(1, DATE, json!({"value": "2027-01-31"}));
    let set = json!([{"change": "set_expiration_date", "value": "2027-01-31"}]);
    assert_eq!(fixture.outcome(&insight, None), set);
    assert_eq!(
        fixture.outcome(&insight, Some(json!({"value": "2027-02-01"}))),
        json!(11)
    );
    let full = Fixture::on(json!({"expiration_date": "2026-01-01"}));
    assert_eq!(full.outcome(&insight, None), json!(5));
}
