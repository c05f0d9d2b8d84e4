//! The latest date wins; several dates need a person.

use serde_json::json;

use super::*;
use crate::insight::trial::Trial;

const DATE: InsightKind = InsightKind::ExpirationDate;

#[test]
fn the_latest_date_is_asked_about_and_applied_only_when_it_is_the_only_one() {
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
        let trial = Trial::on(json!({}));
        let seen: Vec<StoredPrediction> = (1..)
            .zip(dates)
            .map(|(id, date)| {
                let said = json!({"value": date, "automatic_processing": true});
                let photo = u32::try_from(id).unwrap();
                trial.seen(id, PredictionKind::ExpirationDate, photo, said)
            })
            .collect();
        assert_eq!(trial.made(DATE, &seen), [made], "{dates:?}");
        assert_eq!(trial.dispositions(DATE, &seen), dispositions, "{dates:?}");
        let full = Trial::on(json!({"expiration_date": "2026-01-01"}));
        assert!(full.made(DATE, &seen).is_empty());
    }
}

#[test]
fn a_yes_sets_the_date_unless_there_is_one() {
    let trial = Trial::on(json!({}));
    let insight = trial.insight(1, DATE, json!({"value": "2027-01-31"}));
    let set = json!([{"change": "set_expiration_date", "value": "2027-01-31"}]);
    assert_eq!(trial.outcome(&insight, None), set);
    assert_eq!(
        trial.outcome(&insight, Some(json!({"value": "2027-02-01"}))),
        json!(11)
    );
    let full = Trial::on(json!({"expiration_date": "2026-01-01"}));
    assert_eq!(full.outcome(&insight, None), json!(5));
}
